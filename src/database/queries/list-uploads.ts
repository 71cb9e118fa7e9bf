import type { Kysely, Selectable } from 'kysely'
import type { UploadQuery } from '../../objects/index.ts'
import type { Tables } from '../tables.ts'
import { type Start, startBehind, type Walked, walkKeys } from './walk-keys.ts'

type UploadRow = Selectable<Tables['uploads']>

/** One page of the open uploads of a bucket, by walking their index: by key, and those of one key by their beginning. */
export function listUploads(
  db: Kysely<Tables>,
  { bucket, prefix, delimiter, keyMarker, uploadIdMarker, maxUploads }: UploadQuery,
): Promise<Walked<UploadRow>> {
  const read = (start: Start<Pick<UploadRow, 'key' | 'id'>>, limit: number) => {
    let rows = db.selectFrom('uploads').selectAll().where('bucket', '=', bucket).where('completed_at', 'is', null)
    if ('from' in start) rows = rows.where('key', '>=', start.from)
    else if ('after' in start) rows = rows.where('key', '>', start.after)
    else {
      const { key, id } = start.afterRow
      rows = rows.where((eb) => eb(eb.refTuple('key', 'id'), '>', eb.tuple(key, id)))
    }
    return rows.orderBy('key').orderBy('id').limit(limit).execute()
  }
  const start = startBehind(prefix, delimiter, keyMarker)
  const isWithinKey = uploadIdMarker !== '' && start !== null && 'after' in start
  const begin = isWithinKey ? { afterRow: { key: keyMarker, id: uploadIdMarker } } : start
  return walkKeys<UploadRow>(read, { prefix, delimiter, most: maxUploads }, begin as Start<UploadRow> | null)
}
