import { type Agent, asFailure, type Clock, type Log, type Signals } from '../base/index.ts'
import type { EndedCursor, RemovedRecords, RetentionStore } from './retention-store.ts'

/** What a record cleaner announces: each batch with its facts, and the end of a round. */
export type RecordCleanerSignal = 'batch removed' | 'batch emptied' | 'round ended'

export interface RecordCleanerOptions {
  readonly store: RetentionStore
  /** How long an ended job stays after its end. */
  readonly keepJobsMs: number
  /** How many ended jobs stay at most; beyond that the oldest go before their time. */
  readonly maxEndedJobs: number
  /** How long the body of a delivered callback stays. */
  readonly keepBodiesMs: number
  /** Wait between two rounds. */
  readonly everyMs: number
  /**
   * How many rows a batch is about. A hundred jobs with their events, deliveries and attempts hold the ledger for 4 ms
   * in the middle and 11 ms at p99 (benchmarks/retention.mjs): less than a sync of a slow disk.
   */
  readonly batchSize: number
  /** Wait between two batches, in which everybody else has a turn. */
  readonly pauseMs: number
  readonly clock: Clock
  readonly log: Log
  readonly signals: Signals<RecordCleanerSignal>
}

/** What a round did. */
export interface CleanedRecords {
  readonly jobs: number
  readonly runs: number
  readonly batches: number
  readonly bodies: number
}

/** How many index entries are counted in one call when the surplus is looked for: about a millisecond. */
const COUNTED_AT_ONCE = 5_000

/**
 * Forgets what is over: ended jobs, runs and batches with everything that was told of them, and before that the bodies of callbacks that
 * have arrived. In small batches with pauses, so that whoever submits or asks waits for one batch at most.
 */
export class RecordCleaner implements Agent {
  readonly #options: RecordCleanerOptions
  readonly #stopping = new AbortController()
  #round: Promise<unknown> | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(options: RecordCleanerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    if (this.#stopping.signal.aborted || this.#round !== null) return
    this.#go()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#round
  }

  /** One round now. */
  async clean(): Promise<CleanedRecords> {
    const { clock, keepJobsMs, keepBodiesMs, maxEndedJobs, signals } = this.#options
    const bodies = await this.#emptyBodies(clock.now() - keepBodiesMs)
    const byAge = { endedAt: clock.now() - keepJobsMs, id: '' }
    // By age first: then there is less to count.
    let jobs = await this.#remove('removeEndedJobs', byAge)
    let runs = await this.#remove('removeEndedRuns', byAge)
    let batches = await this.#remove('removeEndedBatches', byAge)
    const surplus = await this.#endedJobBehind(maxEndedJobs)
    if (surplus !== null) {
      jobs += await this.#remove('removeEndedJobs', surplus)
      runs += await this.#remove('removeEndedRuns', surplus)
      batches += await this.#remove('removeEndedBatches', surplus)
    }
    const cleaned = { jobs, runs, batches, bodies }
    signals.announce('round ended', cleaned)
    return cleaned
  }

  #go(): void {
    const { log, everyMs } = this.#options
    this.#round = this.clean()
      .then((cleaned) => {
        const isAny = Object.values(cleaned).some((count) => count > 0)
        if (isAny) log.info({ ...cleaned }, 'removed records that are over')
      })
      .catch((error: unknown) => {
        const failure = asFailure(error)
        if (failure.code !== 'ServerStopping') log.error({ err: failure }, 'a cleaning round of the ledger failed')
      })
      .then(() => {
        if (this.#stopping.signal.aborted) return
        this.#timer = setTimeout(() => this.#go(), everyMs)
        this.#timer.unref()
      })
  }

  async #emptyBodies(deliveredBefore: number): Promise<number> {
    const { store, batchSize, signals } = this.#options
    let emptied = 0
    while (!this.#stopping.signal.aborted) {
      const inBatch = await store.emptyDeliveredBodies(deliveredBefore, batchSize)
      emptied += inBatch
      if (inBatch > 0) signals.announce('batch emptied', { emptied: inBatch })
      if (inBatch < batchSize) break
      await this.#pause()
    }
    return emptied
  }

  async #remove(
    what: 'removeEndedJobs' | 'removeEndedRuns' | 'removeEndedBatches',
    before: EndedCursor,
  ): Promise<number> {
    const { store, batchSize, signals } = this.#options
    let removed = 0
    let after: EndedCursor | null = null
    while (!this.#stopping.signal.aborted) {
      const batch: RemovedRecords = await store[what]({ after, before, limit: batchSize })
      removed += batch.removed
      if (batch.removed > 0) signals.announce('batch removed', batch)
      if (batch.next === null) break
      after = batch.next
      await this.#pause()
    }
    return removed
  }

  /** The job at a depth, found in steps: counting millions of rows in one go would hold everybody up. */
  async #endedJobBehind(depth: number): Promise<EndedCursor | null> {
    let here: EndedCursor | null = null
    for (let left = depth; left > 0; left -= COUNTED_AT_ONCE) {
      if (this.#stopping.signal.aborted) return null
      here = await this.#options.store.endedJobBehind(here, Math.min(left, COUNTED_AT_ONCE))
      if (here === null) return null
      if (left > COUNTED_AT_ONCE) await this.#pause()
    }
    return here
  }

  #pause(): Promise<void> {
    const { signal } = this.#stopping
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, this.#options.pauseMs)
      signal.addEventListener('abort', end, { once: true })
    })
  }
}
