import type { BatchFailure } from '../../wire/index.ts'
import type { BatchRow } from '../batch-rows.ts'
import type { Ledger } from '../ledger.ts'

/** A job or run of a batch that has ended and is not counted yet. */
export interface EndedItem {
  readonly item_id: string
  readonly failure: BatchFailure | null
}

/** Looks at the next `lookAt` of what the batch has made and not counted, and gives those that have ended. */
export async function endedOfBatch(
  ledger: Ledger,
  { id, type }: BatchRow,
  after: string | null,
  lookAt: number,
): Promise<{ readonly ended: readonly EndedItem[]; readonly next: string | null }> {
  const { count, last } = await stretchOf(ledger, id, after, lookAt)
  if (last === null) return { ended: [], next: null }
  const stretch = { id, after: after ?? '', last }
  const ended = await (type === 'Job' ? endedJobs : endedRuns)(ledger, stretch)
  return { ended, next: count < lookAt ? null : last }
}

/** How many there are to look at, and up to which. */
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

/** What was removed since is known to have ended, and no more. */
async function endedJobs({ db }: Ledger, { id, after, last }: Stretch): Promise<EndedItem[]> {
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

async function endedRuns({ db }: Ledger, { id, after, last }: Stretch): Promise<EndedItem[]> {
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
