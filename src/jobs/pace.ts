/** What one more picture counts for in the average. */
const WEIGHT = 1 / 8

/** How fast pictures are finished, as a moving average. */
export class Pace {
  #lastAt: number | null = null
  #apartMs = Number.POSITIVE_INFINITY

  /**
   * A picture is finished. `isBusy` says whether there was work for the engines all the while since the last one; what they
   * idled says nothing about how fast they are.
   */
  note(atMs: number, isBusy: boolean): void {
    if (this.#lastAt !== null && isBusy) {
      const apartMs = atMs - this.#lastAt
      this.#apartMs =
        this.#apartMs === Number.POSITIVE_INFINITY ? apartMs : this.#apartMs + (apartMs - this.#apartMs) * WEIGHT
    }
    this.#lastAt = atMs
  }

  /** How many are finished in so many milliseconds; 0 while that is not known. */
  within(ms: number): number {
    return ms / this.#apartMs
  }
}
