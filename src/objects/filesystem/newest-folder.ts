import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobId } from '../../base/index.ts'
import { blobFile, shardOf } from './blob-files.ts'
import { closeDescriptor, openDescriptor, syncDescriptor } from './descriptors.ts'
import type { Turns } from './turns.ts'

/** How many blobs go into one folder before it is another's turn. */
const BLOBS_IN_A_ROW = 512

interface OpenFolder {
  readonly shard: string
  readonly descriptor: number
  /** How many blobs have been put there since it was opened. */
  given: number
  /** How many of them are not safe yet. */
  unsafe: number
  /** A sync that waits for its turn. */
  waiting: Promise<void> | null
}

/**
 * The folder into which blobs go now. It stays open, so making names in it safe is one call and not three; and blobs that
 * are kept at the same time lie together, so those that wait for a slow disk share its syncs. After so many blobs another
 * folder has its turn, whichever the next id ends with.
 */
export class NewestFolder {
  readonly #folder: string
  readonly #syncs: Turns
  readonly #blobsInARow: number
  #open: Promise<OpenFolder> | null = null

  constructor(folder: string, syncs: Turns, blobsInARow = BLOBS_IN_A_ROW) {
    this.#folder = folder
    this.#syncs = syncs
    this.#blobsInARow = blobsInARow
  }

  /**
   * Gives a synced file its name as a blob; the name is safe when this resolves.
   *
   * @param fresh an id that nothing has yet; the one that is given back ends with the folder that the file went into
   */
  async put(file: string, fresh: BlobId): Promise<BlobId> {
    const folder = await this.#take(fresh)
    try {
      const id = (fresh.slice(0, -folder.shard.length) + folder.shard) as BlobId
      const place = blobFile(this.#folder, id)
      await rename(file, place)
      try {
        await this.#sync(folder)
      } catch (error) {
        await rm(place, { force: true }).catch(() => undefined)
        throw error
      }
      return id
    } finally {
      this.#release(folder)
    }
  }

  async #take(fresh: BlobId): Promise<OpenFolder> {
    this.#open ??= this.#openFor(fresh)
    const folder = await this.#open
    folder.unsafe += 1
    folder.given += 1
    if (folder.given === this.#blobsInARow) this.#open = null
    return folder
  }

  async #openFor(fresh: BlobId): Promise<OpenFolder> {
    const shard = shardOf(fresh)
    try {
      const descriptor = await openDescriptor(join(this.#folder, shard), 'r')
      return { shard, descriptor, given: 0, unsafe: 0, waiting: null }
    } catch (error) {
      this.#open = null
      throw error
    }
  }

  /** What was renamed before the sync begins is safe when it ends; so whoever finds one that still waits shares it. */
  #sync(folder: OpenFolder): Promise<void> {
    folder.waiting ??= this.#syncs.take(() => {
      folder.waiting = null
      return syncDescriptor(folder.descriptor)
    })
    return folder.waiting
  }

  #release(folder: OpenFolder): void {
    folder.unsafe -= 1
    if (folder.unsafe === 0 && folder.given >= this.#blobsInARow) {
      closeDescriptor(folder.descriptor).catch(() => undefined)
    }
  }
}
