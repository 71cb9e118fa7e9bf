import { InvalidArgumentError } from 'commander'

const A_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d))?(Z|[+-]\d\d:?\d\d)?)?$/i

/**
 * A time as it is typed: `2026-03-01`, `2026-03-01T10:20`, `2026-03-01T10:20:30+08:00`. Without a zone it is that of this
 * machine; a day alone is its first moment.
 *
 * @returns UTC milliseconds
 */
export function readTypedTime(text: string): number {
  const [, day, minute = '00:00', second = '00', zone = ''] = A_TIME.exec(text.trim()) ?? []
  const offset = zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase()
  const ms = day === undefined ? Number.NaN : Date.parse(`${day}T${minute}:${second}${offset}`)
  // Date.parse takes February 30th for March 2nd.
  const exists = new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) === day
  if (!Number.isNaN(ms) && exists) return ms
  throw new InvalidArgumentError('Expected a time such as 2026-03-01, 2026-03-01T10:20 or 2026-03-01T10:20:30+08:00.')
}
