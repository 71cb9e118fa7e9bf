import { crc32, deflateSync } from 'node:zlib'
import { join, latin, u8, u32be } from './bytes.ts'

export interface PngHeader {
  readonly width: number
  readonly height: number
  readonly depth?: 1 | 2 | 4 | 8 | 16
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. */
  readonly colour?: 0 | 2 | 3 | 4 | 6
  readonly interlaced?: boolean
}

export function chunk(type: string, body: Uint8Array): Buffer {
  const named = join(type, body)
  return join(u32be(body.length), named, u32be(crc32(named)))
}

/** A PNG of the chunks given, between its header and its end. */
export function pngOf(
  { width, height, depth = 8, colour = 2, interlaced = false }: PngHeader,
  ...chunks: Buffer[]
): Buffer {
  const header = join(u32be(width), u32be(height), u8(depth), u8(colour), u8(0), u8(0), u8(interlaced ? 1 : 0))
  return join('\x89PNG\r\n\x1a\n', chunk('IHDR', header), ...chunks, chunk('IEND', Buffer.alloc(0)))
}

/** Pixels that are all zero: a thousandth of what they inflate to. For non-interlaced pictures. */
export function blackPixels({ width, height, depth = 8, colour = 2 }: PngHeader): Buffer {
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour]
  const row = Math.ceil((width * depth * channels) / 8) + 1
  return chunk('IDAT', deflateSync(Buffer.alloc(row * height)))
}

/** A text chunk whose compressed body is given: `zTXt`, `iTXt`, or a profile in `iCCP`. */
export function compressedChunk(type: 'zTXt' | 'iTXt' | 'iCCP', body: Uint8Array, keyword = 'hostile'): Buffer {
  const before = type === 'iTXt' ? latin(`${keyword}\0\x01\0\0\0`) : latin(`${keyword}\0\0`)
  return chunk(type, join(before, body))
}
