import type { BlobId } from '../base/index.ts'
import type { ResultFacts } from '../images/index.ts'

/** A picture of some version that lies in a blob. */
export interface ResultBlob {
  readonly blobId: BlobId
  readonly facts: Pick<ResultFacts, 'contentType' | 'size' | 'md5'>
}

/** How many are remembered: some two megabytes. */
const MOST = 8_192

/**
 * Which pictures have been made for jobs and for uploads, by their version: a request for the same one is then given from
 * the blob and costs no engine. A note and not the truth: a blob may be gone when somebody comes, with the object that it
 * was made for. Beyond so many the oldest are forgotten, and all of them with the server.
 */
export class ResultBlobs {
  readonly #byVersion = new Map<string, ResultBlob>()

  note(version: string, { blobId, facts: { contentType, size, md5 } }: ResultBlob): void {
    this.#byVersion.delete(version)
    this.#byVersion.set(version, { blobId, facts: { contentType, size, md5 } })
    if (this.#byVersion.size <= MOST) return
    for (const oldest of this.#byVersion.keys()) {
      this.#byVersion.delete(oldest)
      return
    }
  }

  find(version: string): ResultBlob | null {
    return this.#byVersion.get(version) ?? null
  }

  forget(version: string): void {
    this.#byVersion.delete(version)
  }
}
