import { sql } from 'kysely'
import { Failure, newId } from '../../base/index.ts'
import { said, type WorkflowTopology } from '../../wire/index.ts'
import { type Batch, type CreateBatchOptions, jobOfBatch, type NewBatch } from '../../workflows/index.ts'
import { type BatchRow, batchFromRow } from '../batch-rows.ts'
import type { Ledger } from '../ledger.ts'
import { groundFor } from './submit-job.ts'

/** Writes a batch of which nothing has been done yet. Its queue is the one that the bucket has now. */
export async function createBatch(ledger: Ledger, batch: NewBatch, options: CreateBatchOptions): Promise<Batch> {
  const { db, now } = ledger
  const bucket = await db
    .selectFrom('buckets')
    .select('name')
    .where('name', '=', batch.bucket)
    // Of two batches that are made at once, the second counts the first.
    .$if(ledger.concurrent, (buckets) => buckets.forNoKeyUpdate())
    .executeTakeFirst()
  if (bucket === undefined) throw new Failure('BucketNotFound', `The bucket ${batch.bucket} does not exist.`)
  const { open } = await db
    .selectFrom('batches')
    .select((eb) => eb.fn.countAll<number>().as('open'))
    .where('is_settled', '=', sql.lit(0))
    .where('bucket', '=', batch.bucket)
    .executeTakeFirstOrThrow()
  if (open >= options.maxOpen) {
    throw new Failure(
      'QueueFull',
      `The bucket ${batch.bucket} has ${open} batch jobs that have not ended, as many as it may.`,
    )
  }
  const jobsPerObject = batch.job === null ? await jobsOfWorkflows(ledger, batch) : 1
  const job =
    batch.job === null
      ? null
      : {
          ...batch.job,
          queueId: (await groundFor(ledger, jobOfBatch(batch.bucket, batch.job, ''), options.submit)).queue.id,
        }
  const at = now()
  const row: BatchRow = {
    id: newId.batch(at),
    bucket: batch.bucket,
    name: batch.name,
    type: batch.type,
    input_kind: batch.input.kind,
    input_value: batch.input.value,
    workflow_ids_json: JSON.stringify(batch.workflowIds),
    job_json: job === null ? null : JSON.stringify(job),
    start_ms: batch.timeInterval.startMs,
    end_ms: batch.timeInterval.endMs,
    jobs_per_object: jobsPerObject,
    state: 'Submitted',
    code: 'Success',
    message: '',
    created_at: at,
    started_at: null,
    ended_at: null,
    place_json: null,
    part: null,
    is_listed: 0,
    is_settled: 0,
    progress: 0,
    listed: 0,
    created: 0,
    ended: 0,
    failed: 0,
  }
  await db.insertInto('batches').values(row).execute()
  ledger.wake('batches')
  return batchFromRow(row)
}

/** How many jobs the workflows make for one object, at most. Fails when one of them does not exist. */
async function jobsOfWorkflows({ db }: Ledger, { bucket, workflowIds }: NewBatch): Promise<number> {
  const workflows = await db
    .selectFrom('workflows')
    .select(['id', 'topology_json'])
    .where('bucket', '=', bucket)
    .where('id', 'in', [...workflowIds])
    .execute()
  const unknown = workflowIds.find((id) => !workflows.some((workflow) => workflow.id === id))
  if (unknown !== undefined) {
    throw new Failure(
      'InvalidArgument',
      `Operation.WorkflowIds is ${said(unknown)}, expected a workflow of the bucket ${bucket}.`,
    )
  }
  return workflows.reduce((sum, { topology_json }) => {
    const { nodes } = JSON.parse(topology_json) as WorkflowTopology
    return sum + nodes.filter(({ type }) => type === 'PicProcess').length
  }, 0)
}
