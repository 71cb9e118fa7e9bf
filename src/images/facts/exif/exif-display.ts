import type { ExifField } from './read-exif.ts'

/**
 * The value of a field as people read it, in the words that programs know from libexif, which the services of this family
 * show. `null` where the value is not of the kind that the field should have: then it is shown plainly.
 */
export type Display = (field: ExifField) => string | null

const maxText = 1_000

/** Text as it stands, numbers side by side, and of anything else how much it is. */
export const plain: Display = ({ type, bytes, numbers }) => {
  if (type === 2) return textOf(bytes)
  if (type === 7) return `${bytes.length} bytes undefined data`
  if (type === 5 || type === 10) return pairsOf(numbers).map(fraction).join(', ')
  return numbers.map(shortNumber).join(', ')
}

/** One of these words, by number. */
export function oneOf(words: { readonly [value: number]: string }): Display {
  return ({ type, numbers }) => {
    const value = type === 5 || type === 10 ? undefined : numbers[0]
    if (value === undefined) return null
    return Object.hasOwn(words, value) ? words[value]! : `Internal error (unknown value ${value})`
  }
}

export const exposureTime: Display = (field) => whereValue(field, (seconds) => `${secondsOf(seconds)} sec.`)

export const fNumber: Display = (field) => whereValue(field, (value) => `f/${value.toFixed(1)}`)

export const shutterSpeed: Display = (field) =>
  whereValue(field, (value) => `${value.toFixed(2)} EV (${secondsOf(2 ** -value)} sec.)`)

export const aperture: Display = (field) =>
  whereValue(field, (value) => `${value.toFixed(2)} EV (f/${(2 ** (value / 2)).toFixed(1)})`)

/** A foot-lambert is 3.43 candela per square metre. */
export const brightness: Display = (field) =>
  whereValue(field, (value) => `${value.toFixed(2)} EV (${(2 ** value / (Math.PI * 0.3048 ** 2)).toFixed(2)} cd/m^2)`)

export const exposureBias: Display = (field) => whereValue(field, (value) => `${value.toFixed(2)} EV`)

export const meters: Display = (field) => whereValue(field, (value) => `${value.toFixed(1)} m`)

export const focalLength: Display = (field) => whereValue(field, (value) => `${value.toFixed(1)} mm`)

/** Four digits of text: `0230` is 2.3. */
export function version(name: string): Display {
  return ({ bytes }) => {
    const digits = /^(\d\d)(\d)(\d)/.exec(String.fromCharCode(...bytes.subarray(0, 4)))
    if (digits === null) return null
    return `${name} ${Number(digits[1])}.${digits[2]}${digits[3] === '0' ? '' : digits[3]}`
  }
}

export const components: Display = ({ bytes }) =>
  bytes.length === 4
    ? [...bytes].map((byte) => ['-', 'Y', 'Cb', 'Cr', 'R', 'G', 'B'][byte] ?? 'Reserved').join(' ')
    : null

export const source: Display = ({ bytes }) => (bytes.length === 1 && bytes[0] === 3 ? 'DSC' : null)

export const gpsVersion: Display = ({ numbers }) => numbers.join('.')

export const altitudeReference: Display = ({ numbers }) =>
  ['Sea level', 'Sea level reference'][numbers[0] ?? -1] ?? null

export const gpsTime: Display = ({ type, numbers }) => {
  const values = type === 5 ? pairsOf(numbers).map(quotient) : []
  const [hours, minutes, seconds] = values
  if (hours == null || minutes == null || seconds == null) return null
  return `${twoDigits(hours, 0)}:${twoDigits(minutes, 0)}:${twoDigits(seconds, 2)}`
}

/** Eight bytes say how the text behind them is written; other kinds than these are not read. */
export const comment: Display = ({ type, bytes }) => {
  if (type !== 7) return null
  const mark = String.fromCharCode(...bytes.subarray(0, 8))
  if (mark.startsWith('ASCII') || mark === '\0'.repeat(8)) return textOf(bytes.subarray(8))
  return null
}

function whereValue({ type, numbers }: ExifField, show: (value: number) => string): string | null {
  const value = type === 5 || type === 10 ? quotient([numbers[0] ?? 0, numbers[1] ?? 0]) : (numbers[0] ?? null)
  return value === null || !Number.isFinite(value) || type === 2 || type === 7 ? null : show(value)
}

/** Shorter ones as a part of a second. */
function secondsOf(seconds: number): string {
  return seconds > 0 && seconds < 1 ? `1/${(1 / seconds).toFixed(0)}` : seconds.toFixed(0)
}

function pairsOf(numbers: readonly number[]): (readonly [number, number])[] {
  return Array.from({ length: numbers.length / 2 }, (_, n) => [numbers[n * 2]!, numbers[n * 2 + 1]!])
}

function quotient([above, below]: readonly [number, number]): number | null {
  return below === 0 ? null : above / below
}

function fraction(pair: readonly [number, number]): string {
  const value = quotient(pair)
  return value === null ? `${pair[0]}/${pair[1]}` : shortNumber(value)
}

function shortNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toFixed(6))) : String(value)
}

function twoDigits(value: number, places: number): string {
  return value.toFixed(places).padStart(places === 0 ? 2 : places + 3, '0')
}

/** Up to the first NUL, without blanks at its end. UTF-8 where it is that, else byte for byte. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.subarray(0, maxText * 4).indexOf(0)
  const piece = Buffer.from(bytes.subarray(0, end === -1 ? maxText * 4 : end))
  const utf8 = piece.toString('utf8').slice(0, maxText)
  return (utf8.includes('\ufffd') ? piece.toString('latin1').slice(0, maxText) : utf8).trimEnd()
}
