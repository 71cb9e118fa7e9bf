import { ReceiverError } from './receiver-error.ts'

/**
 * Remembers which events were handled, so that one that comes twice is handled once. Callbacks are delivered at least once:
 * an answer can get lost on its way back, and then the same event comes again.
 *
 * A store that several processes share (a table) keeps this promise for all of them; see `examples/` for one in SQL.
 */
export interface SeenEvents {
  /**
   * Claims an event for handling it now, in one step that no other process can come between.
   *
   * @returns `mine`: nobody has it, go on, and say `done` or `release` afterwards. `done`: it was handled. `busy`: somebody
   * else is at it; the sender will be asked to come again. A claim that was neither done nor released, because its process
   * died, ends by itself after a while: choose more than handling an event ever takes.
   */
  claim(key: string): Promise<'mine' | 'done' | 'busy'>
  /** It was handled. To be remembered for longer than the sender tries: five days. */
  done(key: string): Promise<void>
  /** It could not be handled; the next one may try. */
  release(key: string): Promise<void>
}

export interface MemoryOptions {
  /** The oldest go first when there are more. Default 100 000, some 15 MB. */
  readonly maxEvents?: number
  /** How long a claim lasts. Default 60 000. */
  readonly claimMs?: number
  /** UTC milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

/** Remembers events for as long as the process lives: enough for one process whose handler does no harm when it repeats. */
export function seenInMemory({
  maxEvents = 100_000,
  claimMs = 60_000,
  clock = Date.now,
}: MemoryOptions = {}): SeenEvents {
  for (const [name, value] of Object.entries({ maxEvents, claimMs })) {
    if (!(value >= 1)) throw new ReceiverError('InvalidOption', `${name} is ${value}, expected at least 1.`)
  }
  /** By key, oldest first: when the claim ends; for ever when it was handled. */
  const until = new Map<string, number>()
  const remember = (key: string, end: number): void => {
    until.delete(key)
    until.set(key, end)
    if (until.size > maxEvents) until.delete(until.keys().next().value!)
  }
  return {
    async claim(key) {
      const now = clock()
      const end = until.get(key)
      if (end === Number.POSITIVE_INFINITY) return 'done'
      if (end !== undefined && end > now) return 'busy'
      remember(key, now + claimMs)
      return 'mine'
    },
    async done(key) {
      remember(key, Number.POSITIVE_INFINITY)
    },
    async release(key) {
      if (until.get(key) !== Number.POSITIVE_INFINITY) until.delete(key)
    },
  }
}
