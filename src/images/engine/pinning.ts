import { allowedCores, type CoreTime, coreTimes } from './cores.ts'
import type { RequestClass } from './line.ts'

/** So many pictures that found all engines at work, less twice those that did not, and engines are pinned. */
const enough = 32

/** Pictures on request that go by after a job before engines may be pinned again. */
const restAfterJob = 256

/** The same after another program wanted one of the cores. */
const restAfterOthers = 2_048

/** The part of a core's time that other programs may take while an engine is pinned to it. */
const mostOthers = 0.5

/** How long the cores are watched before it is said who uses them, milliseconds. */
const watchMs = 1_000

export interface PinningOptions {
  /** The cores that engines may use. Default: what the system says. */
  readonly cores?: readonly number[]
  /** Default: those of the system. */
  readonly times?: () => ReadonlyMap<number, CoreTime>
  /** Milliseconds. Default: since the process started. */
  readonly now?: () => number
}

/**
 * Says when each engine is to keep to one core, so that what a picture needs stays in the caches of that core. It is while
 * pictures on request keep all engines busy and nothing else wants the cores: a lone picture is made sooner by two of them,
 * a server that has more to do than answer has to be let in, and so have other programs.
 *
 * With fewer engines than cores the system finds each one that is free, and no engine is ever pinned.
 */
export class Pinning {
  readonly #cores: readonly number[]
  readonly #times: () => ReadonlyMap<number, CoreTime>
  readonly #now: () => number
  readonly #enginesOn = new Map<number, number>()
  #score = 0
  #isOn = false
  #watchedFrom = 0
  #before: ReadonlyMap<number, CoreTime> = new Map()

  constructor(engines: number, { cores = allowedCores(), times = coreTimes, now }: PinningOptions = {}) {
    this.#cores = cores.length > 1 && engines >= cores.length ? cores : []
    this.#times = times
    this.#now = now ?? (() => performance.now())
  }

  /** Whether engines are to keep to their cores. */
  get isOn(): boolean {
    return this.#isOn
  }

  /** All cores, of which engines use any while they are not pinned. */
  get cores(): readonly number[] {
    return this.#cores
  }

  /** The core for an engine that has started, the one that the fewest have; `null` where none is ever pinned. */
  take(): number | null {
    let least: number | null = null
    for (const core of this.#cores) if (least === null || this.#countOn(core) < this.#countOn(least)) least = core
    if (least !== null) this.#enginesOn.set(least, this.#countOn(least) + 1)
    return least
  }

  /** The core of an engine that has ended. */
  giveBack(core: number | null): void {
    if (core !== null) this.#enginesOn.set(core, this.#countOn(core) - 1)
  }

  /**
   * A picture has been given to an engine.
   *
   * @param atWork engines that have one now
   * @param engines all there are
   * @returns whether `isOn` has changed
   */
  noteGiven(to: RequestClass, atWork: number, engines: number): boolean {
    if (this.#cores.length === 0) return false
    const wasOn = this.#isOn
    const isFull = atWork === engines
    // What others did while there was nothing to do here took nothing away.
    if (this.#isOn && atWork === 1) this.#watchAnew()
    if (to === 'job') this.#score = Math.min(this.#score, -restAfterJob)
    else if (this.#isOn && this.#othersWantCores()) this.#score = -restAfterOthers
    else this.#score = Math.min(enough, this.#score < 0 || isFull ? this.#score + 1 : Math.max(0, this.#score - 2))
    this.#isOn = this.#score === enough || (this.#isOn && this.#score > 0)
    if (this.#isOn && !wasOn) this.#watchAnew()
    return this.#isOn !== wasOn
  }

  #othersWantCores(): boolean {
    if (this.#now() - this.#watchedFrom < watchMs) return false
    const before = this.#before
    this.#watchAnew()
    return this.#cores.some((core) => {
      const [from, to] = [before.get(core), this.#before.get(core)]
      return from !== undefined && to !== undefined && to.others - from.others > (to.all - from.all) * mostOthers
    })
  }

  #watchAnew(): void {
    this.#watchedFrom = this.#now()
    this.#before = this.#times()
  }

  #countOn(core: number): number {
    return this.#enginesOn.get(core) ?? 0
  }
}
