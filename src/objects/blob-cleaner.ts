import type { Agent, BlobId, Clock, Log } from '../base/index.ts'
import type { BlobStore } from './blob-store.ts'
import type { ObjectStore } from './object-store.ts'

/** How many blobs are asked about at once; between two batches everybody else has a turn. */
const BATCH = 500

/** How many unnamed blobs are remembered from one look to the next; more wait for a later round. Some 10 MB. */
const MOST_SUSPECTS = 100_000

/** How many files are removed at a time when nobody waits for it: everybody who works with files shares four threads. */
const DISCARDED_AT_ONCE = 16

export interface BlobCleanerOptions {
  readonly blobs: Pick<BlobStore, 'olderThan' | 'remove'>
  readonly objects: Pick<ObjectStore, 'namedAmong'>
  /** Whether somebody here holds a blob that he is about to name, however long that takes him. */
  readonly isInHand?: (id: BlobId) => boolean
  /** How old a blob is before it is looked at. Longer than an upload may stand still, or a job of another server. */
  readonly graceMs: number
  /**
   * How long a blob must have been without a name, looked at twice. Longer than anybody takes from looking up an object
   * to opening its blob; who has opened it keeps it whole. Default one minute, and never more than the grace time.
   */
  readonly unnamedMs?: number
  /** Wait between two rounds. */
  readonly everyMs: number
  readonly clock: Clock
  readonly log: Log
}

/**
 * Removes blobs that nothing names: results of attempts that lost their lease, uploads that were never published,
 * versions that were replaced or deleted.
 *
 * Three things keep it from whatever is in use. A blob that is younger than the grace time is not looked at. One that
 * waits in this server to be named is in hand, and passed over. And since a blob may lose its name just when somebody
 * has looked it up and not yet opened it, one look does not condemn: only what had no name at two looks, a while apart,
 * is removed.
 */
export class BlobCleaner implements Agent {
  readonly #options: Required<BlobCleanerOptions>
  /** Since when a blob has been seen without a name, UTC milliseconds. */
  #suspects = new Map<BlobId, number>()
  #round: Promise<unknown> | null = null
  #batch: Promise<unknown> | null = null
  readonly #discards = new Set<Promise<unknown>>()
  #holds = 0
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(options: BlobCleanerOptions) {
    const unnamedMs = Math.min(options.unnamedMs ?? 60_000, options.graceMs)
    this.#options = { isInHand: () => false, ...options, unnamedMs }
  }

  async start(): Promise<void> {
    if (this.#stopped || this.#round !== null) return
    this.#go()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await Promise.all([this.#round, ...this.#discards])
  }

  /** From when this resolves no blob is removed, until the function it gives is called: somebody reads them all. */
  async hold(): Promise<() => void> {
    this.#holds += 1
    await Promise.all([this.#batch, ...this.#discards])
    let isHeld = true
    return () => {
      if (isHeld) this.#holds -= 1
      isHeld = false
    }
  }

  /**
   * Removes blobs soon that have just lost their names and that nobody looks up any more: the parts of an upload that is
   * over. Nobody waits for it; what cannot be removed now is found by a later round.
   */
  discard(ids: readonly BlobId[]): void {
    if (ids.length === 0) return
    const removal = this.#discard(ids)
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'parts of an upload could not be removed'))
      .finally(() => this.#discards.delete(removal))
    this.#discards.add(removal)
  }

  /** One round now. Gives the number of blobs removed. */
  async sweep(): Promise<number> {
    const { blobs, clock, graceMs } = this.#options
    const seen = new Map<BlobId, number>()
    let removed = 0
    let batch: BlobId[] = []
    for await (const id of blobs.olderThan(clock.now() - graceMs)) {
      batch.push(id)
      if (batch.length < BATCH) continue
      if (this.#isIdle) return removed
      removed += await this.#look(batch, seen)
      batch = []
    }
    if (this.#isIdle) return removed
    removed += await this.#look(batch, seen)
    // Those that are not seen any more have a name again, or are gone.
    this.#suspects = seen
    return removed
  }

  get #isIdle(): boolean {
    return this.#stopped || this.#holds > 0
  }

  async #discard(ids: readonly BlobId[]): Promise<void> {
    for (let from = 0; from < ids.length; from += DISCARDED_AT_ONCE) {
      if (this.#isIdle) return
      await Promise.all(ids.slice(from, from + DISCARDED_AT_ONCE).map((id) => this.#options.blobs.remove(id)))
    }
  }

  #go(): void {
    const { log, everyMs, unnamedMs } = this.#options
    this.#round = this.sweep()
      .then((removed) => {
        if (removed > 0) log.info({ removed }, 'removed blobs that nothing names')
      })
      .catch((error: unknown) => log.error({ err: error }, 'a cleaning round failed'))
      .then(() => {
        if (this.#stopped) return
        const waitMs = this.#suspects.size > 0 ? Math.min(unnamedMs, everyMs) : everyMs
        this.#timer = setTimeout(() => this.#go(), waitMs)
        this.#timer.unref()
      })
  }

  #look(batch: readonly BlobId[], seen: Map<BlobId, number>): Promise<number> {
    const look = this.#removeSuspects(batch, seen)
    this.#batch = look.catch(() => undefined)
    return look
  }

  async #removeSuspects(batch: readonly BlobId[], seen: Map<BlobId, number>): Promise<number> {
    if (batch.length === 0) return 0
    const { blobs, objects, isInHand, unnamedMs, clock } = this.#options
    // Before the question: what is let go of while it is asked has been named by then, and the answer may not know.
    const judged = batch.filter((id) => !isInHand(id))
    const named = new Set(await objects.namedAmong(judged))
    const now = clock.now()
    const condemned: BlobId[] = []
    for (const id of judged) {
      if (named.has(id)) continue
      const since = this.#suspects.get(id)
      if (since !== undefined && now - since >= unnamedMs) condemned.push(id)
      else if (seen.size < MOST_SUSPECTS) seen.set(id, since ?? now)
    }
    // Somebody began to read them all while the ledger was asked.
    if (this.#holds > 0) return 0
    await Promise.all(condemned.map((id) => blobs.remove(id)))
    return condemned.length
  }
}
