import { statfs } from 'node:fs/promises'
import { type Agent, Failure } from '../base/index.ts'

/**
 * Whether there is room left. New work is refused while a little is still free: what has been taken in can then be
 * finished, callbacks recorded and objects deleted, all of which the ledger needs room for. A disk that is full to the
 * last byte could not even be emptied through the API.
 *
 * Looked at once a second and not for each request: under load that would be thousands of questions, each of them behind
 * the syncs of a slow disk.
 */
export class DiskRoom implements Agent {
  readonly #folder: string
  readonly #leastBytes: number
  #isLeft = true
  #timer: NodeJS.Timeout | null = null

  constructor(folder: string, leastBytes: number) {
    this.#folder = folder
    this.#leastBytes = leastBytes
  }

  async start(): Promise<void> {
    await this.look()
    this.#timer ??= setInterval(() => void this.look(), 1_000).unref()
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  /** Looks now. A disk that does not answer has no room. */
  async look(): Promise<boolean> {
    try {
      const { bavail, bsize } = await statfs(this.#folder)
      this.#isLeft = bavail * bsize >= this.#leastBytes
    } catch {
      this.#isLeft = false
    }
    return this.#isLeft
  }

  /** Whether there was room at the last look. */
  get isLeft(): boolean {
    return this.#isLeft
  }

  /** Fails with `StorageFull` when there was no room at the last look. */
  check(): void {
    if (!this.#isLeft) throw new Failure('StorageFull')
  }
}
