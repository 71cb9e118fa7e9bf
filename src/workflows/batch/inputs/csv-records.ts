import { Failure } from '../../../base/index.ts'
import { textOf } from './utf8-text.ts'

export interface CsvLimits {
  /** Bytes of a record with its quotes and separators. */
  readonly maxRecordBytes: number
  /** Bytes of all records together. */
  readonly maxBytes: number
}

const LINE_FEED = 0x0a
const QUOTE = 0x22

/**
 * The records of a CSV file (RFC 4180: separated by commas, quotes doubled inside of quotes), one after the other, with
 * memory for one record. Blank lines are none.
 *
 * Fails with `ListUnreadable` that says what is wrong with which record: too long, not UTF-8, a quote that stands where
 * none can, or one that is never closed.
 */
export async function* csvRecords(
  chunks: AsyncIterable<Uint8Array>,
  { maxRecordBytes, maxBytes }: CsvLimits,
): AsyncGenerator<readonly string[]> {
  let rest: Uint8Array = new Uint8Array()
  /** Of `rest`: where the search for its end goes on, and whether that place lies inside of quotes. */
  let searched = 0
  let isQuoted = false
  let row = 1
  let total = 0

  for await (const chunk of chunks) {
    total += chunk.length
    if (total > maxBytes) throw unreadable(`it has more than ${maxBytes} bytes when it is unpacked`)
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let begin = 0
    for (let at = searched; at < bytes.length; at += 1) {
      const byte = bytes[at]
      if (byte === QUOTE) isQuoted = !isQuoted
      else if (byte === LINE_FEED && !isQuoted) {
        const record = recordOf(bytes.subarray(begin, at), row, maxRecordBytes)
        begin = at + 1
        if (record === null) continue
        row += 1
        yield record
      }
    }
    rest = bytes.subarray(begin)
    searched = rest.length
    if (rest.length > maxRecordBytes) throw tooLong(row, maxRecordBytes)
  }
  if (isQuoted) throw unreadable(`row ${row} opens a quote that is never closed`)
  const record = recordOf(rest, row, maxRecordBytes)
  if (record !== null) yield record
}

function recordOf(bytes: Uint8Array, row: number, maxRecordBytes: number): readonly string[] | null {
  if (bytes.length > maxRecordBytes) throw tooLong(row, maxRecordBytes)
  const text = textOf(bytes)?.replace(/\r$/, '')
  if (text === undefined) throw unreadable(`row ${row} is not UTF-8`)
  return text === '' ? null : fieldsOf(text, row)
}

/** A field in quotes, or one without any; then a comma or the end. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y

function fieldsOf(text: string, row: number): string[] {
  const fields: string[] = []
  FIELD.lastIndex = 0
  for (;;) {
    const found = FIELD.exec(text)
    if (found === null) throw unreadable(`row ${row} has a quote in the middle of a field`)
    fields.push(found[1] === undefined ? found[2]! : found[1].replaceAll('""', '"'))
    if (found[3] === '') return fields
  }
}

function tooLong(row: number, maxRecordBytes: number): Failure {
  return unreadable(`row ${row} is longer than ${maxRecordBytes} bytes`)
}

/** Whoever knows the file's name puts it in front. */
function unreadable(message: string): Failure {
  return new Failure('ListUnreadable', message)
}
