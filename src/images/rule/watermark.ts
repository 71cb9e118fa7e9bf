import { type Colour, printColour, printText, readColour, readText } from './base64.ts'
import { type Gravity, gravities } from './gravity.ts'
import { readPictureAddress } from './picture-address.ts'
import type { Tokens } from './tokens.ts'

/** A picture (1) or a text (2) put onto the picture; an invisible mark put in (3) or read out (4). */
export interface WatermarkStage {
  readonly interface: 'watermark'
  readonly kind: 1 | 2 | 3 | 4
  readonly parameters: WatermarkParameters
}

export interface WatermarkParameters {
  /** Address of the picture to put on, or of the one to compare with. */
  readonly image?: string
  readonly text?: string
  readonly font?: string
  readonly fontsize?: number
  readonly fill?: Colour
  readonly gravity?: Gravity
  /** Distances from the place of `gravity` to the inside, pixels. */
  readonly dx?: number
  readonly dy?: number
  /** What to do with a mark larger than the picture: 1 scales it, 2 crops it. */
  readonly blogo?: number
  /** Size of the mark relative to the picture's width (1), height (2) or area (3), per mille in `spcent`. */
  readonly scatype?: number
  readonly spcent?: number
  /** Opacity, percent. */
  readonly dissolve?: number
  readonly batch?: boolean
  /** Rotation of the repeated mark, degrees; counts only with `batch`. */
  readonly degree?: number
  readonly shadow?: number
  readonly spacing?: number
  readonly type?: number
  readonly level?: number
  readonly version?: '1.0' | '2.0' | '3.0'
}

type Name = keyof WatermarkParameters

interface ParameterReading {
  readonly kinds: readonly (1 | 2 | 3 | 4)[]
  read(tokens: Tokens, isName: (token: string) => boolean): unknown
  print(value: never): string
}

function number(name: Name, kinds: ParameterReading['kinds'], from: number, to: number): ParameterReading {
  return { kinds, read: (tokens) => tokens.whole(name, from, to), print: (value: number) => `${value}` }
}

/** In the order in which a canonical rule has them. */
const readings: { readonly [N in Name]-?: ParameterReading } = {
  type: number('type', [3, 4], 1, 3),
  image: {
    kinds: [1, 3, 4],
    read: (tokens, isName) => {
      const url = readText(tokens, 'image', isName)
      if (readPictureAddress(url) === null) {
        throw tokens.invalid('image', url, 'the Base64 of an http address of an object, http://HOST/KEY')
      }
      return url
    },
    print: printText,
  },
  text: { kinds: [2, 3], read: (tokens, isName) => readText(tokens, 'text', isName), print: printText },
  font: { kinds: [2], read: (tokens, isName) => readText(tokens, 'font', isName, 256), print: printText },
  fontsize: number('fontsize', [2], 1, 10_000),
  fill: { kinds: [2], read: (tokens) => readColour(tokens, 'fill'), print: printColour },
  gravity: { kinds: [1, 2], read: (tokens) => tokens.word('gravity', gravities), print: (value: Gravity) => value },
  dx: number('dx', [1, 2], 0, 50_000),
  dy: number('dy', [1, 2], 0, 50_000),
  blogo: number('blogo', [1], 1, 2),
  scatype: number('scatype', [1, 2], 1, 3),
  spcent: number('spcent', [1, 2], 1, 1000),
  dissolve: number('dissolve', [1, 2], 1, 100),
  batch: { kinds: [1, 2], read: (tokens) => tokens.bit('batch'), print: (value: boolean) => (value ? '1' : '0') },
  degree: number('degree', [1, 2], 0, 360),
  shadow: number('shadow', [2], 0, 100),
  spacing: number('spacing', [1, 2], 0, 100),
  level: number('level', [3], 0, 3),
  version: {
    kinds: [3, 4],
    read: (tokens) => tokens.word('version', ['1.0', '2.0', '3.0']),
    print: (value: string) => value,
  },
}
const names = Object.keys(readings) as Name[]

export function readWatermark(tokens: Tokens): WatermarkStage {
  const kind = Number(tokens.word('the kind of watermark', ['1', '2', '3', '4'])) as WatermarkStage['kind']
  const known = names.filter((name) => readings[name].kinds.includes(kind))
  const isName = (token: string) => (known as string[]).includes(token.toLowerCase())
  const parameters: { [name: string]: unknown } = {}
  while (!tokens.ended) {
    const name = tokens.word(`the name of a parameter of watermark/${kind}`, known)
    parameters[name] = readings[name].read(tokens, isName)
  }
  const read = parameters as WatermarkParameters
  for (const name of neededBy(kind, read)) {
    if (read[name] === undefined) throw tokens.complaint(`watermark/${kind} has no ${name}`)
  }
  if (read.scatype === 3 && (read.spcent ?? 0) > 250) {
    throw tokens.invalid('spcent', `${read.spcent}`, 'a whole number from 1 to 250 when scatype is 3')
  }
  return { interface: 'watermark', kind, parameters: read }
}

function neededBy(kind: WatermarkStage['kind'], { type }: WatermarkParameters): readonly Name[] {
  if (kind === 1) return ['image']
  if (kind === 2) return ['text']
  if (kind === 3) return type === 3 ? ['type', 'text'] : ['type', 'image']
  return type === 3 ? ['type'] : ['type', 'image']
}

export function printWatermark({ kind, parameters }: WatermarkStage): string {
  const parts = [`watermark/${kind}`]
  for (const name of names) {
    const value = parameters[name]
    if (value !== undefined) parts.push(`${name}/${readings[name].print(value as never)}`)
  }
  return parts.join('/')
}
