import { sql } from 'kysely'
import type { BatchId } from '../../base/index.ts'
import type { BatchFailure } from '../../wire/index.ts'
import { progressOf, type SettleBounds, type Settled } from '../../workflows/index.ts'
import type { BatchRow } from '../batch-rows.ts'
import type { Ledger } from '../ledger.ts'
import type { WhatFollows } from '../what-follows.ts'
import { keepFailures } from './advance-batch.ts'
import { advanceRuns } from './advance-run.ts'

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
  const { count, last } = await stretchOf(ledger, id, after, lookAt)
  const next = count < lookAt ? null : last
  const stretch = { id, after: after ?? '', last: last ?? '' }
  const ended = count === 0 ? [] : await (row.type === 'Job' ? endedJobs : endedRuns)(ledger, stretch)
  const failures = ended.flatMap(({ failure }) => (failure === null ? [] : [failure]))
  await forget(ledger, id, ended)
  await keepFailures(ledger, row, failures)
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
  await advanceRuns(
    ledger,
    whatFollows,
    cancelled.map(({ run_id }) => run_id),
  )
  return cancelled.length
}

/** The next of what the batch has made and not counted as ended: how many of them, up to which. */
function stretchOf(
  { db }: Ledger,
  id: string,
  after: string | null,
  lookAt: number,
): Promise<{ count: number; last: string | null }> {
  return db
    .selectFrom((items) =>
      items
        .selectFrom('batch_items')
        .select('item_id')
        .where('batch_id', '=', id)
        .where('item_id', '>', after ?? '')
        .orderBy('item_id')
        .limit(lookAt)
        .as('stretch'),
    )
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.max('item_id').as('last')])
    .executeTakeFirstOrThrow()
}

/** Behind `after`, up to `last`. */
interface Stretch {
  readonly id: string
  readonly after: string
  readonly last: string
}

interface Ended {
  readonly item_id: string
  readonly failure: BatchFailure | null
}

/** What was removed since is known to have ended, and no more. */
async function endedJobs({ db }: Ledger, { id, after, last }: Stretch): Promise<Ended[]> {
  const rows = await db
    .selectFrom('batch_items')
    .leftJoin('jobs', 'jobs.id', 'batch_items.item_id')
    .select(['batch_items.item_id', 'jobs.state', 'jobs.input_object', 'jobs.code', 'jobs.message'])
    .where('batch_items.batch_id', '=', id)
    .where('batch_items.item_id', '>', after)
    .where('batch_items.item_id', '<=', last)
    .where((eb) => eb.or([eb('jobs.id', 'is', null), eb('jobs.ended_at', 'is not', null)]))
    .orderBy('batch_items.item_id')
    .execute()
  return rows.map(({ item_id, state, input_object, code, message }) => ({
    item_id,
    failure: state === 'Failed' ? { object: input_object!, code: code!, message: message! } : null,
  }))
}

async function endedRuns({ db }: Ledger, { id, after, last }: Stretch): Promise<Ended[]> {
  const rows = await db
    .selectFrom('batch_items')
    .leftJoin('runs', 'runs.id', 'batch_items.item_id')
    .select(['batch_items.item_id', 'runs.state', 'runs.object'])
    .where('batch_items.batch_id', '=', id)
    .where('batch_items.item_id', '>', after)
    .where('batch_items.item_id', '<=', last)
    .where((eb) => eb.or([eb('runs.id', 'is', null), eb('runs.ended_at', 'is not', null)]))
    .orderBy('batch_items.item_id')
    .execute()
  const failed = rows.filter(({ state }) => state === 'Failed').map(({ item_id }) => item_id)
  // A run has no code of its own: it failed as the first of its jobs that did.
  const jobs =
    failed.length === 0
      ? []
      : await db
          .selectFrom('jobs')
          .select(['run_id', 'node', 'code', 'message'])
          .where('run_id', 'in', failed)
          .where('state', '=', 'Failed')
          .orderBy('ended_at', 'desc')
          .orderBy('id', 'desc')
          .execute()
  const first = new Map(jobs.map((job) => [job.run_id, job]))
  return rows.map(({ item_id, state, object }) => {
    if (state !== 'Failed') return { item_id, failure: null }
    const job = first.get(item_id)
    const failure =
      job === undefined
        ? { code: 'InternalError', message: 'What its jobs said has been removed.' }
        : { code: job.code, message: `${job.node}: ${job.message}` }
    return { item_id, failure: { object: object!, ...failure } }
  })
}

async function forget({ db }: Ledger, id: string, ended: readonly Ended[]): Promise<void> {
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
