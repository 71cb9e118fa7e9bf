import type { Drawing, Shape } from '../drawing.ts'
import type { Size } from '../rectangle.ts'
import type { Geometry } from '../rule/geometry.ts'
import type { ViewStage } from '../rule/image-view2.ts'
import { coverDrawings, downTo } from './crop.ts'
import { scaledSize } from './thumbnail.ts'

/** For the reference page. */
export const viewMeaning =
  'An interface of its own beside imageMogr2: makes the picture smaller in one of six ways, never larger. Mode 2 fits it into w x h. Mode 3 scales it until it covers w x h, and mode 1 then cuts it to that size in the middle. Modes 0, 4 and 5 are 2, 3 and 1 with w for the long edge and h for the short one. One value alone counts for both in modes 1, 3, 4 and 5 and bounds its own side in modes 0 and 2.'

/** What a stage of `imageView2` draws. Without a mode or without a side it only changes format and quality. */
export function viewDrawings({ mode, w, h }: ViewStage, shape: Shape): readonly Drawing[] {
  if (mode === undefined || (w === undefined && h === undefined)) return []
  const byEdge = mode === 0 || mode === 4 || mode === 5
  // `w` is the long edge there, so on a picture that stands upright the two change places.
  const swapped = byEdge && shape.height > shape.width
  const width = swapped ? h : w
  const height = swapped ? w : h
  switch (mode) {
    case 0:
    case 2:
      return [{ draw: 'resize', ...downTo(scaledSize(inside(width, height), shape), shape) }]
    case 3:
    case 4:
      return [{ draw: 'resize', ...downTo(scaledSize({ kind: 'outside', ...both(width, height) }, shape), shape) }]
    case 1:
    case 5:
      return coverDrawings(both(width, height), 'center', shape)
  }
}

function inside(width: number | undefined, height: number | undefined): Geometry {
  if (height === undefined) return { kind: 'width', width: width! }
  if (width === undefined) return { kind: 'height', height }
  return { kind: 'inside', width, height }
}

function both(width: number | undefined, height: number | undefined): Size {
  return { width: (width ?? height)!, height: (height ?? width)! }
}
