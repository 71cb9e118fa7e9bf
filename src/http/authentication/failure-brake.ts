import { type Clock, Failure, type FailureCode, type Log } from '../../base/index.ts'

/** What somebody gets who guesses: a wrong signature, a key or a token that there is not. */
const GUESSES: ReadonlySet<FailureCode> = new Set(['SignatureMismatch', 'UnknownKey', 'TokenRefused'])

/** So many failures are answered at once, per address and key, and per address; from then on answers are slowed down. */
const FREE_PER_KEY = 10
const FREE_PER_ADDRESS = 50
/** One failure is forgotten in this time. */
const FORGET_MS = 5_000
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000
/** How many answers may wait at once, of one address and in all; what comes beyond that is told to slow down. */
const MAX_WAITING_OF_ADDRESS = 16
const MAX_WAITING = 256
/** How many addresses, and pairs of address and key, are remembered; the ones that were quiet longest go first. */
const MAX_REMEMBERED = 4_096

interface Remembered {
  /** How many failures are not forgotten, as of `at`. */
  level: number
  at: number
  /** In all, since this is remembered. */
  total: number
}

/** Whose failure it was. */
export interface Guesser {
  readonly address: string
  /** The SecretId or the token as far as it can be told, never its secret; `null` when none can be read. */
  readonly key: string | null
}

/**
 * Slows down those who fail to prove who they are again and again. Only answers to failures wait: whoever signs as they
 * should is served at once, whatever others do behind the same address. What is remembered is bounded, and fades.
 */
export class FailureBrake {
  readonly #clock: Clock
  readonly #log: Log
  readonly #remembered = new Map<string, Remembered>()
  readonly #waiting = new Map<string, number>()
  readonly #stops = new Set<() => void>()
  #isStopped = false

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock
    this.#log = log
  }

  /** Waits as long as this failure has to; gives what is to be answered. `left` is aborted when nobody waits any more. */
  async slowed(failure: Failure, guesser: () => Guesser, left: AbortSignal): Promise<Failure> {
    if (!GUESSES.has(failure.code)) return failure
    const { address, key } = guesser()
    const waitMs = this.note(failure.code, { address, key })
    if (waitMs === 0 || this.#isStopped || left.aborted) return failure
    const ofAddress = this.#waiting.get(address) ?? 0
    if (ofAddress >= MAX_WAITING_OF_ADDRESS || this.#stops.size >= MAX_WAITING) {
      return new Failure(
        'SlowDown',
        'Too many requests of this address were not signed as they should be; wait a little.',
      )
    }
    this.#waiting.set(address, ofAddress + 1)
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        left.removeEventListener('abort', done)
        this.#stops.delete(done)
        resolve()
      }
      const timer = setTimeout(done, waitMs)
      left.addEventListener('abort', done)
      this.#stops.add(done)
    })
    const still = (this.#waiting.get(address) ?? 1) - 1
    if (still === 0) this.#waiting.delete(address)
    else this.#waiting.set(address, still)
    return failure
  }

  /** Takes note of a failure. @returns milliseconds that its answer has to wait */
  note(code: FailureCode, { address, key }: Guesser): number {
    const ofKey = this.#count(`${address} ${key ?? ''}`)
    const ofAddress = this.#count(address)
    const over = Math.max(ofKey.level - FREE_PER_KEY, ofAddress.level - FREE_PER_ADDRESS)
    if (over <= 0) return 0
    if (isPowerOfTwo(ofKey.total - FREE_PER_KEY) || isPowerOfTwo(ofAddress.total - FREE_PER_ADDRESS)) {
      const facts = { address, key: shown(key, code), code, failures: ofKey.total, ofAddress: ofAddress.total }
      this.#log.warn(
        facts,
        'requests that fail to prove who sends them, again and again: their answers are slowed down',
      )
    }
    return Math.min(FIRST_WAIT_MS * 2 ** Math.min(Math.ceil(over) - 1, 16), LONGEST_WAIT_MS)
  }

  /** Lets go of all that wait: their answers go out at once. */
  stop(): void {
    this.#isStopped = true
    for (const done of [...this.#stops]) done()
  }

  get remembered(): number {
    return this.#remembered.size
  }

  #count(name: string): Remembered {
    const now = this.#clock.now()
    const known = this.#remembered.get(name)
    const { level, at, total } = known ?? { level: 0, at: now, total: 0 }
    const faded = Math.max(0, level - Math.max(0, now - at) / FORGET_MS)
    // One that has faded away begins anew, so that it is told again when it comes back.
    const counted = { level: faded + 1, at: now, total: faded === 0 ? 1 : total + 1 }
    this.#remembered.delete(name)
    this.#remembered.set(name, counted)
    if (this.#remembered.size > MAX_REMEMBERED) {
      this.#remembered.delete(this.#remembered.keys().next().value!)
    }
    return counted
  }
}

function isPowerOfTwo(count: number): boolean {
  return count > 0 && (count & (count - 1)) === 0
}

/** A key that is known stands in the log whole; one that is not may be anything, a secret that was mistaken for it too. */
function shown(key: string | null, code: FailureCode): string | null {
  if (key === null || code === 'SignatureMismatch') return key
  return key.length <= 8 ? key : `${key.slice(0, 8)}…`
}
