import { Failure, type QueueId } from '../../base/index.ts'
import type { Job, JobStore, JobWaits, ShownState, Submission, WaitingPlace } from '../../jobs/index.ts'
import type { ObjectStore } from '../../objects/index.ts'
import { type SubmitRequest, said } from '../../wire/index.ts'
import { knownBucket } from '../known-bucket.ts'
import { requireOutputs } from '../outputs.ts'
import { submissionOf } from '../submission.ts'
import { jobJson, jobSchema, jobStates } from './job-json.ts'
import { type PageAsked, pageJson, pageOf, pageParameters, pageSchema } from './page.ts'
import { type ApiCall, bucketParameter, route } from './route.ts'
import { type SubmitBody, submitBodySchema, submitRequestOf } from './submit-body.ts'
import { waitMsOf, waitParameter } from './wait.ts'

export interface JobDeps {
  readonly jobs: Pick<JobStore, 'findJobs' | 'listJobs' | 'cancelJob'>
  submit(bucket: string, request: SubmitRequest, submission?: Submission): Promise<Job>
  /** Does the work of an ended job again, as a job of its own. */
  retry(bucket: string, jobId: string): Promise<Job>
  readonly waits: Pick<JobWaits, 'take'>
  readonly buckets: Pick<ObjectStore, 'findBucket'>
}

interface JobNamed {
  path: { jobId: string }
  query: { bucket: string; wait?: string }
}

const jobPath = { jobId: { says: 'The id of a job.' } }

export const jobRoutes = [
  route<
    JobDeps,
    {
      query: PageAsked & {
        bucket: string
        state?: ShownState[]
        queue?: string
        input?: string
        workflow?: string
        batch?: string
      }
    }
  >({
    method: 'GET',
    path: '/-/api/jobs',
    name: 'listJobs',
    subject: 'jobs',
    summary: 'The jobs of a bucket.',
    description: 'Jobs that come in meanwhile do not move the pages that follow.',
    permission: 'read',
    query: {
      bucket: bucketParameter,
      state: {
        schema: { type: 'array', items: { type: 'string', enum: jobStates } },
        says: 'Only those in these states.',
      },
      queue: { schema: { type: 'string', maxLength: 128 }, says: 'Only those of this queue.' },
      input: { schema: { type: 'string', maxLength: 850 }, says: 'Only those that work on the object with this key.' },
      workflow: { schema: { type: 'string', maxLength: 128 }, says: 'Only those that runs of this workflow started.' },
      batch: { schema: { type: 'string', maxLength: 128 }, says: 'Only those that this batch made, or its runs.' },
      ...pageParameters,
    },
    answer: { says: 'A page of jobs.', schema: pageSchema('jobs', jobSchema) },
    async carryOut({ query, answer }, { jobs, buckets }) {
      const page = await jobs.listJobs({
        bucket: await knownBucket(buckets, query.bucket),
        queueId: (query.queue ?? null) as QueueId | null,
        inputObject: query.input ?? null,
        workflowId: query.workflow ?? null,
        batchId: query.batch ?? null,
        states: query.state ?? [],
        ...pageOf(query),
      })
      await answer(pageJson('jobs', page.jobs.map(jobJson), page.next))
    },
  }),
  route<JobDeps, { query: { wait?: string }; body: SubmitBody }>({
    method: 'POST',
    path: '/-/api/jobs',
    name: 'submitJob',
    subject: 'jobs',
    summary: 'Submits a job.',
    description:
      'When this is answered, the job is on disk and will end. An input that is not there is no reason to refuse: such a job ends `Failed`. The same request sent again within ten minutes, by the same key and with the same header `Idempotency-Key`, is answered with the job that the first one made.',
    permission: 'submit',
    query: { wait: waitParameter },
    body: { schema: submitBodySchema },
    answer: { status: 201, says: 'The job.', schema: jobSchema },
    async carryOut(call, deps) {
      const { bucket } = call.body
      const request = await submitRequestOf(call.body, (name) => deps.buckets.findBucket(name))
      requireOutputs(call.exchange, bucket, [request.output])
      const submission = submissionOf(call.exchange, bucket, JSON.stringify(call.body))
      await answerNewJob(call, deps, () => deps.submit(bucket, request, submission))
    },
  }),
  route<JobDeps, JobNamed>({
    method: 'GET',
    path: '/-/api/jobs/{jobId}',
    name: 'showJob',
    subject: 'jobs',
    summary: 'One job.',
    permission: 'read',
    pathParameters: jobPath,
    query: { bucket: bucketParameter, wait: waitParameter },
    answer: { says: 'The job.', schema: jobSchema },
    async carryOut({ path, query, exchange, answer }, deps) {
      const job = await jobNamed(deps.jobs, query.bucket, path.jobId)
      const { wait } = query
      if (wait === undefined || job.endedAt !== null) return answer(jobJson(job))
      await inWaitingPlace(deps, async (place) => answer(jobJson(await ended(job, place, wait, exchange.signal, deps))))
    },
  }),
  route<JobDeps, JobNamed>({
    method: 'POST',
    path: '/-/api/jobs/{jobId}/cancel',
    name: 'cancelJob',
    subject: 'jobs',
    summary: 'Cancels a job that has not begun.',
    description:
      'Nobody is told of it by a callback. A job that runs or has ended stays as it is, and the call is refused.',
    permission: 'submit',
    pathParameters: jobPath,
    query: { bucket: bucketParameter },
    answer: { says: 'The job.', schema: jobSchema },
    async carryOut({ path, query, answer }, { jobs }) {
      await answer(jobJson(await jobs.cancelJob(query.bucket, path.jobId)))
    },
  }),
  route<JobDeps, JobNamed>({
    method: 'POST',
    path: '/-/api/jobs/{jobId}/retry',
    name: 'retryJob',
    subject: 'jobs',
    summary: 'Does the work of an ended job again, as a job of its own.',
    description: 'With the rule as it was then, whatever its template says by now. The ended job stays as it is.',
    permission: 'submit',
    pathParameters: jobPath,
    query: { bucket: bucketParameter, wait: waitParameter },
    answer: { status: 201, says: 'The new job.', schema: jobSchema },
    async carryOut(call, deps) {
      const { bucket } = call.query
      const job = await jobNamed(deps.jobs, bucket, call.path.jobId)
      requireOutputs(call.exchange, bucket, [job.output])
      await answerNewJob(call, deps, () => deps.retry(bucket, job.id))
    },
  }),
]

