import { bar } from './bar.ts'

/** A line on a terminal that says how far something is; nothing at all where there is no terminal. */
export class Progress {
  readonly #what: string
  readonly #out: NodeJS.WriteStream
  readonly #isShown: boolean
  #totalBytes = 0
  #bytes = 0
  #shownAt = 0

  constructor(what: string, isWanted: boolean, out: NodeJS.WriteStream = process.stderr) {
    this.#what = what
    this.#out = out
    this.#isShown = isWanted && out.isTTY === true
  }

  total(bytes: number): void {
    this.#totalBytes = bytes
  }

  add(bytes: number): void {
    this.#bytes += bytes
    const now = performance.now()
    if (!this.#isShown || now - this.#shownAt < 100) return
    this.#shownAt = now
    const share = this.#totalBytes === 0 ? 0 : Math.min(1, this.#bytes / this.#totalBytes)
    this.#out.write(`\r${this.#what} ${bar(share)} ${Math.floor(share * 100)} %  ${megabytes(this.#bytes)}\x1b[K`)
  }

  /** One file of several: it counts for its size in the end, however many of its bytes had to be copied. */
  of(size: number): { readonly add: (bytes: number) => void; readonly end: () => void } {
    let counted = 0
    const add = (bytes: number): void => {
      const more = Math.min(bytes, size - counted)
      counted += more
      this.add(more)
    }
    return { add, end: () => add(size - counted) }
  }

  end(): void {
    if (this.#isShown) this.#out.write('\r\x1b[K')
  }
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
