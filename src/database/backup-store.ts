import type { BackupStore } from '../backup/index.ts'
import type { BlobId } from '../base/index.ts'
import type { Ledger } from './ledger.ts'

export function sqlBackupStore({ db }: Ledger): BackupStore {
  /** A blob may be of several objects, or of a part; its size and sum are the same under each name. */
  const each = () =>
    db
      .selectFrom(
        db
          .selectFrom('objects')
          .select(['blob_id', 'size', 'crc64'])
          .unionAll(db.selectFrom('parts').select(['blob_id', 'size', 'crc64']))
          .as('named'),
      )
      .select((eb) => ['blob_id', eb.fn.max('size').as('size'), eb.fn.max('crc64').as('crc64')])
      .groupBy('blob_id')
  return {
    async namedBlobTotals() {
      const row = await db
        .selectFrom(each().as('blobs'))
        .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.sum<number | null>('size').as('bytes')])
        .executeTakeFirstOrThrow()
      return { count: Number(row.count), bytes: Number(row.bytes ?? 0) }
    },

    async namedBlobsAfter(after, limit) {
      const rows = await each().where('blob_id', '>', after).orderBy('blob_id').limit(limit).execute()
      return rows.map((row) => ({ id: row.blob_id as BlobId, size: row.size, crc64: row.crc64 }))
    },
  }
}
