import type { Form, ParameterForm } from './form.ts'
import { maxSideParameter } from './geometry.ts'
import { type MogrOptionName, type MogrOptions, mogrOptionForms } from './mogr-options.ts'
import type { IgnoredStage } from './rule.ts'
import type { Tokens } from './tokens.ts'

export const viewModes = [0, 1, 2, 3, 4, 5] as const
export type ViewMode = (typeof viewModes)[number]

/** `imageView2`: ready-made ways of making a smaller picture. `w` and `h` are the long and short edge in modes 0, 4, 5. */
export interface ViewStage {
  readonly interface: 'imageView2'
  /** Without a mode, or without both sides, only format and quality change. */
  readonly mode?: ViewMode
  readonly w?: number
  readonly h?: number
  readonly options: Pick<MogrOptions, ViewOptionName>
}

type ViewOptionName = 'format' | 'quality' | 'rquality' | 'lquality' | 'interlace' | 'ignore-error'

/** imageView2 writes some options shorter than imageMogr2 does. */
const optionOf: { readonly [word: string]: ViewOptionName } = {
  format: 'format',
  q: 'quality',
  rq: 'rquality',
  lq: 'lquality',
  interlace: 'interlace',
  'ignore-error': 'ignore-error',
}
const words = Object.keys(optionOf)

/** For the reference page. */
export const viewParameters: readonly ParameterForm[] = [
  { name: 'the mode', values: 'a whole number from 0 to 5', meaning: 'how `w` and `h` count', default: 'no scaling' },
  ...['w', 'h'].map((name) => ({
    name,
    values: `a whole number from 1; above ${maxSideParameter} it acts as ${maxSideParameter}`,
    meaning: 'pixels',
    default: 'see above',
  })),
  ...words.flatMap((word) =>
    mogrOptionForms[optionOf[word]!].parameters.map((parameter) => ({ ...parameter, name: word })),
  ),
]

export function readImageView2(tokens: Tokens): ViewStage | IgnoredStage {
  let mode: ViewMode | undefined
  let outOfRange: string | undefined
  const first = tokens.peek()
  if (first !== undefined && /^\d+$/.test(first)) {
    mode = viewModes[tokens.whole('the mode of imageView2', 0, 5)]
    if (tokens.isOutOfRange) outOfRange = first
  }
  const sides: { w?: number; h?: number } = {}
  const options: { [name: string]: unknown } = {}
  while (!tokens.ended) {
    const from = tokens.place
    const token = tokens.take('imageView2', 'the name of a parameter')
    const word = token.toLowerCase()
    if (word === 'w' || word === 'h') {
      const side = tokens.take(word, 'a whole number from 1')
      if (!/^\d{1,15}$/.test(side)) throw tokens.invalid(word, side, 'a whole number from 1')
      if (Number(side) === 0) tokens.outOfRange(word, side, 'a whole number from 1')
      sides[word] = Math.min(Number(side), maxSideParameter)
    } else if (words.includes(word)) {
      const name = optionOf[word]!
      options[name] = mogrOptionForms[name].read(tokens, () => true)
    } else {
      throw tokens.invalid('the name of a parameter', token, `one of w, h, ${words.join(', ')}`)
    }
    if (tokens.isOutOfRange) outOfRange ??= tokens.textFrom(from)
  }
  if (outOfRange !== undefined && (options as MogrOptions)['ignore-error']?.on) {
    return { interface: 'ignored', text: `imageView2/${outOfRange}/ignore-error/1` }
  }
  return {
    interface: 'imageView2',
    ...(mode === undefined ? {} : { mode }),
    ...sides,
    options: options as ViewStage['options'],
  }
}

export function printImageView2({ mode, w, h, options }: ViewStage): string {
  const parts = ['imageView2']
  if (mode !== undefined) parts.push(`${mode}`)
  if (w !== undefined) parts.push(`w/${w}`)
  if (h !== undefined) parts.push(`h/${h}`)
  for (const word of words) {
    const name = optionOf[word]!
    const option = options[name]
    if (option === undefined) continue
    const printed = (mogrOptionForms[name as MogrOptionName] as Form<unknown>).print(option)
    parts.push(`${word}${printed.slice(name.length)}`)
  }
  return parts.join('/')
}
