import type { Size } from '../rectangle.ts'
import { quarterTurns } from '../turn.ts'
import type { StepOperation } from './operation.ts'

/**
 * Where the pages are silent: the canvas grows to hold the whole picture, as in ImageMagick, and its corners are
 * transparent where the result can be, else white.
 */
export const rotate: StepOperation<'rotate'> = {
  name: 'rotate',
  meaning:
    'Turns the picture clockwise. At other than right angles the canvas grows, and its corners are transparent or, in formats without transparency, white.',
  example: 'imageMogr2/rotate/15/format/webp',
  apply({ degrees }, shape) {
    if (degrees % 90 === 0) return [{ draw: 'turn', turn: quarterTurns(degrees / 90) }]
    const background = { r: 255, g: 255, b: 255, alpha: shape.uncovered === 'white' ? 1 : 0 }
    return [
      {
        draw: 'paint',
        ...rotatedSize(shape, degrees),
        joins: false,
        colours: 'same',
        uncovers: shape.uncovered === 'transparent',
        keepsWhole: true,
        paint: (picture) => picture.rotate(degrees, { background }),
      },
    ]
  },
}

/** The box around the turned picture, rounded as libvips rounds it. */
export function rotatedSize({ width, height }: Size, degrees: number): Size {
  const angle = (degrees * Math.PI) / 180
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const extent = (a: number, b: number) => Math.max(0, a, b, a + b) - Math.min(0, a, b, a + b)
  return {
    width: Math.max(1, Math.floor(extent(width * cos, -height * sin) + 0.5)),
    height: Math.max(1, Math.floor(extent(width * sin, height * cos) + 0.5)),
  }
}
