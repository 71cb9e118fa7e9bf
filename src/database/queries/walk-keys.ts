import { afterPrefix, compareKeys, groupOf } from '../../objects/index.ts'

/** Where a walk over rows that are ordered by key goes on. */
export type Start<Row> =
  /** With this key, or the first one behind it. */
  | { readonly from: string }
  /** Behind every row of this key. */
  | { readonly after: string }
  /** Behind this row. */
  | { readonly afterRow: Row }

export interface Walk {
  readonly prefix: string
  readonly delimiter: string
  /** Rows and groups together. */
  readonly most: number
}

export interface Walked<Row> {
  readonly rows: Row[]
  readonly commonPrefixes: string[]
  /** The last row or group of the page when there is more behind it, else `null`. */
  readonly cutAfter: Row | string | null
}

/**
 * One page of rows that are ordered by key, by reading ahead in the index that has this order.
 *
 * A group that is told as a common prefix is jumped over: once its first key is seen, the walk goes on behind the last
 * text that could belong to it. So a list with a delimiter reads few rows at a time while it meets groups, and more and
 * more while it does not: 1,000 groups of a million keys each cost some thousand short reads, and a flat thousand ten.
 */
export async function walkKeys<Row extends { readonly key: string }>(
  read: (start: Start<Row>, limit: number) => Promise<Row[]>,
  { prefix, delimiter, most }: Walk,
  begin: Start<Row> | null,
): Promise<Walked<Row>> {
  const rows: Row[] = []
  const commonPrefixes: string[] = []
  let last: Row | string | null = null
  const told = () => rows.length + commonPrefixes.length
  const page = (isCut: boolean) => ({ rows, commonPrefixes, cutAfter: isCut ? last : null })
  if (most === 0) return page(false)

  let start = begin
  let atOnce = delimiter === '' ? most + 1 : 2
  while (start !== null) {
    const batch = await read(start, atOnce)
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
      if (told() === most) return page(true)
      if (group === null) rows.push(row)
      else commonPrefixes.push(group)
      last = group ?? row
    }
    if (batch.length < atOnce && !hasWasted) start = null
    else if (isInGroup) start = behindGroup(last as string)
    else start = { afterRow: batch.at(-1)! }
    atOnce = hasWasted ? 2 : Math.min(atOnce * 2, most + 1)
  }
  return page(false)
}

/** Where the walk begins: at the prefix, or behind the marker, or behind the group that the marker lies in. */
export function startBehind(prefix: string, delimiter: string, marker: string): Start<never> | null {
  if (marker === '' || compareKeys(marker, prefix) < 0) return { from: prefix }
  const group = groupOf(marker, prefix, delimiter)
  return group === null ? { after: marker } : behindGroup(group)
}

function behindGroup(group: string): Start<never> | null {
  const next = afterPrefix(group)
  return next === null ? null : { from: next }
}
