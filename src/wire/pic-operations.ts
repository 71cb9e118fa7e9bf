import { Failure } from '../base/index.ts'
import { said } from './said.ts'

/** What is to be made of a picture when it is stored: the JSON of the header `Pic-Operations`. */
export interface PicOperations {
  /** Whether the answer tells of the picture itself. */
  readonly isPicInfo: boolean
  readonly rules: readonly PicOperationRule[]
}

export interface PicOperationRule {
  /** `null`: the bucket of the picture. */
  readonly bucket: string | null
  /** The key that is written, of an absolute or a relative `fileid`. */
  readonly key: string
  readonly rule: string
}

/** The protocol's number of a parameter that is wrong, and of too many rules. */
const PARAMETER_WRONG = -60998
const TOO_MANY_RULES = -60997

const MAX_RULES = 5

/**
 * Reads the header. What clients write is taken: `is_pic_info` as a number, a word or a switch, `rules` missing or `null`,
 * members that mean nothing here.
 *
 * @param header as it came, one character for each byte
 * @param sourceKey of the picture: a `fileid` without a slash in front lies beside it
 * @throws Failure `PicOperationsInvalid` that names field, value and expectation, with the protocol's number
 */
export function readPicOperations(header: string, sourceKey: string): PicOperations {
  const content = parse(header)
  if (!isObject(content)) throw invalid(`Pic-Operations is ${said(header)}, expected a JSON object.`)
  const rules = content.rules ?? []
  if (!Array.isArray(rules)) throw invalid(`rules is ${shown(rules)}, expected a list.`)
  if (rules.length > MAX_RULES) {
    throw invalid(`rules has ${rules.length} entries, at most ${MAX_RULES} are allowed.`, TOO_MANY_RULES)
  }
  return {
    isPicInfo: readSwitch(content.is_pic_info ?? 0),
    rules: rules.map((rule, n) => readRule(rule, `rules[${n}]`, sourceKey)),
  }
}

function parse(header: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'latin1')))
  } catch {
    throw invalid(`Pic-Operations is ${said(header)}, expected JSON in UTF-8.`)
  }
}

function readSwitch(value: unknown): boolean {
  if (value === 1 || value === '1' || value === true) return true
  if (value === 0 || value === '0' || value === false) return false
  throw invalid(`is_pic_info is ${shown(value)}, expected 0 or 1.`)
}

function readRule(value: unknown, where: string, sourceKey: string): PicOperationRule {
  if (!isObject(value)) throw invalid(`${where} is ${shown(value)}, expected an object.`)
  const bucket = value.bucket === undefined || value.bucket === null ? null : readText(value.bucket, `${where}.bucket`)
  const key = keyOf(readText(value.fileid, `${where}.fileid`), sourceKey)
  if (key === '' || key.endsWith('/')) {
    throw invalid(`${where}.fileid is ${shown(value.fileid)}, expected the name of a file.`)
  }
  return { bucket, key, rule: readText(value.rule, `${where}.rule`) }
}

/**
 * Percent-encoded or not: newer pages ask for it, older programs do not do it. A path is text: `..` is a name like any
 * other.
 */
function keyOf(fileid: string, sourceKey: string): string {
  const name = decoded(fileid)
  return name.startsWith('/') ? name.slice(1) : sourceKey.slice(0, sourceKey.lastIndexOf('/') + 1) + name
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function readText(value: unknown, where: string): string {
  if (value === undefined || value === null) throw invalid(`${where} is missing.`)
  if (typeof value !== 'string' || value === '') throw invalid(`${where} is ${shown(value)}, expected text.`)
  return value
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * As it stands in the header: only text has quotes. What holds other values is named, because it may be nested deeper than
 * can be written.
 */
function shown(value: unknown): string {
  if (typeof value === 'string') return said(value)
  if (Array.isArray(value)) return 'a list'
  return isObject(value) ? 'an object' : String(value)
}

function invalid(message: string, errNo = PARAMETER_WRONG): Failure {
  return new Failure('PicOperationsInvalid', message, { details: { errNo } })
}
