import type { Journal } from './journal.ts'

/** A job, as the API tells of it when everything has come to rest. */
export interface JobSeen {
  readonly id: string
  readonly tag: string
  readonly state: string
  readonly code: string
  readonly message: string
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
  readonly path: string
  readonly webhookId: string
  readonly body: string
  readonly isSigned: boolean
  /** From the body. */
  readonly jobId: string
  readonly state: string
  readonly code: string
  /** What the receiver answered; `null` when it hung up. */
  readonly answered: number | null
}

/** Everything a judge may look at: the API, the data folder, the receivers' log, and what the clients noted. */
export interface Evidence {
  readonly journal: Journal
  readonly jobs: readonly JobSeen[]
  readonly objects: readonly ObjectSeen[]
  readonly receipts: readonly Receipt[]
  /** Files in the blob folder that are no left-overs by their place. */
  readonly blobs: readonly { readonly name: string; readonly size: number; readonly md5: string }[]
  /** Paths below the data folder that should not be there. */
  readonly strays: readonly string[]
}
