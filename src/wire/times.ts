import { Failure } from '../base/index.ts'
import { said } from './said.ts'

/** Minutes east of UTC in which times are written unless a setting says otherwise: China Standard Time, as the original. */
export const DEFAULT_TIME_ZONE_OFFSET_MINUTES = 480

/**
 * The ways the protocol writes a time, all in whole seconds:
 * - `basic`: `2026-03-02T10:11:12+0800`, jobs, queues, templates, workflows and task callbacks;
 * - `extended`: `2026-03-02T10:11:12+08:00`, workflow executions;
 * - `spaced`: `2026-03-02 10:11:12+0800`, workflow callbacks.
 */
export type TimeForm = 'basic' | 'extended' | 'spaced'

/** @param ms UTC milliseconds. @param offsetMinutes minutes east of UTC, default +480. */
export function renderTime(
  ms: number,
  form: TimeForm = 'basic',
  offsetMinutes: number = DEFAULT_TIME_ZONE_OFFSET_MINUTES,
): string {
  const local = new Date(ms + offsetMinutes * 60_000).toISOString()
  const away = Math.abs(offsetMinutes)
  const hours = String(Math.floor(away / 60)).padStart(2, '0')
  const minutes = String(away % 60).padStart(2, '0')
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${hours}${form === 'extended' ? ':' : ''}${minutes}`
  return `${local.slice(0, 10)}${form === 'spaced' ? ' ' : 'T'}${local.slice(11, 19)}${zone}`
}

/** `2026-03-02T02:11:12.000Z`: object lists, buckets and the `ServerTime` of an error. */
export function renderUtcTime(ms: number): string {
  return new Date(ms).toISOString()
}

const ANY_TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:(Z)|([+\- ])(\d\d):?(\d\d))$/i

/**
 * Reads a time as lists are filtered by it: any of the forms above, or `Z`. A blank in the place of the sign is a plus
 * that was written bare in a query and came out of decoding as a blank. A fraction of a second is dropped.
 *
 * @returns UTC milliseconds, or `null` when this is no time.
 */
export function parseTime(text: string): number | null {
  const parts = ANY_TIME.exec(text.trim())
  if (parts === null) return null
  const [, date, time, utc, sign, zoneHours, zoneMinutes] = parts
  const local = Date.parse(`${date}T${time}Z`)
  // Date.parse takes February 30th for March 2nd; a day that does not exist does not come out as it went in.
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 19) !== `${date}T${time}`) return null
  if (utc !== undefined) return local
  if (Number(zoneHours) > 14 || Number(zoneMinutes) > 59) return null
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000
  return sign === '-' ? local + offset : local - offset
}

/** As `parseTime`. @throws Failure `InvalidArgument` that names the parameter. */
export function readTime(parameter: string, text: string): number {
  const ms = parseTime(text)
  if (ms !== null) return ms
  throw new Failure(
    'InvalidArgument',
    `${parameter} is ${said(text)}, expected a time such as 2026-03-02T10:11:12+0800.`,
    { details: { field: parameter } },
  )
}
