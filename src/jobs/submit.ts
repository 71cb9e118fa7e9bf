import { Failure, type QueueId, type TemplateId } from '../base/index.ts'
import type { SubmitRequest } from '../wire/index.ts'
import type { Job } from './job.ts'
import type { JobStore, NewJob, Submission, SubmitOptions } from './job-store.ts'

/** What submitting needs of rooms that jobs does not know. */
export interface SubmitChecks {
  /** Throws `RuleInvalid` or `OperationNotOffered`. */
  checkRule(rule: string): void
  /** Throws `InvalidArgument` naming the field. */
  checkCallbackAddress(url: string, field: string): void
  /** Throws `KeyInvalid` or `KeyTooLong`. */
  checkKey(key: string): void
}

/**
 * Accepts a job. Everything that can be refused is refused here; when this returns, the job is on disk. A missing
 * source is no reason to refuse: the job will end `Failed` and say so.
 */
export async function submitJob(
  deps: { readonly store: Pick<JobStore, 'submitJob'>; readonly checks: SubmitChecks; readonly options: SubmitOptions },
  bucket: string,
  request: SubmitRequest,
  submission: Submission | null = null,
): Promise<Job> {
  checkField('Input.Object', () => deps.checks.checkKey(request.inputObject))
  checkWork(deps.checks, request, 'CallBack')
  return deps.store.submitJob(newJob(bucket, request), deps.options, submission)
}

/**
 * Checks what is the same for all objects that one request is about.
 * @param callbackField how the request calls the address of the callback
 */
export function checkWork(
  checks: SubmitChecks,
  { output, callback, work }: Pick<SubmitRequest, 'output' | 'callback' | 'work'>,
  callbackField: string,
): void {
  checkField('Operation.Output.Object', () => checks.checkKey(output.object))
  if (callback.to === 'url') checks.checkCallbackAddress(callback.url, callbackField)
  // A template's rule was checked when it was saved.
  if (work.kind === 'inline') checks.checkRule(work.picProcess.processRule)
}

/** What is asked for, as the ledger takes it. */
export function newJob(bucket: string, request: SubmitRequest): NewJob {
  const { callback, work } = request
  return {
    bucket,
    queueId: request.queueId as QueueId | null,
    level: request.jobLevel,
    inputObject: request.inputObject,
    output: request.output,
    templateId: work.kind === 'template' ? (work.templateId as TemplateId) : null,
    inline: work.kind === 'inline' ? work.picProcess : null,
    userData: request.userData,
    callback: {
      url: callback.to === 'url' ? callback.url : callback.to === 'nobody' ? 'no' : null,
      format: request.callbackFormat,
    },
    origin: null,
  }
}

/** A key that cannot be one, told as what it is in this request: a field with a wrong value. */
export function checkField(field: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (error instanceof Failure) {
      throw new Failure('InvalidArgument', `${field}: ${error.message}.`, { cause: error, details: { field } })
    }
    throw error
  }
}
