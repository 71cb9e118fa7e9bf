import type { Tokens } from './tokens.ts'

/** Sides above this act as this; the protocol's rule for width and height parameters. Pixels. */
export const maxSideParameter = 10_000

/** `thumbnail` only shrinks (`>`) or only enlarges (`<`); without it, both. */
export type Only = 'shrink' | 'enlarge'

/** The size a `thumbnail` asks for. Percentages are of the picture as it is at that point of the rule. */
export type Geometry =
  | { readonly kind: 'percent'; readonly percent: number }
  | { readonly kind: 'widthPercent'; readonly percent: number }
  | { readonly kind: 'heightPercent'; readonly percent: number }
  | { readonly kind: 'width'; readonly width: number; readonly only?: Only }
  | { readonly kind: 'height'; readonly height: number; readonly only?: Only }
  | { readonly kind: 'inside'; readonly width: number; readonly height: number; readonly only?: Only }
  | { readonly kind: 'outside'; readonly width: number; readonly height: number }
  | { readonly kind: 'exact'; readonly width: number; readonly height: number }
  | { readonly kind: 'area'; readonly pixels: number }

const expected =
  'one of !<S>p, !<S>px, !x<S>p, <W>x, x<H>, <W>x<H>, <W>x<H>>, <W>x<H><, <W>x<H>!, !<W>x<H>r, <Area>@ with whole numbers'

const maxPercent = 1000
const maxArea = 250_000_000

export function readGeometry(tokens: Tokens): Geometry {
  const token = tokens.take('thumbnail', expected)
  const found = readForm(token)
  if (found === null) throw tokens.invalid('thumbnail', token, expected)
  if ('percent' in found && !(found.percent >= 1 && found.percent <= maxPercent)) {
    tokens.outOfRange('thumbnail', token, `a percentage from 1 to ${maxPercent}`)
  }
  if ('pixels' in found && !(found.pixels >= 1 && found.pixels <= maxArea)) {
    tokens.outOfRange('thumbnail', token, `an area from 1 to ${maxArea} pixels`)
  }
  if (('width' in found && found.width === 0) || ('height' in found && found.height === 0)) {
    tokens.outOfRange('thumbnail', token, 'sides of at least 1 pixel')
  }
  return found
}

function readForm(token: string): Geometry | null {
  const part = /^(!?)(\d{0,15})(?:(x)(\d{0,15}))?(px|p|r|[<>!@])?$/i.exec(token)
  if (part === null) return null
  const [, mark, first = '', x, second = '', end = ''] = part
  const marked = mark === '!'
  const form = `${marked ? '!' : ''}${first && 'W'}${x === undefined ? '' : 'x'}${second && 'H'}${end.toLowerCase()}`
  const width = Math.min(Number(first), maxSideParameter)
  const height = Math.min(Number(second), maxSideParameter)
  switch (form) {
    case '!Wp':
      return { kind: 'percent', percent: Number(first) }
    case '!Wpx':
      return { kind: 'widthPercent', percent: Number(first) }
    case '!xHp':
      return { kind: 'heightPercent', percent: Number(second) }
    case 'Wx':
    case '!Wxr':
      return { kind: 'width', width }
    case 'Wx>':
      return { kind: 'width', width, only: 'shrink' }
    case 'Wx<':
      return { kind: 'width', width, only: 'enlarge' }
    case 'xH':
    case '!xHr':
      return { kind: 'height', height }
    case 'xH>':
      return { kind: 'height', height, only: 'shrink' }
    case 'xH<':
      return { kind: 'height', height, only: 'enlarge' }
    case 'WxH':
      return { kind: 'inside', width, height }
    case 'WxH>':
      return { kind: 'inside', width, height, only: 'shrink' }
    case 'WxH<':
      return { kind: 'inside', width, height, only: 'enlarge' }
    case '!WxHr':
      return { kind: 'outside', width, height }
    case 'WxH!':
      return { kind: 'exact', width, height }
    case 'W@':
      return { kind: 'area', pixels: Number(first) }
    default:
      return null
  }
}

export function printGeometry(geometry: Geometry): string {
  const end = 'only' in geometry && geometry.only !== undefined ? (geometry.only === 'shrink' ? '>' : '<') : ''
  switch (geometry.kind) {
    case 'percent':
      return `!${geometry.percent}p`
    case 'widthPercent':
      return `!${geometry.percent}px`
    case 'heightPercent':
      return `!x${geometry.percent}p`
    case 'width':
      return `${geometry.width}x${end}`
    case 'height':
      return `x${geometry.height}${end}`
    case 'inside':
      return `${geometry.width}x${geometry.height}${end}`
    case 'outside':
      return `!${geometry.width}x${geometry.height}r`
    case 'exact':
      return `${geometry.width}x${geometry.height}!`
    case 'area':
      return `${geometry.pixels}@`
  }
}
