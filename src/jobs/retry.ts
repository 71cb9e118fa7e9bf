import { Failure } from '../base/index.ts'
import { type SubmitRequest, said } from '../wire/index.ts'
import type { Job } from './job.ts'
import type { JobStore } from './job-store.ts'

/**
 * Does the work of an ended job again, as a job of its own: the same input, output, queue, level and callback, and the rule
 * as it was then, whatever its template says by now. The ended one stays as it is. Fails with `JobNotFound`, `JobNotEnded`,
 * and with whatever a submit is refused for.
 */
export async function retryJob(
  {
    store,
    submit,
  }: {
    readonly store: Pick<JobStore, 'findJobs'>
    readonly submit: (bucket: string, request: SubmitRequest) => Promise<Job>
  },
  bucket: string,
  id: string,
): Promise<Job> {
  const [job] = await store.findJobs(bucket, [id])
  if (job === undefined) throw new Failure('JobNotFound', `There is no job ${said(id)} in the bucket ${said(bucket)}.`)
  if (job.endedAt === null) {
    throw new Failure('JobNotEnded', `The job ${id} is ${job.state}; only one that has ended is done again.`)
  }
  const { url, format } = job.callback
  return submit(bucket, {
    inputObject: job.inputObject,
    queueId: job.queueId,
    work: {
      kind: 'inline',
      picProcess: { isPicInfo: job.rule.isPicInfo, processRule: job.rule.processRule },
    },
    output: job.output,
    userData: job.userData,
    jobLevel: job.level,
    callback: url === null ? { to: 'queue' } : url === 'no' ? { to: 'nobody' } : { to: 'url', url },
    callbackFormat: format,
  })
}
