import { printText, readText } from './base64.ts'
import type { Form } from './form.ts'

/** Names of the formats that are written here. */
const writtenNames = ['jpg', 'png', 'webp', 'gif', 'avif', 'tiff', 'bmp', 'yjpeg'] as const

/** Names of formats that the language knows; those behind the written ones are refused by name. `jpeg` is read as `jpg`. */
export const formatNames = [...writtenNames, 'heif', 'heic', 'tpg', 'apng', 'svgc', 'psd', 'astc', 'jp2'] as const

export type FormatName = (typeof formatNames)[number]

/** The labels that `AIGCMetadata` may carry, in the order in which they are written. */
export const aigcLabels = [
  'Label',
  'ContentProducer',
  'ProduceID',
  'ReservedCode1',
  'ContentPropagator',
  'PropagateID',
  'ReservedCode2',
] as const

/**
 * The operations of `imageMogr2` that say how the result is written or which frames are taken. Where they stand in the
 * stage does not count; of several of the same name the last one holds.
 */
export type MogrOption =
  | { readonly name: 'format'; readonly format: FormatName }
  | { readonly name: 'interlace'; readonly on: boolean }
  | { readonly name: 'strip'; readonly on: boolean }
  | { readonly name: 'quality'; readonly quality: number; readonly forced: boolean }
  | { readonly name: 'rquality'; readonly percent: number }
  | { readonly name: 'lquality'; readonly quality: number }
  | { readonly name: 'size-limit'; readonly bytes: number; readonly orOriginal: boolean }
  | { readonly name: 'cgif'; readonly frames: number }
  | { readonly name: 'egif'; readonly interval: number }
  | { readonly name: 'frame'; readonly number: number }
  | { readonly name: 'ignore-error'; readonly on: boolean }
  | { readonly name: 'minisize'; readonly on: boolean }
  | { readonly name: 'hdr'; readonly on: boolean }
  | { readonly name: 'AIGCMetadata'; readonly labels: { readonly [Label in (typeof aigcLabels)[number]]?: string } }

export type MogrOptionName = MogrOption['name']
export type OptionOf<Name extends MogrOptionName> = Extract<MogrOption, { name: Name }>
/** At most one option of each name. */
export type MogrOptions = { readonly [Name in MogrOptionName]?: OptionOf<Name> }

const quality = 'a whole number from 0 to 100; more acts as 100'

