import { type LookupAddress, lookup } from 'node:dns'
import { LookupHelper } from './lookup-helper.ts'

/** All addresses of a name, in the order in which they should be tried. */
export type LookUpName = (name: string) => Promise<readonly LookupAddress[]>

/**
 * Look-ups on their way at once. Node asks the system's resolver from its pool of four threads, the same that read and
 * write files: a name server that hangs must not stop those.
 */
const MAX_LOOKUPS = 2
/** The same for names that hung the last time: half of what the helper has, so that there is always room for others. */
const MAX_HUNG = 16
/** A look-up that takes longer hangs: a name server nearby answers in milliseconds, one that has to ask others in some hundred. */
const PATIENCE_MS = 1_000
/** How long an answer is good for when no newer one can be had: as long as many names allow, and shorter than most outages. */
const KEEP_MS = 5 * 60_000
/** Names of which something is known; the oldest go first. */
const MOST_NAMES = 10_000

export interface LookupBounds {
  /** Look-ups on their way at once, of those that did not hang the last time. */
  readonly maxAtOnce: number
  /** Who is asked for names that hung the last time, and for those that wait behind others that do. */
  readonly elsewhere: LookUpName
  /** After which a look-up counts as one that hangs. Default 1 s. */
  readonly patienceMs?: number
}

/**
 * The system's own look-up (hosts file, search domains, as a container or a Kubernetes pod needs it), joined and
 * bounded.
 */
export function systemLookup(): LookUpName {
  const helper = new LookupHelper()
  return boundedLookup(
    (name) =>
      new Promise((resolve, reject) => {
        lookup(name, { all: true, verbatim: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
      }),
    { maxAtOnce: MAX_LOOKUPS, elsewhere: (name) => helper.lookUp(name) },
  )
}

/**
 * Asks once for whoever wants the same name at the same time, and at most so many names at once.
 *
 * A look-up that hangs cannot be broken off, so names whose name server does not answer would fill all places and hold up
 * everybody. They do so once: names that hung are asked for elsewhere the next time, and so is whoever waits behind others that
 * hang for the first time. And a name that was found within the last minutes does not wait for ever: when its look-up hangs, or
 * nobody can tell, the last answer is given. Otherwise nothing is remembered: how long an answer is good is not told here.
 *
 * @source RFC 8767, "Serving Stale Data to Improve DNS Resiliency"
 */
export function boundedLookup(
  ask: LookUpName,
  { maxAtOnce, elsewhere, patienceMs = PATIENCE_MS }: LookupBounds,
): LookUpName {
  const underWay = new Map<string, Promise<readonly LookupAddress[]>>()
  const found = new Map<string, { readonly addresses: readonly LookupAddress[]; readonly at: number }>()
  const hung = new Map<string, true>()
  const places = new Places(maxAtOnce)
  const placesOfHung = new Places(MAX_HUNG)

  const inTurn = async (name: string): Promise<readonly LookupAddress[]> => {
    const hungBefore = hung.has(name)
    const own = hungBefore ? placesOfHung : places
    const hasPlace = own.take() || (await own.next(hungBefore ? null : patienceMs))
    let hangs = false
    const timer = setTimeout(() => {
      hangs = true
      remember(hung, name, true)
      // Those that hung before are expected to, and wait for each other.
      if (hasPlace && !hungBefore) places.hang()
    }, patienceMs)
    try {
      const addresses = await (hasPlace && !hungBefore ? ask : elsewhere)(name)
      remember(found, name, { addresses, at: performance.now() })
      return addresses
    } catch (error) {
      if (isDefinite(error)) found.delete(name)
      throw error
    } finally {
      clearTimeout(timer)
      if (!hangs) hung.delete(name)
      if (hasPlace) own.leave(hangs && !hungBefore)
    }
  }

  return (name) => {
    let answer = underWay.get(name)
    if (answer === undefined) {
      answer = inTurn(name).finally(() => underWay.delete(name))
      underWay.set(name, answer)
    }
    const last = found.get(name)
    if (last === undefined || performance.now() - last.at > KEEP_MS) return answer
    return answerOr(answer, last.addresses, patienceMs)
  }
}

/** So many at once; the others wait in a line. */
class Places {
  readonly #most: number
  #taken = 0
  /** Of those, how many are in the hands of look-ups that hang. */
  #hanging = 0
  /** Each is told whether it has a place. */
  readonly #line: ((isMine: boolean) => void)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Whether there was one. */
  take(): boolean {
    if (this.#taken === this.#most) return false
    this.#taken += 1
    return true
  }

  /** Waits for one, for so long at most, and not at all while all of them hang; gives whether it got it. */
  next(patienceMs: number | null): Promise<boolean> {
    if (this.#hanging === this.#most) return Promise.resolve(false)
    return new Promise((resolve) => {
      const told = (isMine: boolean): void => {
        if (timer !== null) clearTimeout(timer)
        resolve(isMine)
      }
      const giveUp = (): void => {
        this.#line.splice(this.#line.indexOf(told), 1)
        resolve(false)
      }
      const timer = patienceMs === null ? null : setTimeout(giveUp, patienceMs)
      this.#line.push(told)
    })
  }

  /** Somebody who has a place hangs. When all of them do, nobody waits for them any more. */
  hang(): void {
    this.#hanging += 1
    if (this.#hanging === this.#most) for (const told of this.#line.splice(0)) told(false)
  }

  /** Hands it on, or puts it back when nobody waits. @param hung whether `hang` was said of it */
  leave(hung: boolean): void {
    if (hung) this.#hanging -= 1
    const next = this.#line.shift()
    if (next === undefined) this.#taken -= 1
    else next(true)
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

function remember<Value>(memory: Map<string, Value>, name: string, value: Value): void {
  memory.delete(name)
  memory.set(name, value)
  if (memory.size > MOST_NAMES) memory.delete(memory.keys().next().value!)
}
