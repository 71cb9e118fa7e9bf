/**
 * So many attempts in a second, spread evenly, with as many at once as one second has. It knows no clock of its own.
 */
export class RateLimit {
  readonly #perSecond: number
  readonly #atOnce: number
  #tokens: number
  #at = Number.NEGATIVE_INFINITY
  /** Up to when the line is spread that was put off. */
  #spreadTo = Number.NEGATIVE_INFINITY

  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#atOnce = Math.max(1, Math.floor(perSecond))
    this.#tokens = this.#atOnce
  }

  /** From one to the next when there are many, milliseconds. */
  get intervalMs(): number {
    return 1000 / this.#perSecond
  }

  /** Milliseconds until the next may start; 0: now. */
  waitMs(now: number): number {
    this.#refill(now)
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000)
  }

  /** One starts. */
  take(now: number): void {
    this.#refill(now)
    this.#tokens -= 1
  }

  /** A time for one that is put off: behind all that were put off before it. */
  placeInLine(now: number): number {
    this.#spreadTo = Math.max(this.#spreadTo, now) + 1000 / this.#perSecond
    return Math.ceil(this.#spreadTo)
  }

  #refill(now: number): void {
    if (now <= this.#at) return
    const since = this.#at === Number.NEGATIVE_INFINITY ? 0 : now - this.#at
    this.#tokens = Math.min(this.#atOnce, this.#tokens + (since / 1000) * this.#perSecond)
    this.#at = now
  }
}
