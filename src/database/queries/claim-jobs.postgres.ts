import { sql } from 'kysely'
import type { ClaimedJob } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { claimedJobFromRow } from '../rows.ts'
import { sourcesOf } from './sources-of.ts'

/**
 * Takes the jobs that run next, while other servers do the same.
 *
 * First the queues that have something waiting are locked, in one order so that two claims never wait for each other;
 * only then is counted how many of their jobs run. That has to be a statement of its own: a statement that waited for a
 * lock sees the locked row as it is now, but everything else as it was before it waited. So `max_concurrent` holds over
 * all servers, a claim waits for the others' claims from the same queues (some milliseconds, one commit), and a queue
 * that is being paused is either drawn from before that or not at all. Submits do not wait for claims.
 *
 * Whether something waits is asked of each queue by itself, with the first entry of `jobs_waiting`: PostgreSQL makes a
 * join out of an `exists`, and reads all that waits for it.
 *
 * Nothing is claimed by a server whose row is gone: it was taken for dead, and what it claimed now would be taken from it
 * a second later.
 */
export async function claimJobs(ledger: Ledger, limit: number): Promise<ClaimedJob[]> {
  const { db, now, workerId } = ledger
  if (limit < 1) return []
  const at = now()
  const worker = workerId()
  const { rows: queues } = await sql<{ id: string }>`
    select id from queues
    where state = 'Active'
      and (select true from jobs where queue_id = queues.id and state = 'Submitted' limit 1)
      and exists (select from workers where id = ${worker})
    order by id
    for no key update
  `.execute(db)
  if (queues.length === 0) return []

  // Of each queue its first few, by the index `jobs_waiting`; a job that is being cancelled at this moment is left out.
  const { rows: chosen } = await sql<{ id: string }>`
    select next.id
    from (
      select id, least(${limit}::bigint, max_concurrent - (
        select count(*) from jobs where queue_id = queues.id and state = 'Running'
      )) as room
      from queues where id in (${sql.join(queues.map(({ id }) => id))})
    ) as queue
    cross join lateral (
      select id, level, rank, created_at from jobs
      where queue_id = queue.id and state = 'Submitted' and not_before <= ${at}
      order by level desc, rank, created_at, id
      limit greatest(queue.room, 0)
    ) as next
    order by next.level desc, next.rank, next.created_at, next.id
    limit ${limit}
  `.execute(db)
  if (chosen.length === 0) return []

  const rows = await db
    .updateTable('jobs')
    .set({
      state: 'Running',
      // Each job its own token: 122 bits of chance, made where the rows are.
      lease_token: sql<string>`replace(gen_random_uuid()::text, '-', '')`,
      worker_id: worker,
      started_at: at,
    })
    .where('id', 'in', (jobs) =>
      jobs
        .selectFrom('jobs')
        .select('id')
        .where(
          'id',
          'in',
          chosen.map(({ id }) => id),
        )
        .where('state', '=', sql.lit('Submitted'))
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute()
  const sources = await sourcesOf(ledger, rows)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return chosen.flatMap(({ id }) => {
    const row = byId.get(id)
    return row === undefined ? [] : [claimedJobFromRow(row, sources.get(id) ?? null)]
  })
}
