import { Failure } from '../../base/index.ts'
import { readImageMogr2 } from './image-mogr2.ts'
import { readImageView2 } from './image-view2.ts'
import { maxRuleLength, maxStages, type Rule, type Stage } from './rule.ts'
import { Tokens } from './tokens.ts'
import { readWatermark } from './watermark.ts'

const interfaces: { readonly [name: string]: (tokens: Tokens) => Stage } = {
  imagemogr2: readImageMogr2,
  imageview2: readImageView2,
  watermark: readWatermark,
  imageslim: (tokens) => {
    if (!tokens.ended) throw tokens.invalid('imageSlim', tokens.peek()!, 'nothing after it')
    return { interface: 'imageSlim' }
  },
  style: (tokens) => {
    const style = tokens.take('style', 'the name of a style')
    if (style === '' || !tokens.ended) throw tokens.invalid('style', `${style}/${tokens.peek()}`, 'one name')
    return { interface: 'style', style }
  },
  qrcode: (tokens) => {
    tokens.word('QRcode', ['cover'])
    const cover = tokens.bit('cover')
    if (!tokens.ended) throw tokens.invalid('QRcode', tokens.peek()!, 'nothing after cover')
    return { interface: 'QRcode', cover }
  },
  imageinfo: information('imageInfo'),
  exif: information('exif'),
  imageave: information('imageAve'),
}

function information(name: string): (tokens: Tokens) => Stage {
  return (tokens) => {
    if (!tokens.ended) throw tokens.invalid(name, tokens.peek()!, 'nothing after it')
    throw tokens.complaint(
      `${name} asks for information instead of a picture, which is only available on GET, alone or at the end`,
    )
  }
}

/**
 * Reads the text of a rule. Names of interfaces, operations and parameters are found whatever their letter case.
 * A rule that is still percent-encoded as a whole (some client libraries send that) is decoded once.
 *
 * @throws Failure `RuleInvalid`, with a message that names the stage, the parameter, the value and the expectation
 */
export function parseRule(text: string): Rule {
  const length = text.length
  if (length > maxRuleLength) {
    throw new Failure('RuleInvalid', `The rule has ${length} characters, at most ${maxRuleLength} are allowed.`)
  }
  const rule = decodePercent(text).trim()
  if (rule === '')
    throw new Failure('RuleInvalid', 'The rule is empty, expected for instance imageMogr2/thumbnail/200x.')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being looked for
  const strange = /[\u0000-\u0020\u007f-\u009f\u2028\u2029\ufeff]/.exec(rule)
  if (strange !== null) {
    const code = strange[0].charCodeAt(0).toString(16).padStart(4, '0')
    throw new Failure(
      'RuleInvalid',
      `The rule has the character U+${code} at place ${strange.index + 1}, expected no white space or control characters.`,
    )
  }
  const stages = rule.split('|')
  if (stages.length > maxStages) {
    throw new Failure('RuleInvalid', `The rule has ${stages.length} stages, at most ${maxStages} are allowed.`)
  }
  return { stages: stages.map((stage, index) => readStage(index + 1, stage)) }
}

function readStage(number: number, text: string): Stage {
  const parts = text.split('/')
  // Slashes at the end say nothing; client libraries write them.
  while (parts.length > 1 && parts.at(-1) === '') parts.pop()
  const name = parts[0]!
  const tokens = new Tokens(number, parts.slice(1))
  const read = Object.hasOwn(interfaces, name.toLowerCase()) ? interfaces[name.toLowerCase()] : undefined
  if (read === undefined) {
    throw tokens.invalid(
      'the name of the interface',
      name,
      'one of imageMogr2, imageView2, watermark, imageSlim, style',
    )
  }
  const stage = read(tokens)
  if (stage.interface !== 'ignored') tokens.end()
  return stage
}

function decodePercent(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Failure('RuleInvalid', 'The rule holds a % that does not begin a percent-encoded UTF-8 character.')
  }
}
