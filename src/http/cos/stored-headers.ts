import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '../../base/index.ts'
import { said } from '../../wire/index.ts'

/** Headers of an upload that are kept and given back as they came, beside `x-cos-meta-*`. */
const KEPT = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires'] as const

/**
 * The protocol's classes of storage. All are the same here; the word is kept and given back, because programs compare it
 * with what they asked for.
 */
const STORAGE_CLASSES = new Set([
  'STANDARD',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ARCHIVE',
  'DEEP_ARCHIVE',
  'COLD',
  'MAZ_STANDARD',
  'MAZ_STANDARD_IA',
  'MAZ_INTELLIGENT_TIERING',
  'MAZ_ARCHIVE',
  'MAZ_COLD',
])

/** Names and values of all `x-cos-meta-*` headers together. */
const MAX_METADATA_BYTES = 2 * 1024

/**
 * What of an upload's headers belongs to the object. Values stay the bytes they were (Latin-1 text, one character per
 * byte), so UTF-8 metadata comes back as it was sent. An empty header counts as not given. Fails with `InvalidArgument`
 * when the metadata is longer than 2 KB, or there is no such storage class.
 */
export function storedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const stored: Record<string, string> = {}
  for (const name of KEPT) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '') stored[name] = value
  }
  Object.assign(stored, storageClassHeader(headers))
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

/** The header that says the storage class; none for the usual one. Fails with `InvalidArgument`. */
export function storageClassHeader(headers: IncomingHttpHeaders): Record<string, string> {
  const storageClass = String(headers['x-cos-storage-class'] ?? '').toUpperCase()
  if (storageClass === '' || storageClass === 'STANDARD') return {}
  if (!STORAGE_CLASSES.has(storageClass)) {
    const expected = [...STORAGE_CLASSES].join(', ')
    throw new Failure('InvalidArgument', `x-cos-storage-class is ${said(storageClass)}, expected one of ${expected}`)
  }
  return { 'x-cos-storage-class': storageClass }
}

/** The storage class of something that was stored with these headers. */
export function storageClassOf(stored: Readonly<Record<string, string>>): string {
  return stored['x-cos-storage-class'] ?? 'STANDARD'
}
