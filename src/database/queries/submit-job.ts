import { sql } from 'kysely'
import { Failure } from '../../base/index.ts'
import type { Job, NewJob, Submission, SubmitOptions } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { jobFromRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { earlierJob } from './earlier-job.ts'
import { insertJob, type JobGround, type QueueRow, type RuleColumns } from './insert-job.ts'
import { keepOpen } from './keep-open.ts'
import { openService } from './open-service.ts'
import { inlineRule, templateRule } from './rule-columns.ts'

/** Writes a job, with what its template and queue say now, when its queue has room; of a repeat it finds the first. */
export async function submitJob(
  ledger: Ledger,
  job: NewJob,
  options: SubmitOptions,
  submission: Submission | null = null,
): Promise<Job> {
  const earlier = submission === null ? null : await earlierJob(ledger, job, submission)
  if (earlier !== null) return earlier
  const region = await checkBuckets(ledger, job)
  const { queue, isFull } = await openQueueFor(ledger, job, options)
  const rule = await ruleFor(ledger, job)
  if (isFull) {
    throw new Failure('QueueFull', `The queue ${queue.id} holds ${queue.max_size} waiting jobs, as many as it may.`)
  }
  if (options.refusePaused === true && queue.state === 'Paused') {
    throw new Failure('QueuePaused', `The queue ${queue.id} is paused; this server takes jobs for it when it goes on.`)
  }
  return jobFromRow(
    await insertJob(ledger, job, { region, queue, rule }, { submittedAs: submission?.fingerprint ?? null }),
    queue.state === 'Paused',
  )
}

/**
 * What jobs take from the ledger that are not submitted one by one: those of batches. The limit of a queue is for those
 * who can be told to come back later. Fails as `submitJob` does, but for `QueueFull` and `QueuePaused`.
 */
export async function groundFor(ledger: Ledger, job: NewJob, options: SubmitOptions): Promise<JobGround> {
  return {
    region: await checkBuckets(ledger, job),
    queue: await keptQueueFor(ledger, job, options),
    rule: await ruleFor(ledger, job),
  }
}

const bucketNamed = statement(({ db }, { name }: { name: string }) =>
  db.selectFrom('buckets').select('region').where('name', '=', name),
)

/** The region of the job's bucket. Fails when that or the output's bucket does not exist. */
async function checkBuckets(ledger: Ledger, job: NewJob): Promise<string> {
  const bucket = await bucketNamed.first(ledger, { name: job.bucket })
  if (bucket === undefined) throw new Failure('BucketNotFound', `The bucket ${job.bucket} does not exist.`)
  if (job.output.bucket === job.bucket) return bucket.region
  const output = await bucketNamed.first(ledger, { name: job.output.bucket })
  if (output !== undefined) return bucket.region
  throw new Failure(
    'InvalidArgument',
    `Operation.Output.Bucket is "${job.output.bucket}", expected a bucket of this server.`,
    { details: { field: 'Operation.Output.Bucket' } },
  )
}

/** Submits that may be on their way at once, over all servers, without a queue taking more than it may hold. */
const MOST_AT_ONCE = 200

/**
 * The queue of a job, and whether it holds as many jobs as it may.
 *
 * Where other submits run at the same time, none of them sees the others' jobs: near the limit they wait for each other,
 * and further away there is room for all of them. Should more than `MOST_AT_ONCE` be on their way at once, a queue may
 * end up with that many more than its limit. Where this ledger is alone, the count is noted and counted down, because it costs
 * as much as everything else a submit does; jobs that go back to wait meanwhile, at most as many as run, come on top.
 */
async function openQueueFor(ledger: Ledger, job: NewJob, options: SubmitOptions) {
  const { db, concurrent, roomNoted } = ledger
  for (;;) {
    const queue = await queueFor(ledger, job, options)
    const noted = roomNoted?.get(queue.id)
    if (noted?.maxSize === queue.max_size && noted.left > 0) return { queue, isFull: false }
    let { waiting, isOpen } = await look(ledger, queue)
    if (concurrent && waiting < queue.max_size && waiting + MOST_AT_ONCE >= queue.max_size) {
      await db.selectFrom('queues').select('id').where('id', '=', queue.id).forNoKeyUpdate().execute()
      ;({ waiting, isOpen } = await look(ledger, queue))
    }
    // Closed while we waited to keep it open: as if it had been closed before.
    if (!isOpen) continue
    roomNoted?.set(queue.id, { maxSize: queue.max_size, left: queue.max_size - waiting })
    return { queue, isFull: waiting >= queue.max_size }
  }
}

/** The queue of a job, which nobody closes before this transaction ends. */
async function keptQueueFor(ledger: Ledger, job: NewJob, options: SubmitOptions): Promise<QueueRow> {
  for (;;) {
    const queue = await queueFor(ledger, job, options)
    if (!ledger.concurrent) return queue
    // In a statement of its own: that one saw what there was before it waited for the lock.
    const still = await ledger.db.selectFrom('queues').select('id').where('id', '=', queue.id).executeTakeFirst()
    if (still !== undefined) return queue
  }
}

/** As many index entries as the queue may hold, at most: about a quarter of a millisecond for 10 000 in SQLite. */
async function look(
  { db }: Ledger,
  queue: { id: string; max_size: number },
): Promise<{ waiting: number; isOpen: boolean }> {
  const { count, is_open } = await db
    .selectFrom(
      db
        .selectFrom('jobs')
        .select('id')
        .where('queue_id', '=', queue.id)
        // As text: SQLite does not use the partial index of waiting jobs for a bound parameter.
        .where('state', '=', sql.lit('Submitted'))
        .limit(queue.max_size)
        .as('waiting'),
    )
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      sql<boolean | number>`exists (select 1 from queues where id = ${queue.id})`.as('is_open'),
    ])
    .executeTakeFirstOrThrow()
  return { waiting: count, isOpen: Boolean(is_open) }
}

