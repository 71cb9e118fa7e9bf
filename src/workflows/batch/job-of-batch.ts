import { type NewJob, newJob } from '../../jobs/index.ts'
import type { BatchJob, SubmitRequest } from '../../wire/index.ts'

/** What the request for one of the batch's jobs would be. */
export function requestOfBatch(job: BatchJob, key: string): SubmitRequest {
  return {
    inputObject: key,
    queueId: job.queueId,
    work:
      job.templateId === null
        ? { kind: 'inline', picProcess: job.inline! }
        : { kind: 'template', templateId: job.templateId },
    output: job.output,
    userData: job.userData,
    jobLevel: job.level,
    callback: job.callback,
    callbackFormat: job.callbackFormat,
  }
}

/** The job that a batch makes for an object. */
export function jobOfBatch(bucket: string, job: BatchJob, key: string): NewJob {
  return newJob(bucket, requestOfBatch(job, key))
}
