import { type Colour, printColour, printText, readColour, readText } from './base64.ts'
import { type CropGeometry, printCropGeometry, readCropGeometry } from './crop-geometry.ts'
import type { Form } from './form.ts'
import { type Geometry, maxSideParameter, printGeometry, readGeometry } from './geometry.ts'
import { type Gravity, gravities } from './gravity.ts'

/**
 * The operations of `imageMogr2` that change pixels. They are carried out in the order in which they are written, and
 * one that stands twice is carried out twice.
 */
export type MogrStep =
  | {
      readonly name: 'thumbnail'
      readonly geometry: Geometry
      /** Present when the scaled picture is to be centred on a canvas of the size asked for. */
      readonly pad?: { readonly colour: Colour }
    }
  | {
      readonly name: 'cut'
      readonly width: number
      readonly height: number
      readonly dx: number
      readonly dy: number
      readonly gravity?: Gravity
    }
  | { readonly name: 'crop'; readonly geometry: CropGeometry; readonly gravity?: Gravity }
  | { readonly name: 'iradius'; readonly radius: number }
  | { readonly name: 'rradius'; readonly radius: number }
  | { readonly name: 'scrop'; readonly width: number; readonly height: number; readonly exact: boolean }
  | { readonly name: 'rcrop'; readonly narrowest: number; readonly widest: number }
  | {
      readonly name: 'indexcrop'
      readonly side: 'width' | 'height'
      readonly length: number
      readonly index: number
    }
  | { readonly name: 'rotate'; readonly degrees: number }
  | { readonly name: 'auto-orient'; readonly on: boolean }
  | { readonly name: 'flip'; readonly direction: 'vertical' | 'horizontal' }
  | { readonly name: 'bright'; readonly value: number }
  | { readonly name: 'contrast'; readonly value: number }
  | { readonly name: 'sharpen'; readonly value: number }
  | { readonly name: 'blur'; readonly radius: number; readonly sigma: number }
  | { readonly name: 'grayscale'; readonly on: boolean }
  | { readonly name: 'animate'; readonly durationMs: number; readonly images: readonly string[] }

export type MogrStepName = MogrStep['name']
type StepOf<Name extends MogrStepName> = Extract<MogrStep, { name: Name }>

const radius = 'a whole number from 1, less than half of the shorter side of the picture'
const gravity = {
  name: 'gravity',
  values: gravities.join(', '),
  meaning: 'the place from which the rectangle is measured',
  default: 'northwest',
}

