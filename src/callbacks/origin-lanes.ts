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

  /** The same of those alone that have so many or more. */
  countsFrom(least: number): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const [origin, { line, inFlight }] of this.#lanes) {
      if (line.length + inFlight >= least) counts[origin] = line.length + inFlight
    }
    return counts
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

  /**
   * The next one that may start, counted as on its way from now on; `null` when the limits allow none.
   *
   * @param mayStart whether this one may; others of its lane that stand behind it may overtake it. A lane in which none may
   * is not asked again until one of it ends or joins, or until `lookAgain`.
   */
  startNext(mayStart: (item: Item) => boolean = () => true): Item | null {
    if (this.#inFlight >= this.#limits.maxInFlight) return null
    for (const origin of this.#ready) {
      const lane = this.#lanes.get(origin)!
      const index = lane.line.findIndex(mayStart)
      // Taken out and, when there is more to start, put back: to the end of the turns.
      this.#ready.delete(origin)
      if (index < 0) continue
      const [item] = lane.line.splice(index, 1)
      lane.inFlight += 1
      this.#inFlight += 1
      this.#judge(origin, lane)
      return item!
    }
    return null
  }

  /** Something else than an end may let lanes start now: time has passed. */
  lookAgain(): void {
    for (const [origin, lane] of this.#lanes) this.#judge(origin, lane)
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
    return [...this.#lanes.keys()].flatMap((origin) => this.takeOut(origin, () => true))
  }

  /** Takes out of the line of an origin whatever is meant. */
  takeOut(origin: string, isMeant: (item: Item) => boolean): Item[] {
    const lane = this.#lanes.get(origin)
    if (lane === undefined) return []
    const meant = lane.line.filter(isMeant)
    if (meant.length === 0) return []
    const stays = lane.line.filter((item) => !meant.includes(item))
    lane.line.splice(0, lane.line.length, ...stays)
    this.#inHand -= meant.length
    this.#judge(origin, lane)
    return meant
  }

  /** What waits, in all lanes. */
  *waiting(): Iterable<Item> {
    for (const { line } of this.#lanes.values()) yield* line
  }

  #judge(origin: string, lane: Lane<Item>): void {
    if (lane.line.length === 0 && lane.inFlight === 0) this.#lanes.delete(origin)
    if (lane.line.length > 0 && lane.inFlight < this.#limits.maxPerOrigin) this.#ready.add(origin)
    else this.#ready.delete(origin)
  }
}
