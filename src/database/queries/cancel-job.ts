import { Failure } from '../../base/index.ts'
import type { Job } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { jobFromRow } from '../rows.ts'
import type { WhatFollows } from '../what-follows.ts'
import { advanceRuns } from './advance-run.ts'

/** Ends a job that has not begun. No event: whoever cancelled knows. */
export async function cancelJob(ledger: Ledger, whatFollows: WhatFollows, bucket: string, id: string): Promise<Job> {
  const { db, now } = ledger
  const row = await db
    .updateTable('jobs')
    .set({ state: 'Cancel', ended_at: now() })
    .where('bucket', '=', bucket)
    .where('id', '=', id)
    .where('state', '=', 'Submitted')
    .returningAll()
    .executeTakeFirst()
  if (row !== undefined) {
    ledger.wake('ended')
    await advanceRuns(ledger, whatFollows, [row.run_id])
    return jobFromRow(row, false)
  }
  const present = await db
    .selectFrom('jobs')
    .select('state')
    .where('bucket', '=', bucket)
    .where('id', '=', id)
    .executeTakeFirst()
  if (present === undefined) throw new Failure('JobNotFound', `There is no job ${id} in the bucket ${bucket}.`)
  throw new Failure('JobNotCancellable', 'The job provided can not be modified.', { details: { state: present.state } })
}
