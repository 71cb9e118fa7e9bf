import { Failure, type JobId } from '../../base/index.ts'
import type { JobOutcome } from '../../jobs/index.ts'
import { writeEvent } from '../event-writer.ts'
import type { Ledger } from '../ledger.ts'
import { jobFromRow } from '../rows.ts'
import { statement } from '../statement.ts'
import type { WhatFollows } from '../what-follows.ts'
import { endTask } from './advance-run.ts'
import { notifyOf } from './notify-of.ts'
import { publishObject } from './publish-object.ts'

interface Ended {
  readonly id: string
  readonly leaseToken: string
  readonly state: JobOutcome['state']
  readonly code: string
  readonly message: string
  readonly result: string | null
  readonly at: number
}

const end = statement(({ db }, { id, leaseToken, state, code, message, result, at }: Ended) =>
  db
    .updateTable('jobs')
    .set({ state, code, message, result_json: result, ended_at: at, lease_token: null })
    .where('id', '=', id)
    .where('lease_token', '=', leaseToken)
    .returningAll(),
)

/**
 * Ends a job in one transaction: its final state, the row that publishes its output, the event and its deliveries; and
 * for a job of a run, the jobs that may start now or the end of the run.
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
  const row = await end.first(ledger, {
    id,
    leaseToken,
    state: outcome.state,
    code: outcome.state === 'Success' ? 'Success' : outcome.code,
    message: outcome.state === 'Success' ? '' : outcome.message,
    result: outcome.state === 'Success' ? JSON.stringify(outcome.result) : null,
    at,
  })
  if (row === undefined) return false
  if (outcome.state === 'Success') await publish(ledger, outcome.output)
  if (row.run_id === null) {
    const event = whatFollows.jobEnded(jobFromRow(row, false), await notifyOf(ledger, row.queue_id))
    if (event !== null) await writeEvent(ledger, event, at)
  } else {
    await endTask(ledger, whatFollows, row)
  }
  // A queue at its limit has room again, which no other transaction announces.
  ledger.wake('jobs')
  ledger.wake('ended')
  return true
}

async function publish(ledger: Ledger, output: Extract<JobOutcome, { state: 'Success' }>['output']): Promise<void> {
  try {
    await publishObject(ledger, output)
  } catch (error) {
    if (error instanceof Failure && error.code === 'BucketNotFound') {
      throw new Failure('OutputDenied', `The output bucket ${output.bucket} does not exist.`, { cause: error })
    }
    throw error
  }
}
