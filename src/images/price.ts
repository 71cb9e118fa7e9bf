import type { PictureHeader } from './facts/picture-header.ts'
import type { Plan } from './plan.ts'
import { isTurned } from './turn.ts'

/**
 * What carrying out a plan costs at its peak, in bytes of memory: an estimate that is meant to be rather too high. The
 * figures per pixel are what libvips 8.18 was seen to take (see the test, which measures some of them again).
 */
export function priceOf(header: PictureHeader, plan: Plan, alsoAverage: boolean): number {
  const pixels = header.width * header.height
  const frames = plan.frames.length
  // Those between the ones that are taken are decoded, too.
  const decoded = plan.frames.at(-1)!.page - plan.frames[0]!.page + 1
  const source = pixels * decoded
  const depth = header.sampleBytes
  const stored = bytesPerPixel(header)

  let peak = base + header.bytes + header.metadataBytes * metadataCopies
  peak += lineCaches(header, plan, alsoAverage) + decoder(header, pixels, frames)
  if (frames > 1 && (plan.passes.length > 0 || decoded > frames)) {
    // The strip of all frames as it was (twice from WebP), and as it will be.
    peak += source * (header.format === 'webp' ? 8 : 4) + plan.width * plan.height * frames * 4
  }
  for (const [index, pass] of plan.passes.entries()) {
    const before = pass.resize ?? pass.cut ?? pass.from
    if (isTurned(pass.turn)) peak += before.width * before.height * stored
    if (pass.paint?.keepsWhole) {
      // The picture, and what is laid over it.
      const kept = Math.max(before.width * before.height, pass.to.width * pass.to.height)
      peak += kept * (Math.max(stored, 4 * depth) + 2)
    }
    peak += pass.paint?.memoryBytes ?? 0
    // A PNG between two passes exists twice while one is written and the other read.
    if (index > 0 && frames === 1)
      peak += 2 * pass.from.width * pass.from.height * (pass.paint === undefined ? stored : Math.max(stored, 4 * depth))
  }
  peak += plan.width * plan.height * frames * encoder(plan, depth)
  // The pixels that are encoded again and again, twice while they are written, and the files that are compared.
  if (encodedOften(plan)) peak += plan.width * plan.height * (2 * Math.max(stored, 3) + 2)
  if (plan.encoding.slim && plan.encoding.format === 'png') {
    const size = plan.width * plan.height
    // What it was and what it became, pixel by pixel; and the colours that a palette is chosen from, some two millions
    // at most: in noise every pixel has its own.
    peak += size * 27 + Math.min(size, 2_000_000) * 30
  }
  if (alsoAverage && !wholeDecode(header)) peak += Math.min(pixels, 4_000_000) * 4
  return Math.round(peak * margin)
}

/** The price of giving the file as it is. */
export function priceOfOriginal(header: PictureHeader, alsoAverage: boolean): number {
  const pixels = header.width * header.height
  // Decoded whole at the worst, beside the smaller picture that is averaged.
  const decoded = alsoAverage ? pixels * bytesPerPixel(header) + decoder(header, pixels, 1) + 4_000_000 * 4 : 0
  return Math.round((base + header.bytes + header.metadataBytes * metadataCopies + decoded) * margin)
}

/** On top of everything, for what allocators waste. */
const margin = 1.1

/** Node's and libvips' own needs per picture. */
const base = 8 * 1024 * 1024

/** Profile, EXIF and the like are copied from decoder to picture to picture to encoder, each time the file is read. */
const metadataCopies = 10

/**
 * While a picture is read from top to bottom, libvips keeps a few hundred lines of it; scaling keeps them again on
 * its way in and out, and with transparency as floating-point numbers in between.
 */
function lineCaches(header: PictureHeader, plan: Plan, alsoAverage: boolean): number {
  const scaled = alsoAverage || plan.passes.some(({ resize }) => resize !== undefined)
  const copies = scaled ? (header.alpha ? 6 : 4) : 1
  return header.width * bytesPerPixel(header) * Math.min(header.height, 400) * copies
}

function bytesPerPixel({ channels, sampleBytes }: PictureHeader): number {
  return Math.max(channels, 3) * sampleBytes
}

function wholeDecode({ format, interlaced }: PictureHeader): boolean {
  return interlaced || format === 'webp' || format === 'avif' || format === 'gif'
}

/** What the decoder keeps besides the lines it hands on. */
function decoder(header: PictureHeader, pixels: number, frames: number): number {
  const stored = bytesPerPixel(header)
  switch (header.format) {
    case 'jpeg':
      // Progressive: two bytes for each coefficient of each component until the last scan is read.
      return header.interlaced ? pixels * 2 * header.channels : 0
    case 'png':
      return header.interlaced ? pixels * stored : 0
    case 'gif':
      return pixels * 4 * 3 + (frames > 1 ? pixels * 4 : 0)
    case 'webp':
      return pixels * 4 * (frames > 1 ? 4 : 2)
    case 'avif':
      return pixels * 20 + 12 * 1024 * 1024
    case 'bmp':
      // The pixels, their numbers in a palette, and an uncompressed PNG of them, twice while it is written.
      return pixels * 14
    case 'svg':
      // The picture and a few layers of it, and the tree of its elements.
      return pixels * 20 + header.bytes * 40
    case 'tiff':
      // A strip or tile may be the whole picture.
      return pixels * stored
  }
}

function encodedOften({ encoding }: Plan): boolean {
  return encoding.format === 'jpeg' && encoding.sizeLimit !== null
}

/** Bytes per pixel of the result that the encoder keeps, the written file included. */
function encoder(plan: Plan, depth: number): number {
  const { encoding } = plan
  const frames = plan.frames.length
  switch (encoding.format) {
    case 'jpeg':
      // Two bytes per coefficient: tables are optimised over the whole picture.
      return encoding.interlace || encoding.optimised || encodedOften(plan) ? 8 : 7
    case 'png':
      return 4 * depth
    case 'webp':
      return frames > 1 ? 12 : 14
    case 'gif':
      return frames > 1 ? 6 : 16
    case 'avif':
      return 45
    case 'bmp':
      return 8
    case 'tiff':
      return 8 * depth
  }
}
