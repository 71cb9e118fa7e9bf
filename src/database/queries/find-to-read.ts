import type { Selectable } from 'kysely'
import type { ObjectToRead } from '../../objects/index.ts'
import type { Ledger } from '../ledger.ts'
import { bucketFromRow, objectFromRow } from '../rows.ts'
import { statement } from '../statement.ts'
import type { Tables } from '../tables.ts'

const bucketAndObject = statement(({ db }, { bucket, key }: { bucket: string; key: string }) =>
  db
    .selectFrom('buckets')
    .leftJoin('objects', (join) => join.onRef('objects.bucket', '=', 'buckets.name').on('objects.key', '=', key))
    .selectAll('objects')
    .select([
      'buckets.name',
      'buckets.region',
      'buckets.created_at',
      'buckets.acl as bucket_acl',
      'buckets.origin_protected',
    ])
    .where('buckets.name', '=', bucket),
)

/**
 * A bucket, an object of it and, where they can be had here, its bytes: everything that a GET asks, since each further
 * question would wake two threads again.
 */
export async function findToRead(
  ledger: Ledger,
  bucket: string,
  key: string,
  mostBytes: number,
): Promise<ObjectToRead | null> {
  const row = await bucketAndObject.first(ledger, { bucket, key })
  if (row === undefined) return null
  const { name, region, created_at, bucket_acl: acl, origin_protected } = row
  const object = row.key === null ? null : objectFromRow(row as Selectable<Tables['objects']>)
  const wantsBytes = object !== null && object.size <= mostBytes
  return {
    bucket: { ...bucketFromRow({ name, region, created_at, acl }), isOriginProtected: origin_protected === 1 },
    object,
    bytes: wantsBytes ? (ledger.blobAtHand?.(object.blobId, object.size) ?? null) : null,
  }
}
