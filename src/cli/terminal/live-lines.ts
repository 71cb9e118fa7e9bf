import { cut } from './width.ts'

/** Where lines are written to: a terminal, or anything else. */
export interface Out {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

/**
 * Lines at the bottom of a terminal that are written over each time. Each is cut to the width of the terminal, and those
 * that do not fit its height are left out: a line that wraps or scrolls could not be written over.
 */
export class LiveLines {
  readonly #out: Out
  #shown: readonly string[] = []

  constructor(out: Out) {
    this.#out = out
  }

  show(lines: readonly string[]): void {
    // Some terminals do not know their size, and say 0.
    const [columns, rows] = [this.#out.columns || 80, this.#out.rows || 24]
    const fitting = lines.length < rows ? lines : [...lines.slice(0, rows - 2), `… ${lines.length - rows + 2} more`]
    const next = fitting.map((line) => cut(line, columns - 1))
    const same = this.#shown.length === next.length && this.#shown.every((line, index) => line === next[index])
    if (same) return
    // Each line is emptied before it is written; what was shown below is emptied, too.
    const up = this.#shown.length === 0 ? '' : `\x1b[${this.#shown.length}A`
    this.#out.write(`${up}${next.map((line) => `\r\x1b[K${line}\n`).join('')}\x1b[J`)
    this.#shown = next
  }
}
