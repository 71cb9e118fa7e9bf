/** What is looked back at: long enough to even out pictures of all sizes, short enough to follow a change. */
const WINDOW_MS = 30_000
/** Before that there is nothing to go by. */
const LEAST_MS = 1_000

/** How fast something goes on, and how long it will still take, from what was seen of it. */
export class Estimate {
  #seen: { readonly atMs: number; readonly done: number }[] = []

  /** @param done how many are done in all; never fewer than before */
  add(atMs: number, done: number): void {
    this.#seen.push({ atMs, done })
    // The last one before the window is kept: from there on it is known.
    while (this.#seen.length > 2 && this.#seen[1]!.atMs <= atMs - WINDOW_MS) this.#seen.shift()
  }

  /** In a second; `null` while nobody can tell. */
  get rate(): number | null {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)]
    if (first === undefined || last === undefined || last.atMs - first.atMs < LEAST_MS) return null
    return ((last.done - first.done) * 1000) / (last.atMs - first.atMs)
  }

  /** Until so many are done; `null` while nobody can tell. */
  leftMs(total: number): number | null {
    const { rate } = this
    const done = this.#seen.at(-1)?.done ?? 0
    return rate === null || rate === 0 ? null : (Math.max(0, total - done) * 1000) / rate
  }
}