const queuesOf = ({ db, concurrent }: Pick<Ledger, 'db' | 'concurrent'>, bucket: string) =>
  db
    .selectFrom('queues')
    .selectAll()
    .where('bucket', '=', bucket)
    .$if(concurrent, (queues) => queues.select(keepOpen))

const queueNamed = statement((ledger, { bucket, id }: { bucket: string; id: string }) =>
  queuesOf(ledger, bucket).where('id', '=', id),
)

const firstQueue = statement((ledger, { bucket }: { bucket: string }) =>
  queuesOf(ledger, bucket).orderBy('created_at').orderBy('id').limit(1),
)

async function queueFor(ledger: Ledger, job: NewJob, options: SubmitOptions): Promise<QueueRow> {
  if (job.queueId !== null) {
    const named = await queueNamed.first(ledger, { bucket: job.bucket, id: job.queueId })
    if (named !== undefined) return named
    throw new Failure('InvalidArgument', `QueueId is "${job.queueId}", expected a queue of the bucket ${job.bucket}.`, {
      details: { field: 'QueueId' },
    })
  }
  const first = await firstQueue.first(ledger, { bucket: job.bucket })
  if (first !== undefined) return first
  if (!options.openService) {
    throw new Failure(
      'ServiceNotOpen',
      `MediaBucketUnBinded: the image service is not open for ${job.bucket}; open it with POST /picbucket.`,
    )
  }
  await openService(ledger, job.bucket, options.queueDefaults)
  return (await firstQueue.first(ledger, { bucket: job.bucket }))!
}

async function ruleFor(ledger: Ledger, job: NewJob): Promise<RuleColumns> {
  if (job.templateId === null) return inlineRule(job.inline!)
  const rule = await templateRule(ledger, job.bucket, job.templateId)
  if (rule !== null) return rule
  throw new Failure(
    'InvalidArgument',
    `Operation.TemplateId is "${job.templateId}", expected a template of the bucket ${job.bucket}.`,
    { details: { field: 'Operation.TemplateId' } },
  )
}
