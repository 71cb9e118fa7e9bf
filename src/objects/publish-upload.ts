import { Failure } from '../base/index.ts'
import type { BlobStore } from './blob-store.ts'
import { checkKey } from './key-rules.ts'
import type { NewObject, StoredObject } from './object.ts'
import type { ObjectStore } from './object-store.ts'
import { checkWriteConditions, isConditional, type WriteConditions } from './write-conditions.ts'

/** The largest object that one upload may bring: 5 GB, as the protocol has it. */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3

/**
 * Up to this size an upload without conditions is taken before anybody asks whether there is such a bucket, which its
 * publication says anyhow: a question more costs as much as receiving so many bytes.
 */
const TAKEN_UNASKED_BYTES = 64 * 1024

/** What a client sends to be stored under a key. */
export interface Upload extends Pick<NewObject, 'bucket' | 'key' | 'contentType' | 'headers' | 'acl' | 'requestId'> {
  readonly source: AsyncIterable<Uint8Array>
  /** What the sender announced; `undefined` for a stream without a length. */
  readonly expectedBytes?: number | undefined
  /** Hex, when the sender says what the bytes are. Nothing else is stored then. */
  readonly expectedMd5?: string | null
  /** What must be true of the object that is there already, if any. */
  readonly conditions?: WriteConditions
}

export interface UploadPorts {
  readonly objects: Pick<ObjectStore, 'findBucket' | 'findObject' | 'publishObject'>
  readonly blobs: Pick<BlobStore, 'write' | 'remove'>
}

/**
 * The one way in which bytes of a client become an object: kept as a blob first, checked, and then named by the key in
 * one step. Until that step readers see what was there before; a sender that breaks off leaves nothing.
 *
 * Fails with `KeyInvalid`, `KeyTooLong`, `BucketNotFound` (afterwards, when the upload is small), `ObjectTooLarge`,
 * `ObjectExists` or `PreconditionFailed` before a byte is taken; then with `BodyIncomplete`, `ObjectTooLarge`, `DigestMismatch`, `StorageFull`, `StorageUnavailable`.
 */
export async function publishUpload({ objects, blobs }: UploadPorts, upload: Upload): Promise<StoredObject> {
  const { source, expectedBytes, expectedMd5 = null, conditions, ...described } = upload
  checkKey(described.key)
  const isSmall = expectedBytes !== undefined && expectedBytes <= TAKEN_UNASKED_BYTES && !isConditional(conditions)
  if (!isSmall && (await objects.findBucket(described.bucket)) === null)
    throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  // Before all its bytes come, and again when they are published.
  if (isConditional(conditions)) {
    checkWriteConditions(conditions, await objects.findObject(described.bucket, described.key))
  }
  const blob = await blobs.write(source, {
    maxBytes: MAX_UPLOAD_BYTES,
    ...(expectedBytes === undefined ? {} : { expectedBytes }),
  })
  if (expectedMd5 !== null && expectedMd5 !== blob.md5) {
    await blobs.remove(blob.id)
    throw new Failure('DigestMismatch', 'The Content-MD5 you specified did not match what we received.')
  }
  try {
    const object: NewObject = {
      ...described,
      blobId: blob.id,
      size: blob.size,
      etag: blob.md5,
      crc64: blob.crc64,
      eventName: 'cos:ObjectCreated:Put',
      origin: 'client',
    }
    return await objects.publishObject(object, conditions)
  } catch (error) {
    if (isCertainlyUnpublished(error)) await blobs.remove(blob.id)
    throw error
  }
}

/**
 * Whether a failure to publish says that nothing was published: then the room is wanted now. After any other failure the
 * blob is left to the cleaner, for it can also mean that nobody knows.
 */
export function isCertainlyUnpublished(error: unknown): boolean {
  return (
    error instanceof Failure && (!error.retryable || error.code === 'StorageFull') && error.code !== 'InternalError'
  )
}
