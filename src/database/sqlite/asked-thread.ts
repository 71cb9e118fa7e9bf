import { Worker } from 'node:worker_threads'
import { Failure } from '../../base/index.ts'
import type { WakeChannel } from '../ledger.ts'
import { type Done, type FromThread, failureOf, type ToThread } from './messages.ts'

interface Asked {
  resolve(value: unknown): void
  reject(failure: Failure): void
  learn: ((done: Done) => void) | undefined
}

/** A thread that holds a connection to the ledger file, seen from the server's own. */
export class AskedThread {
  readonly #worker: Worker
  readonly #open = new Map<number, Asked>()
  #lastId = 0
  #ended: Failure | null = null
  #closing: Promise<void> | null = null
  readonly #closed: Promise<void>
  /** Resolves with the failure when the thread ends unasked; from then on every call fails. */
  readonly broken: Promise<Failure>
  /** Resolves when it can be asked; fails when it does not get that far. */
  readonly ready: Promise<void>

  /** Starts the thread of a compiled program. `announce` hears what its commits made for others to do. */
  constructor(
    program: string,
    { name, data, announce }: { name: string; data: unknown; announce(wake: WakeChannel): void },
  ) {
    const worker = new Worker(program, { workerData: data, name })
    this.#worker = worker
    const ready = deferred<void>()
    const broken = deferred<Failure>()
    const closed = deferred<void>()
    this.ready = ready.promise
    this.broken = broken.promise
    this.#closed = closed.promise
    worker.on('message', (message: FromThread) => {
      if (message.is === 'ready') ready.resolve()
      else if (message.is === 'failed') ready.reject(failureOf(message.failure))
      else if (message.is === 'closed') closed.resolve()
      else {
        for (const answer of message.answers) {
          const asked = this.#open.get(answer.id)
          this.#open.delete(answer.id)
          if (answer.failure === undefined) {
            asked?.learn?.(answer)
            asked?.resolve(answer.value)
          } else asked?.reject(failureOf(answer.failure))
        }
        for (const wake of message.wakes) announce(wake)
      }
    })
    const broke = (cause: unknown): void => {
      const failure = new Failure('StorageUnavailable', 'The ledger has stopped.', { cause })
      this.#end(failure)
      broken.resolve(failure)
      ready.reject(failure)
      closed.resolve()
    }
    worker.on('error', broke)
    worker.on('exit', (status) => {
      if (this.#ended === null) broke(new Error(`the ${name} thread ended with status ${status}`))
      closed.resolve()
    })
  }

  get isUp(): boolean {
    return this.#ended === null
  }

  /** Sends a message that is answered. `learn` is told all that came of what it asked for, when it succeeded. */
  ask(message: (id: number) => ToThread, learn?: (done: Done) => void): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#open.set(id, { resolve, reject, learn })
      this.#worker.postMessage(message(id))
    })
  }

  /** Lets the calls that wait be finished, and the file go. Twice is fine. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      if (this.#ended === null) this.#worker.postMessage({ is: 'close' } satisfies ToThread)
      await this.#closed
      this.#end(new Failure('ServerStopping', 'The ledger is closed.'))
    })()
    return this.#closing
  }

  #end(failure: Failure): void {
    if (this.#ended !== null) return
    this.#ended = failure
    for (const { reject } of this.#open.values()) reject(failure)
    this.#open.clear()
  }
}

function deferred<T>() {
  let resolve!: (value: T) => void
  let reject!: (failure: Failure) => void
  const promise = new Promise<T>((...both) => {
    ;[resolve, reject] = both
  })
  return { promise, resolve, reject }
}