/** In the order in which a canonical rule has them. */
export const mogrOptionForms: { readonly [Name in MogrOptionName]: Form<OptionOf<Name>> } = {
  format: {
    parameters: [
      {
        name: 'format',
        values: writtenNames.join(', '),
        meaning: 'format of the result',
        default: 'that of the source',
      },
    ],
    read: (tokens) => {
      const word = tokens.word('format', [...formatNames, 'jpeg'], `one of ${writtenNames.join(', ')}`)
      return { name: 'format', format: word === 'jpeg' ? 'jpg' : word }
    },
    print: ({ format }) => `format/${format}`,
  },
  quality: {
    parameters: [
      {
        name: 'quality',
        values: `${quality}; a ! after it forces it`,
        meaning: 'highest quality of the result; forced, the quality even when the source has a lower one',
        default: 'that of the source',
      },
    ],
    read: (tokens) => {
      const expected = 'a whole number from 0 to 100, with or without ! after it'
      const token = tokens.take('quality', expected)
      const part = /^(\d{1,15})(!?)$/.exec(token)
      if (part === null) throw tokens.invalid('quality', token, expected)
      return { name: 'quality', quality: Math.min(Number(part[1]), 100), forced: part[2] === '!' }
    },
    print: ({ quality, forced }) => `quality/${quality}${forced ? '!' : ''}`,
  },
  rquality: {
    parameters: [{ name: 'rquality', values: quality, meaning: 'percentage of the quality of the source' }],
    read: (tokens) => ({ name: 'rquality', percent: tokens.clampedWhole('rquality', 0, 100) }),
    print: ({ percent }) => `rquality/${percent}`,
  },
  lquality: {
    parameters: [{ name: 'lquality', values: quality, meaning: 'lowest quality of the result' }],
    read: (tokens) => ({ name: 'lquality', quality: tokens.clampedWhole('lquality', 0, 100) }),
    print: ({ quality }) => `lquality/${quality}`,
  },
  interlace: {
    parameters: [{ name: 'interlace', values: '0 or 1', meaning: '1 writes a progressive JPEG', default: '0' }],
    read: (tokens) => ({ name: 'interlace', on: tokens.bit('interlace') }),
    print: ({ on }) => `interlace/${on ? 1 : 0}`,
  },
  strip: {
    parameters: [{ name: 'strip', values: 'nothing, 0 or 1', meaning: 'leave metadata out', default: '1' }],
    read: (tokens) => ({ name: 'strip', on: tokens.flag() }),
    print: ({ on }) => (on ? 'strip' : 'strip/0'),
  },
  'size-limit': {
    parameters: [
      {
        name: 'size-limit',
        values: '<n>k or <n>m, with or without ! after it',
        meaning: 'bytes the JPEG should not exceed; with ! the original is given when the result is not smaller',
      },
    ],
    read: (tokens) => {
      const expected = '<n>k or <n>m with a whole number from 1, with or without ! after it'
      const token = tokens.take('size-limit', expected)
      const part = /^(\d{1,6})([km])(!?)$/i.exec(token)
      if (part === null) throw tokens.invalid('size-limit', token, expected)
      if (Number(part[1]) === 0) tokens.outOfRange('size-limit', token, expected)
      const unit = part[2]!.toLowerCase() === 'k' ? 1024 : 1024 * 1024
      return { name: 'size-limit', bytes: Number(part[1]) * unit, orOriginal: part[3] === '!' }
    },
    print: ({ bytes, orOriginal }) => `size-limit/${printBytes(bytes)}${orOriginal ? '!' : ''}`,
  },
  cgif: {
    parameters: [
      {
        name: 'cgif',
        values: 'a whole number from 1 to 100',
        meaning: '1 keeps at most 30 frames; n keeps n frames, with fewer colours',
      },
    ],
    read: (tokens) => ({ name: 'cgif', frames: tokens.whole('cgif', 1, 100) }),
    print: ({ frames }) => `cgif/${frames}`,
  },
  egif: {
    parameters: [{ name: 'egif', values: 'a whole number from 1 to 300', meaning: 'keeps every n-th frame' }],
    read: (tokens) => ({ name: 'egif', interval: tokens.whole('egif', 1, 300) }),
    print: ({ interval }) => `egif/${interval}`,
  },
  frame: {
    parameters: [{ name: 'frame', values: 'a whole number from 1', meaning: 'takes this frame of an animation' }],
    read: (tokens) => ({ name: 'frame', number: tokens.whole('frame', 1, 1_000_000) }),
    print: ({ number }) => `frame/${number}`,
  },
  'ignore-error': {
    parameters: [
      {
        name: 'ignore-error',
        values: '0 or 1',
        meaning: '1 gives the original when it cannot be processed',
        default: '0',
      },
    ],
    read: (tokens) => ({ name: 'ignore-error', on: tokens.bit('ignore-error') }),
    print: ({ on }) => `ignore-error/${on ? 1 : 0}`,
  },
  minisize: {
    parameters: [
      { name: 'minisize', values: '0 or 1', meaning: '1 gives the original when the result is larger', default: '0' },
    ],
    read: (tokens) => ({ name: 'minisize', on: tokens.bit('minisize') }),
    print: ({ on }) => `minisize/${on ? 1 : 0}`,
  },
  hdr: {
    parameters: [{ name: 'hdr', values: '0 or 1', meaning: '1 keeps the gain map', default: '0' }],
    read: (tokens) => ({ name: 'hdr', on: tokens.bit('hdr') }),
    print: ({ on }) => `hdr/${on ? 1 : 0}`,
  },
  AIGCMetadata: {
    parameters: aigcLabels.map((name) => ({
      name,
      values: 'Base64 text',
      meaning: 'label of generated content',
      ...(name === 'Label' ? {} : { default: 'none' }),
    })),
    read: (tokens, isName) => {
      const labels: { [Label in (typeof aigcLabels)[number]]?: string } = {}
      const isLabel = (token: string) => aigcLabels.some((label) => label.toLowerCase() === token.toLowerCase())
      for (let next = tokens.peek(); next !== undefined && isLabel(next); next = tokens.peek()) {
        const label = tokens.word('AIGCMetadata', aigcLabels)
        labels[label] = readText(tokens, label, (token) => isLabel(token) || isName(token))
      }
      if (labels.Label === undefined) throw tokens.complaint('AIGCMetadata has no Label')
      return { name: 'AIGCMetadata', labels }
    },
    print: ({ labels }) =>
      `AIGCMetadata${aigcLabels.map((label) => (labels[label] === undefined ? '' : `/${label}/${printText(labels[label])}`)).join('')}`,
  },
}

function printBytes(bytes: number): string {
  const mebibyte = 1024 * 1024
  return bytes % mebibyte === 0 ? `${bytes / mebibyte}m` : `${bytes / 1024}k`
}
