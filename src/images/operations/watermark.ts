import type { OverlayOptions, Sharp } from 'sharp'
import type { Drawing, Library, PaintMeans, Shape } from '../drawing.ts'
import { checkSize, type PictureLimits } from '../limits.ts'
import type { Mark } from '../marks/mark.ts'
import { patternOf } from '../marks/tiles.ts'
import { clipped, placed, type Rectangle, type Size } from '../rectangle.ts'
import type { WatermarkParameters, WatermarkStage } from '../rule/watermark.ts'
import { rotatedSize } from './rotate.ts'

/**
 * What a stage of `watermark/1` or `watermark/2` draws: its mark, once or again and again. The picture keeps its size.
 *
 * @throws Failure `PictureOverLimit` for a mark that becomes too large
 */
export function watermarkDrawings(
  { parameters }: WatermarkStage,
  mark: Mark,
  shape: Shape,
  limits: PictureLimits,
): readonly Drawing[] {
  const size = sizeOn(shape, mark.size, parameters)
  if (parameters.batch === true || !mark.boundless) checkSize('watermark', { ...size, frames: 1 }, limits)
  return parameters.batch === true
    ? tiled(parameters, mark, size, shape, limits)
    : single(parameters, mark, size, shape)
}

/** The size that a mark has on a picture. Its sides keep their ratio. */
function sizeOn(picture: Size, size: Size, { scatype, spcent, blogo }: WatermarkParameters): Size {
  const isScaled = scatype !== undefined && spcent !== undefined
  const scaled = isScaled ? times(size, scaleOf(scatype, spcent / 1000, size, picture)) : size
  const isLarger = scaled.width > picture.width || scaled.height > picture.height
  if (blogo !== 1 || !isLarger) return scaled
  return times(scaled, Math.min(picture.width / scaled.width, picture.height / scaled.height))
}

function scaleOf(scatype: number, share: number, size: Size, picture: Size): number {
  if (scatype === 1) return (picture.width * share) / size.width
  if (scatype === 2) return (picture.height * share) / size.height
  return Math.sqrt((picture.width * picture.height * share) / (size.width * size.height))
}

function times({ width, height }: Size, scale: number): Size {
  const side = (length: number) => Math.max(1, Math.floor(length * scale + 0.5))
  return { width: side(width), height: side(height) }
}

function single(parameters: WatermarkParameters, mark: Mark, size: Size, shape: Shape): readonly Drawing[] {
  const at = placed(parameters.gravity ?? 'southeast', size, shape, offsetOf(parameters))
  const reach = mark.reach(size)
  const visible = clipped(grown(at, reach), shape)
  if (visible === null) return []
  const part = { ...visible, left: visible.left - at.left, top: visible.top - at.top }
  const overlay = async ({ library, inItsNumbers }: PaintMeans): Promise<OverlayOptions> => {
    const pixels = dissolved(await mark.draw(library, size, part), parameters)
    return { input: await inItsNumbers(pixels, part), raw: rawOf(part), left: visible.left, top: visible.top }
  }
  const area = part.width * part.height
  return [laidOver(shape, overlay, mark.memoryBytes(area) + area * 4)]
}

/**
 * The mark again and again, over the whole picture; one of the tiles lies where the mark alone would. The mark is
 * turned clockwise first, and its corners are transparent then.
 */
function tiled(
  parameters: WatermarkParameters,
  mark: Mark,
  size: Size,
  shape: Shape,
  limits: PictureLimits,
): readonly Drawing[] {
  const degrees = (parameters.degree ?? 0) % 360
  const tile = rotatedSize(size, degrees)
  checkSize('watermark', { ...tile, frames: 1 }, limits)
  const spacing = 1 + (parameters.spacing ?? 10) / 100
  const side = (length: number) => Math.max(1, Math.floor(length * spacing + 0.5))
  const cell = { width: side(tile.width), height: side(tile.height) }
  const first = placed(parameters.gravity ?? 'southeast', tile, shape, offsetOf(parameters))
  const overlay = async ({ library, inItsNumbers }: PaintMeans): Promise<OverlayOptions> => {
    const whole = dissolved(await mark.draw(library, size, { left: 0, top: 0, ...size }), parameters)
    const turned = degrees === 0 ? whole : await rotated(library, whole, size, degrees)
    const { pixels, ...pattern } = patternOf(turned, first, cell, shape)
    return { input: await inItsNumbers(pixels, pattern), raw: rawOf(pattern), gravity: 'northwest', tile: true }
  }
  const pixels = size.width * size.height + (degrees === 0 ? 0 : 2 * tile.width * tile.height)
  const pattern = Math.min(cell.width + 256, shape.width) * Math.min(cell.height + 256, shape.height)
  return [laidOver(shape, overlay, mark.memoryBytes(pixels) + pattern * 8)]
}

async function rotated(library: Library, pixels: Buffer, size: Size, degrees: number): Promise<Buffer> {
  const background = { r: 0, g: 0, b: 0, alpha: 0 }
  return library(pixels, { raw: rawOf(size), limitInputPixels: false })
    .rotate(degrees, { background })
    .raw()
    .toBuffer()
}

/** The overlay is made once and serves all frames of an animation. */
function laidOver(
  { width, height, opaque }: Shape,
  overlay: (means: PaintMeans) => Promise<OverlayOptions>,
  memoryBytes: number,
): Drawing {
  let made: Promise<OverlayOptions> | undefined
  return {
    draw: 'paint',
    width,
    height,
    joins: true,
    colours: 'new',
    keepsWhole: false,
    memoryBytes,
    async paint(picture: Sharp, _one: number, means: PaintMeans) {
      made ??= overlay(means)
      picture.composite([await made])
      // Compositing adds transparency, of which there is none here.
      return opaque ? picture.removeAlpha() : picture
    },
  }
}

/** Opacity in percent, on the opacity that the mark has of its own. */
function dissolved(pixels: Buffer, { dissolve = 90 }: WatermarkParameters): Buffer {
  if (dissolve === 100) return pixels
  const share = dissolve / 100
  for (let at = 3; at < pixels.length; at += 4) pixels[at] = Math.round(pixels[at]! * share)
  return pixels
}

function offsetOf({ dx = 0, dy = 0 }: WatermarkParameters): { dx: number; dy: number } {
  return { dx, dy }
}

function grown({ left, top, width, height }: Rectangle, by: number): Rectangle {
  return { left: left - by, top: top - by, width: width + 2 * by, height: height + 2 * by }
}

function rawOf({ width, height }: Size) {
  return { width, height, channels: 4 as const }
}
