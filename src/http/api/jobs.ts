import { Failure, type QueueId } from '../../base/index.ts'
import type { Job, JobStore, ShownState } from '../../jobs/index.ts'
import { said } from '../../wire/index.ts'
import { jobJson, jobSchema, jobStates } from './job-json.ts'
import { type PageAsked, pageJson, pageOf, pageParameters, pageSchema } from './page.ts'
import { bucketParameter, route } from './route.ts'

export interface JobDeps {
  readonly jobs: Pick<JobStore, 'findJobs' | 'listJobs' | 'cancelJob'>
}

interface JobNamed {
  path: { jobId: string }
  query: { bucket: string }
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
    async carryOut({ query, answer }, { jobs }) {
      const page = await jobs.listJobs({
        bucket: query.bucket,
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
  route<JobDeps, JobNamed>({
    method: 'GET',
    path: '/-/api/jobs/{jobId}',
    name: 'showJob',
    subject: 'jobs',
    summary: 'One job.',
    permission: 'read',
    pathParameters: jobPath,
    query: { bucket: bucketParameter },
    answer: { says: 'The job.', schema: jobSchema },
    async carryOut({ path, query, answer }, { jobs }) {
      await answer(jobJson(await jobNamed(jobs, query.bucket, path.jobId)))
    },
  }),
]

async function jobNamed(jobs: JobDeps['jobs'], bucket: string, id: string): Promise<Job> {
  const [job] = await jobs.findJobs(bucket, [id])
  if (job === undefined) throw new Failure('JobNotFound', `There is no job ${said(id)} in the bucket ${said(bucket)}.`)
  return job
}
