export interface LaneLimits {
  /** Attempts on their way at once, in all. */
  readonly maxInFlight: number
  /** Attempts on their way at once to one origin. */
  readonly maxPerOrigin: number
}

interface Lane<Item> {
  readonly line: Item[]
  inFlight: number
}

/**
 * What a courier has in its hands, in one lane per origin: a short line that waits its turn, and what is on its way. An
 * origin that hangs fills its own lane and no other; lanes that may start something take turns.
 *
 * This is also the place that decides whether an origin gets anything now.
 */
export class OriginLanes<Item extends { readonly origin: string }> {
  readonly #limits: LaneLimits
  readonly #lanes = new Map<string, Lane<Item>>()
  /** Origins that could start their next at once, in the order of their turns. */
  readonly #ready = new Set<string>()
  #inHand = 0
  #inFlight = 0

  constructor(limits: LaneLimits) {
    this.#limits = limits
  }

  /** Everything in lines and on its way. */
  get inHand(): number {
    return this.#inHand
  }

  /** How much of one origin is in hand, waiting or on its way. */
  inHandOf(origin: string): number {
    const lane = this.#lanes.get(origin)
    return lane === undefined ? 0 : lane.line.length + lane.inFlight
  }

  /** How much of each origin is in hand. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#lanes.keys()].map((origin) => [origin, this.inHandOf(origin)]))
  }

  add(item: Item): void {
    let lane = this.#lanes.get(item.origin)
    if (lane === undefined) {
      lane = { line: [], inFlight: 0 }
      this.#lanes.set(item.origin, lane)
    }
    lane.line.push(item)
    this.#inHand += 1
    this.#judge(item.origin, lane)
  }

  /** The next one that may start, counted as on its way from now on; `null` when the limits allow none. */
  startNext(): Item | null {
    if (this.#inFlight >= this.#limits.maxInFlight) return null
    const origin = this.#ready.values().next().value
    if (origin === undefined) return null
    const lane = this.#lanes.get(origin)!
    const item = lane.line.shift()!
    lane.inFlight += 1
    this.#inFlight += 1
    // Taken out and put back: to the end of the turns.
    this.#ready.delete(origin)
    this.#judge(origin, lane)
    return item
  }

  /** One that was started is no longer on its way. */
  end(origin: string): void {
    const lane = this.#lanes.get(origin)!
    lane.inFlight -= 1
    this.#inFlight -= 1
    this.#inHand -= 1
    this.#judge(origin, lane)
  }

  /** Empties all lines; what is on its way stays. */
  takeWaiting(): Item[] {
    const waiting: Item[] = []
    for (const [origin, lane] of [...this.#lanes]) {
      waiting.push(...lane.line.splice(0))
      this.#judge(origin, lane)
    }
    this.#inHand -= waiting.length
    return waiting
  }

  #judge(origin: string, lane: Lane<Item>): void {
    if (lane.line.length === 0 && lane.inFlight === 0) this.#lanes.delete(origin)
    if (lane.line.length > 0 && lane.inFlight < this.#limits.maxPerOrigin) this.#ready.add(origin)
    else this.#ready.delete(origin)
  }
}
