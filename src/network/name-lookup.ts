import { type LookupAddress, lookup } from 'node:dns'
import { LookupHelper } from './lookup-helper.ts'

/** All addresses of a name, in the order in which they should be tried. */
export type LookUpName = (name: string) => Promise<readonly LookupAddress[]>

/**
 * Look-ups on their way at once. Node asks the system's resolver from its pool of four threads, the same that read and
 * write files: a name server that hangs must not stop those.
 */
const MAX_LOOKUPS = 2
/** A look-up that takes longer hangs: a name server nearby answers in milliseconds, one that has to ask others in some hundred. */
const PATIENCE_MS = 1_000
/** How long an answer is good for when no newer one can be had: as long as many names allow, and shorter than most outages. */
const KEEP_MS = 5 * 60_000
/** Names of which something is known; the oldest go first. */
const MOST_NAMES = 10_000

export interface LookupBounds {
  /** Look-ups on their way at once, two at least. */
  readonly maxAtOnce: number
  /** After which a look-up counts as one that hangs. Default 1 s. */
  readonly patienceMs?: number
  /** Who is asked for names that have waited so long for a place, unless they hung the last time. Default: nobody, they wait. */
  readonly elsewhere?: LookUpName
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
 * everybody: one of the places is kept from names that hung the last time, and whoever waits behind others that hang for the
 * first time is asked for elsewhere. And a name that was found within the last minutes does not wait for ever: when its look-up
 * hangs, or nobody can tell, the last answer is given.
 * Otherwise nothing is remembered: how long an answer is good is not told here.
 *
 * @source RFC 8767, "Serving Stale Data to Improve DNS Resiliency"
 */
export function boundedLookup(
  ask: LookUpName,
  { maxAtOnce, patienceMs = PATIENCE_MS, elsewhere }: LookupBounds,
): LookUpName {
  const underWay = new Map<string, Promise<readonly LookupAddress[]>>()
  const found = new Map<string, { readonly addresses: readonly LookupAddress[]; readonly at: number }>()
  const hung = new Map<string, true>()
  const places = new Places(maxAtOnce)

  const inTurn = async (name: string): Promise<readonly LookupAddress[]> => {
    const hungBefore = hung.has(name)
    const mayGoElsewhere = elsewhere !== undefined && !hungBefore
    const hasPlace = places.take(hungBefore) || (await places.next(hungBefore, mayGoElsewhere ? patienceMs : null))
    let hangs = false
    const timer = setTimeout(() => {
      hangs = true
      remember(hung, name, true)
    }, patienceMs)
    try {
      const addresses = await (hasPlace ? ask : elsewhere!)(name)
      remember(found, name, { addresses, at: performance.now() })
      return addresses
    } catch (error) {
      if (isDefinite(error)) found.delete(name)
      throw error
    } finally {
      clearTimeout(timer)
      if (!hangs) hung.delete(name)
      if (hasPlace) places.leave(hungBefore)
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

/** Who may ask now, and who waits: names that hung the last time in a line of their own. */
class Places {
  readonly #most: number
  readonly #mostHung: number
  #taken = 0
  #takenByHung = 0
  readonly #usual: (() => void)[] = []
  readonly #hung: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
    this.#mostHung = Math.max(1, most - 1)
  }

  /** Whether there was a place. */
  take(hungBefore: boolean): boolean {
    if (this.#taken >= this.#most || (hungBefore && this.#takenByHung >= this.#mostHung)) return false
    this.#taken += 1
    if (hungBefore) this.#takenByHung += 1
    return true
  }

  /** Waits for a place, for so long at most; gives whether it got one. */
  next(hungBefore: boolean, patienceMs: number | null): Promise<boolean> {
    const line = hungBefore ? this.#hung : this.#usual
    return new Promise((resolve) => {
      const given = (): void => {
        if (timer !== null) clearTimeout(timer)
        resolve(true)
      }
      const goElsewhere = (): void => {
        line.splice(line.indexOf(given), 1)
        resolve(false)
      }
      const timer = patienceMs === null ? null : setTimeout(goElsewhere, patienceMs)
      line.push(given)
    })
  }

  leave(hungBefore: boolean): void {
    this.#taken -= 1
    if (hungBefore) this.#takenByHung -= 1
    // Those that hung first: they never have all places, and they may be well again.
    for (const [line, isHung] of [
      [this.#hung, true],
      [this.#usual, false],
    ] as const) {
      while (line.length > 0 && this.take(isHung)) line.shift()!()
    }
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
