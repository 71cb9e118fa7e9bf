import type sharp from 'sharp'
import { readBmp } from '../bmp/read-bmp.ts'
import type { PictureHeader } from '../facts/picture-header.ts'
import type { SourceFacts } from './messages.ts'

/** The file, or for a BMP, which libvips does not read, the same picture as an uncompressed PNG. */
export async function readableBySharp(library: typeof sharp, file: Buffer, { format }: PictureHeader): Promise<Buffer> {
  if (format !== 'bmp') return file
  const { pixels, ...raw } = readBmp(file)
  return library(pixels, { raw, limitInputPixels: false }).png({ compressionLevel: 0 }).toBuffer()
}

export function sourceFacts(header: PictureHeader, colour?: string): SourceFacts {
  const { format, width, height, orientation, frames } = header
  const facts = { format, width, height, orientation, quality: header.quality ?? 100, frames }
  return colour === undefined ? facts : { ...facts, averageColour: colour }
}
