/** The labels of one value, by name. Few and known in advance: each value is a line for ever. */
export type Labels = Readonly<Record<string, string>>

/** A value of a gauge at the moment it is asked. */
export interface Reading {
  readonly labels?: Labels
  readonly value: number
}

/** Counts up from the start of the process. */
export interface Counter {
  add(labels?: Labels, by?: number): void
}

export interface Histogram {
  observe(value: number): void
}

/**
 * What a process tells of itself in Prometheus' text format. A writer of our own: of the format we need a page, and the
 * library for it brings three packages with it.
 *
 * @source https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4
 */
export class Metrics {
  readonly #families: (() => string | Promise<string>)[] = []

  counter(name: string, says: string): Counter {
    const values = new Map<string, number>()
    this.#families.push(() =>
      family(
        name,
        'counter',
        says,
        [...values].map(([labels, value]) => `${labels} ${value}`),
      ),
    )
    return {
      add: (labels = {}, by = 1) => {
        const key = name + written(labels)
        values.set(key, (values.get(key) ?? 0) + by)
      },
    }
  }

  /** @param read asked each time, so that nothing is kept that may be out of date */
  gauge(name: string, says: string, read: () => readonly Reading[] | Promise<readonly Reading[]>): void {
    this.#families.push(async () =>
      family(
        name,
        'gauge',
        says,
        (await read()).map(({ labels = {}, value }) => `${name}${written(labels)} ${value}`),
      ),
    )
  }

  /** @param bounds upper ends of the buckets, rising */
  histogram(name: string, says: string, bounds: readonly number[]): Histogram {
    const counts = bounds.map(() => 0)
    let sum = 0
    let count = 0
    this.#families.push(() =>
      family(name, 'histogram', says, [
        ...bounds.map((bound, index) => `${name}_bucket{le="${bound}"} ${counts[index]}`),
        `${name}_bucket{le="+Inf"} ${count}`,
        `${name}_sum ${sum}`,
        `${name}_count ${count}`,
      ]),
    )
    return {
      observe(value) {
        for (const [index, bound] of bounds.entries()) if (value <= bound) counts[index]! += 1
        sum += value
        count += 1
      },
    }
  }

  async text(): Promise<string> {
    return (await Promise.all(this.#families.map((write) => write()))).join('')
  }
}

function family(name: string, type: string, says: string, lines: readonly string[]): string {
  return `# HELP ${name} ${says}\n# TYPE ${name} ${type}\n${lines.map((line) => `${line}\n`).join('')}`
}

function written(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
}
