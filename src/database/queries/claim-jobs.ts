import { sql } from 'kysely'
import { newId } from '../../base/index.ts'
import type { ClaimedJob } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { claimedJobFromRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { sourcesOf } from './sources-of.ts'

/** The queues that have something waiting, and how many of their jobs run. */
const queuesWaiting = statement(({ db }, _none: object) =>
  db
    .selectFrom('queues')
    .select((eb) => [
      'queues.id',
      'queues.max_concurrent',
      eb
        .selectFrom('jobs')
        .select((count) => count.fn.countAll<number>().as('count'))
        .whereRef('jobs.queue_id', '=', 'queues.id')
        .where('jobs.state', '=', sql.lit('Running'))
        .as('running'),
    ])
    .where('queues.state', '=', 'Active')
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('jobs')
          .select('jobs.id')
          .whereRef('jobs.queue_id', '=', 'queues.id')
          .where('jobs.state', '=', sql.lit('Submitted')),
      ),
    ),
)

const nextOf = statement(({ db }, { queueId, at, room }: { queueId: string; at: number; room: number }) =>
  db
    .selectFrom('jobs')
    .select(['id', 'level', 'rank', 'created_at'])
    .where('queue_id', '=', queueId)
    .where('state', '=', sql.lit('Submitted'))
    .where('not_before', '<=', at)
    .orderBy('level', 'desc')
    .orderBy('rank')
    .orderBy('created_at')
    .orderBy('id')
    .limit(room),
)

interface Taken {
  readonly id: string
  readonly leaseToken: string
  readonly workerId: string | null
  readonly at: number
}

const take = statement(({ db }, { id, leaseToken, workerId, at }: Taken) =>
  db
    .updateTable('jobs')
    .set({ state: 'Running', lease_token: leaseToken, worker_id: workerId, started_at: at })
    .where('id', '=', id)
    .where('state', '=', 'Submitted')
    .returningAll(),
)

/**
 * Takes the jobs that run next, when nobody else does at the same time. Each queue is asked for its own next ones through
 * the index `jobs_waiting`, so that a paused queue with ten thousand jobs costs a claim nothing; the few rows that come back are then put in order over
 * all queues. The candidates of one queue are bounded by its free concurrency.
 *
 * States are written into the text of these queries: SQLite does not use a partial index for a bound parameter.
 */
export async function claimJobs(ledger: Ledger, limit: number): Promise<ClaimedJob[]> {
  if (limit < 1) return []
  const at = ledger.now()
  const candidates: { id: string; level: number; rank: number; created_at: number }[] = []
  for (const queue of await queuesWaiting.all(ledger, {})) {
    const room = Math.min(limit, queue.max_concurrent - (queue.running ?? 0))
    if (room > 0) candidates.push(...(await nextOf.all(ledger, { queueId: queue.id, at, room })))
  }
  candidates.sort(
    (a, b) =>
      b.level - a.level || a.rank - b.rank || a.created_at - b.created_at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  )

  const claimed = []
  for (const { id } of candidates.slice(0, limit)) {
    const row = await take.first(ledger, { id, leaseToken: newId.lease(), workerId: ledger.workerId(), at })
    if (row !== undefined) claimed.push(row)
  }
  const sources = await sourcesOf(ledger, claimed)
  return claimed.map((row) => claimedJobFromRow(row, sources.get(row.id) ?? null))
}
