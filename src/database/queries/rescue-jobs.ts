import { sql } from 'kysely'
import type { JobId } from '../../base/index.ts'
import type { Ledger } from '../ledger.ts'
import type { WhatFollows } from '../what-follows.ts'
import { cancelWhereClosed } from './cancel-where-closed.ts'
import { completeJob } from './complete-job.ts'
import { removeDeadWorkers } from './remove-dead-workers.ts'

/**
 * After the unclean end of a server: nobody runs what it was running. Each such job waits again and counts the end
 * against it; one that has been running at too many unclean ends may well be their cause, and fails.
 */
export async function rescueJobs(
  ledger: Ledger,
  whatFollows: WhatFollows,
  maxUncleanEnds: number,
): Promise<{ returned: number; failed: number }> {
  if (ledger.concurrent) await removeDeadWorkers(ledger)
  const running = await ledger.db
    .selectFrom('jobs')
    .select(['id', 'queue_id', 'run_id', 'lease_token', 'unclean_ends'])
    .where('state', '=', sql.lit('Running'))
    .$if(ledger.concurrent, (jobs) =>
      jobs
        .where((eb) =>
          eb.not(
            eb.exists(eb.selectFrom('workers').select('workers.id').whereRef('workers.id', '=', 'jobs.worker_id')),
          ),
        )
        .forUpdate()
        .skipLocked(),
    )
    .execute()
  const isGivenUp = ({ unclean_ends }: (typeof running)[number]): boolean => unclean_ends + 1 >= maxUncleanEnds
  const givenUp = running.filter(isGivenUp)
  // In the order of their runs, in which everybody locks those.
  for (const job of givenUp.sort((a, b) => compare(a.run_id ?? '', b.run_id ?? ''))) {
    await completeJob(ledger, whatFollows, job.id as JobId, job.lease_token!, {
      state: 'Failed',
      code: 'InternalError',
      message: `The server ended uncleanly ${job.unclean_ends + 1} times while this job was running.`,
    })
  }
  const returned = running.filter((job) => !isGivenUp(job))
  for (const { id, unclean_ends } of returned) {
    await ledger.db
      .updateTable('jobs')
      .set({ state: 'Submitted', lease_token: null, started_at: null, unclean_ends: unclean_ends + 1 })
      .where('id', '=', id)
      .execute()
  }
  await cancelWhereClosed(ledger, whatFollows, returned)
  if (running.length > 0) ledger.wake('jobs')
  return { returned: returned.length, failed: givenUp.length }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
