/** What several may hold at once. */
export interface Holdable {
  hold(): this
  letGo(): Promise<void>
}

interface Going<Result> {
  readonly result: Promise<Result>
  readonly abort: AbortController
  waiting: number
}

/**
 * Work that is done once for all who ask for the same at the same time. Whoever leaves holds up nobody; when all have
 * left, the work is given up.
 */
export class SharedWork<Result extends Holdable> {
  readonly #going = new Map<string, Going<Result>>()

  /** Joins the work of this name, or begins it. The result is held for the caller, who lets it go. */
  async join(name: string, begin: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted()
    const work = this.#going.get(name) ?? this.#begin(name, begin)
    work.waiting += 1
    try {
      return (await unlessAborted(work.result, signal)).hold()
    } finally {
      work.waiting -= 1
      if (work.waiting === 0) this.#end(name, work, signal)
    }
  }

  #begin(name: string, begin: (signal: AbortSignal) => Promise<Result>): Going<Result> {
    const abort = new AbortController()
    const work = { result: begin(abort.signal), abort, waiting: 0 }
    this.#going.set(name, work)
    return work
  }

  #end(name: string, work: Going<Result>, { aborted, reason }: AbortSignal): void {
    this.#going.delete(name)
    // Whoever was not in a hurry has stayed until it was done.
    if (aborted) work.abort.abort(reason)
    work.result.then(
      (result) => result.letGo(),
      () => undefined,
    )
  }
}

function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
