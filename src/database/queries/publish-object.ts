import type { Insertable, Selectable } from 'kysely'
import { Failure, timeOrderedHex } from '../../base/index.ts'
import type { NewObject, StoredObject } from '../../objects/index.ts'
import type { Ledger } from '../ledger.ts'
import { objectFromRow } from '../rows.ts'
import type { Tables } from '../tables.ts'

/** Names a blob; whatever the key named before is forgotten in the same step. */
export async function publishObject({ db, now }: Ledger, object: NewObject): Promise<StoredObject> {
  const bucket = await db.selectFrom('buckets').select('name').where('name', '=', object.bucket).executeTakeFirst()
  if (bucket === undefined) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  const at = now()
  const row = rowFromObject(object, timeOrderedHex(at), at)
  const { bucket: _bucket, key: _key, ...replaced } = row
  await db
    .insertInto('objects')
    .values(row)
    .onConflict((conflict) => conflict.columns(['bucket', 'key']).doUpdateSet(replaced))
    .execute()
  return objectFromRow(row)
}

function rowFromObject(
  object: NewObject,
  version: string,
  lastModified: number,
): Insertable<Tables['objects']> & Selectable<Tables['objects']> {
  return {
    bucket: object.bucket,
    key: object.key,
    blob_id: object.blobId,
    size: object.size,
    etag: object.etag,
    crc64: object.crc64,
    content_type: object.contentType,
    headers_json: JSON.stringify(object.headers),
    version,
    request_id: object.requestId,
    event_name: object.eventName,
    origin: object.origin,
    last_modified: lastModified,
    batch_id: object.batchId ?? null,
  }
}
