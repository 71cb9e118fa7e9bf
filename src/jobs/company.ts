/** Some who set out together, and meet once more on the way. */
export interface Company {
  /** Resolves when as many have come here as set out. Each comes once. */
  meet(): Promise<void>
  /** Each says once that he goes on alone. True for the last of them. */
  part(): boolean
}

/** Brings those together who come one after another, so that what each would do alone is done for several at once. */
export class Companies {
  readonly #waitMs: number
  #waiting: ((company: Company) => void)[] = []
  #timer: NodeJS.Timeout | undefined

  /** `waitMs`: how long the first one waits for the others at most, milliseconds. */
  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  /** Resolves when the company sets out: when there are so many, when it has waited long enough, or when it is told to. */
  join(size: number): Promise<Company> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length >= size) this.setOut()
      else this.#timer ??= setTimeout(() => this.setOut(), this.#waitMs)
    })
  }

  /** Those who wait set out as they are. */
  setOut(): void {
    if (this.#waiting.length === 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    const members = this.#waiting
    this.#waiting = []
    const company = companyOf(members.length)
    for (const resolve of members) resolve(company)
  }
}

function companyOf(size: number): Company {
  let missing = size
  let together = size
  let complete!: () => void
  const allHere = new Promise<void>((resolve) => {
    complete = resolve
  })
  return {
    meet() {
      missing -= 1
      if (missing === 0) complete()
      return allHere
    },
    part() {
      together -= 1
      return together === 0
    },
  }
}
