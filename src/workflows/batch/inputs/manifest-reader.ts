import { createHash } from 'node:crypto'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Failure } from '../../../base/index.ts'
import { checkKey, type StoredObject } from '../../../objects/index.ts'
import { said } from '../../../wire/index.ts'
import { type CsvLimits, csvRecords } from './csv-records.ts'
import type { InputReader, ListEntry, ManifestPlace } from './input-reader.ts'
import { decodeKey } from './key-of-address.ts'
import { listEntry, refusedEntry } from './list-entry.ts'
import { findListFile, type ListFilePorts } from './list-file.ts'
import { type DataFile, type Manifest, readManifest } from './manifest.ts'
import { textOf } from './utf8-text.ts'

export interface ManifestLimits {
  /** Bytes of the `manifest.json`: it is held in memory as a whole. */
  readonly maxManifestBytes: number
  /** Of each data file, unpacked. */
  readonly csv: CsvLimits
}

/** Twenty thousand data files; rows of several keys' length; a hundred million rows in a file. */
const LIMITS: ManifestLimits = {
  maxManifestBytes: 4 * 1_024 * 1_024,
  csv: { maxRecordBytes: 16 * 1_024, maxBytes: 16 * 1_024 ** 3 },
}
/** Rows read in one go when they say nothing, until the place is written down. */
const ROWS_AT_ONCE = 5_000

/**
 * An inventory of COS: a `manifest.json` and the data files it names, gzip-compressed CSV in the same bucket. A data
 * file is checked before its first row: there, of the size and with the MD5 that the manifest says.
 *
 * A file that is packed as a whole can only be read from its beginning. So the file in work stays open from one call to
 * the next, and only a new start reads over what was done.
 */
export function manifestReader(
  ports: ListFilePorts,
  bucket: string,
  value: string,
  limits: ManifestLimits = LIMITS,
): InputReader {
  let manifest: { readonly version: string; readonly content: Manifest } | null = null
  let open: OpenFile | null = null
  let isClosed = false

  function goOn(): void {
    if (isClosed) throw new Failure('ServerStopping', 'The list is read no further.')
  }

  async function manifestOf(version: string | null): Promise<{ version: string; content: Manifest }> {
    const file = await findListFile(ports, bucket, 'Input.Manifest', value, version)
    if (manifest?.version === file.version) return manifest
    manifest = { version: file.version, content: await named(`Input.Manifest is ${said(value)}`, () => load(file)) }
    return manifest
  }

  async function load(file: StoredObject): Promise<Manifest> {
    if (file.size > limits.maxManifestBytes) {
      throw new Failure('ListUnreadable', `it has ${file.size} bytes, expected at most ${limits.maxManifestBytes}`)
    }
    const pieces: Buffer[] = []
    for await (const piece of await ports.blobs.read(file.blobId)) pieces.push(piece as Buffer)
    const text = textOf(Buffer.concat(pieces))
    if (text === null) throw new Failure('ListUnreadable', 'it is not UTF-8')
    return readManifest(text.replace(/^\ufeff/, ''))
  }

  async function openAt(place: ManifestPlace, file: DataFile): Promise<OpenFile> {
    if (open === null || !open.leadsTo(place)) {
      await open?.close()
      open = null
      const object = await findDataFile(file, place.fileVersion)
      if (place.fileVersion === null) await checkSum(object, file)
      open = new OpenFile(place.file, object, await ports.blobs.read(object.blobId), limits.csv)
    }
    const rows = open
    // What was done before a new start, or by another server.
    while (rows.row < place.row) {
      goOn()
      await rows.next()
    }
    return rows
  }

  async function findDataFile(file: DataFile, version: string | null): Promise<StoredObject> {
    try {
      checkKey(file.key)
    } catch (cause) {
      throw new Failure('ListUnreadable', `the manifest names it, and it is no key of an object`, { cause })
    }
    const object = await ports.objects.findObject(bucket, file.key)
    if (object === null) throw new Failure('ListUnreadable', `there is no such object in the bucket ${bucket}`)
    if (version !== null && object.version !== version) {
      throw new Failure('ListUnreadable', 'it was replaced while it was being read')
    }
    if (object.size !== file.size) {
      throw new Failure('ListUnreadable', `it has ${object.size} bytes, expected the ${file.size} of the manifest`)
    }
    return object
  }

  async function checkSum(object: StoredObject, file: DataFile): Promise<void> {
    const hash = createHash('md5')
    for await (const piece of await ports.blobs.read(object.blobId)) {
      goOn()
      hash.update(piece as Buffer)
    }
    const md5 = hash.digest('hex')
    if (md5 !== file.md5) {
      throw new Failure('ListUnreadable', `its MD5 is ${md5}, expected the ${file.md5} of the manifest`)
    }
  }

  return {
    async read(from, limit) {
      const place = from as ManifestPlace | null
      const { version, content } = await manifestOf(place?.version ?? null)
      const start = place ?? { version, file: 0, fileVersion: null, row: 0 }
      const file = content.files[start.file]
      if (file === undefined) return { entries: [], next: start, isLast: true, read: content.size }
      return named(`The data file ${said(file.key)}`, async () => {
        const rows = await openAt(start, file)
        const entries: ListEntry[] = []
        for (let looked = 0; looked < ROWS_AT_ONCE && entries.length < limit; looked += 1) {
          goOn()
          const row = await rows.next()
          if (row === null) {
            await rows.close()
            open = null
            const next = { version, file: start.file + 1, fileVersion: null, row: 0 }
            return { entries, next, isLast: next.file === content.files.length, read: file.before + file.size }
          }
          const entry = entryOf(row, content.columns, bucket, `row ${rows.row} of ${file.key}`)
          if (entry !== null) entries.push(entry)
        }
        const next = { version, file: start.file, fileVersion: rows.version, row: rows.row }
        return { entries, next, isLast: false, read: file.before + rows.bytesRead }
      }).catch((error: unknown) => {
        // What was closed under a read breaks it in ways that say nothing of the file.
        goOn()
        throw error
      })
    },

    async measure() {
      return (await manifestOf(null)).content.size
    },

    async close() {
      isClosed = true
      await open?.close()
      open = null
    },
  }
}

