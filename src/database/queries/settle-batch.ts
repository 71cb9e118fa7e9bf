import { sql } from 'kysely'
import type { BatchId } from '../../base/index.ts'
import { progressOf, type SettleBounds, type Settled } from '../../workflows/index.ts'
import type { BatchRow } from '../batch-rows.ts'
import type { Ledger } from '../ledger.ts'
import type { WhatFollows } from '../what-follows.ts'
import { advanceRuns } from './advance-run.ts'
import { type EndedItem, endedOfBatch } from './ended-of-batch.ts'
import { keepBatchFailures } from './keep-batch-failures.ts'

/**
 * Looks after some of what a batch has made. What ended is found by looking at what was made and not yet counted, some at
 * a time and in turn: jobs end nearly in the order in which they were made, but not quite.
 */
export async function settleBatch(
  ledger: Ledger,
  whatFollows: WhatFollows,
  id: BatchId,
  { lookAt, after, cancel }: SettleBounds,
): Promise<Settled> {
  const row = await ledger.db
    .selectFrom('batches')
    .selectAll()
    .where('id', '=', id)
    .$if(ledger.concurrent, (batches) => batches.forUpdate())
    .executeTakeFirst()
  if (row === undefined || row.is_settled === 1) return { next: null, isMore: false }
  const cancelled = row.state === 'Cancel' ? await cancelWaiting(ledger, whatFollows, row, cancel) : 0
  const { ended, next } = await endedOfBatch(ledger, row, after, lookAt)
  const failures = ended.flatMap(({ failure }) => (failure === null ? [] : [failure]))
  await forget(ledger, id, ended)
  await keepBatchFailures(ledger, row, failures)
  const counts = {
    listed: row.listed,
    created: row.created,
    ended: row.ended + ended.length,
    failed: row.failed + failures.length,
  }
  const isOver = (row.ended_at !== null || row.is_listed === 1) && !(await hasItems(ledger, id))
  const isSuccess = isOver && row.ended_at === null
  const progress = isSuccess ? 100 : progressOf(row.progress, counts, row.part)
  if (ended.length > 0 || isOver || progress !== row.progress) {
    await ledger.db
      .updateTable('batches')
      .set({
        ...counts,
        progress,
        ...(isOver ? { is_settled: 1 } : {}),
        ...(isSuccess ? { state: 'Success', ended_at: ledger.now(), message: messageOf(row) } : {}),
      })
      .where('id', '=', id)
      .execute()
  }
  return { next, isMore: !isOver && (cancelled === cancel || (ended.length > 0 && next !== null)) }
}

/** Cancels some of the jobs that have not begun. One that is claimed at this moment runs. */
async function cancelWaiting(
  ledger: Ledger,
  whatFollows: WhatFollows,
  { id }: BatchRow,
  limit: number,
): Promise<number> {
  const { db, concurrent, now } = ledger
  // In a statement of its own: PostgreSQL may ask a subquery with a limit once for each row, and cancel all at once.
  const waiting = await db
    .selectFrom('jobs')
    .select('id')
    .where('batch_id', '=', id)
    .where('batch_id', 'is not', null)
    .where('state', '=', sql.lit('Submitted'))
    .limit(limit)
    .$if(concurrent, (jobs) => jobs.forUpdate().skipLocked())
    .execute()
  if (waiting.length === 0) return 0
  const cancelled = await db
    .updateTable('jobs')
    .set({ state: 'Cancel', ended_at: now() })
    .where(
      'id',
      'in',
      waiting.map((job) => job.id),
    )
    .where('state', '=', sql.lit('Submitted'))
    .returning('run_id')
    .execute()
  ledger.wake('ended')
  await advanceRuns(
    ledger,
    whatFollows,
    cancelled.map(({ run_id }) => run_id),
  )
  return cancelled.length
}

async function forget({ db }: Ledger, id: string, ended: readonly EndedItem[]): Promise<void> {
  if (ended.length === 0) return
  await db
    .deleteFrom('batch_items')
    .where('batch_id', '=', id)
    .where(
      'item_id',
      'in',
      ended.map(({ item_id }) => item_id),
    )
    .execute()
}

async function hasItems({ db }: Ledger, id: string): Promise<boolean> {
  const item = await db.selectFrom('batch_items').select('item_id').where('batch_id', '=', id).limit(1).execute()
  return item.length > 0
}

function messageOf({ listed }: BatchRow): string {
  return listed > 0 ? '' : 'No object matched: nothing that the input names was last modified within the time interval.'
}
