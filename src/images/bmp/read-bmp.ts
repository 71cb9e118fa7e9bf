import { type BmpHeader, broken, readBmpHeader } from './bmp-header.ts'

export interface RawPixels {
  readonly pixels: Buffer
  readonly width: number
  readonly height: number
  /** Red, green, blue, and opacity where the file has it. */
  readonly channels: 3 | 4
}

/**
 * Decodes a BMP file. The caller has checked its size against the limits.
 *
 * @throws Failure `PictureBroken` when pixels are missing
 */
export function readBmp(file: Buffer): RawPixels {
  const header = readBmpHeader(file)
  const { width, height, compression, bitsPerPixel } = header
  const channels = header.masks[3] === 0 ? 3 : 4
  const pixels = Buffer.alloc(width * height * channels)
  if (compression === 'rle8' || compression === 'rle4') {
    const numbers = readRuns(file, header)
    for (let y = 0; y < height; y++) {
      const row = numbers.subarray(y * width, (y + 1) * width)
      for (let x = 0, at = rowPlace(header, y) * width * 3; x < width; x++, at += 3)
        put(pixels, at, colour(header, row[x]!))
    }
    return { pixels, width, height, channels }
  }
  const rowBytes = Math.ceil((width * bitsPerPixel) / 32) * 4
  if (header.pixelsAt + rowBytes * (height - 1) + Math.ceil((width * bitsPerPixel) / 8) > file.length) {
    throw broken('its pixels are cut off')
  }
  const readRow = rowReader(header, channels)
  for (let y = 0; y < height; y++) {
    const from = header.pixelsAt + y * rowBytes
    readRow(file, from, pixels, rowPlace(header, y) * width * channels)
  }
  return { pixels, width, height, channels }
}

/** Rows stand from the bottom to the top, unless the file says otherwise. */
function rowPlace({ topDown, height }: BmpHeader, row: number): number {
  return topDown ? row : height - 1 - row
}

type RowReader = (file: Buffer, from: number, pixels: Buffer, to: number) => void

function rowReader(header: BmpHeader, channels: 3 | 4): RowReader {
  const { width, bitsPerPixel, masks } = header
  const plain = channels === 3 && masks[0] === 0xff0000 && masks[1] === 0xff00 && masks[2] === 0xff
  if (plain && bitsPerPixel >= 24) {
    const step = bitsPerPixel / 8
    return (file, from, pixels, to) => {
      for (let x = 0, at = from, out = to; x < width; x++, at += step, out += 3) {
        pixels[out] = file[at + 2]!
        pixels[out + 1] = file[at + 1]!
        pixels[out + 2] = file[at]!
      }
    }
  }
  if (bitsPerPixel > 8) {
    const parts = masks.slice(0, channels).map(partOf)
    const step = bitsPerPixel / 8
    return (file, from, pixels, to) => {
      for (let x = 0, at = from, out = to; x < width; x++, at += step) {
        const value = step === 2 ? file.readUInt16LE(at) : file.readUInt32LE(at)
        for (const part of parts) pixels[out++] = part(value)
      }
    }
  }
  const perByte = 8 / bitsPerPixel
  const most = 2 ** bitsPerPixel - 1
  return (file, from, pixels, to) => {
    for (let x = 0, out = to; x < width; x++, out += 3) {
      const byte = file[from + Math.floor(x / perByte)]!
      put(pixels, out, colour(header, (byte >> (8 - bitsPerPixel * ((x % perByte) + 1))) & most))
    }
  }
}

/** Reads the bits of a mask from a pixel and spreads their range to 0 to 255. */
function partOf(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0
  const shift = 31 - Math.clz32(mask & -mask)
  const most = mask >>> shift
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / most)
}

/** The colour of this number; one that the palette does not have is black. */
function colour({ palette }: BmpHeader, number: number): number {
  return palette[number] ?? 0
}

function put(pixels: Buffer, at: number, rgb: number): void {
  pixels[at] = rgb >> 16
  pixels[at + 1] = (rgb >> 8) & 255
  pixels[at + 2] = rgb & 255
}

/** Colour numbers of all pixels, row after row as they stand in the file. What is skipped stays 0. */
function readRuns(file: Buffer, { width, height, compression, pixelsAt }: BmpHeader): Uint8Array {
  const numbers = new Uint8Array(width * height)
  const half = compression === 'rle4'
  let x = 0
  let y = 0
  let at = pixelsAt
  const write = (number: number) => {
    // A run that goes on beyond its row is cut there, as others read it.
    if (x < width && y < height) numbers[y * width + x] = number
    x += 1
  }
  for (;;) {
    if (at + 2 > file.length) throw broken('its pixels are cut off')
    const count = file[at]!
    const value = file[at + 1]!
    at += 2
    if (count > 0) {
      for (let i = 0; i < count; i++) write(half ? (i % 2 === 0 ? value >> 4 : value & 15) : value)
    } else if (value === 0) {
      x = 0
      y += 1
    } else if (value === 1) {
      return numbers
    } else if (value === 2) {
      if (at + 2 > file.length) throw broken('its pixels are cut off')
      x += file[at]!
      y += file[at + 1]!
      at += 2
    } else {
      const bytes = half ? Math.ceil(value / 2) : value
      if (at + bytes > file.length) throw broken('its pixels are cut off')
      for (let i = 0; i < value; i++) {
        const byte = file[at + (half ? i >> 1 : i)]!
        write(half ? (i % 2 === 0 ? byte >> 4 : byte & 15) : byte)
      }
      at += bytes + (bytes & 1)
    }
    if (y >= height) return numbers
  }
}