/** A data file in work. */
class OpenFile {
  readonly index: number
  readonly version: string
  /** Rows that were read. */
  row = 0
  readonly #packed: Readable
  readonly #rows: AsyncGenerator<readonly string[]>
  #bytesRead = 0

  constructor(index: number, object: StoredObject, packed: Readable, limits: CsvLimits) {
    this.index = index
    this.version = object.version
    this.#packed = packed
    packed.on('data', (piece: Buffer) => {
      this.#bytesRead += piece.length
    })
    // What breaks is told to whoever reads the rows.
    const unpacked = pipeline(packed, createGunzip(), () => undefined)
    this.#rows = csvRecords(unpacked, limits)
  }

  /** Packed bytes that were taken in: a little ahead of the rows. */
  get bytesRead(): number {
    return this.#bytesRead
  }

  /** The next row, or `null` behind the last one. */
  async next(): Promise<readonly string[] | null> {
    try {
      const { done, value } = await this.#rows.next()
      if (done) return null
      this.row += 1
      return value
    } catch (error) {
      if (!isZlibError(error)) throw error
      throw new Failure(
        'ListUnreadable',
        `it is broken or cut off behind row ${this.row}, expected gzip: ${error.message}`,
        {
          cause: error,
        },
      )
    }
  }

  /** Whether reading on comes to this place. */
  leadsTo({ file, fileVersion, row }: ManifestPlace): boolean {
    return this.index === file && this.row <= row && (fileVersion === null || fileVersion === this.version)
  }

  async close(): Promise<void> {
    // First the stream: a row that is waited for comes no more.
    this.#packed.destroy()
    await this.#rows.return(undefined)
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith('Z_')
}

/** What a row stands for: `null` when it lists no present object, but a version that was or one that was deleted. */
function entryOf(
  row: readonly string[],
  columns: Manifest['columns'],
  bucket: string,
  where: string,
): ListEntry | null {
  const key = row[columns.key]
  if (key === undefined) {
    return refusedEntry(
      row.join(','),
      `${where} has ${row.length} columns, expected the Key in column ${columns.key + 1}.`,
    )
  }
  if (isFlag(row, columns.isLatest, 'false') || isFlag(row, columns.isDeleteMarker, 'true')) return null
  const owner = columns.bucket === null ? undefined : row[columns.bucket]
  // Inventories name a bucket without its APPID.
  if (owner !== undefined && owner !== bucket && owner !== bucket.replace(/-\d+$/, '')) {
    return refusedEntry(key, `${where} names the bucket ${said(owner)}, expected ${bucket}.`)
  }
  return listEntry(key, where, decodeKey)
}

function isFlag(row: readonly string[], column: number | null, word: string): boolean {
  return column !== null && row[column]?.toLowerCase() === word
}

/** Puts the name of the file in front of what is wrong with it. */
async function named<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'ListUnreadable') throw error
    throw new Failure('ListUnreadable', `${name}: ${error.message}.`, { cause: error })
  }
}
