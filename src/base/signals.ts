/**
 * Announcements that cost nothing when nobody listens. Agents say what they just did (`'jobs claimed'`), tests wait
 * for that instead of for time.
 */
export class Signals<Names extends string = string> {
  readonly #waiting = new Map<Names, Set<(facts: unknown) => void>>()

  announce(name: Names, facts?: unknown): void {
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) return
    for (const tell of [...waiting]) tell(facts)
  }

  /** Calls `listener` at each announcement until the returned function is called. */
  on(name: Names, listener: (facts: unknown) => void): () => void {
    let listeners = this.#waiting.get(name)
    if (listeners === undefined) {
      listeners = new Set()
      this.#waiting.set(name, listeners)
    }
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#waiting.delete(name)
    }
  }

  /** Resolves at the next announcement for which `isIt` holds. */
  next(name: Names, isIt: (facts: unknown) => boolean = () => true): Promise<unknown> {
    return new Promise((resolve) => {
      const off = this.on(name, (facts) => {
        if (!isIt(facts)) return
        off()
        resolve(facts)
      })
    })
  }
}
