import { createHash } from 'node:crypto'
import { type BlobId, combineCrc64, Failure } from '../base/index.ts'
import type { BlobStore } from './blob-store.ts'
import { chosenParts, type NamedPart } from './chosen-parts.ts'
import { isCertainlyUnpublished, MAX_UPLOAD_BYTES } from './publish-upload.ts'
import type { CompletedUpload, StoredPart, UploadPlace, UploadStore } from './upload-store.ts'
import type { WriteConditions } from './write-conditions.ts'

/** How many parts an upload may have, and the highest number of one. */
export const MAX_PARTS = 10_000

export interface MultipartPorts {
  readonly uploads: UploadStore
  readonly blobs: Pick<BlobStore, 'write' | 'join' | 'remove'>
  /** Takes blobs that have lost their names, to remove them. */
  readonly discard: (ids: readonly BlobId[]) => void
  /** What every part but the last must have. */
  readonly minPartBytes: number
}

/** What a client sends as a part. */
export interface PartUpload {
  readonly number: number
  readonly source: AsyncIterable<Uint8Array>
  readonly expectedBytes?: number | undefined
  /** Hex. */
  readonly expectedMd5?: string | null
}

/** A request to make an object of the parts. */
export interface Completion {
  readonly parts: readonly NamedPart[]
  readonly requestId: string
  readonly conditions?: WriteConditions
}

/**
 * Multipart uploads: parts are blobs of their own, and the object is a new blob of their bytes, so that it is one file
 * like any other for whoever reads it or makes pictures of it. A single part becomes the object as it is.
 */
export class Multipart {
  readonly #ports: MultipartPorts
  /** Completions under way. Joining takes long, and a client that loses patience asks again. */
  readonly #completing = new Map<string, Promise<CompletedUpload>>()

  constructor(ports: MultipartPorts) {
    this.#ports = ports
  }

  /**
   * Keeps a part; one of the same number that was there is replaced.
   *
   * Fails with `UploadNotFound` before a byte is taken; then as `BlobStore.write`, and with `DigestMismatch`.
   */
  async putPart(place: UploadPlace, part: PartUpload): Promise<StoredPart> {
    const { uploads, blobs, discard } = this.#ports
    const upload = await uploads.findUpload(place)
    if (upload === null || upload.completed !== null) throw uploadNotFound()
    const { number, source, expectedBytes, expectedMd5 = null } = part
    const blob = await blobs.write(source, {
      maxBytes: MAX_UPLOAD_BYTES,
      ...(expectedBytes === undefined ? {} : { expectedBytes }),
    })
    if (expectedMd5 !== null && expectedMd5 !== blob.md5) {
      await blobs.remove(blob.id)
      throw new Failure('DigestMismatch', 'The Content-MD5 you specified did not match what we received.')
    }
    const { id: blobId, size, md5, crc64 } = blob
    try {
      const { replaced, lastModified } = await uploads.keepPart(place, { number, blobId, size, md5, crc64 })
      if (replaced !== null) discard([replaced])
      return { number, blobId, size, md5, crc64, lastModified }
    } catch (error) {
      if (isCertainlyUnpublished(error)) await blobs.remove(blobId)
      throw error
    }
  }

  /**
   * Makes the object. An upload that was completed already gives the same answer again, whatever is asked: a client that
   * did not hear the first answer repeats its request.
   *
   * Fails with `UploadNotFound`, as `chosenParts`, as `BlobStore.join` and as `ObjectStore.publishObject`.
   */
  complete(place: UploadPlace, completion: Completion): Promise<CompletedUpload> {
    const name = JSON.stringify([place.bucket, place.key, place.uploadId])
    const underWay = this.#completing.get(name)
    if (underWay !== undefined) return underWay
    const work = this.#complete(place, completion).finally(() => this.#completing.delete(name))
    this.#completing.set(name, work)
    return work
  }

  /** Forgets an upload and its parts. Fails with `UploadNotFound`. */
  async abort(place: UploadPlace): Promise<void> {
    this.#ports.discard(await this.#ports.uploads.abortUpload(place))
  }

  async #complete(place: UploadPlace, { parts, requestId, conditions }: Completion): Promise<CompletedUpload> {
    const { uploads, blobs, discard, minPartBytes } = this.#ports
    const upload = await uploads.findUpload(place)
    if (upload === null) throw uploadNotFound()
    if (upload.completed !== null) return upload.completed
    const chosen = chosenParts(parts, await uploads.listParts(place, 0, MAX_PARTS), minPartBytes)
    const { id: blobId, size } =
      chosen.length === 1 ? { id: chosen[0]!.blobId, size: chosen[0]!.size } : await blobs.join(chosen.map(blobOf))
    const { bucket, key, contentType, headers, acl } = upload
    const object = {
      ...{ bucket, key, contentType, headers, acl, requestId, blobId, size },
      ...sumsOf(chosen),
      eventName: 'cos:ObjectCreated:CompleteMultipartUpload',
      origin: 'client',
    } as const
    try {
      const { released } = await uploads.completeUpload(place, chosen, object, conditions)
      discard(released)
      return { etag: object.etag, crc64: object.crc64 }
    } catch (error) {
      if (isCertainlyUnpublished(error) && chosen.length > 1) await blobs.remove(blobId)
      // Another server has completed it in the meantime.
      const completed = isUploadNotFound(error) ? (await uploads.findUpload(place))?.completed : null
      if (completed != null) return completed
      throw error
    }
  }
}

/** The ETag of a whole says how many parts it had: it is no MD5 of its bytes, and clients must not take it for one. */
function sumsOf(parts: readonly StoredPart[]): CompletedUpload {
  const md5 = createHash('md5')
  for (const part of parts) md5.update(part.md5, 'hex')
  return {
    etag: `${md5.digest('hex')}-${parts.length}`,
    crc64: parts.reduce((sum, part) => combineCrc64(sum, part.crc64, part.size), '0'),
  }
}

function blobOf({ blobId }: StoredPart): BlobId {
  return blobId
}

function isUploadNotFound(error: unknown): boolean {
  return error instanceof Failure && error.code === 'UploadNotFound'
}

function uploadNotFound(): Failure {
  return new Failure('UploadNotFound', 'The specified multipart upload does not exist.')
}
