import { readFileSync } from 'node:fs'

/** The cores that this process may use; none where the system does not say. */
export function allowedCores(): readonly number[] {
  return coresOf(/^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(readProc('self/status'))?.[1] ?? '')
}

/** As proc(5) lists them: `0-3,8` are five cores. */
export function coresOf(list: string): number[] {
  return [...list.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_none, index) => Number(first) + index),
  )
}

/** What a core did since the system started, in its ticks. */
export interface CoreTime {
  /** Whatever it was. */
  readonly all: number
  /** In programs that do not give way as engines do. */
  readonly others: number
}

/** By the number of the core; empty where the system does not say. */
export function coreTimes(stat = readProc('stat')): ReadonlyMap<number, CoreTime> {
  const lines = stat.matchAll(/^cpu(\d+) ([\d ]+)$/gm)
  return new Map(
    [...lines].map(([, core, columns]) => {
      // The first eight are user, nice, system, idle, iowait, irq, softirq and steal; those of guests are in the first two.
      const ticks = columns!.split(' ').slice(0, 8).map(Number)
      return [Number(core), { all: ticks.reduce((sum, some) => sum + some, 0), others: ticks[0]! }]
    }),
  )
}

function readProc(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'latin1')
  } catch {
    return ''
  }
}
