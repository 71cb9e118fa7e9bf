import { Failure, type JobId, type Log } from '../base/index.ts'
import type { Job } from './job.ts'
import type { JobStore } from './job-store.ts'

export interface JobWaitsOptions {
  readonly findEnded: JobStore['findEnded']
  /** How many may wait at once. */
  readonly maxWaiting: number
  /** How often it is looked without having been woken: a wake between two servers can be lost. */
  readonly lookEveryMs: number
  readonly log: Log
}

/** A place among those who wait. It is taken before there is something to wait for, so that nobody submits in vain. */
export interface WaitingPlace {
  /**
   * Resolves with the job when it has ended; with `null` when the time is over, the signal is aborted, or the server stops.
   */
  until(id: JobId, options: { readonly ms: number; readonly signal: AbortSignal }): Promise<Job | null>
  /** Twice is fine. */
  leave(): void
}

/**
 * Those who wait for jobs to end. Each end of a job wakes them, together: the ledger is asked once for all that are waited
 * for, however many wait, and never while an answer is outstanding.
 */
export class JobWaits {
  readonly #options: JobWaitsOptions
  readonly #waiting = new Map<JobId, Set<(job: Job | null) => void>>()
  #places = 0
  #isStopped = false
  #isLooking = false
  #isWoken = false
  #timer: NodeJS.Timeout | null = null

  constructor(options: JobWaitsOptions) {
    this.#options = options
  }

  /** Fails with `SlowDown` when too many wait already. */
  take(): WaitingPlace {
    if (this.#places >= this.#options.maxWaiting) {
      throw new Failure('SlowDown', `${this.#places} calls wait for jobs, as many as may. Ask again without waiting.`)
    }
    this.#places += 1
    let isLeft = false
    return {
      until: (id, options) => this.#until(id, options),
      leave: () => {
        if (!isLeft) this.#places -= 1
        isLeft = true
      },
    }
  }

  /** Some jobs have ended. */
  wake(): void {
    if (this.#waiting.size === 0) return
    this.#isWoken = true
    if (!this.#isLooking) void this.#look()
  }

  /** Whoever waits is told that it was in vain. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const tells of [...this.#waiting.values()]) for (const tell of [...tells]) tell(null)
  }

  #until(id: JobId, { ms, signal }: { ms: number; signal: AbortSignal }): Promise<Job | null> {
    if (this.#isStopped || signal.aborted) return Promise.resolve(null)
    return new Promise((resolve) => {
      const inVain = (): void => tell(null)
      const timer = setTimeout(inVain, ms)
      const tells = this.#waiting.get(id) ?? new Set()
      const tell = (job: Job | null): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', inVain)
        tells.delete(tell)
        if (tells.size === 0) this.#waiting.delete(id)
        resolve(job)
      }
      tells.add(tell)
      this.#waiting.set(id, tells)
      signal.addEventListener('abort', inVain)
      // It may have ended before anybody waited for it.
      this.wake()
    })
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    try {
      while (this.#isWoken && this.#waiting.size > 0) {
        this.#isWoken = false
        for (const job of await this.#options.findEnded([...this.#waiting.keys()])) {
          for (const tell of [...(this.#waiting.get(job.id) ?? [])]) tell(job)
        }
      }
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the jobs that calls wait for could not be looked at')
    } finally {
      this.#isLooking = false
    }
    this.#lookLater()
  }

  #lookLater(): void {
    if (this.#timer !== null || this.#waiting.size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.wake()
    }, this.#options.lookEveryMs)
    this.#timer.unref()
  }
}
