import { join, times, u8, u16le } from './bytes.ts'

export interface GifFrame {
  readonly left?: number
  readonly top?: number
  readonly width: number
  readonly height: number
}

const control = join('\x21\xf9\x04\x00\x0a\x00\x00\x00')

/** A frame; its first pixel is there, and the rest of it is missing. */
export function gifFrame({ left = 0, top = 0, width, height }: GifFrame): Buffer {
  return join(control, '\x2c', u16le(left), u16le(top), u16le(width), u16le(height), '\x00\x02\x02\x44\x01\x00')
}

/** A screen of two colours with the blocks given. */
export function gifOf(width: number, height: number, ...blocks: Uint8Array[]): Buffer {
  return join('GIF89a', u16le(width), u16le(height), '\x80\x00\x00', '\x00\x00\x00\xff\xff\xff', ...blocks, '\x3b')
}

export const manyFrames = (width: number, height: number, count: number): Buffer =>
  gifOf(width, height, times(count, gifFrame({ width: 1, height: 1 })))

/** A comment of any length. */
export function gifComment(body: Buffer): Buffer {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < body.length; at += 255) {
    const piece = body.subarray(at, at + 255)
    pieces.push(u8(piece.length), piece)
  }
  return join('\x21\xfe', Buffer.concat(pieces), '\x00')
}
