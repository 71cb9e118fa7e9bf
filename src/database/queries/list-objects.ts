import type { Kysely, Selectable } from 'kysely'
import { afterPrefix, compareKeys, groupOf, type ObjectQuery } from '../../objects/index.ts'
import type { Tables } from '../tables.ts'

type ObjectRow = Selectable<Tables['objects']>

/**
 * One page of a bucket, by walking the primary key.
 *
 * A group that is told as a common prefix is jumped over: once its first key is seen, the walk goes on behind the last
 * text that could belong to it. So a list with a delimiter reads few rows at a time while it meets groups, and more and
 * more while it does not: 1,000 groups of a million keys each cost some thousand short reads, and a flat thousand ten.
 */
export async function listObjects(
  db: Kysely<Tables>,
  { bucket, prefix, delimiter, marker, maxKeys }: ObjectQuery,
): Promise<{ rows: ObjectRow[]; commonPrefixes: string[]; nextMarker: string | null }> {
  const rows: ObjectRow[] = []
  const commonPrefixes: string[] = []
  let last: string | null = null
  const told = () => rows.length + commonPrefixes.length
  const page = (isCut: boolean) => ({ rows, commonPrefixes, nextMarker: isCut ? last : null })
  if (maxKeys === 0) return page(false)

  let start: Start | null = startOf(prefix, delimiter, marker)
  let atOnce = delimiter === '' ? maxKeys + 1 : 2
  while (start !== null) {
    const batch: ObjectRow[] = await db
      .selectFrom('objects')
      .selectAll()
      .where('bucket', '=', bucket)
      .where('key', start.isAfter ? '>' : '>=', start.key)
      .orderBy('key')
      .limit(atOnce)
      .execute()
    let isInGroup = false
    let hasWasted = false
    for (const row of batch) {
      if (!row.key.startsWith(prefix)) return page(false)
      const group = groupOf(row.key, prefix, delimiter)
      isInGroup = group !== null
      if (group !== null && group === last) {
        hasWasted = true
        break
      }
      if (told() === maxKeys) return page(true)
      if (group === null) rows.push(row)
      else commonPrefixes.push(group)
      last = group ?? row.key
    }
    if (batch.length < atOnce && !hasWasted) start = null
    else if (isInGroup) start = behindGroup(last!)
    else start = { key: batch.at(-1)!.key, isAfter: true }
    atOnce = hasWasted ? 2 : Math.min(atOnce * 2, maxKeys + 1)
  }
  return page(false)
}

interface Start {
  readonly key: string
  /** Whether the walk begins behind this key, or with it. */
  readonly isAfter: boolean
}

/** Where the walk begins: at the prefix, or behind the marker, or behind the group that the marker lies in. */
function startOf(prefix: string, delimiter: string, marker: string): Start | null {
  if (marker === '' || compareKeys(marker, prefix) < 0) return { key: prefix, isAfter: false }
  const group = groupOf(marker, prefix, delimiter)
  return group === null ? { key: marker, isAfter: true } : behindGroup(group)
}

function behindGroup(group: string): Start | null {
  const next = afterPrefix(group)
  return next === null ? null : { key: next, isAfter: false }
}
