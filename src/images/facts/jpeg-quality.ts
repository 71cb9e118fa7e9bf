/**
 * The luminance table of Annex K of the JPEG standard, in the zigzag order in which files have it.
 * At quality Q, encoders of the IJG family scale it by 5000/Q % (below 50) or 200 - 2Q %.
 */
const annexK = [
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
  60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121,
  112, 100, 120, 92, 101, 103, 99,
] as const

const scaledTables = Array.from({ length: 100 }, (_, index) => {
  const quality = index + 1
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality
  return annexK.map((value) => Math.min(Math.max(Math.floor((value * percent + 50) / 100), 1), 255))
})

/**
 * The quality a JPEG was probably written with, 1 to 100: that whose table is nearest to the luminance table of the file
 * (sum of differences). Exact for encoders that use the standard tables; for mozjpeg's own tables up to 13 too low.
 * `null` when the file has no table before its pixels.
 */
export function estimateJpegQuality(bytes: Uint8Array): number | null {
  const table = luminanceTable(bytes)
  if (table === null) return null
  let nearest = 100
  let smallest = Number.POSITIVE_INFINITY
  for (let index = 99; index >= 0; index--) {
    const scaled = scaledTables[index]!
    let difference = 0
    for (let i = 0; i < 64; i++) difference += Math.abs(table[i]! - scaled[i]!)
    if (difference < smallest) {
      smallest = difference
      nearest = index + 1
    }
  }
  return nearest
}

const DQT = 0xdb
const SOS = 0xda
const EOI = 0xd9

/** The quantisation table of the first component of the frame, in zigzag order. */
function luminanceTable(bytes: Uint8Array): readonly number[] | null {
  const tables: (number[] | undefined)[] = []
  let wanted = 0
  let at = 2
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1]!
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker === SOS || marker === EOI) break
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!
    const end = at + 2 + length
    if (length < 2 || end > bytes.length) break
    if (marker === DQT) readTables(bytes, at + 4, end, tables)
    else if (isFrame(marker) && length >= 11) wanted = bytes[at + 12]! & 3
    at = end
  }
  return tables[wanted] ?? tables.find((table) => table !== undefined) ?? null
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

/** Start-of-frame markers, C0 to CF without the three that mean something else. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}
