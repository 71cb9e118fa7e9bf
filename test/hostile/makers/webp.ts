import { join, u8, u24le, u32le } from './bytes.ts'

export function riffChunk(type: string, body: Uint8Array): Buffer {
  return join(type, u32le(body.length), body, body.length % 2 === 1 ? u8(0) : u8(0).subarray(1))
}

export function webpOf(...chunks: Uint8Array[]): Buffer {
  const body = join('WEBP', ...chunks)
  return join('RIFF', u32le(body.length), body)
}

const flagsOf = { animation: 2, xmp: 4, exif: 8, alpha: 16, icc: 32 }

/** The extended header: what is in the file, and the size of the canvas. */
export function vp8x(width: number, height: number, ...has: (keyof typeof flagsOf)[]): Buffer {
  const flags = has.reduce((sum, flag) => sum | flagsOf[flag], 0)
  return riffChunk('VP8X', join(u32le(flags), u24le(width - 1), u24le(height - 1)))
}

export const animation = riffChunk('ANIM', join(u32le(0), u8(0), u8(0)))

/** @param picture the `VP8 ` or `VP8L` chunk of it */
export function webpFrame(width: number, height: number, picture: Uint8Array): Buffer {
  const place = join(u24le(0), u24le(0), u24le(width - 1), u24le(height - 1), u24le(40), u8(0))
  return riffChunk('ANMF', join(place, picture))
}

/** The chunk with the pixels of a simple WebP file. */
export function pictureChunk(webp: Buffer): Buffer {
  for (let at = 12; at + 8 <= webp.length; ) {
    const length = webp.readUInt32LE(at + 4)
    const end = at + 8 + length + (length % 2)
    if (webp.toString('latin1', at, at + 3) === 'VP8' && webp[at + 3] !== 0x58) return webp.subarray(at, end)
    at = end
  }
  throw new Error('there is no picture in this WebP')
}
