import { Failure } from '../../base/index.ts'
import type { Drawing, Shape } from '../drawing.ts'
import { clipped, placed, type Rectangle, type Size } from '../rectangle.ts'
import { type CropGeometry, printCropGeometry } from '../rule/crop-geometry.ts'
import type { Gravity } from '../rule/gravity.ts'
import type { StepOperation } from './operation.ts'
import { scaledSize } from './thumbnail.ts'

export const crop: StepOperation<'crop'> = {
  name: 'crop',
  meaning:
    'Scales the picture down until it just covers the size asked for, and cuts out that size. With one side, and in the old form with offsets, nothing is scaled. It never enlarges: a side that is larger than that of the picture is cut to it.',
  example: 'imageMogr2/crop/150x150/gravity/center',
  apply({ geometry, gravity = 'northwest' }, shape) {
    return geometry.kind === 'size' ? covering(geometry, gravity, shape) : withOffsets(geometry, gravity, shape)
  },
}

export const cut: StepOperation<'cut'> = {
  name: 'cut',
  meaning: 'Cuts a rectangle out; what of it lies outside of the picture is left away.',
  example: 'imageMogr2/cut/120x90x150x40',
  apply({ width, height, dx, dy, gravity = 'northwest' }, shape) {
    const rectangle = placed(gravity, { width, height }, shape, { dx, dy })
    return [cutOut(`cut/${width}x${height}x${dx}x${dy}`, rectangle, shape)]
  },
}

type Sides = Extract<CropGeometry, { kind: 'size' }>

/**
 * The pages call this "scaling and cropping"; older ones cut without scaling. Both give the same size, and clients that
 * write a covering `thumbnail` before it get the same picture either way.
 */
function covering(sides: Sides, gravity: Gravity, shape: Shape): readonly Drawing[] {
  const wanted = { width: sides.width ?? shape.width, height: sides.height ?? shape.height }
  return coverDrawings(wanted, gravity, shape)
}

/** Scaled down until it just covers a size, never up, and cut to it. */
export function coverDrawings(wanted: Size, gravity: Gravity, shape: Shape): readonly Drawing[] {
  const scaled = downTo(scaledSize({ kind: 'outside', ...wanted }, shape), shape)
  const size = { width: Math.min(wanted.width, scaled.width), height: Math.min(wanted.height, scaled.height) }
  return [
    { draw: 'resize', ...scaled },
    { draw: 'cut', ...placed(gravity, size, scaled) },
  ]
}

/** The size, unless it would enlarge the picture. */
export function downTo(size: Size, shape: Shape): Size {
  const enlarges = size.width > shape.width || size.height > shape.height
  return enlarges ? { width: shape.width, height: shape.height } : { width: size.width, height: size.height }
}

function withOffsets(
  geometry: Extract<CropGeometry, { kind: 'offset' }>,
  gravity: Gravity,
  shape: Shape,
): readonly Drawing[] {
  const { width, height, dx, dy } = geometry
  const size = {
    width: (width ?? shape.width) - (dx.does === 'trim' ? dx.pixels : 0),
    height: (height ?? shape.height) - (dy.does === 'trim' ? dy.pixels : 0),
  }
  const offset = { dx: dx.does === 'shift' ? dx.pixels : 0, dy: dy.does === 'shift' ? dy.pixels : 0 }
  return [cutOut(`crop/${printCropGeometry(geometry)}`, placed(gravity, size, shape, offset), shape)]
}

function cutOut(what: string, rectangle: Rectangle, shape: Shape): Drawing {
  const part = clipped(rectangle, shape)
  if (part === null) {
    const { width, height, left, top } = rectangle
    throw new Failure(
      'RuleNotApplicable',
      `${what} asks for ${width}x${height} pixels at (${left},${top}), expected a rectangle on the picture of ${shape.width}x${shape.height}.`,
    )
  }
  return { draw: 'cut', ...part }
}
