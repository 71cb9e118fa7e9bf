import type { Sharp } from 'sharp'
import type { Library } from './drawing.ts'

/**
 * The least likeness of a picture with a palette to the picture itself, decibels (peak signal to noise, over all
 * channels): from about here on nobody sees a difference, and photographs with their soft slopes do not reach it.
 */
const leastLikeness = 40

/**
 * The picture as a small PNG: with a palette where that looks the same, else packed harder without any loss.
 *
 * @param open gives the finished pixels anew
 */
export async function slimPng(library: Library, open: () => Promise<Sharp>): Promise<Buffer> {
  const { data, info } = await pixelsOf(await open()).toBuffer({ resolveWithObject: true })
  if (await mayHavePalette(library, data, info)) {
    const withPalette = await (await open()).png({ palette: true, effort: 7, compressionLevel: 9 }).toBuffer()
    if (likenessOf(data, await pixelsOf(library(withPalette)).toBuffer()) >= leastLikeness) return withPalette
  }
  return (await open()).png({ compressionLevel: 8, adaptiveFiltering: true }).toBuffer()
}

/** From so many pixels on it is worth trying the middle of a picture first. */
const manyPixels = 250_000

/** More than a palette made with care gains over one made in a hurry, decibels. */
const gainByCare = 4

/**
 * A palette made with care takes seconds for a large picture. The middle of one that no palette can show says so to a
 * palette made in a hurry; and the whole has no fewer colours than its middle.
 */
async function mayHavePalette(
  library: Library,
  pixels: Buffer,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<boolean> {
  if (width * height < manyPixels) return true
  const raw = { width: Math.ceil(width / 2), height: Math.ceil(height / 2), channels: 4 } as const
  const place = { left: width >> 2, top: height >> 2, width: raw.width, height: raw.height }
  const middle = await library(pixels, { raw: { width, height, channels: 4 } })
    .extract(place)
    .raw()
    .toBuffer()
  const hurried = await library(middle, { raw }).png({ palette: true, effort: 1, compressionLevel: 1 }).toBuffer()
  return likenessOf(middle, await pixelsOf(library(hurried)).toBuffer()) >= leastLikeness - gainByCare
}

/** Eight bits each of red, green, blue and opacity. */
function pixelsOf(picture: Sharp): Sharp {
  return picture.ensureAlpha().toColourspace('srgb').raw({ depth: 'uchar' })
}

/** Of two pictures of the same size; what is transparent has no colour. */
function likenessOf(one: Buffer, other: Buffer): number {
  const channels = 4
  let sum = 0
  for (let at = 0; at < one.length; at += channels) {
    const [alpha, otherAlpha] = [one[at + 3]!, other[at + 3]!]
    sum += (alpha - otherAlpha) ** 2
    for (let c = 0; c < 3; c++) sum += ((one[at + c]! * alpha - other[at + c]! * otherAlpha) / 255) ** 2
  }
  return 10 * Math.log10((255 ** 2 * one.length) / sum)
}
