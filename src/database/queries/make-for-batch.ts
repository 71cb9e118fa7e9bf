import { Failure } from '../../base/index.ts'
import type { BatchJob } from '../../wire/index.ts'
import { jobOfBatch } from '../../workflows/index.ts'
import type { BatchRow } from '../batch-rows.ts'
import type { Ledger } from '../ledger.ts'
import type { WhatFollows } from '../what-follows.ts'
import { insertJobs } from './insert-job.ts'
import { startRun, type WorkflowRow } from './start-run.ts'
import { groundFor } from './submit-job.ts'

/**
 * Makes a job for each object, or a run of each workflow. Gives their ids, in order. Fails before anything is made when
 * nothing can be made any more: the template, the queue or a workflow is gone.
 */
export function makeForBatch(
  ledger: Ledger,
  whatFollows: WhatFollows,
  row: BatchRow,
  keys: readonly string[],
): Promise<string[]> {
  return row.job_json === null
    ? startRuns(ledger, whatFollows, row, keys)
    : makeJobs(ledger, row, JSON.parse(row.job_json) as BatchJob, keys)
}

async function makeJobs(ledger: Ledger, row: BatchRow, job: BatchJob, keys: readonly string[]): Promise<string[]> {
  const jobs = keys.map((key) => jobOfBatch(row.bucket, job, key))
  // It has a queue: that of the bucket when the batch was made. Whoever closed it since did not mean it to be opened again.
  const ground = await groundFor(ledger, jobs[0]!, {
    openService: false,
    queueDefaults: { maxSize: 0, maxConcurrent: 0 },
  })
  const made = await insertJobs(ledger, jobs, ground, { batchId: row.id })
  return made.map(({ id }) => id)
}

async function startRuns(
  ledger: Ledger,
  whatFollows: WhatFollows,
  row: BatchRow,
  keys: readonly string[],
): Promise<string[]> {
  const workflows = await workflowsOf(ledger, row)
  const ids: string[] = []
  for (const object of keys) {
    for (const workflow of workflows) {
      const beginning = { object, version: null, cosHeaders: [], batchId: row.id }
      ids.push((await startRun(ledger, whatFollows, workflow, beginning)).id)
    }
  }
  return ids
}

/** All of them, before the first run is started. */
async function workflowsOf({ db }: Ledger, row: BatchRow): Promise<WorkflowRow[]> {
  const ids = JSON.parse(row.workflow_ids_json) as string[]
  const rows = await db
    .selectFrom('workflows')
    .selectAll()
    .where('bucket', '=', row.bucket)
    .where('id', 'in', ids)
    .execute()
  return ids.map((id) => {
    const workflow = rows.find((one) => one.id === id)
    if (workflow !== undefined) return workflow
    throw new Failure('WorkflowNotFound', `The workflow ${id} of Operation.WorkflowIds does not exist any more.`)
  })
}