export const mogrStepForms: { readonly [Name in MogrStepName]: Form<StepOf<Name>> } = {
  thumbnail: {
    parameters: [
      {
        name: 'thumbnail',
        values: '!<S>p, !<S>px, !x<S>p, <W>x, x<H>, <W>x<H>, <W>x<H>>, <W>x<H><, <W>x<H>!, !<W>x<H>r, <Area>@',
        meaning:
          'the size asked for: percentages from 1 to 1000, sides in pixels (above 10000 they act as 10000), an area from 1 to 250000000 pixels',
      },
      { name: 'pad', values: '0 or 1', meaning: '1 centres the picture on a canvas of <W>x<H>', default: '0' },
      { name: 'color', values: 'Base64 of #RRGGBB', meaning: 'colour of the canvas', default: '#FFFFFF' },
    ],
    // `pad` and `color` may stand anywhere in the stage and are bound by `image-mogr2.ts`.
    read: (tokens) => ({ name: 'thumbnail', geometry: readGeometry(tokens) }),
    print: ({ geometry, pad }) =>
      `thumbnail/${printGeometry(geometry)}${pad === undefined ? '' : `/pad/1/color/${printColour(pad.colour)}`}`,
  },
  cut: {
    parameters: [
      { name: 'cut', values: '<W>x<H>x<dx>x<dy>', meaning: 'size of the rectangle and its distance from the anchor' },
      gravity,
    ],
    read: (tokens) => {
      const expected = '<W>x<H>x<dx>x<dy> with whole numbers, width and height from 1'
      const token = tokens.take('cut', expected)
      const part = /^(\d{1,15})x(\d{1,15})x(\d{1,15})x(\d{1,15})$/i.exec(token)
      if (part === null) throw tokens.invalid('cut', token, expected)
      if (Number(part[1]) === 0 || Number(part[2]) === 0) tokens.outOfRange('cut', token, expected)
      return {
        name: 'cut',
        width: Math.min(Number(part[1]), maxSideParameter),
        height: Math.min(Number(part[2]), maxSideParameter),
        dx: Number(part[3]),
        dy: Number(part[4]),
      }
    },
    print: (cut) => `cut/${cut.width}x${cut.height}x${cut.dx}x${cut.dy}${printGravity(cut.gravity)}`,
  },
  crop: {
    parameters: [
      { name: 'crop', values: '<W>x, x<H>, <W>x<H>, or the old !<W>x<H>a<dx>a<dy>', meaning: 'size of the result' },
      gravity,
    ],
    read: (tokens) => ({ name: 'crop', geometry: readCropGeometry(tokens) }),
    print: (crop) => `crop/${printCropGeometry(crop.geometry)}${printGravity(crop.gravity)}`,
  },
  iradius: {
    parameters: [{ name: 'iradius', values: radius, meaning: 'radius of a circle round the centre, pixels' }],
    read: (tokens) => ({ name: 'iradius', radius: tokens.whole('iradius', 1, 50_000) }),
    print: ({ radius }) => `iradius/${radius}`,
  },
  rradius: {
    parameters: [{ name: 'rradius', values: radius, meaning: 'radius of the rounded corners, pixels' }],
    read: (tokens) => ({ name: 'rradius', radius: tokens.whole('rradius', 1, 50_000) }),
    print: ({ radius }) => `rradius/${radius}`,
  },
  scrop: {
    parameters: [{ name: 'scrop', values: '<W>x<H>', meaning: 'size of a crop that keeps faces' }],
    read: (tokens) => {
      const expected = '<W>x<H> with whole numbers from 1'
      const token = tokens.take('scrop', expected)
      const part = /^(!?)(\d{1,15})x(\d{1,15})$/i.exec(token)
      if (part === null || Number(part[2]) === 0 || Number(part[3]) === 0)
        throw tokens.invalid('scrop', token, expected)
      return {
        name: 'scrop',
        width: Math.min(Number(part[2]), maxSideParameter),
        height: Math.min(Number(part[3]), maxSideParameter),
        exact: part[1] === '!',
      }
    },
    print: ({ width, height, exact }) => `scrop/${exact ? '!' : ''}${width}x${height}`,
  },
  rcrop: {
    parameters: [
      { name: 'rcrop', values: '<min>x<max>', meaning: 'range of the aspect ratio, in hundredths, from 1 to 10000' },
    ],
    read: (tokens) => {
      const expected = '<min>x<max> with whole numbers from 1 to 10000, the first not above the second'
      const token = tokens.take('rcrop', expected)
      const part = /^(\d{1,5})x(\d{1,5})$/i.exec(token)
      if (part === null) throw tokens.invalid('rcrop', token, expected)
      const narrowest = Number(part[1])
      const widest = Number(part[2])
      if (narrowest < 1 || widest > 10_000 || narrowest > widest) tokens.outOfRange('rcrop', token, expected)
      return { name: 'rcrop', narrowest, widest }
    },
    print: ({ narrowest, widest }) => `rcrop/${narrowest}x${widest}`,
  },
  indexcrop: {
    parameters: [
      { name: 'width or height', values: 'a whole number from 1 to 50000', meaning: 'length of the strips, pixels' },
      { name: 'index', values: 'a whole number from 0', meaning: 'which strip', default: '0' },
    ],
    read: (tokens) => {
      let cut = readStrip()
      // Both may be given; then the height wins.
      while (isWord(tokens.peek(), 'width') || isWord(tokens.peek(), 'height')) {
        const next = readStrip()
        if (next.side === 'height') cut = next
      }
      let index = 0
      if (isWord(tokens.peek(), 'index')) {
        tokens.take('index', 'its name')
        index = tokens.whole('index', 0, 1_000_000)
      }
      return { name: 'indexcrop', ...cut, index }

      function readStrip(): { side: 'width' | 'height'; length: number } {
        const side = tokens.word('indexcrop', ['width', 'height'])
        return { side, length: tokens.whole(side, 1, 50_000) }
      }
    },
    print: ({ side, length, index }) => `indexcrop/${side}/${length}/index/${index}`,
  },
  rotate: {
    parameters: [{ name: 'rotate', values: 'a whole number from 0 to 360', meaning: 'degrees, clockwise' }],
    read: (tokens) => ({ name: 'rotate', degrees: tokens.whole('rotate', 0, 360) }),
    print: ({ degrees }) => `rotate/${degrees}`,
  },
  'auto-orient': {
    parameters: [
      { name: 'auto-orient', values: 'nothing, 0 or 1', meaning: 'turn upright by the EXIF orientation', default: '1' },
    ],
    read: (tokens) => ({ name: 'auto-orient', on: tokens.flag() }),
    print: ({ on }) => (on ? 'auto-orient' : 'auto-orient/0'),
  },
  flip: {
    parameters: [
      {
        name: 'flip',
        values: 'vertical or horizontal',
        meaning: 'vertical puts the top to the bottom, horizontal the left to the right',
      },
    ],
    read: (tokens) => ({ name: 'flip', direction: tokens.word('flip', ['vertical', 'horizontal']) }),
    print: ({ direction }) => `flip/${direction}`,
  },
  bright: {
    parameters: [{ name: 'bright', values: 'a whole number from -100 to 100', meaning: 'brightness; 0 is unchanged' }],
    read: (tokens) => ({ name: 'bright', value: tokens.whole('bright', -100, 100) }),
    print: ({ value }) => `bright/${value}`,
  },
  contrast: {
    parameters: [{ name: 'contrast', values: 'a whole number from -100 to 100', meaning: 'contrast; 0 is unchanged' }],
    read: (tokens) => ({ name: 'contrast', value: tokens.whole('contrast', -100, 100) }),
    print: ({ value }) => `contrast/${value}`,
  },
  sharpen: {
    parameters: [{ name: 'sharpen', values: 'a whole number from 10 to 300', meaning: 'strength; 70 is advised' }],
    read: (tokens) => ({ name: 'sharpen', value: tokens.whole('sharpen', 10, 300) }),
    print: ({ value }) => `sharpen/${value}`,
  },
  blur: {
    parameters: [
      { name: 'blur', values: '<radius>x<sigma>', meaning: 'radius from 1 to 50 pixels, sigma above 0 and up to 1000' },
    ],
    read: (tokens) => {
      const expected = '<radius>x<sigma>, a whole number from 1 to 50 and a number from 0.001 to 1000'
      const token = tokens.take('blur', expected)
      const part = /^(\d{1,15})x(\d{1,15}(?:\.\d{1,6})?)$/i.exec(token)
      if (part === null) throw tokens.invalid('blur', token, expected)
      const radius = Number(part[1])
      const sigma = Number(part[2])
      if (radius < 1 || radius > 50 || sigma < 0.001 || sigma > 1000) tokens.outOfRange('blur', token, expected)
      return { name: 'blur', radius, sigma }
    },
    print: ({ radius, sigma }) => `blur/${radius}x${sigma}`,
  },
  grayscale: {
    parameters: [{ name: 'grayscale', values: '0 or 1', meaning: '1 makes a grey picture' }],
    read: (tokens) => ({ name: 'grayscale', on: tokens.bit('grayscale') }),
    print: ({ on }) => `grayscale/${on ? 1 : 0}`,
  },
  animate: {
    parameters: [
      { name: 'duration', values: 'a whole number from 1', meaning: 'how long each picture is shown, milliseconds' },
      { name: 'images', values: 'up to 20 Base64 texts', meaning: 'the pictures, one after the other' },
    ],
    read: (tokens, isName) => {
      tokens.word('animate', ['duration'])
      const durationMs = tokens.whole('duration', 1, 655_350)
      tokens.word('animate', ['images'])
      const images: string[] = []
      do images.push(readText(tokens, 'images', () => true))
      while (!tokens.ended && !isName(tokens.peek()!) && images.length <= 20)
      if (images.length > 20) throw tokens.complaint('animate has more than 20 images')
      return { name: 'animate', durationMs, images }
    },
    print: ({ durationMs, images }) => `animate/duration/${durationMs}/images/${images.map(printText).join('/')}`,
  },
}

function printGravity(gravity: Gravity | undefined): string {
  return gravity === undefined ? '' : `/gravity/${gravity}`
}

export function isWord(token: string | undefined, word: string): boolean {
  return token !== undefined && token.toLowerCase() === word
}

/** `pad` and `color` are read here because they belong to a thumbnail but may stand elsewhere in the stage. */
export const readPadColour = readColour
