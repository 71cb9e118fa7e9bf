import type { Selectable } from 'kysely'
import { newId } from '../../base/index.ts'
import type { NewJob } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { statement } from '../statement.ts'
import type { Tables } from '../tables.ts'

export type JobRow = Selectable<Tables['jobs']>
export type QueueRow = Selectable<Tables['queues']>
export type RuleColumns = Pick<JobRow, 'template_id' | 'template_name' | 'is_pic_info' | 'process_rule' | 'inline_json'>

const insert = statement(({ db }, { rows }: { rows: readonly JobRow[] }) => db.insertInto('jobs').values(rows))

/** What a job takes from the ledger when it is made. The same for many jobs that are made together. */
export interface JobGround {
  /** Of the bucket. */
  readonly region: string
  readonly queue: Pick<QueueRow, 'id' | 'state'>
  readonly rule: RuleColumns
}

/** What a job is a part of. A single job is part of nothing. */
export interface JobWhole {
  readonly run?: { readonly id: string; readonly node: string; readonly workflowId: string }
  /** Of the batch that made it, or that started its run: it waits behind all other jobs of its level. */
  readonly batchId?: string | null
  /** A job that cannot be done, and why: it ends with its beginning. */
  readonly failed?: { readonly code: string; readonly message: string } | null
  /** By what a repeat of the submit is known. */
  readonly submittedAs?: string | null
}

/** Writes a job, submitted or made by the ledger itself, and wakes the workers. */
export async function insertJob(ledger: Ledger, job: NewJob, ground: JobGround, whole: JobWhole = {}): Promise<JobRow> {
  const [row] = await insertJobs(ledger, [job], ground, whole)
  return row!
}

/** The same for several that have everything but their object in common, at most some hundred: one statement. */
export async function insertJobs(
  ledger: Ledger,
  jobs: readonly NewJob[],
  ground: JobGround,
  whole: JobWhole = {},
): Promise<JobRow[]> {
  const { queue } = ground
  const at = ledger.now()
  const rows = jobs.map((job) => rowOf(job, ground, whole, at))
  await insert.run(ledger, { rows })
  if (whole.failed) return rows
  const noted = ledger.roomNoted?.get(queue.id)
  if (noted !== undefined) noted.left -= rows.length
  if (queue.state !== 'Paused') ledger.wake('jobs')
  return rows
}

function rowOf(
  job: NewJob,
  { region, queue, rule }: JobGround,
  { run, batchId = null, failed = null, submittedAs = null }: JobWhole,
  at: number,
): JobRow {
  return {
    id: newId.job(at),
    bucket: job.bucket,
    region,
    queue_id: queue.id,
    state: failed === null ? 'Submitted' : 'Failed',
    code: failed?.code ?? 'Success',
    message: failed?.message ?? '',
    level: job.level,
    created_at: at,
    started_at: null,
    ended_at: failed === null ? null : at,
    not_before: at,
    input_object: job.inputObject,
    output_bucket: job.output.bucket,
    output_region: job.output.region,
    output_object: job.output.object,
    ...rule,
    user_data: job.userData,
    callback_url: job.callback.url,
    callback_format: job.callback.format,
    result_json: null,
    origin_json: job.origin === null ? null : JSON.stringify(job.origin),
    lease_token: null,
    worker_id: null,
    tries: 0,
    blames: 0,
    unclean_ends: 0,
    run_id: run?.id ?? null,
    node: run?.node ?? null,
    workflow_id: run?.workflowId ?? null,
    batch_id: batchId,
    rank: batchId === null ? 0 : 1,
    submitted_as: submittedAs,
  }
}
