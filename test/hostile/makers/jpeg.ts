import { join, latin, times, u8, u16be } from './bytes.ts'

export const SOI = latin('\xff\xd8')
export const EOI = latin('\xff\xd9')

export function segment(marker: number, body: Uint8Array): Buffer {
  return join(u8(0xff), u8(marker), u16be(body.length + 2), body)
}

/** Puts segments right behind the start of a JPEG. */
export function withSegments(jpeg: Buffer, ...segments: Buffer[]): Buffer {
  return join(jpeg.subarray(0, 2), ...segments, jpeg.subarray(2))
}

/** Segments that together hold these bytes, each with the head given, as ICC profiles do. */
export function iccSegments(profile: Uint8Array): Buffer[] {
  const piece = 65_519
  const count = Math.ceil(profile.length / piece)
  return Array.from({ length: count }, (_, index) =>
    segment(
      0xe2,
      join('ICC_PROFILE\0', u8(index + 1), u8(count), profile.subarray(index * piece, (index + 1) * piece)),
    ),
  )
}

/** Where the frame header of a JPEG begins: its `FF`. */
export function frameAt(jpeg: Buffer): number {
  for (let at = 2; at + 4 < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1]!
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return at
  }
  throw new Error('there is no frame header in this JPEG')
}

/** The same JPEG with other sides in its frame header. */
export function withSides(jpeg: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(jpeg)
  const at = frameAt(changed)
  changed.writeUInt16BE(height, at + 5)
  changed.writeUInt16BE(width, at + 7)
  return changed
}

/** The same JPEG with another frame marker: 0xc9 says arithmetic coding, 0xc3 lossless. */
export function withFrameMarker(jpeg: Buffer, marker: number): Buffer {
  const changed = Buffer.from(jpeg)
  changed[frameAt(changed) + 1] = marker
  return changed
}

const flatTable = segment(0xdb, join(u8(0), Buffer.alloc(64, 16)))
/** One code of one bit: DC difference 0. */
const dcTable = segment(0xc4, join(u8(0x00), u8(1), Buffer.alloc(15), u8(0)))
/** One code of one bit: 16 384 blocks and as many more as the next 14 bits say end here. */
const acTable = segment(0xc4, join(u8(0x10), u8(1), Buffer.alloc(15), u8(0xe0)))

function frame(marker: number, width: number, height: number, components: number): Buffer {
  const each = Array.from({ length: components }, (_, index) => Buffer.from([index + 1, 0x11, 0]))
  return segment(marker, join(u8(8), u16be(height), u16be(width), u8(components), ...each))
}

/** @param components ids from 1 */
function scan(components: readonly number[], first: number, last: number, approximation: number): Buffer {
  const each = components.map((id) => Buffer.from([id, 0]))
  return segment(0xda, join(u8(components.length), ...each, u8(first), u8(last), u8(approximation)))
}

/** Bits, filled up with ones, zeros after each FF. */
function packed(bits: string): Buffer {
  const filled = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1')
  const bytes: number[] = []
  for (let at = 0; at < filled.length; at += 8) {
    const byte = Number.parseInt(filled.slice(at, at + 8), 2)
    bytes.push(byte)
    if (byte === 0xff) bytes.push(0)
  }
  return Buffer.from(bytes)
}

/** A grey progressive JPEG of one flat colour with so many valid scans, at most 819; hardly larger for many pixels. */
export function manyScans(width: number, height: number, scans: number): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8)
  const parts = [SOI, flatTable, frame(0xc2, width, height, 1), dcTable, acTable]
  parts.push(scan([1], 0, 0, 0), times(Math.floor(blocks / 8), Buffer.alloc(1)), packed('0'.repeat(blocks % 8)))
  let bits = ''
  for (let left = blocks; left > 0; ) {
    const run = Math.min(left, 32_767)
    // A run below 16 384 cannot be said by this table; one that reaches beyond the end of the picture is cut there.
    bits += `0${Math.max(run - 16_384, 0)
      .toString(2)
      .padStart(14, '0')}`
    left -= run
  }
  const ends = packed(bits)
  let made = 1
  for (let low = 12; low >= 0; low -= 1) {
    for (let band = 1; band < 64; band += 1) {
      if (made === scans) return join(...parts, EOI)
      const high = low === 12 ? 0 : low + 1
      parts.push(scan([1], band, band, high * 16 + low), ends)
      made += 1
    }
  }
  throw new Error(`${scans} scans are more than there can be`)
}

/** A baseline JPEG whose components come in scans of their own: a decoder has to keep them all. Flat. */
export function oneScanEach(width: number, height: number): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8)
  const acEnd = segment(0xc4, join(u8(0x10), u8(1), Buffer.alloc(15), u8(0)))
  // Two bits for each block: no difference, nothing more.
  const pixels = join(times(Math.floor(blocks / 4), Buffer.alloc(1)), packed('00'.repeat(blocks % 4)))
  const scans = [1, 2, 3].flatMap((id) => [scan([id], 0, 63, 0), pixels])
  return join(SOI, flatTable, frame(0xc0, width, height, 3), dcTable, acEnd, ...scans, EOI)
}

/** A flat grey baseline JPEG with a restart marker behind each block. */
export function restartEachBlock(width: number, height: number): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8)
  const acEnd = segment(0xc4, join(u8(0x10), u8(1), Buffer.alloc(15), u8(0)))
  const pixels = Buffer.alloc(blocks * 3)
  for (let index = 0; index < blocks; index += 1) pixels.set([0x3f, 0xff, 0xd0 + (index % 8)], index * 3)
  return join(
    SOI,
    flatTable,
    frame(0xc0, width, height, 1),
    dcTable,
    acEnd,
    segment(0xdd, u16be(1)),
    scan([1], 0, 63, 0),
    pixels.subarray(0, -2),
    EOI,
  )
}

/**
 * Two frame headers, of which a reader who skips what follows a restart marker sees the small one, and a decoder, for
 * which that marker has no body, the large one.
 */
export function twoFaced(width: number, height: number, seenWidth: number, seenHeight: number): Buffer {
  const large = manyScans(width, height, 2)
  const small = frame(0xc0, seenWidth, seenHeight, 1)
  const at = frameAt(large)
  const end = at + 2 + large.readUInt16BE(at + 2)
  const hidden = large.subarray(at, end)
  // FF D0, then for one reader a body up to behind the head of the APP5 segment, for the other fill bytes and a frame.
  const app5 = join('\xff\xe5', u16be(small.length + 2))
  const body = join(hidden, app5)
  return join(large.subarray(0, at), '\xff\xd0', u16be(body.length + 2), body, small, large.subarray(end))
}
