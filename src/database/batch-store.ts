import { Failure } from '../base/index.ts'
import { afterPrefix } from '../objects/index.ts'
import type { BatchFailure } from '../wire/index.ts'
import type { BatchStore } from '../workflows/index.ts'
import { batchFromRow } from './batch-rows.ts'
import type { Ledger } from './ledger.ts'
import { advanceBatch, failBatch } from './queries/advance-batch.ts'
import { createBatch } from './queries/create-batch.ts'
import { listBatches } from './queries/list-batches.ts'
import { openBatches } from './queries/open-batches.ts'
import { settleBatch } from './queries/settle-batch.ts'
import type { WhatFollows } from './what-follows.ts'

export function sqlBatchStore(ledger: Ledger, whatFollows: WhatFollows): BatchStore {
  const { db, now } = ledger

  async function failuresOf(ids: readonly string[]): Promise<Map<string, BatchFailure[]>> {
    const rows = await db
      .selectFrom('batch_failures')
      .selectAll()
      .where('batch_id', 'in', [...ids])
      .orderBy('batch_id')
      .orderBy('number')
      .execute()
    const byBatch = new Map<string, BatchFailure[]>(ids.map((id) => [id, []]))
    for (const { batch_id, object, code, message } of rows) byBatch.get(batch_id)!.push({ object, code, message })
    return byBatch
  }

  return {
    createBatch: (batch, options) => createBatch(ledger, batch, options),
    listBatches: (query) => listBatches(ledger, query),
    openBatches: (maxWaiting) => openBatches(ledger, maxWaiting),
    advanceBatch: (id, step) => advanceBatch(ledger, whatFollows, id, step),
    failBatch: (id, from, failure) => failBatch(ledger, id, from, failure),
    settleBatch: (id, bounds) => settleBatch(ledger, whatFollows, id, bounds),

    async findBatches(bucket, ids) {
      if (ids.length === 0) return []
      const rows = await db
        .selectFrom('batches')
        .selectAll()
        .where('bucket', '=', bucket)
        .where('id', 'in', [...new Set(ids)])
        .execute()
      if (rows.length === 0) return []
      const failures = await failuresOf(rows.map((row) => row.id))
      const byId = new Map(rows.map((row) => [row.id, batchFromRow(row, failures.get(row.id))]))
      return ids.flatMap((id) => byId.get(id) ?? [])
    },

    async cancelBatch(bucket, id) {
      const row = await db
        .updateTable('batches')
        .set({ state: 'Cancel', ended_at: now() })
        .where('bucket', '=', bucket)
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .returningAll()
        .executeTakeFirst()
      if (row !== undefined) {
        ledger.wake('batches')
        return batchFromRow(row)
      }
      const ended = await db
        .selectFrom('batches')
        .selectAll()
        .where('bucket', '=', bucket)
        .where('id', '=', id)
        .executeTakeFirst()
      if (ended === undefined) {
        throw new Failure('BatchNotFound', `There is no batch job ${id} in the bucket ${bucket}.`)
      }
      if (ended.state === 'Cancel') return batchFromRow(ended)
      throw new Failure('BatchNotCancellable', `The batch job ${id} has ended: its state is ${ended.state}.`, {
        details: { state: ended.state },
      })
    },

    async countKeys({ bucket, prefix, after, limit }) {
      const end = afterPrefix(prefix)
      let keys = db.selectFrom('objects').select('key').where('bucket', '=', bucket).orderBy('key').limit(limit)
      keys = after === '' ? keys.where('key', '>=', prefix) : keys.where('key', '>', after)
      if (end !== null) keys = keys.where('key', '<', end)
      const { count, last } = await db
        .selectFrom(keys.as('keys'))
        .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.max('key').as('last')])
        .executeTakeFirstOrThrow()
      return { count, last }
    },
  }
}
