/**
 * What a callback says, as one value whatever its format (XML, JSON) and profile (`2025`, `2023`, `live`).
 *
 * A text that the sender left out is `''`: in JSON the protocol leaves empty texts out, so the two cannot be told apart.
 * Numbers, times and groups that were left out are `null`.
 */
export type CallbackEvent = TaskFinish | WorkflowFinish | WorkflowStart

/** A job has ended. */
export interface TaskFinish {
  readonly name: 'TaskFinish'
  readonly job: Job
}

/** A run of a workflow has ended. */
export interface WorkflowFinish {
  readonly name: 'WorkflowFinish'
  readonly run: Run & { readonly state: EndState }
}

/** A run of a workflow has begun. Its `tasks` are empty. */
export interface WorkflowStart {
  readonly name: 'WorkflowStart'
  readonly run: Run
}

/** `Cancel` is not among what the official pages have in callbacks, but the protocol knows it as an end. */
export type EndState = 'Success' | 'Failed' | 'Cancel'
export type RunState = 'Submitted' | 'Running' | EndState
export type TaskState = 'Submitted' | 'Running' | 'Pause' | EndState

/** One rule applied to one picture. */
export interface Job {
  readonly id: string
  /** Whether it went well: look at this, not at whether there is a result. */
  readonly state: EndState
  /** `Success`, or what went wrong in one word: `ResourceNotFound`, `InvalidArgument`. */
  readonly code: string
  /** What went wrong, in words; `''` for a success. */
  readonly message: string
  /** The kind of work; `PicProcess` is what the other fields are made for. */
  readonly tag: string
  readonly queueId: string
  readonly createdAt: Date | null
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly input: Place & {
    /** What is known of the upload that started the job; empty when no upload did. */
    readonly headers: readonly UploadHeader[]
  }
  /** What was asked for; the key may hold placeholders. What was written is in `result.object`. */
  readonly output: Place
  /** The rule that came with the job; `null` when a template was used. */
  readonly rule: { readonly processRule: string; readonly isPicInfo: boolean | null } | null
  readonly template: Template | null
  readonly userData: string
  /** A greater one goes first; `null` in the profile `2023`. */
  readonly level: number | null
  readonly result: JobResult | null
  /** The run that the job belongs to; `null` for a job of its own. */
  readonly workflow: JobWorkflow | null
}

export interface Place {
  readonly bucket: string
  /** The key. */
  readonly object: string
  readonly region: string
}

export interface Template {
  readonly id: string
  readonly name: string
}

/** For instance `Content-Type`, `Size`, `x-cos-request-id`. */
export interface UploadHeader {
  readonly key: string
  readonly value: string
}

export interface JobResult {
  /** The key that was written, without a leading slash. */
  readonly object: string
  readonly original: {
    /** Of the version that was processed, with its double quotes. */
    readonly etag: string
    /** `null` when the job did not ask for it (`IsPicInfo`). */
    readonly info: PictureInfo | null
  }
  readonly processed: {
    /** Mostly `''`: the original service leaves it empty. */
    readonly etag: string
    /** Upper case: `JPEG`, `PNG`, `WEBP`. */
    readonly format: string
    readonly width: number | null
    readonly height: number | null
    readonly quality: number | null
    readonly sizeBytes: number | null
  }
}

export interface PictureInfo {
  /** `0xrrggbb` */
  readonly averageColor: string
  /** Upper case. */
  readonly format: string
  readonly width: number | null
  readonly height: number | null
  readonly quality: number | null
  /** As in EXIF; 0 when the picture says nothing. */
  readonly orientation: number | null
}

export interface JobWorkflow {
  /** The node of the workflow: `PicProcess_small`. */
  readonly node: string
  readonly runId: string
  readonly workflowId: string
  readonly workflowName: string
}

/** One execution of a workflow. */
export interface Run {
  readonly id: string
  readonly workflowId: string
  readonly workflowName: string
  readonly state: RunState
  /** Where the object lies that started the run, and its key. */
  readonly bucket: string
  readonly object: string
  readonly headers: readonly UploadHeader[]
  readonly createdAt: Date | null
  /** One for each job. */
  readonly tasks: readonly Task[]
}

export interface Task {
  /** `PicProcess` */
  readonly type: string
  /** The node of the workflow: `PicProcess_small`. */
  readonly node: string
  readonly jobId: string
  readonly state: TaskState
  readonly createdAt: Date | null
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly template: Template | null
  /** What was written. */
  readonly results: readonly TaskResult[]
}

export interface TaskResult {
  /** The key, without a leading slash. */
  readonly object: string
  readonly url: string
}
