import { readdirSync, readFileSync } from 'node:fs'

const MiB = 1024 * 1024

/** Resident bytes of a process and its children, from /proc. A process that ends meanwhile counts nothing. */
export function residentBytes(pid: number): number {
  let sum = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const status = readFileSync(`/proc/${name}/status`, 'latin1')
      const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1])
      if (Number(name) === pid || parent === pid) sum += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024
    } catch {}
  }
  return sum
}

/**
 * What a server with its engines may take: what was promised to pictures in work (`PIXMILL_ENGINE_MEMORY`); for each
 * slot a source of 32 MB and what reading its header takes, both before the price is known; each engine and the server
 * with nothing to do, and room for what allocators keep.
 */
export function memoryBound(options: { engineMemoryBytes: number; engines: number }): number {
  const { engineMemoryBytes, engines } = options
  const slots = engines * 2
  return engineMemoryBytes + slots * 96 * MiB + engines * 128 * MiB + 256 * MiB
}

/** Looks every 25 ms how large the group is, and remembers the largest. */
export class MemoryWatch {
  readonly #timer: NodeJS.Timeout
  peakBytes = 0

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      this.peakBytes = Math.max(this.peakBytes, residentBytes(pid))
    }, 25)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
