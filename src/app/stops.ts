/** What has been started, so that it can be stopped again: last started, first stopped. */
export class Stops {
  readonly #stops: (() => Promise<void>)[] = []

  add(...stops: readonly (() => Promise<void>)[]): void {
    this.#stops.push(...stops)
  }

  /** Stops everything, one after another. A second call has nothing left to do. */
  async all(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop()
  }
}
