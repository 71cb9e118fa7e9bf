import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '../../base/index.ts'

/** Headers of an upload that are kept and given back as they came, beside `x-cos-meta-*`. */
const KEPT = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires'] as const

/** Names and values of all `x-cos-meta-*` headers together. */
const MAX_METADATA_BYTES = 2 * 1024

/**
 * What of an upload's headers belongs to the object. Values stay the bytes they were (Latin-1 text, one character per
 * byte), so UTF-8 metadata comes back as it was sent. An empty header counts as not given. Fails with `InvalidArgument`
 * when the metadata is longer than 2 KB.
 */
export function storedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const stored: Record<string, string> = {}
  for (const name of KEPT) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '') stored[name] = value
  }
  let metadataBytes = 0
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-cos-meta-') || value === undefined || value === '') continue
    const text = String(value)
    metadataBytes += name.length + text.length
    stored[name] = text
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw new Failure(
      'InvalidArgument',
      `the x-cos-meta-* headers have ${metadataBytes} bytes together, at most ${MAX_METADATA_BYTES} are allowed`,
    )
  }
  return stored
}
