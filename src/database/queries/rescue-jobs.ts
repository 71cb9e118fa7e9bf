import { sql } from 'kysely'
import type { JobId } from '../../base/index.ts'
import type { Ledger } from '../ledger.ts'
import type { WhatFollows } from '../what-follows.ts'
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
    .select(['id', 'lease_token', 'unclean_ends'])
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
  let failed = 0
  for (const { id, lease_token, unclean_ends } of running) {
    if (unclean_ends + 1 >= maxUncleanEnds) {
      failed += 1
      await completeJob(ledger, whatFollows, id as JobId, lease_token!, {
        state: 'Failed',
        code: 'InternalError',
        message: `The server ended uncleanly ${unclean_ends + 1} times while this job was running.`,
      })
    } else {
      await ledger.db
        .updateTable('jobs')
        .set({ state: 'Submitted', lease_token: null, started_at: null, unclean_ends: unclean_ends + 1 })
        .where('id', '=', id)
        .execute()
    }
  }
  if (running.length > 0) ledger.wake('jobs')
  return { returned: running.length - failed, failed }
}
