import { contentTypeOf, type WireDocument, writeDocument } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'

/** Answers 200 with a document: XML, or JSON for a client that asks for it with `Accept: application/json`. */
export function answerDocument(exchange: Exchange, document: WireDocument): Promise<void> {
  const format = wantsJson(exchange.headers.accept) ? 'JSON' : 'XML'
  return exchange.answerText(200, contentTypeOf[format], writeDocument(document, format))
}

/** Only a client that names JSON and not XML: browsers and tools name both, or anything. What has `q=0` is not wanted. */
function wantsJson(accept = ''): boolean {
  const wanted = accept.split(',').filter((type) => !/;\s*q=0(\.0*)?\s*$/i.test(type))
  const names = (type: RegExp): boolean => wanted.some((one) => type.test(one))
  return names(/\bapplication\/json\b/i) && !names(/\b(application|text)\/xml\b/i)
}

/**
 * The host under which this client finds objects: its own host with `cos` in the place of `ci`, so that a `Location`
 * works for it as it stands.
 */
export function objectHostFor(exchange: Exchange): ((bucket: string, region: string) => string) | undefined {
  const suffix = /^[^.]+\.ci\.[^.]+\.(.+)$/i.exec(exchange.host)?.[1]
  return suffix === undefined ? undefined : (bucket, region) => `${bucket}.cos.${region}.${suffix}`
}
