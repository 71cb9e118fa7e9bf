import type { Agent, BlobId, Clock, Log } from '../base/index.ts'
import type { BlobStore } from './blob-store.ts'
import type { ObjectStore } from './object-store.ts'

/** How many blobs are asked about at once; between two batches everybody else has a turn. */
const BATCH = 500

export interface BlobCleanerOptions {
  readonly blobs: Pick<BlobStore, 'olderThan' | 'remove'>
  readonly objects: Pick<ObjectStore, 'namedAmong'>
  /** Longer than any upload's last step, any attempt of a job and any read may take. */
  readonly graceMs: number
  /** Wait between two rounds. */
  readonly everyMs: number
  readonly clock: Clock
  readonly log: Log
}

/**
 * Removes blobs that nothing names: results of attempts that lost their lease, uploads that were never published,
 * versions that were replaced or deleted. Only those older than the grace time, so that what is being published or
 * read now is never touched.
 */
export class BlobCleaner implements Agent {
  readonly #options: BlobCleanerOptions
  #round: Promise<unknown> | null = null
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(options: BlobCleanerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    if (this.#stopped || this.#round !== null) return
    this.#go()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#round
  }

  /** One round now. Gives the number of blobs removed. */
  async sweep(): Promise<number> {
    const { blobs, clock, graceMs } = this.#options
    let removed = 0
    let batch: BlobId[] = []
    for await (const id of blobs.olderThan(clock.now() - graceMs)) {
      if (this.#stopped) return removed
      batch.push(id)
      if (batch.length < BATCH) continue
      removed += await this.#removeUnnamed(batch)
      batch = []
    }
    return removed + (await this.#removeUnnamed(batch))
  }

  #go(): void {
    const { log, everyMs } = this.#options
    this.#round = this.sweep()
      .then((removed) => {
        if (removed > 0) log.info({ removed }, 'removed blobs that nothing names')
      })
      .catch((error: unknown) => log.error({ err: error }, 'a cleaning round failed'))
      .then(() => {
        if (this.#stopped) return
        this.#timer = setTimeout(() => this.#go(), everyMs)
        this.#timer.unref()
      })
  }

  async #removeUnnamed(batch: readonly BlobId[]): Promise<number> {
    if (batch.length === 0) return 0
    const { blobs, objects } = this.#options
    const named = new Set(await objects.namedAmong(batch))
    const unnamed = batch.filter((id) => !named.has(id))
    await Promise.all(unnamed.map((id) => blobs.remove(id)))
    return unnamed.length
  }
}
