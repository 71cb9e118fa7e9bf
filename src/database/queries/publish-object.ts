import type { Insertable, Selectable } from 'kysely'
import { Failure, timeOrderedHex } from '../../base/index.ts'
import {
  checkWriteConditions,
  isConditional,
  type NewObject,
  type StoredObject,
  type WriteConditions,
} from '../../objects/index.ts'
import type { Ledger } from '../ledger.ts'
import { objectFromRow } from '../rows.ts'
import { statement } from '../statement.ts'
import type { Tables } from '../tables.ts'

type ObjectRow = Insertable<Tables['objects']> & Selectable<Tables['objects']>

const bucketNamed = statement(({ db }, { name }: { name: string }) =>
  db.selectFrom('buckets').select('name').where('name', '=', name),
)

const insert = statement(({ db }, { row }: { row: ObjectRow }) => db.insertInto('objects').values(row))

const insertOrReplace = statement(({ db }, { row }: { row: ObjectRow }) => {
  const { bucket: _bucket, key: _key, ...replaced } = row
  return db
    .insertInto('objects')
    .values(row)
    .onConflict((conflict) => conflict.columns(['bucket', 'key']).doUpdateSet(replaced))
})

/** Names a blob; whatever the key named before is forgotten in the same step. */
export async function publishObject(
  ledger: Ledger,
  object: NewObject,
  conditions?: WriteConditions,
): Promise<StoredObject> {
  const bucket = await bucketNamed.first(ledger, { name: object.bucket })
  if (bucket === undefined) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  const mustBeNew = isConditional(conditions) && (await checkCurrent(ledger, object, conditions)) === 'absent'
  const at = ledger.now()
  const row = rowFromObject(object, timeOrderedHex(at), at)
  // Should somebody else have made at this moment what must be new, the whole is done again, and finds it.
  await (mustBeNew ? insert : insertOrReplace).run(ledger, { row })
  return objectFromRow(row)
}

/** Names a blob in the place of this very version; `null` when the key names another one by now, or nothing. */
export async function replaceObject(
  { db, now }: Ledger,
  object: NewObject,
  version: string,
): Promise<StoredObject | null> {
  const at = now()
  const { bucket, key, ...replaced } = rowFromObject(object, timeOrderedHex(at), at)
  const row = await db
    .updateTable('objects')
    .set(replaced)
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .where('version', '=', version)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : objectFromRow(row)
}

/** What the key names now stays so until the end of this transaction. */
async function checkCurrent(
  { db, concurrent }: Ledger,
  { bucket, key }: NewObject,
  conditions: WriteConditions,
): Promise<'absent' | 'present'> {
  const current = await db
    .selectFrom('objects')
    .select(['etag', 'last_modified'])
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .$if(concurrent, (objects) => objects.forUpdate())
    .executeTakeFirst()
  checkWriteConditions(
    conditions,
    current === undefined ? null : { etag: current.etag, lastModified: current.last_modified },
  )
  return current === undefined ? 'absent' : 'present'
}

function rowFromObject(object: NewObject, version: string, lastModified: number): ObjectRow {
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
    acl: object.acl ?? 'default',
    batch_id: object.batchId ?? null,
  }
}
