import { type Agent, asFailure, type BatchId, Failure, type Log, type Signals } from '../../base/index.ts'
import { failedJob } from '../../jobs/index.ts'
import type { Batch } from './batch.ts'
import type { BatchStore, OpenBatch } from './batch-store.ts'
import type { InputReader, Place, Portion } from './inputs/input-reader.ts'

/** What an expander announces: each step with its batch, and that there is nothing it could do now. */
export type BatchExpanderSignal = 'step taken' | 'batch settled' | 'nothing to do'

export interface BatchExpanderOptions {
  readonly store: Pick<BatchStore, 'openBatches' | 'advanceBatch' | 'failBatch' | 'settleBatch'>
  readonly openReader: (batch: Batch) => InputReader
  /** While this holds no job is made, as none is submitted: there is no room left on the disk. */
  readonly isHeldBack: () => boolean
  /** How many jobs of one batch may wait. */
  readonly maxWaiting: number
  /** Jobs made in a step: 25 hold the ledger for some 3 ms (npm run bench:batch), less than a sync of a slow disk. */
  readonly stepSize: number
  /**
   * Wait between two rounds in which something was done, at least: everybody else has a turn at the ledger. As long as the
   * round took when that is more, so that a machine that is busy with other things is not kept busier.
   */
  readonly pauseMs: number
  /** How long at most until what ended is counted and what was cancelled is seen. */
  readonly lookEveryMs: number
  /** The safety net, while there is no batch: how long at most until the ledger is asked without being told. */
  readonly pollMs: number
  /** Waits before a list is read again after a failure that may pass; when they are used up the batch fails. */
  readonly retryWaitsMs: readonly number[]
  readonly log: Log
  readonly signals: Signals<BatchExpanderSignal>
}

/** A step that takes longer goes on beside the others: checking a large file takes seconds. */
const PATIENCE_MS = 50
/** After a ledger that did not answer. */
const AFTER_TROUBLE_MS = 1_000

/** Jobs of a batch looked at in one call, whether they have ended: a millisecond of the ledger. */
const LOOKED_AT_ONCE = 500
/** Jobs cancelled in one call: three milliseconds, more when each ends a run. */
const CANCELLED_AT_ONCE = { Job: 100, Workflow: 25 } as const

/** What is remembered of a batch between rounds. Nothing of it matters: another process goes on without. */
interface InWork {
  readonly reader: InputReader
  /** How long the list is; `null` while it is being counted. */
  length: number | null
  /** A step on its way. */
  step: Promise<boolean> | null
  /** Failures in a row that may pass. */
  tries: number
  /** Not before. */
  readAt: number
  /** Not before, when there is not room for a whole step. */
  readFewAt: number
  /** Where the look at what was made goes on, and not before when. */
  lookedTo: string | null
  settleAt: number
  /** Whether it was looked after since it has ended: whoever cancels does not wait for the next look. */
  isSeenEnded: boolean
}

/**
 * Makes batches into jobs, a few objects at a time: as many as there is room for among those that wait, so that a batch
 * over a million objects is some hundred rows at any time. All that has to be remembered is in the ledger; several
 * expanders on one ledger share its batches, and whoever is late finds the place moved.
 */
export class BatchExpander implements Agent {
  readonly #options: BatchExpanderOptions
  readonly #stopping = new AbortController()
  readonly #inWork = new Map<BatchId, InWork>()
  #running: Promise<void> | null = null
  #endSleep: () => void = () => undefined
  #isWoken = false

