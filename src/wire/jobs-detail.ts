/** What a job's state is called on the wire. `Pause` is never stored: it is a submitted job in a paused queue. */
export type WireJobState = 'Submitted' | 'Running' | 'Success' | 'Failed' | 'Pause' | 'Cancel'

/** A greater number goes first. */
export type JobLevel = 0 | 1 | 2

/** A rule and whether to report on the source. */
export interface PicProcess {
  readonly isPicInfo: boolean
  readonly processRule: string
}

/** Where a result goes. `object` is as the client wrote it, placeholders and all. */
export interface OutputPlace {
  readonly bucket: string
  readonly object: string
  readonly region: string
}

/** A header of the upload that started a run, in its wire spelling. */
export interface CosHeader {
  readonly key: string
  readonly value: string
}

/** What is reported of a source picture. */
export interface ImageInfo {
  /** Average colour, `0xrrggbb` in lower case. */
  readonly ave: string
  /** Upper case: `JPEG`, `PNG`. */
  readonly format: string
  readonly height: number
  /** EXIF orientation; 0 when the picture has none. */
  readonly orientation: number
  readonly quality: number
  readonly width: number
}

/** What came out of a job. ETags are quoted: `"9f8e…"`, quotes included. */
export interface PicProcessResult {
  /** The key that was written, placeholders resolved, no leading slash. */
  readonly objectName: string
  readonly originalInfo: {
    readonly etag: string
    /** `null` when the job did not ask for it (`IsPicInfo`). */
    readonly imageInfo: ImageInfo | null
  }
  readonly processResult: {
    /** Always the real one here; whether it is shown in `ProcessResult` is a render option. */
    readonly etag: string
    readonly format: string
    readonly height: number
    readonly quality: number
    /** Bytes. */
    readonly size: number
    readonly width: number
  }
}

/** Which run a job belongs to. */
export interface JobWorkflow {
  /** Name of the node, for instance `PicProcess_small`. */
  readonly name: string
  readonly runId: string
  readonly workflowId: string
  readonly workflowName: string
}

/** Everything the protocol tells of a job: in the answers to submit, query and list, and in its callback. */
export interface JobsDetail {
  readonly jobId: string
  readonly state: WireJobState
  /** `Success` unless the job failed. */
  readonly code: string
  /** Empty unless the job failed. */
  readonly message: string
  /** Times are UTC milliseconds; `null` is shown as `-`. */
  readonly creationTimeMs: number
  readonly startTimeMs: number | null
  readonly endTimeMs: number | null
  readonly queueId: string
  readonly input: {
    readonly bucket: string
    readonly object: string
    readonly region: string
    /** Only for jobs that an upload started; empty otherwise. */
    readonly cosHeaders: readonly CosHeader[]
  }
  readonly template: { readonly id: string; readonly name: string } | null
  /** The inline rule; `null` when a template was used. */
  readonly picProcess: PicProcess | null
  readonly output: OutputPlace
  readonly userData: string | null
  readonly jobLevel: JobLevel
  /** `null` before there is a result, and for a failed job. */
  readonly result: PicProcessResult | null
  readonly workflow: JobWorkflow | null
}
