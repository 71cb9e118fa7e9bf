import type { Failure } from '../../base/index.ts'
import { AskedThread } from './asked-thread.ts'
import type { ReadsThreadData } from './messages.ts'

/** How many have to have asked while somebody wrote. A thread takes some 20 MB and half a second of a processor. */
const WAITED_BEFORE_IT_STARTS = 10

/** The thread that only asks. It comes up when there are some who would wait for those who write, and stays. */
export class Reader {
  readonly #program: string
  readonly #data: ReadsThreadData
  #thread: AskedThread | null = null
  #isReady = false
  #waited = 0
  #isClosed = false
  readonly #tellBroken: (failure: Failure) => void

  constructor(program: string, data: ReadsThreadData, tellBroken: (failure: Failure) => void) {
    this.#program = program
    this.#data = data
    this.#tellBroken = tellBroken
  }

  /** The thread that a question goes to now; `null` when that is still the owner of the ledger. */
  for(isOwnerBusy: boolean): AskedThread | null {
    if (this.#thread === null && isOwnerBusy && ++this.#waited >= WAITED_BEFORE_IT_STARTS) this.#start()
    return this.#isReady ? this.#thread : null
  }

  /** Also while there is none. */
  get isUp(): boolean {
    return this.#thread?.isUp ?? true
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#thread?.close()
  }

  #start(): void {
    if (this.#isClosed) return
    const thread = new AskedThread(this.#program, {
      name: 'ledger reads',
      data: this.#data,
      announce: () => undefined,
    })
    this.#thread = thread
    void thread.broken.then(this.#tellBroken)
    thread.ready.then(
      () => {
        this.#isReady = true
      },
      // `broken` tells of it.
      () => undefined,
    )
  }
}
