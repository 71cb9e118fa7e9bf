import type { Selectable } from 'kysely'
import type { BlobId } from '../base/index.ts'
import type { ObjectStore } from '../objects/index.ts'
import type { Ledger } from './ledger.ts'
import { listObjects } from './queries/list-objects.ts'
import { publishObject } from './queries/publish-object.ts'
import { startRunsOf } from './queries/start-run.ts'
import { objectFromRow } from './rows.ts'
import type { Tables } from './tables.ts'
import type { WhatFollows } from './what-follows.ts'

/** SQLite allows 32,766 parameters in a statement; a thousand at a time keeps the statement small too. */
const MOST_IDS_AT_ONCE = 1_000

export function sqlObjectStore(ledger: Ledger, whatFollows: WhatFollows): ObjectStore {
  const { db, now } = ledger
  return {
    async createBucket({ name, region }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('buckets')
        .values({ name, region, created_at: now() })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .executeTakeFirst()
      return (numInsertedOrUpdatedRows ?? 0n) > 0n
    },

    async findBucket(name) {
      const row = await db.selectFrom('buckets').selectAll().where('name', '=', name).executeTakeFirst()
      return row === undefined ? null : bucketFromRow(row)
    },

    async listBuckets() {
      const rows = await db.selectFrom('buckets').selectAll().orderBy('name').execute()
      return rows.map(bucketFromRow)
    },

    async publishObject(object) {
      const stored = await publishObject(ledger, object)
      // What a job of this server wrote starts nothing, or a workflow whose results lie below its prefix would never end.
      if (stored.origin === 'client') await startRunsOf(ledger, whatFollows, stored)
      return stored
    },

    async findObject(bucket, key) {
      const row = await db
        .selectFrom('objects')
        .selectAll()
        .where('bucket', '=', bucket)
        .where('key', '=', key)
        .executeTakeFirst()
      return row === undefined ? null : objectFromRow(row)
    },

    async removeObject(bucket, key) {
      const { numDeletedRows } = await db
        .deleteFrom('objects')
        .where('bucket', '=', bucket)
        .where('key', '=', key)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },

    async listObjects(query) {
      const { rows, ...page } = await listObjects(db, query)
      return { objects: rows.map(objectFromRow), ...page }
    },

    async namedAmong(blobIds) {
      const named: BlobId[] = []
      for (let from = 0; from < blobIds.length; from += MOST_IDS_AT_ONCE) {
        const rows = await db
          .selectFrom('objects')
          .select('blob_id')
          .distinct()
          .where('blob_id', 'in', blobIds.slice(from, from + MOST_IDS_AT_ONCE))
          .execute()
        named.push(...rows.map((row) => row.blob_id as BlobId))
      }
      return named
    },
  }
}

function bucketFromRow({ name, region, created_at }: Selectable<Tables['buckets']>) {
  return { name, region, createdAt: created_at }
}
