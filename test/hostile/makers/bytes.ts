import { constants, deflateRawSync } from 'node:zlib'

export const u8 = (value: number): Buffer => Buffer.from([value & 0xff])
export const latin = (text: string): Buffer => Buffer.from(text, 'latin1')

export function u16be(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

export function u16le(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

export function u24le(value: number): Buffer {
  const bytes = Buffer.alloc(3)
  bytes.writeUIntLE(value, 0, 3)
  return bytes
}

export function u32be(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function u32le(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export const join = (...parts: readonly (Uint8Array | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? latin(part) : part)))

export const times = (count: number, part: Uint8Array): Buffer => {
  const whole = Buffer.alloc(part.length * count)
  for (let index = 0; index < count; index += 1) whole.set(part, index * part.length)
  return whole
}

/** Bytes without an order that anybody could guess, the same each time. */
export function garbage(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = (seed * 2654435761) >>> 0 || 1
  for (let at = 0; at < length; at += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[at] = state
  }
  return bytes
}

/** A zlib stream of so many MiB of zeros, about a kilobyte for each. Its checksum is wrong: who reads to the end has lost. */
export function zlibBomb(mebibytes: number): Buffer {
  const block = deflateRawSync(Buffer.alloc(1024 * 1024), { level: 9, finishFlush: constants.Z_FULL_FLUSH })
  return join('\x78\xda', times(mebibytes, block), '\x03\x00', u32be(1))
}
