import type { Journal } from './journal.ts'

/** A job, as the API tells of it when everything has come to rest. */
export interface JobSeen {
  readonly id: string
  readonly tag: string
  readonly state: string
  readonly code: string
  readonly message: string
  /** The key that it worked on. */
  readonly input: string
  /** As the API writes it: the later the greater. `-` while it has not ended. */
  readonly endTime: string
  /** The run and the node whose job it is. */
  readonly run: { readonly id: string; readonly node: string } | null
  /** The batch that made it, or its run. */
  readonly batchId: string | null
  /** The whole `JobsDetail`, as text. */
  readonly document: string
  /** Of a `Success`. */
  readonly result: {
    readonly key: string
    readonly size: number
    readonly width: number
    readonly height: number
    /** ETag of the source version that was used, without quotes. */
    readonly sourceEtag: string
  } | null
}

/** A run, as the API tells of it when everything has come to rest. */
export interface RunSeen {
  readonly id: string
  readonly workflowId: string
  readonly object: string
  readonly state: string
  readonly batchId: string | null
  readonly tasks: readonly TaskSeen[]
}

export interface TaskSeen {
  readonly node: string
  readonly jobId: string
  readonly state: string
}

/** A batch, as the API tells of it when everything has come to rest. */
export interface BatchSeen {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly created: number
  readonly ended: number
  readonly failed: number
}

/** An object that the list names, as GET and HEAD tell of it. */
export interface ObjectSeen {
  readonly key: string
  /** From the list. */
  readonly listed: { readonly size: number; readonly etag: string }
  /** From HEAD. */
  readonly head: { readonly size: number; readonly etag: string; readonly crc64: string }
  /** Worked out here from the bytes of GET. */
  readonly body: { readonly size: number; readonly md5: string; readonly crc64: string }
  /** `null` when the bytes are no picture. */
  readonly picture: {
    readonly width: number
    readonly height: number
    readonly colour: readonly [number, number, number]
  } | null
}

/** A request that a receiver got. */
export interface Receipt {
  /** In which life of the server it was sent. */
  readonly boot: number
  /** When it came, milliseconds since some moment. */
  readonly at: number
  readonly path: string
  readonly webhookId: string
  readonly body: string
  readonly isSigned: boolean
  /** What the body tells. */
  readonly event: string
  /** The job, or the run. */
  readonly subject: string
  readonly state: string
  /** Of a job. */
  readonly code: string
  /** Of a run: its jobs. */
  readonly tasks: readonly TaskSeen[]
  /** The request id of the upload that is named; `null` when none is. */
  readonly uploadedBy: string | null
  /** What the receiver answered; `null` when it hung up. */
  readonly answered: number | null
}

/** Everything a judge may look at: the API, the data folder, the receivers' log, and what the clients noted. */
export interface Evidence {
  readonly journal: Journal
  readonly jobs: readonly JobSeen[]
  readonly runs: readonly RunSeen[]
  readonly batches: readonly BatchSeen[]
  readonly objects: readonly ObjectSeen[]
  readonly receipts: readonly Receipt[]
  /** Files in the blob folder that are no left-overs by their place. */
  readonly blobs: readonly { readonly name: string; readonly size: number; readonly md5: string }[]
  /** Paths below the data folder that should not be there. */
  readonly strays: readonly string[]
}
