import { join, u16le, u32le } from './bytes.ts'

/** One field: its tag, and its values as they are; two-byte numbers where they all fit, four-byte ones otherwise. */
export type Field = readonly [tag: number, values: readonly number[] | Buffer, type?: number]

export const tag = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  samples: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  planar: 284,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileBytes: 325,
  subIfds: 330,
  sampleFormat: 339,
  xmp: 700,
  iptc: 33723,
  icc: 34675,
  exifIfd: 34665,
} as const

export const compression = { none: 1, lzw: 5, deflate: 8, packBits: 32_773 } as const

function encoded([, values, type]: Field): { type: number; count: number; bytes: Buffer } {
  if (Buffer.isBuffer(values)) return { type: type ?? 7, count: values.length, bytes: values }
  if (type === 3 || (type === undefined && values.every((value) => value <= 0xffff))) {
    return { type: 3, count: values.length, bytes: Buffer.concat(values.map(u16le)) }
  }
  return { type: type ?? 4, count: values.length, bytes: Buffer.concat(values.map(u32le)) }
}

/** A directory that is going to stand at `at`, with what does not fit into its entries behind it. */
export function directory(at: number, fields: readonly Field[], next = 0): Buffer {
  const sorted = [...fields].sort((one, other) => one[0] - other[0])
  let free = at + 2 + sorted.length * 12 + 4
  const entries: Buffer[] = []
  const behind: Buffer[] = []
  for (const field of sorted) {
    const { type, count, bytes } = encoded(field)
    const head = join(u16le(field[0]), u16le(type), u32le(count))
    if (bytes.length <= 4) entries.push(join(head, bytes, Buffer.alloc(4 - bytes.length)))
    else {
      entries.push(join(head, u32le(free)))
      behind.push(bytes)
      free += bytes.length
    }
  }
  return join(u16le(sorted.length), ...entries, u32le(next), ...behind)
}

/** A TIFF whose first directory stands at `first`, behind the bytes given. */
export function tiffOf(first: number, ...parts: readonly Uint8Array[]): Buffer {
  return join('II*\0', u32le(first), ...parts)
}

/** A TIFF of one directory with one strip. */
export function oneStrip(
  {
    width,
    height,
    bits = [8, 8, 8],
    packing = compression.none,
  }: { width: number; height: number; bits?: readonly number[]; packing?: number },
  pixels: Uint8Array,
  ...more: Field[]
): Buffer {
  const fields: Field[] = [
    [tag.width, [width], 4],
    [tag.height, [height], 4],
    [tag.bits, bits],
    [tag.compression, [packing]],
    [tag.photometric, [bits.length < 3 ? 1 : 2]],
    [tag.stripOffsets, [8], 4],
    [tag.samples, [bits.length]],
    [tag.rowsPerStrip, [height], 4],
    [tag.stripBytes, [pixels.length], 4],
  ]
  const own = fields.filter(([name]) => !more.some(([other]) => other === name))
  const at = 8 + pixels.length
  return tiffOf(at, pixels, directory(at, [...own, ...more]))
}
