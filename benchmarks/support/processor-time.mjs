import { readdirSync, readFileSync } from 'node:fs'

/**
 * Processor time that a process and all below it have used so far, milliseconds; `null` where there is no `/proc`. What
 * other programs on the machine do meanwhile does not change it much, unlike anything a clock shows.
 */
export function processorMs(pid) {
  const below = new Map()
  const used = new Map()
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const parent = Number(fields[1])
        below.set(parent, [...(below.get(parent) ?? []), Number(name)])
        used.set(Number(name), (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK)
      } catch {
        // It has ended in between.
      }
    }
  } catch {
    return null
  }
  const sum = (one) => (used.get(one) ?? 0) + (below.get(one) ?? []).reduce((total, child) => total + sum(child), 0)
  return sum(pid)
}

/** The kernel counts in hundredths of a second, whatever its own clock does. */
const MS_PER_TICK = 10
