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
 *
 * @param table 64 values in zigzag order
 */
export function estimateJpegQuality(table: readonly number[]): number {
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
