import type { NewObject } from '../objects/index.ts'
import type { CosHeader } from '../wire/index.ts'

/**
 * What the callbacks of a run say of the upload that started it: the four that the official samples show, in their order,
 * then the upload's own metadata in alphabetical order.
 */
export function cosHeadersOf(
  object: Pick<NewObject, 'contentType' | 'requestId' | 'eventName' | 'size' | 'headers'>,
): readonly CosHeader[] {
  const metadata = Object.keys(object.headers)
    .filter((name) => name.startsWith('x-cos-meta-'))
    .sort()
  return [
    { key: 'Content-Type', value: textOf(object.contentType) },
    { key: 'x-cos-request-id', value: object.requestId },
    { key: 'EventName', value: object.eventName },
    { key: 'Size', value: String(object.size) },
    ...metadata.map((key) => ({ key, value: textOf(object.headers[key]!) })),
  ]
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A header is kept as the bytes that came, one character for each. SDKs send UTF-8; what is none stays as it is. */
function textOf(header: string): string {
  try {
    return utf8.decode(Buffer.from(header, 'latin1'))
  } catch {
    return header
  }
}
