import type { DocumentFormat } from './document.ts'
import type { JobLevel, OutputPlace, PicProcess } from './jobs-detail.ts'
import type { JobCallback } from './submit-request.ts'

/** `Workflow`: a run for each object. `Job`: a job for each object. */
export type BatchType = 'Workflow' | 'Job'

/** `Pause` is in the protocol's list of states and never happens here. */
export type BatchState = 'Submitted' | 'Running' | 'Success' | 'Failed' | 'Pause' | 'Cancel'

/** Where the objects of a batch come from: exactly one of the four. A `Prefix` of `/` is the whole bucket. */
export interface BatchInput {
  /** `Manifest` is the key or the address of a `manifest.json`, `UrlFile` that of a text with an address in each line. */
  readonly kind: 'Prefix' | 'Object' | 'UrlFile' | 'Manifest'
  /** As given. */
  readonly value: string
}

/** Bounds of the time of the last change of an object, inclusive, UTC milliseconds; `null` is no bound. */
export interface TimeInterval {
  readonly startMs: number | null
  readonly endMs: number | null
}

/** The body of `POST /inventorytriggerjob`. */
export interface BatchRequest {
  readonly name: string
  readonly type: BatchType
  readonly input: BatchInput
  /** At least one for type `Workflow`, empty for type `Job`. */
  readonly workflowIds: readonly string[]
  /** Given for type `Job` only. */
  readonly job: BatchJob | null
  readonly timeInterval: TimeInterval
}

/** What is done to each object of a batch of jobs. */
export interface BatchJob {
  /** Exactly one of the two is given; when both came the template wins and the other is not kept. */
  readonly templateId: string | null
  readonly inline: PicProcess | null
  readonly output: OutputPlace
  /** `null`: the image queue of the bucket. */
  readonly queueId: string | null
  /** Default 0. */
  readonly level: JobLevel
  readonly userData: string | null
  readonly callback: JobCallback
  readonly callbackFormat: DocumentFormat | null
}

/**
 * How far a batch has come. What is counted are items: an object, or, with several workflows, an object with one of
 * them. None of the numbers ever goes down; an entry that nothing could be made for is listed, ended and failed,
 * and never created.
 */
export interface BatchCounts {
  /** All there are to do; `null` while nobody knows, because the list has not been read to its end. */
  readonly total: number | null
  /** Read from the list so far and within the time interval. */
  readonly listed: number
  /** Jobs or runs made. */
  readonly created: number
  /** Done with: jobs or runs that ended, in whatever state, and entries that nothing could be made for. */
  readonly ended: number
  /** Those of the ended that failed. */
  readonly failed: number
}

/** An object that failed: its key, or the line of the list that is none, and why. */
export interface BatchFailure {
  readonly object: string
  readonly code: string
  readonly message: string
}

/** A batch as answers show it. Times are UTC milliseconds; `null` is shown as `-`. */
export interface BatchView extends BatchRequest {
  readonly batchId: string
  readonly bucket: string
  readonly state: BatchState
  /** `Success` unless the state is `Failed`. */
  readonly code: string
  /** Why it failed; or, of one that succeeded, that it found nothing to do. Empty otherwise. */
  readonly message: string
  readonly createTimeMs: number
  readonly startTimeMs: number | null
  readonly endTimeMs: number | null
  /** Percent, 0 to 100. Never goes down; 100 when the state is `Success`, and only then. */
  readonly progress: number
  readonly counts: BatchCounts
  /** The first of them; `counts.failed` counts them all. */
  readonly failures: readonly BatchFailure[]
}
