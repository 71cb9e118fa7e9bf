import type { Agent, Clock, Log } from '../base/index.ts'
import type { UploadStore } from './upload-store.ts'

/** How many uploads are forgotten at once: each has up to 10,000 parts, and everybody else waits meanwhile. */
const AT_ONCE = 10
/** For how long a completed upload is remembered, so that whoever asks again is told again. */
export const KEEP_COMPLETED_MS = 15 * 60_000

export interface UploadCleanerOptions {
  readonly uploads: Pick<UploadStore, 'removeUploads'>
  /** How long an open upload to which nothing comes is kept. */
  readonly keepMs: number
  /** Wait between two rounds. */
  readonly everyMs: number
  readonly clock: Clock
  readonly log: Log
}

/** Forgets multipart uploads that nobody goes on with. Their parts have no name any more then, and are the blob cleaner's. */
export class UploadCleaner implements Agent {
  readonly #options: UploadCleanerOptions
  #round: Promise<unknown> | null = null
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(options: UploadCleanerOptions) {
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

  /** One round now. Gives the number of uploads forgotten, completed ones included. */
  async sweep(): Promise<number> {
    const { uploads, clock, keepMs } = this.#options
    const now = clock.now()
    const before = { touched: now - keepMs, completed: now - KEEP_COMPLETED_MS }
    let removed = 0
    for (;;) {
      const some = await uploads.removeUploads(before, AT_ONCE)
      removed += some
      if (some < AT_ONCE || this.#stopped) return removed
    }
  }

  #go(): void {
    const { log, everyMs } = this.#options
    this.#round = this.sweep()
      .catch((error: unknown) => log.error({ err: error }, 'clearing away old uploads failed'))
      .then(() => {
        if (this.#stopped) return
        this.#timer = setTimeout(() => this.#go(), everyMs)
        this.#timer.unref()
      })
  }
}
