import type sharp from 'sharp'
import type { PictureFormat } from '../picture-format.ts'
import { countFrames } from './parts.ts'
import { type PictureHeader, plainHeader } from './picture-header.ts'
import { readHeader } from './read-header.ts'

/**
 * The header of a picture that is not going to be processed, because it is broken or over a limit: what can be had of it
 * without trouble, from as much of the file as was read. `null` when that is not enough.
 *
 * @param size of the whole file, bytes
 */
export async function glanceAtHeader(
  library: typeof sharp,
  format: PictureFormat,
  file: Buffer,
  size: number,
): Promise<PictureHeader | null> {
  // Decoders of animations look at every frame before they say anything.
  if (format === 'gif' || format === 'webp') {
    const canvas = canvasOf(format, file)
    return canvas === null
      ? null
      : { ...plainHeader, ...canvas, format, bytes: size, frames: countFrames(format, file), channels: 4, alpha: true }
  }
  // What was refused of an SVG is not shown to a renderer after all.
  if (format === 'svg') return null
  try {
    return { ...(await readHeader(library, file)), bytes: size }
  } catch {
    return null
  }
}

function canvasOf(format: 'gif' | 'webp', file: Buffer): { width: number; height: number } | null {
  if (file.length < 30) return null
  if (format === 'gif') return { width: file.readUInt16LE(6), height: file.readUInt16LE(8) }
  switch (file.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: file.readUIntLE(24, 3) + 1, height: file.readUIntLE(27, 3) + 1 }
    case 'VP8L': {
      const sides = file.readUInt32LE(21)
      return { width: (sides & 0x3fff) + 1, height: ((sides >> 14) & 0x3fff) + 1 }
    }
    case 'VP8 ':
      return { width: file.readUInt16LE(26) & 0x3fff, height: file.readUInt16LE(28) & 0x3fff }
    default:
      return null
  }
}
