/** The middle of the numbers. */
export function median(numbers) {
  return percentile(numbers, 50)
}

/** The nearest rank. */
export function percentile(numbers, percent) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1))]
}

export const rounded = (number, digits = 1) => Number(number.toFixed(digits))

/** Reads `--name value` from the command line. */
export function option(name, fallback) {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : Number(process.argv[at + 1])
}
