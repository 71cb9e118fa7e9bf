import type { BlobId, UploadId } from '../base/index.ts'
import type { ObjectAcl } from './acl.ts'
import type { NewObject, StoredObject } from './object.ts'
import type { WriteConditions } from './write-conditions.ts'

/** Which upload is meant. An id is good for its own bucket and key only. */
export interface UploadPlace {
  readonly bucket: string
  readonly key: string
  readonly uploadId: UploadId
}

/** What is said, when a multipart upload begins, of the object that it will become. */
export interface NewUpload extends Pick<NewObject, 'bucket' | 'key' | 'contentType' | 'headers'> {
  readonly acl: ObjectAcl
}

/** What a completed upload has become: what its client is told, and told again when it asks again. */
export interface CompletedUpload {
  /** Without quotes. */
  readonly etag: string
  readonly crc64: string
}

export interface MultipartUpload extends NewUpload {
  readonly id: UploadId
  /** UTC milliseconds. */
  readonly startedAt: number
  /** `null` while it is open. */
  readonly completed: CompletedUpload | null
}

/** A part that is safe on disk. */
export interface NewPart {
  /** 1 to 10,000. */
  readonly number: number
  readonly blobId: BlobId
  /** Bytes. */
  readonly size: number
  /** Hex: the ETag of a part is always the MD5 of its bytes. */
  readonly md5: string
  readonly crc64: string
}

export interface StoredPart extends NewPart {
  /** UTC milliseconds. */
  readonly lastModified: number
}

/** What a list of uploads asks for. Empty text means: not given. */
export interface UploadQuery {
  readonly bucket: string
  readonly prefix: string
  readonly delimiter: string
  /** Only uploads of keys after this one, and of this one those after `uploadIdMarker`, when that is given. */
  readonly keyMarker: string
  readonly uploadIdMarker: string
  /** 0 to 1000, counting uploads and common prefixes together. */
  readonly maxUploads: number
}

export interface UploadPage {
  readonly uploads: readonly MultipartUpload[]
  readonly commonPrefixes: readonly string[]
  /** Where the next page begins, `null` on the last one. Behind a common prefix there is no upload id. */
  readonly next: { readonly key: string; readonly uploadId: string } | null
}

/**
 * Multipart uploads that are open, and for a while those that were completed. One suite (`upload-store.contract.ts`)
 * says what every adapter keeps.
 *
 * Every method that goes by a place fails with `UploadNotFound` when there is no such upload, or it is not open any more.
 */
export interface UploadStore {
  /** Fails with `BucketNotFound`. */
  startUpload(upload: NewUpload): Promise<MultipartUpload>
  /** Also a completed one; `null` when there is none. */
  findUpload(place: UploadPlace): Promise<MultipartUpload | null>
  /** Keeps a part, in the place of one of the same number: its blob, which nothing names any more. */
  keepPart(
    place: UploadPlace,
    part: NewPart,
  ): Promise<{ readonly replaced: BlobId | null; readonly lastModified: number }>
  /** Parts in order of their numbers, after one of them. */
  listParts(place: UploadPlace, after: number, limit: number): Promise<StoredPart[]>
  /** Open uploads by key and time of their beginning. */
  listUploads(query: UploadQuery): Promise<UploadPage>
  /**
   * Publishes the object that the parts have become; the upload is over in the same step. Every one of `parts` must
   * still be there as it is named (`PartInvalid`). Gives the blobs that were the parts'. Fails with what
   * `publishObject` fails with.
   */
  completeUpload(
    place: UploadPlace,
    parts: readonly Pick<NewPart, 'number' | 'blobId'>[],
    object: NewObject,
    conditions?: WriteConditions,
  ): Promise<{ readonly object: StoredObject; readonly released: readonly BlobId[] }>
  /** Forgets an upload. Gives the blobs that were its parts'. */
  abortUpload(place: UploadPlace): Promise<readonly BlobId[]>
  /**
   * Forgets uploads to which nothing has come since a time, and completed ones of before another; a few at a time. The
   * number of those forgotten: when it is `limit`, there may be more.
   */
  removeUploads(before: { readonly touched: number; readonly completed: number }, limit: number): Promise<number>
}
