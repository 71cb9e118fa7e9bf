import { Failure } from '../../base/index.ts'
import { said } from '../../wire/index.ts'
import type { QueryParameter } from './raw-target.ts'

/** A time span as the fields write it, and as numbers: Unix seconds. */
export interface TimeSpan {
  readonly text: string
  readonly startSeconds: number
  readonly endSeconds: number
}

/** The seven fields of a signature. */
export interface Authorization {
  readonly secretId: string
  readonly signTime: TimeSpan
  readonly keyTime: TimeSpan
  /** Entries of the two lists as they came; empty ones are dropped. */
  readonly headerList: readonly string[]
  readonly parameterList: readonly string[]
  /** 40 lower-case hexadecimal digits. */
  readonly signature: string
}

const FIELDS = [
  'q-sign-algorithm',
  'q-ak',
  'q-sign-time',
  'q-key-time',
  'q-header-list',
  'q-url-param-list',
  'q-signature',
] as const
type FieldName = (typeof FIELDS)[number]

/**
 * Finds the signature of a request: in the header, else as seven parameters of the query, else whole in the parameter
 * `sign`. The header wins when there are several.
 *
 * @returns `null` when the request carries none: then nobody in particular asks.
 * @throws Failure `InvalidAuthorization`; its detail `field` names the field that cannot be read, or is `Authorization`
 *   when the header is of another scheme altogether.
 */
export function findAuthorization(
  header: string | undefined,
  parameters: readonly QueryParameter[],
): Authorization | null {
  const headerText = header?.trim() ?? ''
  if (headerText !== '') {
    if (!headerText.startsWith('q-')) {
      const scheme = said(headerText.split(/[\s=]/, 1)[0]!)
      throw unreadable('Authorization', `begins with ${scheme}, expected q-sign-algorithm=sha1&q-ak=…`)
    }
    return readAuthorization(fieldsOfText(headerText))
  }
  const separate = parameters.filter(({ name }) => isField(name))
  if (separate.length > 0) return readAuthorization(separate.map(({ name, value }) => [name, value]))
  const merged = parameters.find(({ name, value }) => name === 'sign' && value !== '')
  return merged === undefined ? null : readAuthorization(fieldsOfText(merged.value.trim()))
}

function fieldsOfText(text: string): [name: string, value: string][] {
  return text.split('&').map((piece) => {
    const equals = piece.indexOf('=')
    return equals === -1 ? [piece, ''] : [piece.slice(0, equals), piece.slice(equals + 1)]
  })
}

/** Whether a parameter of this name is a part of a signature. */
export function isField(name: string): name is FieldName {
  return (FIELDS as readonly string[]).includes(name)
}

function readAuthorization(pieces: readonly (readonly [string, string])[]): Authorization {
  const values = new Map<FieldName, string>()
  for (const [name, value] of pieces) {
    if (!isField(name)) continue
    if (values.has(name)) throw unreadable(name, 'stands twice, expected once')
    values.set(name, value)
  }
  const fieldText = (name: FieldName): string => {
    const value = values.get(name)
    if (value === undefined) throw unreadable(name, 'is missing')
    return value
  }

  if (fieldText('q-sign-algorithm') !== 'sha1') {
    throw unreadable('q-sign-algorithm', `is ${said(fieldText('q-sign-algorithm'))}, expected "sha1"`)
  }
  if (fieldText('q-ak') === '') throw unreadable('q-ak', 'is empty, expected a SecretId')
  const signature = fieldText('q-signature').toLowerCase()
  if (!/^[0-9a-f]{40}$/.test(signature)) {
    throw unreadable('q-signature', `is ${said(fieldText('q-signature'))}, expected 40 hexadecimal digits`)
  }
  return {
    secretId: fieldText('q-ak'),
    signTime: readTimeSpan('q-sign-time', fieldText('q-sign-time')),
    keyTime: readTimeSpan('q-key-time', fieldText('q-key-time')),
    headerList: entries(fieldText('q-header-list')),
    parameterList: entries(fieldText('q-url-param-list')),
    signature,
  }
}

function readTimeSpan(name: FieldName, text: string): TimeSpan {
  const [, start, end] = /^(\d{1,12});(\d{1,12})$/.exec(text) ?? []
  if (start === undefined || Number(start) >= Number(end)) {
    throw unreadable(name, `is ${said(text)}, expected start;end in Unix seconds, start before end`)
  }
  return { text, startSeconds: Number(start), endSeconds: Number(end) }
}

function entries(list: string): readonly string[] {
  return list.split(';').filter((entry) => entry !== '')
}

function unreadable(field: FieldName | 'Authorization', complaint: string): Failure {
  return new Failure('InvalidAuthorization', `${field} ${complaint}.`, { details: { field } })
}
