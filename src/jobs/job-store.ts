import type { JobId, QueueId, TemplateId } from '../base/index.ts'
import type { NewObject, StoredObject } from '../objects/index.ts'
import type { JobLevel, PicProcess } from '../wire/index.ts'
import type { Job, JobOrigin, JobResult, ShownState } from './job.ts'

/** A job that has passed every check that needs no ledger. */
export interface NewJob {
  readonly bucket: string
  /** `null`: the image queue of the bucket. */
  readonly queueId: QueueId | null
  readonly level: JobLevel
  readonly inputObject: string
  readonly output: { readonly bucket: string; readonly region: string; readonly object: string }
  /** The template wins when both are given; one of them is. */
  readonly templateId: TemplateId | null
  readonly inline: PicProcess | null
  readonly userData: string | null
  readonly callback: { readonly url: string | null; readonly format: 'XML' | 'JSON' | null }
  readonly origin: JobOrigin | null
}

export interface SubmitOptions {
  /** Open the image service of the bucket when it is not open, instead of failing with `ServiceNotOpen`. */
  readonly openService: boolean
  /** Fail with `QueuePaused` when the queue is paused. Default false: the job waits until the queue goes on. */
  readonly refusePaused?: boolean
  /** Defaults of a queue that is made on the way. */
  readonly queueDefaults: QueueDefaults
}

export interface QueueDefaults {
  readonly maxSize: number
  readonly maxConcurrent: number
}

export interface JobQuery {
  readonly bucket: string
  readonly queueId: QueueId | null
  readonly inputObject: string | null
  /** Only jobs of this workflow's runs. */
  readonly workflowId: string | null
  /** Only jobs that this batch made, or its runs. */
  readonly batchId: string | null
  /** Empty: all. */
  readonly states: readonly ShownState[]
  /** Bounds of the time of creation, inclusive, UTC milliseconds. */
  readonly createdFrom: number | null
  readonly createdTo: number | null
  readonly order: 'Asc' | 'Desc'
  /** Where the page before ended. */
  readonly after: JobCursor | null
  /** 1 to 100. */
  readonly limit: number
}

/** A place between two jobs of a list; new jobs do not move it. */
export interface JobCursor {
  readonly createdAt: number
  readonly id: string
}

export interface JobPage {
  readonly jobs: readonly Job[]
  /** `null` on the last page. */
  readonly next: JobCursor | null
}

/** A job in the hands of a worker. */
export interface ClaimedJob extends Job {
  /** The version of the input object that stood there when the job was claimed, `null` when there was none. */
  readonly source: StoredObject | null
  /** Fences: a worker whose lease is gone cannot end or return the job. */
  readonly leaseToken: string
  /** How often it was sent back to be tried again after a retryable failure. */
  readonly tries: number
  /** How often it took an engine down while it was alone in it. */
  readonly blames: number
  /** How often the server died uncleanly while it ran. */
  readonly uncleanEnds: number
}

export type JobOutcome =
  | { readonly state: 'Success'; readonly result: JobResult; readonly output: NewObject }
  | { readonly state: 'Failed'; readonly code: string; readonly message: string }

/** Why a running job goes back to wait. */
export type ReturnReason =
  /** A retryable failure: counts as a try, and waits. */
  | { readonly why: 'retry'; readonly waitMs: number }
  /** It took an engine down while alone in it: counts as a blame. */
  | { readonly why: 'blamed' }
  /** The server stops: counts as nothing. */
  | { readonly why: 'stopping' }

/** By what a submit that is sent again is known. */
export interface Submission {
  /** The same for the same key pair, bucket, body and, when it has one, `Idempotency-Key`. */
  readonly fingerprint: string
  /** Whether the client says that this may be a repeat. */
  readonly mayBeRepeat: boolean
}

/** For so long a repeat finds the job that the first submit made, in milliseconds. */
export const REPEAT_MS = 10 * 60_000

/** What the house needs of a place that keeps jobs. One call is one transaction. */
export interface JobStore {
  /**
   * Writes the job with a copy of its template's rule; only then is it acknowledged. Fails with `InvalidArgument`
   * naming an unknown queue, template or output bucket, `ServiceNotOpen`, `QueueFull`, `QueuePaused`, `BucketNotFound`.
   *
   * A repeat gives the job that the first submit made, as it is by now; with no such job it is a first one.
   */
  submitJob(job: NewJob, options: SubmitOptions, submission?: Submission | null): Promise<Job>
  /** Those that exist in this bucket, in the order asked for. */
  findJobs(bucket: string, ids: readonly string[]): Promise<Job[]>
  /** Those of these jobs, of whatever bucket, that have ended; for those who wait for them. */
  findEnded(ids: readonly JobId[]): Promise<Job[]>
  listJobs(query: JobQuery): Promise<JobPage>
  /** Fails with `JobNotFound` or, once it has begun, `JobNotCancellable`. */
  cancelJob(bucket: string, id: string): Promise<Job>

  /**
   * Takes up to `limit` jobs to run: highest level first, within a level those of batches last, then oldest,
   * from active queues, within each queue's concurrency, none before its time.
   */
  claimJobs(limit: number): Promise<ClaimedJob[]>
  /**
   * Ends a job: final state and result, the output's object row, the event and its deliveries, all or nothing.
   * `false` when the lease is gone: then nothing is written. Fails with `OutputDenied` when the output bucket is gone.
   */
  completeJob(id: JobId, leaseToken: string, outcome: JobOutcome): Promise<boolean>
  /** Sends a running job back to wait. `false` when the lease is gone. */
  returnJob(id: JobId, leaseToken: string, reason: ReturnReason): Promise<boolean>
  /**
   * After a claim that failed in the middle: what this server holds in the ledger and does not know of goes back to wait,
   * uncounted. `known` are the leases it knows of. Gives the number of jobs returned.
   */
  returnUnknown(known: readonly string[]): Promise<number>
  /** When the next job of an active queue that waits to be tried again may start (UTC ms), or `null` when none does. */
  nextRetryAt(): Promise<number | null>
  /**
   * Every running job whose server is gone goes back to wait, and counts one unclean end; after `maxUncleanEnds` it ends
   * `Failed` with `InternalError`. Gives how many of each. On a ledger that has one server this is asked once, before it
   * claims anything: whatever runs then was begun by an earlier boot.
   */
  rescueJobs(maxUncleanEnds: number): Promise<{ returned: number; failed: number }>
}
