import type { LookupAddress } from 'node:dns'
import { AT_ONCE, LookupHelper } from './lookup-helper.ts'

/** All addresses of a name, in the order in which they should be tried. */
export type LookUpName = (name: string) => Promise<readonly LookupAddress[]>

/** Look-ups on their way at once of names that hung the last time: there is always room for others. */
const MAX_HUNG = AT_ONCE / 2
/** A look-up that takes longer hangs: a name server nearby answers in milliseconds, one that has to ask others in some hundred. */
const PATIENCE_MS = 1_000
/** How long an answer is good for when no newer one can be had: as long as many names allow, and shorter than most outages. */
const KEEP_MS = 5 * 60_000
/** Names of which something is known; the oldest go first. */
const MOST_NAMES = 10_000

export interface NameLookupOptions {
  /**
   * Who is asked. Default: the system's own look-up (hosts file, search domains, as a container or a Kubernetes pod needs it),
   * in a process of its own.
   */
  readonly ask?: LookUpName
  /** After which a look-up counts as one that hangs. Default 1 s. */
  readonly patienceMs?: number
}

/**
 * Asks once for whoever wants the same name at the same time.
 *
 * A look-up that hangs cannot be broken off, so names whose name server does not answer could fill all places and hold up
 * everybody: those that hung the last time have no more than half of them. And a name that was found within the last minutes
 * does not wait for ever: when its look-up hangs, or nobody can tell, the last answer is given. Otherwise nothing is
 * remembered: how long an answer is good is not told here.
 *
 * @source RFC 8767, "Serving Stale Data to Improve DNS Resiliency"
 */
export class NameLookup {
  readonly #ask: LookUpName
  readonly #helper: LookupHelper | null
  readonly #patienceMs: number
  readonly #underWay = new Map<string, Promise<readonly LookupAddress[]>>()
  readonly #found = new Map<string, { readonly addresses: readonly LookupAddress[]; readonly at: number }>()
  readonly #hung = new Map<string, true>()
  readonly #placesOfHung = new Places(MAX_HUNG)
  /** Of those under way: ends the waiting for it. */
  readonly #giveUp = new Set<(error: Error) => void>()
  #isClosed = false

  constructor({ ask, patienceMs = PATIENCE_MS }: NameLookupOptions = {}) {
    const helper = ask === undefined ? new LookupHelper() : null
    this.#helper = helper
    this.#ask = ask ?? ((name) => helper!.lookUp(name))
    this.#patienceMs = patienceMs
  }

  /** Rejects as `dns.lookup` does, and when nothing is looked up any more. */
  lookUp(name: string): Promise<readonly LookupAddress[]> {
    if (this.#isClosed) return Promise.reject(noMore())
    let answer = this.#underWay.get(name)
    if (answer === undefined) {
      answer = this.#untilClosed(this.#inTurn(name)).finally(() => this.#underWay.delete(name))
      this.#underWay.set(name, answer)
    }
    const last = this.#found.get(name)
    if (last === undefined || performance.now() - last.at > KEEP_MS) return answer
    return answerOr(answer, last.addresses, this.#patienceMs)
  }

  /** What is under way may end, unless it hangs: then whoever waits for it is told. */
  async stop(): Promise<void> {
    let timer: NodeJS.Timeout | null = null
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, this.#patienceMs)
    })
    await Promise.race([Promise.allSettled(this.#underWay.values()), patience])
    clearTimeout(timer!)
    this.close()
  }

  /** Whoever waits is told, and so is whoever asks later; nothing of ours runs any more. */
  close(): void {
    this.#isClosed = true
    for (const giveUp of [...this.#giveUp]) giveUp(noMore())
    this.#helper?.close()
  }

  async #inTurn(name: string): Promise<readonly LookupAddress[]> {
    const hungBefore = this.#hung.has(name)
    if (hungBefore) await this.#placesOfHung.take()
    let hangs = false
    const timer = setTimeout(() => {
      hangs = true
      remember(this.#hung, name, true)
    }, this.#patienceMs)
    try {
      const addresses = await this.#ask(name)
      remember(this.#found, name, { addresses, at: performance.now() })
      return addresses
    } catch (error) {
      if (isDefinite(error)) this.#found.delete(name)
      throw error
    } finally {
      clearTimeout(timer)
      if (!hangs) this.#hung.delete(name)
      if (hungBefore) this.#placesOfHung.leave()
    }
  }

  #untilClosed<Value>(work: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#giveUp.add(reject)
      work.then(resolve, reject).finally(() => this.#giveUp.delete(reject))
    })
  }
}

/** So many at once; the others wait in a line. */
class Places {
  #free: number
  readonly #line: (() => void)[] = []

  constructor(most: number) {
    this.#free = most
  }

  /** Resolves when there is one for whoever asks. */
  take(): Promise<void> {
    if (this.#free === 0) return new Promise((resolve) => this.#line.push(resolve))
    this.#free -= 1
    return Promise.resolve()
  }

  /** Hands it on, or puts it back when nobody waits. */
  leave(): void {
    const next = this.#line.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}

/** The answer; or what was found before, when it does not come in time or nobody can tell. */
function answerOr(
  answer: Promise<readonly LookupAddress[]>,
  before: readonly LookupAddress[],
  patienceMs: number,
): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(before), patienceMs)
    answer
      .then(resolve, (error) => (isDefinite(error) ? reject(error) : resolve(before)))
      .finally(() => clearTimeout(timer))
  })
}

/** Whether a name server has said that there is no such address; anything else is that nobody could be asked. */
function isDefinite(error: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA'].includes(String((error as NodeJS.ErrnoException).code))
}

function noMore(): Error {
  return new Error('stopped before the name was looked up')
}

function remember<Value>(memory: Map<string, Value>, name: string, value: Value): void {
  memory.delete(name)
  memory.set(name, value)
  if (memory.size > MOST_NAMES) memory.delete(memory.keys().next().value!)
}