  constructor(options: BatchExpanderOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    if (this.#running !== null || this.#stopping.signal.aborted) return
    this.#running = this.#run()
  }

  /** Says that a batch was made, or has ended. */
  wake(): void {
    this.#isWoken = true
    this.#endSleep()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#endSleep()
    await this.#running
  }

  async #run(): Promise<void> {
    const { log, pauseMs, lookEveryMs, pollMs, signals } = this.#options
    while (!this.#stopping.signal.aborted) {
      this.#isWoken = false
      const begunAt = performance.now()
      let waitMs: number
      try {
        const open = await this.#options.store.openBatches(this.#options.maxWaiting)
        await this.#forgetAllBut(open)
        let isBusy = false
        for (const batch of open) {
          if (this.#stopping.signal.aborted) break
          isBusy = (await this.#serve(batch)) || isBusy
        }
        if (!isBusy) signals.announce('nothing to do')
        const tookMs = performance.now() - begunAt
        waitMs = isBusy ? Math.max(pauseMs, tookMs) : open.length > 0 ? lookEveryMs : pollMs
      } catch (error) {
        const failure = asFailure(error)
        if (failure.code !== 'ServerStopping') log.error({ err: failure }, 'could not look after batches; trying again')
        waitMs = AFTER_TROUBLE_MS
      }
      await this.#sleep(waitMs)
    }
    await this.#forgetAllBut([])
  }

  /** What there is to do for a batch now, some of it. `true` when the rest need not wait. */
  async #serve(open: OpenBatch): Promise<boolean> {
    const { batch, isListed, room } = open
    const { openReader, isHeldBack, lookEveryMs, store, signals } = this.#options
    let inWork = this.#inWork.get(batch.id)
    if (inWork === undefined) {
      const reader = openReader(batch)
      inWork = {
        reader,
        length: null,
        step: null,
        tries: 0,
        readAt: 0,
        readFewAt: 0,
        lookedTo: null,
        settleAt: 0,
        isSeenEnded: false,
      }
      this.#inWork.set(batch.id, inWork)
    }
    let isBusy = false
    if (batch.endedAt !== null || isListed) await inWork.reader.close()
    else if (inWork.step === null && performance.now() >= inWork.readAt && !isHeldBack()) {
      // One job now and then would be a transaction for each of them.
      const isRoom = room >= this.#objectsIn(open) || (room > 0 && performance.now() >= inWork.readFewAt)
      inWork.step = this.#step(open, inWork, isRoom)
      isBusy = await this.#within(PATIENCE_MS, inWork.step)
    }
    const hasJustEnded = batch.endedAt !== null && !inWork.isSeenEnded
    inWork.isSeenEnded ||= hasJustEnded
    if (hasJustEnded || performance.now() >= inWork.settleAt) {
      const bounds = { lookAt: LOOKED_AT_ONCE, after: inWork.lookedTo, cancel: CANCELLED_AT_ONCE[batch.type] }
      const { next, isMore } = await store.settleBatch(batch.id, bounds)
      inWork.lookedTo = next
      // Many that only wait must not keep the ledger busy.
      if (!isMore) inWork.settleAt = performance.now() + lookEveryMs * Math.max(1, this.#inWork.size / 5)
      isBusy ||= isMore
      signals.announce('batch settled', { batchId: batch.id })
    }
    return isBusy
  }

  /** Reads on in the list, and makes what it says. Never rejects. */
  async #step(open: OpenBatch, inWork: InWork, isRoom: boolean): Promise<boolean> {
    const { batch } = open
    const { lookEveryMs, log } = this.#options
    try {
      const wasCounting = inWork.length === null
      const portion = await this.#read(open, inWork, isRoom)
      if (portion === null) return wasCounting
      inWork.readFewAt = performance.now() + lookEveryMs
      await this.#advance(open, inWork, portion)
      return true
    } catch (error) {
      const failure = asFailure(error)
      if (failure.code === 'ServerStopping') return false
      log.error({ err: failure, batchId: batch.id }, 'a batch could not be moved on; trying again')
      inWork.readAt = performance.now() + AFTER_TROUBLE_MS
      return false
    } finally {
      inWork.step = null
    }
  }

  /** `null` when there was no room, or nothing could be read. */
  async #read(open: OpenBatch, inWork: InWork, isRoom: boolean): Promise<Portion | null> {
    const { batch, place, room } = open
    const { reader } = inWork
    try {
      inWork.length ??= await reader.measure()
      const portion = isRoom ? await reader.read(place, Math.min(room, this.#objectsIn(open))) : null
      inWork.tries = 0
      return portion
    } catch (error) {
      await this.#afterFailure(batch, place, inWork, error)
      return null
    }
  }

  #objectsIn({ jobsPerObject }: OpenBatch): number {
    return Math.max(1, Math.floor(this.#options.stepSize / jobsPerObject))
  }

  async #advance({ batch, place }: OpenBatch, { length }: InWork, portion: Portion): Promise<void> {
    const { store, signals } = this.#options
    const { entries, next, isLast, read } = portion
    const part = length === null ? null : length === 0 ? 1 : read / length
    await store.advanceBatch(batch.id, { from: place, entries, next, isLast, part })
    signals.announce('step taken', { batchId: batch.id, entries: entries.length })
  }

  /** The list could not be read: the batch ends with that, unless it may pass. */
  async #afterFailure(batch: Batch, place: Place | null, inWork: InWork, error: unknown): Promise<void> {
    const { store, retryWaitsMs, log } = this.#options
    // What is not a failure of ours came from the disk.
    const failure = error instanceof Failure ? error : new Failure('StorageUnavailable', undefined, { cause: error })
    if (failure.code === 'ServerStopping') return
    const waitMs = failure.retryable ? retryWaitsMs[inWork.tries] : undefined
    if (waitMs !== undefined) {
      log.warn({ err: failure, batchId: batch.id, waitMs }, 'the list of a batch could not be read; trying again later')
      inWork.tries += 1
      inWork.readAt = performance.now() + waitMs
      return
    }
    log.info({ batchId: batch.id, code: failure.code, says: failure.message }, 'the list of a batch cannot be read')
    const { code, message } = failedJob(failure)
    await store.failBatch(batch.id, place, { code, message })
  }

  /** Lets go of what is over. A reader that is closed ends what it is about to read. */
  async #forgetAllBut(open: readonly OpenBatch[]): Promise<void> {
    const stays = new Set(open.map(({ batch }) => batch.id))
    for (const [id, { reader, step }] of this.#inWork) {
      if (stays.has(id)) continue
      this.#inWork.delete(id)
      await reader.close()
      await step
    }
  }

  /** What a step did, or `false` when it takes longer than others may wait. */
  #within(ms: number, step: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms)
      void step.then((isBusy) => {
        clearTimeout(timer)
        resolve(isBusy)
      })
    })
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopping.signal.aborted || this.#isWoken) return resolve()
      const timer = setTimeout(resolve, ms)
      this.#endSleep = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
