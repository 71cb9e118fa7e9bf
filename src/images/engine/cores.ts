import { readFileSync } from 'node:fs'

/**
 * Gives each engine a core to keep to, when there are as many engines as cores: what a picture needs stays in the caches
 * of one core. With fewer engines than cores, the system finds them one that is free.
 */
export class Cores {
  readonly #all: readonly number[]
  readonly #taken = new Map<number, number>()

  /** `allowed`: the cores that this process may use. Default: what the system says; none where it does not say. */
  constructor(engines: number, allowed: readonly number[] = allowedCores()) {
    this.#all = engines >= allowed.length ? allowed : []
  }

  /** The core that the fewest engines have, or `null` for no core in particular. */
  take(): number | null {
    let least: number | null = null
    for (const core of this.#all) if (least === null || this.#enginesOn(core) < this.#enginesOn(least)) least = core
    if (least !== null) this.#taken.set(least, this.#enginesOn(least) + 1)
    return least
  }

  giveBack(core: number | null): void {
    if (core !== null) this.#taken.set(core, this.#enginesOn(core) - 1)
  }

  #enginesOn(core: number): number {
    return this.#taken.get(core) ?? 0
  }
}

/** From proc(5), where a list looks like `0-3,8`. */
function allowedCores(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? ''
    return coresOf(list)
  } catch {
    return []
  }
}

/** `0-3,8` are five cores. */
export function coresOf(list: string): number[] {
  return [...list.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_none, index) => Number(first) + index),
  )
}
