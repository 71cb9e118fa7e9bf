import { expect, test } from 'vitest'
import { Failure } from '../base/index.ts'
import { checkRule } from './check-rule.ts'
import { optionOperations, stepOperations, supportedOperations } from './operations/index.ts'
import { refusedOperations } from './operations/refused.ts'
import { formatNames, mogrOptionForms } from './rule/mogr-options.ts'
import { mogrStepForms } from './rule/mogr-steps.ts'

test.each([
  ['imageMogr2/thumbnail/200x|imageMogr2/format/psd', /Stage 2: format\/psd/],
  // Z29
  ['imageMogr2/format/tpg', /format\/tpg/],
  // O27 does not hold: an SVG can be drawn, and there is nothing here that writes one again, smaller.
  ['imageMogr2/format/svgc', /format\/svgc.*drawn, not written/],
  ['imageMogr2/format/heic', /HEVC/],
  // Z30
  ['imageMogr2/scrop/100x100', /scrop.*faces/],
  ['imageMogr2/hdr/1', /hdr/],
  ['imageView2/2/w/500/format/tpg', /format\/tpg/],
  ['watermark/3/type/3/text/VGVzdA', /watermark\/3.*invisible/],
  [`watermark/2/text/${Buffer.from('שלום').toString('base64url')}`, /from right to left/],
])('%s is known and refused by name', (rule, says) => {
  const refused = refusal(rule)
  expect(refused.code).toBe('OperationNotOffered')
  expect(refused.message).toMatch(says)
})

/** A rule for each thing that is refused, where its name alone is none. */
const asRules: { readonly [operation: string]: string } = {
  scrop: 'imageMogr2/scrop/100x100',
  animate: `imageMogr2/animate/duration/100/images/${Buffer.from('http://a/b.png').toString('base64url')}`,
  hdr: 'imageMogr2/hdr/1',
  AIGCMetadata: 'imageMogr2/AIGCMetadata/Label/YQ',
  'watermark/3': 'watermark/3/type/3/text/VGVzdA',
  'watermark/4': 'watermark/4/type/3',
  QRcode: 'QRcode/cover/0',
}

test.each(Object.entries(refusedOperations))('%s is refused by its name, with its reason', (name, reason) => {
  const { code, message } = refusal(asRules[name] ?? `imageMogr2/${name}`)
  expect(code).toBe('OperationNotOffered')
  expect(message).toBe(`Stage 1: ${name} is not offered by this server: ${reason}.`)
})

test.each([
  'imageMogr2',
  'imageMogr2/ignore-error/0/minisize/0/hdr/0/grayscale/0',
  'imageMogr2/rotate/270/flip/vertical/auto-orient/thumbnail/!50p',
  'imageMogr2/format/jpg/interlace/1/quality/80!/strip|imageMogr2/format/webp/lquality/70',
  'imageMogr2/gravity/center/thumbnail/100x',
  'style/small|imageMogr2/strip',
])('%s is carried out', (rule) => {
  expect(() => checkRule(rule)).not.toThrow()
})

test('a rule that is both unreadable and not offered is unreadable', () => {
  expect(refusal('imageMogr2/crop/1x1/nonsense').code).toBe('RuleInvalid')
})

test.each(supportedOperations)('the example of $name is carried out, and its parameters are described', (operation) => {
  expect(checkRule(operation.example).stages).toHaveLength(1)
  expect(operation.example).toContain(operation.name)
  // One that has none is written as its name alone.
  expect(operation.parameters.length > 0).toBe(operation.example !== operation.name)
})

/** What stands before a parameter of an operation in a rule, itself included. */
function upTo(operation: string, parameter: string): string {
  if (operation === 'watermark/1') return `${operation}/image/${base64('http://a/b.png')}/${parameter}`
  if (operation === 'watermark/2') return `${operation}/text/${base64('text')}/${parameter}`
  if (operation === 'imageView2') return parameter === 'the mode' ? operation : `${operation}/1/w/5/${parameter}`
  if (parameter === 'width or height') return `imageMogr2/${operation}/width`
  return parameter === operation ? `imageMogr2/${operation}` : `imageMogr2/${operation}/width/5/${parameter}`
}

const base64 = (text: string) => Buffer.from(text).toString('base64url')

const documentedRanges = supportedOperations.flatMap(({ name, parameters }) =>
  parameters.flatMap((parameter) => {
    const [, least, most] = /^a whole number from (-?\d+) to (\d+)(?:,|$)/.exec(parameter.values) ?? []
    return most === undefined ? [] : [[name, parameter.name, Number(least), Number(most)] as const]
  }),
)

test.each(documentedRanges)(
  'the reference says of %s that %s goes from %d to %d, and so it does',
  (name, parameter, least, most) => {
    const rule = (value: number) => `${upTo(name, parameter)}/${value}`
    for (const value of [least, most]) expect(() => checkRule(rule(value))).not.toThrow()
    for (const value of [least - 1, most + 1]) {
      // What a minus makes a name of is not the mode of imageView2 any more.
      const says =
        parameter === 'the mode' && value < 0
          ? /the name of a parameter is "-1"/
          : /is "-?\d+", expected a whole number from /
      expect(refusal(rule(value)).message).toMatch(says)
    }
  },
)

test('ranges are read off the reference at all', () => {
  expect(documentedRanges.length).toBeGreaterThan(20)
})

test('the formats that the reference names are written, and the others that the language knows are refused', () => {
  const { parameters } = supportedOperations.find(({ name }) => name === 'format')!
  const named = parameters[0]!.values.split(', ')
  for (const name of formatNames) {
    const rule = `imageMogr2/format/${name}`
    if (named.includes(name)) expect(() => checkRule(rule)).not.toThrow()
    else expect(refusal(rule).code).toBe('OperationNotOffered')
  }
  expect(refusal('imageMogr2/format/exe').message).toBe(
    `Stage 1: format is "exe", expected one of ${named.join(', ')}.`,
  )
})

test('every operation that the language has is either carried out or refused with a reason', () => {
  const names = [...Object.keys(mogrStepForms), ...Object.keys(mogrOptionForms)]
  const carriedOut = [...Object.keys(stepOperations), ...Object.keys(optionOperations)]
  for (const name of names) expect([carriedOut.includes(name), name in refusedOperations]).toContain(true)
  for (const name of carriedOut) expect(refusedOperations).not.toHaveProperty([name])
})

function refusal(rule: string): Failure {
  try {
    checkRule(rule)
  } catch (error) {
    if (error instanceof Failure) return error
  }
  throw new Error(`${rule} was not refused`)
}
