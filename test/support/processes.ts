import { readdirSync, readFileSync } from 'node:fs'

/** A process as the system shows it. */
export interface ProcessFacts {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly residentBytes: number
  /** Time that cores have spent on it, in hundredths of a second. */
  readonly ticks: number
}

const PAGE_BYTES = 4096

/** Every living process (zombies are dead) that `is` picks. Linux only: read from `/proc`. */
export function processes(is: (facts: ProcessFacts) => boolean): ProcessFacts[] {
  const found: ProcessFacts[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    let text: string
    try {
      text = readFileSync(`/proc/${name}/stat`, 'latin1')
    } catch {
      continue
    }
    // The command in parentheses may hold blanks; everything behind it is numbers but the state.
    const [state, parent, group, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') continue
    const facts = {
      pid: Number(name),
      parent: Number(parent),
      group: Number(group),
      residentBytes: Number(rest[18]) * PAGE_BYTES,
      ticks: Number(rest[8]) + Number(rest[9]),
    }
    if (is(facts)) found.push(facts)
  }
  return found
}
