/**
 * The ways the protocol writes a time: `2026-03-02T10:11:12+0800` in jobs, `2026-03-02 10:11:12+0800` in runs; a colon in
 * the zone, a `Z` and a fraction are read as well.
 */
const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?(?:Z|([+-])(\d\d):?(\d\d))$/

/** `null` when it is none. */
export function readTime(text: string): Date | null {
  const parts = TIME.exec(text)
  if (parts === null) return null
  const [, day, time, fraction = '', sign, hours = '0', minutes = '0'] = parts
  const local = Date.parse(`${day}T${time}${fraction.slice(0, 4)}Z`)
  // Date.parse takes February 30th for March 2nd; a day that does not exist does not come out as it went in.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(`${day}T${time}`)) return null
  if (Number(hours) > 14 || Number(minutes) > 59) return null
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000
  return new Date(sign === '-' ? local + offsetMs : local - offsetMs)
}
