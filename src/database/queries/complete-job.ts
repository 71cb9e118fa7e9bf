import { Failure, type JobId } from '../../base/index.ts'
import type { JobOutcome } from '../../jobs/index.ts'
import { writeEvent } from '../event-writer.ts'
import type { WhatFollows } from '../job-completion.ts'
import type { Ledger } from '../ledger.ts'
import { sqlObjectStore } from '../object-store.ts'
import { jobFromRow } from '../rows.ts'
import { notifyOf } from './submit-job.ts'

/**
 * Ends a job in one transaction: its final state, the row that publishes its output, the event and its deliveries.
 * The lease token fences: a worker that was taken for dead finds no row to change, and nothing is written.
 */
export async function completeJob(
  ledger: Ledger,
  whatFollows: WhatFollows,
  id: JobId,
  leaseToken: string,
  outcome: JobOutcome,
): Promise<boolean> {
  const at = ledger.now()
  const row = await ledger.db
    .updateTable('jobs')
    .set({
      state: outcome.state,
      code: outcome.state === 'Success' ? 'Success' : outcome.code,
      message: outcome.state === 'Success' ? '' : outcome.message,
      result_json: outcome.state === 'Success' ? JSON.stringify(outcome.result) : null,
      ended_at: at,
      lease_token: null,
    })
    .where('id', '=', id)
    .where('lease_token', '=', leaseToken)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) return false
  if (outcome.state === 'Success') await publish(ledger, outcome.output)
  const event = whatFollows(jobFromRow(row, false), await notifyOf(ledger, row.queue_id))
  if (event !== null) await writeEvent(ledger, event, at)
  // A queue at its limit has room again, which no other transaction announces.
  ledger.wake('jobs')
  return true
}

async function publish(ledger: Ledger, output: Extract<JobOutcome, { state: 'Success' }>['output']): Promise<void> {
  try {
    await sqlObjectStore(ledger).publishObject(output)
  } catch (error) {
    if (error instanceof Failure && error.code === 'BucketNotFound') {
      throw new Failure('OutputDenied', `The output bucket ${output.bucket} does not exist.`, { cause: error })
    }
    throw error
  }
}
