import { Failure } from '../base/index.ts'
import type { StyleStore } from '../objects/index.ts'
import type { Ledger } from './ledger.ts'

export function sqlStyleStore({ db, now, concurrent }: Ledger): StyleStore {
  /** Locks the bucket where others could save at the same time: the number of its styles is decided on. */
  const checkBucket = async (name: string, lock = false): Promise<void> => {
    let query = db.selectFrom('buckets').select('name').where('name', '=', name)
    if (lock && concurrent) query = query.forNoKeyUpdate()
    const row = await query.executeTakeFirst()
    if (row === undefined) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  }
  const styles = (bucket: string) => db.selectFrom('styles').select(['name', 'body']).where('bucket', '=', bucket)

  return {
    async saveStyle(bucket, { name, body }, limit) {
      await checkBucket(bucket, true)
      const others = await db
        .selectFrom('styles')
        .select(db.fn.countAll<number>().as('count'))
        .where('bucket', '=', bucket)
        .where('name', '<>', name)
        .executeTakeFirstOrThrow()
      if (others.count >= limit) {
        throw new Failure(
          'StyleLimitReached',
          `The bucket ${bucket} has ${others.count} styles, at most ${limit} are allowed.`,
        )
      }
      const at = now()
      await db
        .insertInto('styles')
        .values({ bucket, name, body, created_at: at, updated_at: at })
        .onConflict((conflict) => conflict.columns(['bucket', 'name']).doUpdateSet({ body, updated_at: at }))
        .execute()
    },

    async removeStyle(bucket, name) {
      await checkBucket(bucket)
      const { numDeletedRows } = await db
        .deleteFrom('styles')
        .where('bucket', '=', bucket)
        .where('name', '=', name)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },

    async listStyles(bucket) {
      await checkBucket(bucket)
      return styles(bucket).orderBy('name').execute()
    },

    async findStyles(bucket, names) {
      if (names.length === 0) return []
      return styles(bucket)
        .where('name', 'in', [...new Set(names)])
        .execute()
    },

    async isOriginProtected(bucket) {
      const row = await db
        .selectFrom('buckets')
        .select('origin_protected')
        .where('name', '=', bucket)
        .executeTakeFirst()
      if (row === undefined) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
      return row.origin_protected === 1
    },

    async setOriginProtected(bucket, on) {
      const { numUpdatedRows } = await db
        .updateTable('buckets')
        .set({ origin_protected: on ? 1 : 0 })
        .where('name', '=', bucket)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
    },
  }
}
