import { Failure } from '../../base/index.ts'
import type { StoredObject } from '../../objects/index.ts'
import { said } from '../../wire/index.ts'
import type { AnswerHeaders, Exchange } from '../exchange.ts'
import { headerText } from '../header-spelling.ts'

/** What every answer about an object says of its version, 304 included. */
export function versionHeaders(object: StoredObject): AnswerHeaders {
  return {
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.lastModified).toUTCString(),
    'x-cos-hash-crc64ecma': object.crc64,
  }
}

/** What every answer about a picture made of an object says of its version. Check sums are those of the source, so none. */
export function pictureVersionHeaders({ lastModified }: StoredObject, version: string): AnswerHeaders {
  return { etag: `"${version}"`, 'last-modified': new Date(lastModified).toUTCString() }
}

/** What a GET or HEAD says of an object, before lengths and ranges. */
export function objectHeaders(object: StoredObject): AnswerHeaders {
  return {
    'content-type': object.contentType,
    ...object.headers,
    'accept-ranges': 'bytes',
    ...versionHeaders(object),
  }
}

const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
] as const

/**
 * Headers that a reader wants instead of the stored ones (`response-content-type` …). They let whoever writes a URL
 * decide how a browser treats the bytes, so an unsigned request may not have any (`AccessDenied`). Values that no header
 * can hold are `InvalidArgument`.
 */
export function overriddenHeaders(exchange: Exchange): AnswerHeaders {
  const headers: Record<string, string> = {}
  for (const name of OVERRIDES) {
    const parameter = `response-${name}`
    const value = exchange.query.first(parameter) ?? ''
    if (value === '') continue
    if (exchange.signedBy === null) {
      throw new Failure('AccessDenied', `${parameter} is for signed requests only`)
    }
    const text = headerText(value)
    if (text === null) {
      throw new Failure('InvalidArgument', `${parameter} is ${said(value)}, expected no control characters.`)
    }
    headers[name] = text
  }
  return headers
}
