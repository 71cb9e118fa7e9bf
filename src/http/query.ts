/** The parameters of a request, decoded once, `+` as space. Names are compared as they are written. */
export class Query {
  readonly #values = new Map<string, string[]>()

  constructor(parameters: Iterable<{ readonly name: string; readonly value: string }>) {
    for (const { name, value } of parameters) {
      const values = this.#values.get(name)
      if (values === undefined) this.#values.set(name, [value])
      else values.push(value)
    }
  }

  /** Whether it is there, with a value or without (`?uploads`, `?uploads=`). */
  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** The first value, `''` for a parameter without one, `undefined` when it is not there. */
  first(name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }

  /** All values in the order in which they came. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  names(): readonly string[] {
    return [...this.#values.keys()]
  }
}
