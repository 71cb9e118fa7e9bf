/** The name that was probably meant; `null` when none is near. */
export function closest(name: string, names: readonly string[]): string | null {
  let best: { name: string; distance: number } | null = null
  for (const one of names) {
    const distance = editDistance(name.toLowerCase(), one.toLowerCase())
    if (distance <= Math.floor(one.length / 3) && (best === null || distance < best.distance))
      best = { name: one, distance }
  }
  return best?.name ?? null
}

/** How many letters have to be added, removed or changed. */
function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > to.length) return to.length
  let row = Array.from({ length: to.length + 1 }, (_none, index) => index)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const changed = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[to.length]!
}
