import { Failure } from '../../../base/index.ts'
import { said } from '../../../wire/index.ts'

/** A `manifest.json` of a COS inventory, as far as it matters here. */
export interface Manifest {
  /** Index of each column that is looked at, in the rows of the data files. */
  readonly columns: {
    readonly key: number
    readonly bucket: number | null
    readonly isLatest: number | null
    readonly isDeleteMarker: number | null
  }
  readonly files: readonly DataFile[]
  /** Bytes of all data files together, packed. */
  readonly size: number
}

export interface DataFile {
  readonly key: string
  /** Bytes, packed. */
  readonly size: number
  /** Those of the files before it. */
  readonly before: number
  /** MD5 of the packed bytes, lower-case hex. */
  readonly md5: string
}

/** Columns of one inventory; the most the original has is a dozen. */
const MAX_COLUMNS = 100

/**
 * Reads a manifest. Numbers may be text, as the original writes them. Fails with `ListUnreadable` that names the field,
 * what it is, and what was expected.
 *
 * @source the COS page on inventories: `fileFormat`, `fileSchema`, `files[]` with `key`, `size`, `md5Checksum`
 */
export function readManifest(text: string): Manifest {
  const root = objectOf(parse(text), 'the file')
  const format = textOf(root, 'fileFormat')
  if (format.toUpperCase() !== 'CSV') throw wrong(`fileFormat is ${said(format)}, expected CSV`)
  const schema = textOf(root, 'fileSchema')
  const names = schema.split(',', MAX_COLUMNS + 1).map((name) => name.trim().toLowerCase())
  if (names.length > MAX_COLUMNS) throw wrong(`fileSchema names more than ${MAX_COLUMNS} columns`)
  const indexOf = (name: string) => {
    const index = names.indexOf(name)
    return index === -1 ? null : index
  }
  const key = indexOf('key')
  if (key === null) throw wrong(`fileSchema is ${said(schema)}, expected a column Key among others`)
  const { files } = root
  if (!Array.isArray(files)) throw wrong('files is missing, expected a list of data files')
  let size = 0
  const dataFiles = files.map((value: unknown, index) => {
    const file = { ...dataFileOf(value, index), before: size }
    size += file.size
    return file
  })
  return {
    columns: {
      key,
      bucket: indexOf('bucket'),
      isLatest: indexOf('islatest'),
      isDeleteMarker: indexOf('isdeletemarker'),
    },
    files: dataFiles,
    size,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Failure('ListUnreadable', `it is not JSON, expected the manifest.json of an inventory`, { cause })
  }
}

function dataFileOf(value: unknown, index: number): Omit<DataFile, 'before'> {
  const name = `files[${index}]`
  const file = objectOf(value, name)
  const key = textOf(file, 'key', name)
  const size = textOf(file, 'size', name)
  if (!/^\d{1,15}$/.test(size)) throw wrong(`${name}.size is ${said(size)}, expected a number of bytes`)
  const md5 = textOf(file, 'md5Checksum', name)
  if (!/^[0-9a-f]{32}$/i.test(md5)) throw wrong(`${name}.md5Checksum is ${said(md5)}, expected 32 hex digits`)
  return { key, size: Number(size), md5: md5.toLowerCase() }
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw wrong(`${name} is no JSON object, expected the manifest.json of an inventory`)
}

function textOf(object: Readonly<Record<string, unknown>>, field: string, parent?: string): string {
  const value = object[field]
  const name = parent === undefined ? field : `${parent}.${field}`
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number') return String(value)
  throw wrong(`${name} is missing, expected what the manifest.json of an inventory has there`)
}

function wrong(message: string): Failure {
  return new Failure('ListUnreadable', message)
}
