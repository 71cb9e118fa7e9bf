import type { DocumentFormat, WireDocument } from './document.ts'
import { writeJson } from './write-json.ts'
import { writeXml } from './xml/write-xml.ts'

/** The text of a document in the format asked for. */
export function writeDocument(document: WireDocument, format: DocumentFormat): string {
  return format === 'XML' ? writeXml(document) : writeJson(document)
}

/** The content type of each format, exactly: receivers compare it, so there is no charset parameter. */
export const contentTypeOf = { XML: 'application/xml', JSON: 'application/json' } as const satisfies Record<
  DocumentFormat,
  string
>