/** Makes a job, and answers with it: at once, or when it has ended. */
async function answerNewJob(
  { query, exchange, answer }: ApiCall<{ query: { wait?: string } }>,
  deps: JobDeps,
  make: () => Promise<Job>,
): Promise<void> {
  const tell = (job: Job) =>
    answer(jobJson(job), {
      status: 201,
      headers: { location: `/-/api/jobs/${job.id}?bucket=${encodeURIComponent(job.bucket)}` },
    })
  const { wait } = query
  if (wait === undefined) return tell(await make())
  await inWaitingPlace(deps, async (place) => tell(await ended(await make(), place, wait, exchange.signal, deps)))
}

async function inWaitingPlace(
  { waits }: Pick<JobDeps, 'waits'>,
  work: (place: WaitingPlace) => Promise<void>,
): Promise<void> {
  const place = waits.take()
  try {
    await work(place)
  } finally {
    place.leave()
  }
}

/** The job when it has ended, or as it is when the time is over. */
async function ended(
  { id, bucket }: Job,
  place: WaitingPlace,
  wait: string,
  signal: AbortSignal,
  { jobs }: Pick<JobDeps, 'jobs'>,
): Promise<Job> {
  return (await place.until(id, { ms: waitMsOf(wait), signal })) ?? (await jobNamed(jobs, bucket, id))
}

async function jobNamed(jobs: JobDeps['jobs'], bucket: string, id: string): Promise<Job> {
  const [job] = await jobs.findJobs(bucket, [id])
  if (job === undefined) throw new Failure('JobNotFound', `There is no job ${said(id)} in the bucket ${said(bucket)}.`)
  return job
}
