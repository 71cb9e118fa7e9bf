import { sql } from 'kysely'
import type { Ledger } from '../ledger.ts'
import { lockKeys } from '../postgres/lock-keys.ts'
import type { WhatFollows } from '../what-follows.ts'
import { advanceRuns } from './advance-run.ts'
import type { JobRow } from './insert-job.ts'

/** What a job says that waited in a queue which was closed. */
export const SERVICE_CLOSED = 'The image service of the bucket was closed.'

/**
 * Cancels those of these jobs whose queue is gone: they ran while the service was closed, wait again now, and nobody would
 * ever claim them. Their runs go on without them.
 */
export async function cancelWhereClosed(
  ledger: Ledger,
  whatFollows: WhatFollows,
  jobs: readonly Pick<JobRow, 'id' | 'queue_id'>[],
): Promise<void> {
  if (jobs.length === 0) return
  const { db, now } = ledger
  const queueIds = [...new Set(jobs.map((job) => job.queue_id))].sort()
  // Who closes one at this moment does not see these jobs as waiting: let him finish, and then look whether it is there.
  if (ledger.concurrent) {
    await sql`
      select pg_advisory_xact_lock_shared(${sql.lit(lockKeys.queue)}, hashtext(id)) from unnest(${queueIds}::text[]) as id
    `.execute(db)
  }
  const open = await db.selectFrom('queues').select('id').where('id', 'in', queueIds).execute()
  const isOpen = new Set(open.map(({ id }) => id))
  const homeless = jobs.filter((job) => !isOpen.has(job.queue_id)).map(({ id }) => id)
  if (homeless.length === 0) return
  const cancelled = await db
    .updateTable('jobs')
    .set({ state: 'Cancel', ended_at: now(), message: SERVICE_CLOSED })
    .where('id', 'in', homeless)
    .where('state', '=', sql.lit('Submitted'))
    .returning('run_id')
    .execute()
  ledger.wake('ended')
  await advanceRuns(
    ledger,
    whatFollows,
    cancelled.map((job) => job.run_id),
  )
}
