import type { Kysely, Selectable } from 'kysely'
import type { ObjectQuery } from '../../objects/index.ts'
import type { Tables } from '../tables.ts'
import { type Start, startBehind, walkKeys } from './walk-keys.ts'

type ObjectRow = Selectable<Tables['objects']>

/** One page of a bucket, by walking the primary key. */
export async function listObjects(
  db: Kysely<Tables>,
  { bucket, prefix, delimiter, marker, maxKeys }: ObjectQuery,
): Promise<{ rows: ObjectRow[]; commonPrefixes: string[]; nextMarker: string | null }> {
  const read = (start: Start<ObjectRow>, limit: number) => {
    const isFrom = 'from' in start
    const key = isFrom ? start.from : 'after' in start ? start.after : start.afterRow.key
    return db
      .selectFrom('objects')
      .selectAll()
      .where('bucket', '=', bucket)
      .where('key', isFrom ? '>=' : '>', key)
      .orderBy('key')
      .limit(limit)
      .execute()
  }
  const walk = { prefix, delimiter, most: maxKeys }
  const { rows, commonPrefixes, cutAfter } = await walkKeys(read, walk, startBehind(prefix, delimiter, marker))
  return { rows, commonPrefixes, nextMarker: typeof cutAfter === 'object' ? (cutAfter?.key ?? null) : cutAfter }
}
