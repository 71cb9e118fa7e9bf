import { exifTags, gpsTags, type Tag } from './exif-tags.ts'

/**
 * The types a value may have, by their number in the standard: bytes of one. 1, 6 and 7 are bytes, 2 is text, 3 and 8 have
 * sixteen bits, 4 and 9 have 32, 5 and 10 are fractions of two of those, 11 and 12 are floating.
 */
const bytesOfType: readonly number[] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8]

/** Values read of one field: lenses have four numbers, tables of a camera thousands, which say nothing to anybody. */
const maxNumbers = 16

/** One field as it stands in the block. */
export interface ExifField {
  readonly tag: Tag
  readonly type: number
  /** Bytes of text and of what has no type. */
  readonly bytes: Uint8Array
  /** The first of its numbers; a fraction is two of them. */
  readonly numbers: readonly number[]
}

/** Where a list of fields begins, and which names it has. */
interface Folder {
  readonly at: number
  readonly tags: ReadonlyMap<number, Tag>
}

const EXIF_FOLDER = 0x8769
const GPS_FOLDER = 0x8825

/**
 * The fields of an EXIF block that have a name, in their order: of the picture, of its exposure, of the place. A TIFF file
 * is such a block too. What is said of the thumbnail and what only the maker of the camera can read is left out.
 *
 * Made by anybody, so nothing in it is believed: each of the three lists is read once, a field that does not lie within
 * the block is passed over, and of two with one name the first counts.
 */
export function readExif(block: Uint8Array): readonly ExifField[] {
  const bytes = withoutMark(block)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < 8) return []
  const order = view.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return []
  const little = order === 0x4949
  if (view.getUint16(2, little) !== 42) return []
  const fields = new Map<string, ExifField>()
  let exifAt = 0
  let gpsAt = 0
  const read = ({ at, tags }: Folder, isFirst: boolean) => {
    for (const entry of entriesAt(view, at, little)) {
      if (isFirst && entry.id === EXIF_FOLDER) exifAt ||= pointer(view, entry, little)
      if (isFirst && entry.id === GPS_FOLDER) gpsAt ||= pointer(view, entry, little)
      const tag = tags.get(entry.id)
      if (tag === undefined || fields.has(tag.name)) continue
      const field = fieldOf(view, entry, tag, little)
      if (field !== null) fields.set(tag.name, field)
    }
  }
  read({ at: view.getUint32(4, little), tags: exifTags }, true)
  if (exifAt !== 0) read({ at: exifAt, tags: exifTags }, false)
  if (gpsAt !== 0) read({ at: gpsAt, tags: gpsTags }, false)
  return [...fields.values()]
}

/** In JPEG and WebP the block begins with the word that marks it. */
function withoutMark(block: Uint8Array): Uint8Array {
  const mark = [0x45, 0x78, 0x69, 0x66, 0, 0]
  return mark.every((byte, place) => block[place] === byte) ? block.subarray(mark.length) : block
}

interface Entry {
  readonly id: number
  readonly type: number
  readonly count: number
  /** Where the four bytes stand that are the value, or say where it is. */
  readonly at: number
}

function* entriesAt(view: DataView, at: number, little: boolean): Generator<Entry> {
  if (at + 2 > view.byteLength) return
  const count = view.getUint16(at, little)
  for (let n = 0; n < count; n++) {
    const here = at + 2 + n * 12
    if (here + 12 > view.byteLength) return
    yield {
      id: view.getUint16(here, little),
      type: view.getUint16(here + 2, little),
      count: view.getUint32(here + 4, little),
      at: here + 8,
    }
  }
}

function pointer(view: DataView, { at }: Entry, little: boolean): number {
  return view.getUint32(at, little)
}

/** `null` for a field of no known type, and for one that is not within the block. */
function fieldOf(view: DataView, { type, count, at }: Entry, tag: Tag, little: boolean): ExifField | null {
  const size = bytesOfType[type] ?? 0
  const length = size * count
  if (length === 0) return null
  const start = length <= 4 ? at : view.getUint32(at, little)
  if (start + length > view.byteLength) return null
  const bytes = new Uint8Array(view.buffer, view.byteOffset + start, length)
  const numbers: number[] = []
  for (let n = 0; n < Math.min(count, maxNumbers); n++) numbers.push(...numbersAt(view, start + n * size, type, little))
  return { tag, type, bytes, numbers }
}

function numbersAt(view: DataView, at: number, type: number, little: boolean): number[] {
  switch (type) {
    case 3:
      return [view.getUint16(at, little)]
    case 4:
      return [view.getUint32(at, little)]
    case 5:
      return [view.getUint32(at, little), view.getUint32(at + 4, little)]
    case 6:
      return [view.getInt8(at)]
    case 8:
      return [view.getInt16(at, little)]
    case 9:
      return [view.getInt32(at, little)]
    case 10:
      return [view.getInt32(at, little), view.getInt32(at + 4, little)]
    case 11:
      return [view.getFloat32(at, little)]
    case 12:
      return [view.getFloat64(at, little)]
    default:
      return [view.getUint8(at)]
  }
}
