/** What the segments before the first scan of a JPEG say. */
export interface JpegSegments {
  /** Zero when the file says the height only later, which hardly any does. */
  readonly width: number
  readonly height: number
  readonly components: number
  readonly bitsPerSample: number
  readonly progressive: boolean
  /** The first scan has not all components, so that a decoder keeps the picture until it has seen the others. */
  readonly separateScans: boolean
  /** The quantisation table of the first component, in zigzag order. */
  readonly luminanceTable: readonly number[] | null
  readonly exif: boolean
  readonly icc: boolean
  readonly xmp: boolean
  readonly iptc: boolean
  /** Of all application segments and comments, which decoders carry along. */
  readonly metadataBytes: number
}

const DQT = 0xdb
const SOS = 0xda
const COM = 0xfe
const APP1 = 0xe1
const APP2 = 0xe2
const APP13 = 0xed

/** Baseline, extended and progressive Huffman; everything rarer is left to the decoder. */
const frameMarkers = [0xc0, 0xc1, 0xc2]

/** Markers that may stand before the first scan and have a length: tables, application segments, comments. */
const isPlain = (marker: number): boolean =>
  [0xc4, DQT, 0xdd, COM].includes(marker) || (marker >= 0xe0 && marker <= 0xef)

/**
 * Reads the segments up to the first scan; `null` when anything about them is unusual. What a decoder would read in
 * another way is unusual too: a marker without a length (a restart) could hide the frame header it goes by.
 */
export function readJpegSegments(bytes: Uint8Array): JpegSegments | null {
  const tables: (number[] | undefined)[] = []
  let frame: { marker: number; at: number } | null = null
  const has = { exif: false, icc: false, xmp: false, iptc: false }
  let metadataBytes = 0
  let at = 2
  for (;;) {
    if (at + 4 > bytes.length || bytes[at] !== 0xff) return null
    const marker = bytes[at + 1]!
    if (marker === SOS) break
    const end = at + 2 + bytes[at + 2]! * 256 + bytes[at + 3]!
    if (end < at + 4 || end > bytes.length) return null
    if (marker === DQT) readTables(bytes, at + 4, end, tables)
    else if (frameMarkers.includes(marker)) {
      if (frame !== null || end < at + 13) return null
      frame = { marker, at: at + 4 }
    } else if (!isPlain(marker)) return null
    if (marker >= 0xe0) metadataBytes += end - at
    if (marker === APP1) {
      if (begins(bytes, at + 4, 'Exif\0')) has.exif = true
      else if (begins(bytes, at + 4, 'http')) has.xmp = true
    } else if (marker === APP2 && begins(bytes, at + 4, 'ICC_PROFILE\0')) has.icc = true
    else if (marker === APP13) has.iptc = true
    at = end
  }
  if (frame === null || at + 5 > bytes.length) return null
  const body = bytes.subarray(frame.at)
  return {
    ...has,
    metadataBytes,
    bitsPerSample: body[0]!,
    height: body[1]! * 256 + body[2]!,
    width: body[3]! * 256 + body[4]!,
    components: body[5]!,
    progressive: frame.marker === 0xc2,
    separateScans: bytes[at + 4]! < body[5]!,
    luminanceTable: tables[body[8]! & 3] ?? null,
  }
}

function readTables(bytes: Uint8Array, from: number, end: number, into: (number[] | undefined)[]): void {
  for (let at = from; at < end; ) {
    const wide = bytes[at]! >> 4 !== 0
    const id = bytes[at]! & 3
    at += 1
    if (at + (wide ? 128 : 64) > end) return
    const table: number[] = []
    for (let i = 0; i < 64; i++) table.push(wide ? bytes[at + 2 * i]! * 256 + bytes[at + 2 * i + 1]! : bytes[at + i]!)
    into[id] = table
    at += wide ? 128 : 64
  }
}

function begins(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return true
}
