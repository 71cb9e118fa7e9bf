import { maxSideParameter } from './geometry.ts'
import type { Tokens } from './tokens.ts'

/** In the old form an offset either moves the rectangle, or takes as many pixels away from its size. */
export interface CropOffset {
  readonly does: 'shift' | 'trim'
  readonly pixels: number
}

/** What `crop` cuts out. A missing side is that of the picture. */
export type CropGeometry =
  | { readonly kind: 'size'; readonly width?: number; readonly height?: number }
  | {
      readonly kind: 'offset'
      readonly width?: number
      readonly height?: number
      readonly dx: CropOffset
      readonly dy: CropOffset
    }

const expected = 'one of <W>x, x<H>, <W>x<H>, or the old form !<W>x<H>a<dx>a<dy> (a or -)'

export function readCropGeometry(tokens: Tokens): CropGeometry {
  const token = tokens.take('crop', expected)
  const part = /^(!?)(\d{0,15})x(\d{0,15})(?:([a+-])(\d{1,15})([a+-])(\d{1,15}))?$/i.exec(token)
  const [, mark, w = '', h = '', xSign, dx, ySign, dy] = part ?? []
  if (part === null || (w === '' && h === '') || (mark === '!') !== (xSign !== undefined)) {
    throw tokens.invalid('crop', token, expected)
  }
  if (Number(w || '1') === 0 || Number(h || '1') === 0) tokens.outOfRange('crop', token, 'sides of at least 1 pixel')
  const sides = {
    ...(w === '' ? {} : { width: Math.min(Number(w), maxSideParameter) }),
    ...(h === '' ? {} : { height: Math.min(Number(h), maxSideParameter) }),
  }
  if (xSign === undefined) return { kind: 'size', ...sides }
  return { kind: 'offset', ...sides, dx: offset(xSign, dx!), dy: offset(ySign!, dy!) }
}

function offset(sign: string, pixels: string): CropOffset {
  return { does: sign === '-' ? 'trim' : 'shift', pixels: Number(pixels) }
}

export function printCropGeometry(geometry: CropGeometry): string {
  const sides = `${geometry.width ?? ''}x${geometry.height ?? ''}`
  if (geometry.kind === 'size') return sides
  return `!${sides}${printOffset(geometry.dx)}${printOffset(geometry.dy)}`
}

function printOffset(offset: CropOffset): string {
  return `${offset.does === 'trim' ? '-' : 'a'}${offset.pixels}`
}
