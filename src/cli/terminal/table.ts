import { padEnd, width } from './width.ts'

/** Rows in columns, each as wide as its widest cell; the last one is not filled up. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell))
  }
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => padEnd(cell, widths[index]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
