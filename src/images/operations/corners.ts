import type { OverlayOptions } from 'sharp'
import { Failure } from '../../base/index.ts'
import type { Drawing, Shape } from '../drawing.ts'
import { placed, type Size } from '../rectangle.ts'
import type { StepOperation } from './operation.ts'

/** @source the documented operation of that name in other clouds, where the pages are silent about what is left */
export const iradius: StepOperation<'iradius'> = {
  name: 'iradius',
  meaning:
    'Cuts a circle out of the middle, onto the square around it. Outside of it is transparent or, in formats without transparency, white. Not for GIF.',
  example: 'imageMogr2/iradius/90/format/webp',
  apply({ radius }, shape) {
    checkRadius('iradius', radius, shape)
    const square = { width: 2 * radius, height: 2 * radius }
    return [{ draw: 'cut', ...placed('center', square, shape) }, roundedCorners(square, radius, shape)]
  },
}

export const rradius: StepOperation<'rradius'> = {
  name: 'rradius',
  meaning:
    'Rounds the corners. What is cut off is transparent or, in formats without transparency, white. Not for GIF.',
  example: 'imageMogr2/rradius/40/format/webp',
  apply({ radius }, shape) {
    checkRadius('rradius', radius, shape)
    return [roundedCorners(shape, radius, shape)]
  },
}

function checkRadius(name: string, radius: number, { width, height, format }: Shape): void {
  if (format === 'gif') throw new Failure('RuleNotApplicable', `${name}/${radius} is not for GIF pictures.`)
  if (2 * radius >= Math.min(width, height)) {
    throw new Failure(
      'RuleNotApplicable',
      `${name} is ${radius}, expected less than half of the shorter side of the picture of ${width}x${height}.`,
    )
  }
}

function roundedCorners({ width, height }: Size, radius: number, { uncovered }: Shape): Drawing {
  return {
    draw: 'paint',
    width,
    height,
    joins: true,
    colours: 'same',
    uncovers: uncovered === 'transparent',
    keepsWhole: true,
    paint(picture) {
      const blend = uncovered === 'white' ? 'over' : 'dest-out'
      const overlays = cornerTiles(radius).map(
        ({ pixels, right, bottom }): OverlayOptions => ({
          input: pixels,
          raw: { width: radius, height: radius, channels: 2 },
          left: right ? width - radius : 0,
          top: bottom ? height - radius : 0,
          blend,
        }),
      )
      picture.composite(overlays)
      // Compositing adds transparency, of which there is none here.
      return uncovered === 'white' ? picture.removeAlpha() : picture
    },
  }
}

/** What lies outside of a rounded corner, as white that covers it; its edge is smooth. One tile for each corner. */
function cornerTiles(radius: number): { pixels: Buffer; right: boolean; bottom: boolean }[] {
  // A pixel is a white byte and its opacity. In each row the picture is covered up to `from` and free beyond `to`.
  const across = (reach: number, down: number) => radius - 0.5 - Math.sqrt(reach ** 2 - down ** 2)
  const rows = Array.from({ length: radius }, (_, y) => {
    const down = radius - y - 0.5
    const from = Math.max(0, Math.floor(across(radius + 0.5, down)))
    const to = Math.min(radius, Math.ceil(across(radius - 0.5, down)) + 1)
    return { down, from, to }
  })
  return [false, true].flatMap((bottom) =>
    [false, true].map((right) => {
      const pixels = new Uint16Array(radius * radius)
      rows.forEach(({ down, from, to }, y) => {
        const row = pixels.subarray((bottom ? radius - 1 - y : y) * radius).subarray(0, radius)
        const put = (x: number, opacity: number) => {
          row[right ? radius - 1 - x : x] = 0x00ff | (opacity << 8)
        }
        if (right) row.fill(0xffff, radius - from)
        else row.fill(0xffff, 0, from)
        for (let x = from; x < to; x++) {
          const distance = Math.hypot(radius - x - 0.5, down)
          put(x, Math.round(255 * Math.min(Math.max(distance - radius + 0.5, 0), 1)))
        }
      })
      return { pixels: Buffer.from(pixels.buffer), right, bottom }
    }),
  )
}
