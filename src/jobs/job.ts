import type { BatchId, JobId, QueueId, TemplateId } from '../base/index.ts'
import type { CosHeader, JobLevel, JobWorkflow, PicProcess } from '../wire/index.ts'

/** The stored states, in the wire's words. `Pause` is not stored: it is a submitted job in a paused queue. */
export type JobState = 'Submitted' | 'Running' | 'Success' | 'Failed' | 'Cancel'

/** What a reader is shown and may filter by. */
export type ShownState = JobState | 'Pause'

/** Where a job may go from each state; docs/design/life-of-a-job.md draws the same arrows. */
export const movesFrom = {
  Submitted: ['Running', 'Cancel'],
  // Back to Submitted: a retry, a stopping server, or rescued after a crash.
  Running: ['Success', 'Failed', 'Submitted'],
  Success: [],
  Failed: [],
  Cancel: [],
} as const satisfies Record<JobState, readonly JobState[]>

/** What is to be done to the picture, as it was when the job was submitted. */
export interface JobRule {
  /** The rule text, from the template when one was used. */
  readonly processRule: string
  readonly isPicInfo: boolean
  /** The template it came from, with its name at that moment. */
  readonly template: { readonly id: TemplateId; readonly name: string } | null
  /** What stood in the request when no template did; echoed in answers. */
  readonly inline: PicProcess | null
}

/** Facts of a source picture, told only when `isPicInfo` is true. */
export interface SourceFacts {
  /** `0x` and six lower-case hex digits. */
  readonly averageColour: string
  /** Lower case: `jpeg`, `png`, `webp`, `gif`, `avif`, `tiff`. */
  readonly format: string
  readonly width: number
  readonly height: number
  /** EXIF orientation 1 to 8, 0 when there is none. */
  readonly orientation: number
  /** 1 to 100; 100 for formats without a quality. */
  readonly quality: number
}

/** What a successful job has to tell. */
export interface JobResult {
  /** The key that was written, placeholders resolved. */
  readonly objectName: string
  readonly source: {
    /** Without quotes, of the version that was processed. */
    readonly etag: string
    readonly facts: SourceFacts | null
  }
  readonly output: {
    /** Without quotes. */
    readonly etag: string
    readonly format: string
    readonly width: number
    readonly height: number
    readonly quality: number
    /** Bytes. */
    readonly size: number
  }
}

/** Where a job came from, when it was not the API: stored with the job, told in its callback. */
export interface JobOrigin {
  readonly workflow?: JobWorkflow
  readonly cosHeaders?: readonly CosHeader[]
  /** Key of the object that started the run, where the job works on what another one of the run wrote. */
  readonly runObject?: string
}

/** One rule applied to one object. Times are UTC milliseconds, `null` until they are. */
export interface Job {
  readonly id: JobId
  readonly bucket: string
  readonly region: string
  readonly queueId: QueueId
  readonly state: JobState
  /** Whether its queue is paused now; with `Submitted` that is shown as `Pause`. */
  readonly queuePaused: boolean
  /** `Success`, or the protocol's code of what went wrong. */
  readonly code: string
  readonly message: string
  readonly level: JobLevel
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly inputObject: string
  /** `object` as it was asked for, placeholders unresolved. */
  readonly output: { readonly bucket: string; readonly region: string; readonly object: string }
  readonly rule: JobRule
  readonly userData: string | null
  /** `url` may be the word `no`: then nobody is told. */
  readonly callback: { readonly url: string | null; readonly format: 'XML' | 'JSON' | null }
  readonly result: JobResult | null
  readonly origin: JobOrigin | null
  /** The batch that made it, or that started its run. */
  readonly batchId: BatchId | null
}

/** The state a reader is shown. */
export function shownState(job: Pick<Job, 'state' | 'queuePaused'>): ShownState {
  return job.state === 'Submitted' && job.queuePaused ? 'Pause' : job.state
}
