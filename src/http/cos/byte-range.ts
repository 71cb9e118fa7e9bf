import { Failure } from '../../base/index.ts'
import type { ByteRange } from '../../objects/index.ts'

/**
 * What a Range header asks for of so many bytes: one range (`bytes=0-9`, `bytes=9-`, the last n as `bytes=-n`). `null`,
 * the whole object, for no header, another unit, several ranges, or what is no range at all: HTTP lets a server ignore
 * those. Fails with `RangeInvalid` when the range begins behind the end.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | null {
  const [, first, last] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  const beyondEnd = () =>
    new Failure('RangeInvalid', `the range ${header?.trim()} begins behind the end of ${size} bytes`, {
      details: { size },
    })
  if (first === '') {
    const length = Math.min(Number(last), size)
    if (length === 0) throw beyondEnd()
    return { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return null
  if (start >= size) throw beyondEnd()
  return { start, end }
}
