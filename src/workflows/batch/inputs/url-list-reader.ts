import { Failure } from '../../../base/index.ts'
import type { StoredObject } from '../../../objects/index.ts'
import type { InputReader, ListEntry, Portion, UrlListPlace } from './input-reader.ts'
import { keyOfAddress } from './key-of-address.ts'
import { listEntry, refusedEntry } from './list-entry.ts'
import { findListFile, type ListFilePorts } from './list-file.ts'
import { textOf } from './utf8-text.ts'

/** Bytes of a line, without its end: a key of 850 bytes, percent-encoded, with a host and a signature, and more. */
const MAX_LINE_BYTES = 8_192
/** Bytes read at once: a line always fits. */
const PIECE_BYTES = 64 * 1_024
const LINE_FEED = 0x0a

/**
 * A text with an address of an object, or a bare key, in each line. Blank lines say nothing; what is no object of this
 * bucket is refused line by line, and the rest goes on.
 */
export function urlListReader(ports: ListFilePorts, bucket: string, value: string): InputReader {
  const find = (version: string | null) => findListFile(ports, bucket, 'Input.UrlFile', value, version)
  return {
    async read(from, limit) {
      const place = from as UrlListPlace | null
      const file = await find(place?.version ?? null)
      const start = place ?? { version: file.version, offset: 0, line: 1, isInLongLine: false }
      const bytes = await pieceOf(ports.blobs, file, start.offset)
      return linesOf(bytes, start, file.size, limit, (text) => keyOfAddress(text, bucket, ports.bucketOfHost))
    },
    async measure() {
      return (await find(null)).size
    },
    async close() {},
  }
}

async function pieceOf(blobs: ListFilePorts['blobs'], file: StoredObject, offset: number): Promise<Buffer> {
  if (offset >= file.size) return Buffer.alloc(0)
  const end = Math.min(file.size, offset + PIECE_BYTES) - 1
  const pieces: Buffer[] = []
  for await (const piece of await blobs.read(file.blobId, { start: offset, end })) pieces.push(piece as Buffer)
  const bytes = Buffer.concat(pieces)
  // Or the same place would be read again and again.
  if (bytes.length <= end - offset)
    throw new Failure('StorageUnavailable', `the bytes of ${file.key} are not all there`)
  return bytes
}

/** The lines that begin in these bytes and end there, or with the file. */
function linesOf(
  bytes: Buffer,
  start: UrlListPlace,
  size: number,
  limit: number,
  keyOf: (text: string) => string,
): Portion {
  const entries: ListEntry[] = []
  let at = 0
  let { line, isInLongLine } = start
  while (at < bytes.length && entries.length < limit) {
    const found = bytes.indexOf(LINE_FEED, at)
    const isEndOfFile = found === -1 && start.offset + bytes.length === size
    const end = found === -1 ? bytes.length : found
    if (found === -1 && !isEndOfFile && end - at <= MAX_LINE_BYTES && !isInLongLine) break
    if (!isInLongLine) {
      const entry = entryOf(bytes.subarray(at, end), line, start.offset + at === 0, keyOf)
      if (entry !== null) entries.push(entry)
    }
    isInLongLine = found === -1 && !isEndOfFile
    at = found === -1 ? end : end + 1
    if (!isInLongLine) line += 1
  }
  const offset = start.offset + at
  return {
    entries,
    next: { version: start.version, offset, line, isInLongLine },
    isLast: offset === size,
    read: offset,
  }
}

function entryOf(bytes: Buffer, line: number, isFirst: boolean, keyOf: (text: string) => string): ListEntry | null {
  const where = `line ${line}`
  if (bytes.length > MAX_LINE_BYTES) {
    const begin = bytes.subarray(0, 100).toString('latin1')
    return refusedEntry(begin, `${where} is longer than ${MAX_LINE_BYTES} bytes.`)
  }
  const text = textOf(bytes)
  if (text === null) return refusedEntry(bytes.toString('latin1'), `${where} is not UTF-8.`)
  // Windows editors put a mark in front of the file and a carriage return at the end of each line.
  const content = (isFirst ? text.replace(/^\ufeff/, '') : text).replace(/\r$/, '')
  return content.trim() === '' ? null : listEntry(content, where, keyOf)
}
