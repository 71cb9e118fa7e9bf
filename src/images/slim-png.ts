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
  const withPalette = await (await open()).png({ palette: true, effort: 7, compressionLevel: 9 }).toBuffer()
  const likeness = await likenessOf(await pixelsOf(await open()), await pixelsOf(library(withPalette)))
  if (likeness >= leastLikeness) return withPalette
  return (await open()).png({ compressionLevel: 9, adaptiveFiltering: true }).toBuffer()
}

function pixelsOf(picture: Sharp): Promise<Buffer> {
  return picture.ensureAlpha().toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer()
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
