import { readdirSync, readFileSync } from 'node:fs'

/** Resident MiB of a process and of its children, from /proc: Linux only. */
export function residentMiB(pid) {
  let server = 0
  const engines = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    let status
    try {
      status = readFileSync(`/proc/${name}/status`, 'latin1')
    } catch {
      continue
    }
    const number = (field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
    if (Number(name) === pid) server = number('VmRSS') / 1024
    else if (number('PPid') === pid) engines.push(number('VmRSS') / 1024)
  }
  return { server, engines: engines.reduce((sum, one) => sum + one, 0) }
}

/** How much y grows for each x: least squares. */
export function slope(points) {
  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  const meanX = mean(points.map(([x]) => x))
  const meanY = mean(points.map(([, y]) => y))
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const under = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  return under === 0 ? 0 : over / under
}
