import type { Gravity } from './rule/gravity.ts'
import { swapsSides, type Turn } from './turn.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

/** A part of a picture, in whole pixels from its upper left corner. */
export interface Rectangle extends Size {
  readonly left: number
  readonly top: number
}

/**
 * Where something of size `inner` lies on something of size `outer`. Offsets run from the place of `gravity` to the
 * inside; in the middle of an edge the one along it does not count, in the centre neither does. An odd pixel is left
 * over on the right and at the bottom. What does not fit begins at a negative place.
 */
export function placed(
  gravity: Gravity,
  inner: Size,
  outer: Size,
  offset: { readonly dx: number; readonly dy: number } = { dx: 0, dy: 0 },
): Rectangle {
  const across = alongSide(gravity, 'west', 'east', outer.width - inner.width, offset.dx)
  const down = alongSide(gravity, 'north', 'south', outer.height - inner.height, offset.dy)
  return { left: across, top: down, width: inner.width, height: inner.height }
}

function alongSide(gravity: Gravity, near: string, far: string, room: number, offset: number): number {
  if (gravity.includes(near)) return offset
  if (gravity.includes(far)) return room - offset
  return Math.floor(room / 2)
}

/** What of the rectangle lies on a picture of this size; `null` when nothing does. */
export function clipped({ left, top, width, height }: Rectangle, size: Size): Rectangle | null {
  const right = Math.min(left + width, size.width)
  const bottom = Math.min(top + height, size.height)
  const from = { left: Math.max(left, 0), top: Math.max(top, 0) }
  if (right <= from.left || bottom <= from.top) return null
  return { ...from, width: right - from.left, height: bottom - from.top }
}

/** The rectangle `inner` of the rectangle `outer`, seen from the picture that `outer` lies in. */
export function within(outer: Rectangle | undefined, inner: Rectangle): Rectangle {
  if (outer === undefined) return inner
  return { ...inner, left: outer.left + inner.left, top: outer.top + inner.top }
}

/** Where a rectangle of a picture of this size is after the picture was turned. */
export function turned({ left, top, width, height }: Rectangle, size: Size, turn: Turn): Rectangle {
  const right = size.width - left - width
  const bottom = size.height - top - height
  // Distances from the four edges, clockwise from the left; a quarter clockwise puts the bottom edge to the left.
  const edges = turn.mirrored ? [right, top, left, bottom] : [left, top, right, bottom]
  const after = edges.map((_, edge) => edges[(edge - turn.quarters + 4) % 4]!)
  const sides = swapsSides(turn) ? { width: height, height: width } : { width, height }
  return { left: after[0]!, top: after[1]!, ...sides }
}
