import { asFailure, type BlobId } from '../base/index.ts'
import type { JobStore } from '../jobs/index.ts'
import type { BlobStore, ObjectStore, UploadStore } from '../objects/index.ts'

/**
 * Blobs that are whole and not yet named, because whoever made them is still on his way to the ledger: a worker asks it
 * until it answers, be the disk full for a day. No age says that such a blob is rubbish; so they are written down here,
 * for the cleaner to pass over. What a dead server had in hand is in nobody's hand.
 */
export class BlobsInHand {
  readonly #ids = new Set<BlobId>()

  has(id: BlobId): boolean {
    return this.#ids.has(id)
  }

  /** The same store; a blob is in hand from when it is told. */
  made(blobs: BlobStore): BlobStore {
    return {
      ...blobs,
      write: async (source, options) => {
        const kept = await blobs.write(source, options)
        this.#ids.add(kept.id)
        return kept
      },
      join: async (ids) => {
        const kept = await blobs.join(ids)
        this.#ids.add(kept.id)
        return kept
      },
      adopt: async (file) => {
        const id = await blobs.adopt(file)
        this.#ids.add(id)
        return id
      },
      remove: async (id) => {
        this.#ids.delete(id)
        await blobs.remove(id)
      },
    }
  }

  /** The same store; a blob is let go of when its object is published, or cannot be. */
  published(objects: ObjectStore): ObjectStore {
    return instead(objects, {
      publishObject: async (object, conditions) => {
        try {
          return await objects.publishObject(object, conditions)
        } finally {
          this.#ids.delete(object.blobId)
        }
      },
      publishResults: async (results, source) => {
        try {
          await objects.publishResults(results, source)
        } finally {
          for (const { blobId } of results) this.#ids.delete(blobId)
        }
      },
    })
  }

  /** The same store; a part is let go of when it is kept, and what parts have become when it is published. */
  uploaded(uploads: UploadStore): UploadStore {
    return instead(uploads, {
      keepPart: async (place, part) => {
        try {
          return await uploads.keepPart(place, part)
        } finally {
          this.#ids.delete(part.blobId)
        }
      },
      completeUpload: async (place, parts, object, conditions) => {
        try {
          return await uploads.completeUpload(place, parts, object, conditions)
        } finally {
          this.#ids.delete(object.blobId)
        }
      },
    })
  }

  /** The same store; the result of a job is let go of when the job has ended, or will never end with it. */
  completed(jobs: JobStore): JobStore {
    return instead(jobs, {
      completeJob: async (id, leaseToken, outcome) => {
        const blobId = outcome.state === 'Success' ? outcome.output.blobId : null
        try {
          const ended = await jobs.completeJob(id, leaseToken, outcome)
          if (blobId !== null) this.#ids.delete(blobId)
          return ended
        } catch (error) {
          // After a failure that may pass, the worker comes again.
          if (blobId !== null && !asFailure(error).retryable) this.#ids.delete(blobId)
          throw error
        }
      },
    })
  }
}

/** The same thing with another method here and there. Stores that answer to every name cannot be spread. */
function instead<Store extends object>(store: Store, methods: Partial<Store>): Store {
  return Object.assign(Object.create(store) as Store, methods)
}
