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

  end(): void {
    if (this.#isShown) this.#out.write('\r\x1b[K')
  }
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
