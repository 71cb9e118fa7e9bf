import { type BlobId, Failure } from '../base/index.ts'
import type { CorsRule, ObjectStore } from '../objects/index.ts'
import type { Ledger } from './ledger.ts'
import { copyObject } from './queries/copy-object.ts'
import { findToRead } from './queries/find-to-read.ts'
import { listObjects } from './queries/list-objects.ts'
import { publishResults } from './queries/publish-results.ts'
import { publishUpload } from './queries/publish-upload.ts'
import { removeBucket } from './queries/remove-bucket.ts'
import { bucketFromRow, objectFromRow } from './rows.ts'
import { statement } from './statement.ts'
import type { WhatFollows } from './what-follows.ts'

/** SQLite allows 32,766 parameters in a statement; a thousand at a time keeps the statement small too. */
const MOST_IDS_AT_ONCE = 1_000

const bucketNamed = statement(({ db }, { name }: { name: string }) =>
  db.selectFrom('buckets').selectAll().where('name', '=', name),
)

const objectNamed = statement(({ db }, { bucket, key }: { bucket: string; key: string }) =>
  db.selectFrom('objects').selectAll().where('bucket', '=', bucket).where('key', '=', key),
)

export function sqlObjectStore(ledger: Ledger, whatFollows: WhatFollows): ObjectStore {
  const { db, now } = ledger

  const changeBucket = async (name: string, change: { acl: string } | { cors_json: string | null }) => {
    const { numUpdatedRows } = await db.updateTable('buckets').set(change).where('name', '=', name).executeTakeFirst()
    if (numUpdatedRows === 0n) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  }

  return {
    async createBucket({ name, region, acl = 'private' }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('buckets')
        .values({ name, region, created_at: now(), acl })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .executeTakeFirst()
      return (numInsertedOrUpdatedRows ?? 0n) > 0n
    },

    async findBucket(name) {
      const row = await bucketNamed.first(ledger, { name })
      return row === undefined ? null : bucketFromRow(row)
    },

    async listBuckets() {
      const rows = await db.selectFrom('buckets').selectAll().orderBy('name').execute()
      return rows.map(bucketFromRow)
    },

    removeBucket: (name) => removeBucket(ledger, name),

    async setBucketAcl(name, acl) {
      await changeBucket(name, { acl })
    },

    async findCorsRules(bucket) {
      const row = await db.selectFrom('buckets').select('cors_json').where('name', '=', bucket).executeTakeFirst()
      return row?.cors_json ? (JSON.parse(row.cors_json) as CorsRule[]) : []
    },

    async setCorsRules(bucket, rules) {
      await changeBucket(bucket, { cors_json: rules.length === 0 ? null : JSON.stringify(rules) })
    },

    publishObject: (object, conditions) => publishUpload(ledger, whatFollows, object, conditions),

    copyObject: (copy) => copyObject(ledger, whatFollows, copy),

    publishResults: (results, source) => publishResults(ledger, results, source),

    async findObject(bucket, key) {
      const row = await objectNamed.first(ledger, { bucket, key })
      return row === undefined ? null : objectFromRow(row)
    },

    findToRead: (bucket, key, mostBytes) => findToRead(ledger, bucket, key, mostBytes),

    async removeObject(bucket, key) {
      const { numDeletedRows } = await db
        .deleteFrom('objects')
        .where('bucket', '=', bucket)
        .where('key', '=', key)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },

    async removeObjects(bucket, keys) {
      if (keys.length === 0) return
      await db.deleteFrom('objects').where('bucket', '=', bucket).where('key', 'in', keys).execute()
    },

    async setObjectAcl(bucket, key, acl) {
      const { numUpdatedRows } = await db
        .updateTable('objects')
        .set({ acl })
        .where('bucket', '=', bucket)
        .where('key', '=', key)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },

    async listObjects(query) {
      const { rows, ...page } = await listObjects(db, query)
      return { objects: rows.map(objectFromRow), ...page }
    },

    async namedAmong(blobIds) {
      const named: BlobId[] = []
      for (let from = 0; from < blobIds.length; from += MOST_IDS_AT_ONCE) {
        const asked = blobIds.slice(from, from + MOST_IDS_AT_ONCE)
        const rows = await db
          .selectFrom('objects')
          .select('blob_id')
          .where('blob_id', 'in', asked)
          .union(db.selectFrom('parts').select('blob_id').where('blob_id', 'in', asked))
          .execute()
        named.push(...rows.map((row) => row.blob_id as BlobId))
      }
      return named
    },
  }
}
