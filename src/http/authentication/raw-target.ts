import { Failure } from '../../base/index.ts'
import { said } from '../../wire/index.ts'

/** One parameter of a query, decoded and as it came. */
export interface QueryParameter {
  /** Decoded once, `+` as a blank. */
  readonly name: string
  readonly value: string
  /** As it came. Some clients send a security token raw: a plus in it is a plus. */
  readonly rawName: string
  readonly rawValue: string
  /** Whether there was a `=`: `?acl` and `?acl=` mean and sign the same. */
  readonly hasEquals: boolean
}

/** The target of a request line, taken apart without touching what it says. */
export interface ParsedTarget {
  /** Decoded once; a plus is a plus. Never normalised: `//`, `.`, `..` and a trailing slash belong to the key. */
  readonly path: string
  readonly rawPath: string
  /** Everything behind the first `?`, as it came. */
  readonly rawQuery: string
  readonly parameters: readonly QueryParameter[]
}

/**
 * Takes a request target apart. Not by a URL class: that would fold `.` and `..` and encode anew, and the signature is
 * over what the client meant.
 *
 * An absolute-form target, as proxies send it, loses scheme and authority. An empty path is `/`; `*` (of OPTIONS) stays.
 *
 * @throws Failure `InvalidUri` when it is not a path, or something in it is not percent-encoded UTF-8.
 */
export function parseTarget(rawTarget: string): ParsedTarget {
  const { rawPath, rawQuery } = cut(rawTarget)
  if (!rawPath.startsWith('/') && rawPath !== '*') {
    throw new Failure('InvalidUri', `The path ${said(rawPath)} does not begin with "/".`)
  }
  return { path: percentDecode(rawPath, 'path'), rawPath, rawQuery, parameters: parseQuery(rawQuery) }
}

/** Where a target leads that `parseTarget` refuses: its path, as it came when that cannot be decoded. */
export function pathOfRefused(rawTarget: string): string {
  const { rawPath } = cut(rawTarget)
  try {
    return percentDecode(rawPath, 'path')
  } catch {
    return rawPath
  }
}

function cut(rawTarget: string): Pick<ParsedTarget, 'rawPath' | 'rawQuery'> {
  const target = rawTarget.replace(SCHEME_AND_AUTHORITY, '')
  const mark = target.indexOf('?')
  return mark === -1
    ? { rawPath: target || '/', rawQuery: '' }
    : { rawPath: target.slice(0, mark) || '/', rawQuery: target.slice(mark + 1) }
}

const SCHEME_AND_AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i

/** What stands between `//` and the path of an absolute-form target; `null` when the target has another form. */
export function authorityOf(rawTarget: string): string | null {
  return SCHEME_AND_AUTHORITY.exec(rawTarget)?.[1] ?? null
}

function parseQuery(rawQuery: string): readonly QueryParameter[] {
  return rawQuery
    .split('&')
    .filter((piece) => piece !== '')
    .map((piece) => {
      const equals = piece.indexOf('=')
      const rawName = equals === -1 ? piece : piece.slice(0, equals)
      const rawValue = equals === -1 ? '' : piece.slice(equals + 1)
      return {
        name: percentDecode(rawName.replaceAll('+', ' '), 'parameter'),
        value: percentDecode(rawValue.replaceAll('+', ' '), `parameter ${said(rawName)} with the value`),
        rawName,
        rawValue,
        hasEquals: equals !== -1,
      }
    })
}

function percentDecode(text: string, where: string): string {
  // Node hands over bytes above 0x7f as Latin-1 characters: a client that did not encode them meant UTF-8.
  const bytes = /[\u0080-\u00ff]/.test(text) ? encodeRawBytes(text) : text
  try {
    return decodeURIComponent(bytes)
  } catch {
    throw new Failure('InvalidUri', `The ${where} ${said(text)} cannot be decoded, expected percent-encoded UTF-8.`)
  }
}

function encodeRawBytes(text: string): string {
  return text.replace(/[\u0080-\u00ff]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
}

/** The value of the first parameter of this name, decoded; `null` when there is none. */
export function parameterValue(target: ParsedTarget, name: string): string | null {
  return target.parameters.find((parameter) => parameter.name === name)?.value ?? null
}

/** What the rules of the original begin with. */
const RULE_BEGINNINGS =
  /^(?:image(?:Mogr2|View2|Info|Ave|Slim|Processing)|watermark|style\/|ci-process|exif$|exif\||pipeline\/)/i

/**
 * The parameter whose *name* is a picture rule: `?imageMogr2/thumbnail/!50p|imageMogr2/format/webp`, encoded or not,
 * with or without a trailing `=`. `null` when there is none.
 *
 * A rule is known by how it begins, or by a slash or a pipe in it, which no other parameter name of the protocol has.
 */
export function imageRule(target: ParsedTarget): QueryParameter | null {
  return target.parameters.find(({ name }) => RULE_BEGINNINGS.test(name) || /[/|]/.test(name)) ?? null
}
