/** What a circuit says of an attempt that wants to start. */
export type Verdict = 'go' | 'wait' | { readonly until: number }

export interface CircuitOptions {
  /** How many failures in a row open it. */
  readonly opensAfter: number
  /** How long it stays open before a probe, milliseconds; the last one repeats. Each is spread by ±20 %. */
  readonly waitsMs: readonly number[]
}

/** How an attempt went, as far as this circuit is concerned. */
export type CircuitOutcome = 'good' | 'bad' | 'says nothing'

/** The part of a wait by which it may be longer or shorter: many servers must not probe in the same moment. */
const SPREAD = 0.2

/**
 * Keeps a courier from what fails every time. Closed: everything goes. After so many failures in a row it opens: nothing
 * goes until a time, then one attempt, the probe. When that goes well everything goes again; when it does not, the next
 * time is further off. It knows no clock and no chance of its own.
 */
export class Circuit {
  readonly #options: CircuitOptions
  #failures = 0
  /** How often it was opened since it was closed. */
  #openings = 0
  #until: number | null = null
  #probing = false

  constructor(options: CircuitOptions) {
    this.#options = options
  }

  /** Until when nothing goes; `null` while it is closed. In the past while it waits for its probe. */
  get openUntil(): number | null {
    return this.#until
  }

  verdict(now: number): Verdict {
    if (this.#until === null) return 'go'
    if (now < this.#until) return { until: this.#until }
    return this.#probing ? 'wait' : 'go'
  }

  /** An attempt starts. Gives whether it is the probe. */
  started(now: number): boolean {
    if (this.#until === null || now < this.#until || this.#probing) return false
    this.#probing = true
    return true
  }

  /**
   * An attempt has ended.
   * @param wasProbe what `started` gave
   * @returns whether this opened the circuit, for the first time or once more
   */
  ended(outcome: CircuitOutcome, wasProbe: boolean, now: number, random: number): boolean {
    if (wasProbe) this.#probing = false
    if (outcome === 'says nothing') return false
    if (outcome === 'good') {
      this.#failures = 0
      this.#openings = 0
      this.#until = null
      return false
    }
    this.#failures += 1
    // Those that were on their way when it opened say nothing new.
    if (this.#until !== null && !wasProbe) return false
    if (this.#failures < this.#options.opensAfter) return false
    const { waitsMs } = this.#options
    const wait = waitsMs[Math.min(this.#openings, waitsMs.length - 1)]
    if (wait === undefined) return false
    this.#openings += 1
    this.#until = now + Math.round(wait * (1 - SPREAD + 2 * SPREAD * random))
    return true
  }

  /** Opens it until a time, because somebody asked for it; no shorter than it is open already. */
  rest(until: number): void {
    this.#until = Math.max(this.#until ?? 0, until)
  }
}
