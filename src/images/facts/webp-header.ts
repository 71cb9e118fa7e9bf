/** Where the frame of a simple file begins: behind `RIFF`, a size, `WEBP`, `VP8 ` and another size. */
const FRAME = 20

/**
 * The size of a WebP picture that is one lossy frame and nothing else: no transparency, no metadata, no animation. `null`
 * for all others, and for what is not quite as it should be: a decoder has to say what those are.
 *
 * @source RFC 6386 § 9.1 (the header of a key frame), RFC 9649 § 2.5 (the simple lossy file)
 */
export function readSimpleWebp(file: Buffer): { readonly width: number; readonly height: number } | null {
  if (file.length < FRAME + 10 || file.toString('latin1', 0, 4) !== 'RIFF') return null
  if (file.toString('latin1', 8, 16) !== 'WEBPVP8 ') return null
  const bytes = file.readUInt32LE(16)
  // Whole, and nothing behind it. Chunks are filled up to an even length.
  if (FRAME + bytes + (bytes & 1) !== file.length || file.readUInt32LE(4) !== file.length - 8) return null
  const tag = file[FRAME]!
  const isShownKeyFrame = (tag & 0b1_000_1) === 0b1_000_0
  if (!isShownKeyFrame || ((tag >> 1) & 0b111) > 3) return null
  if (file.readUIntBE(FRAME + 3, 3) !== 0x9d012a) return null
  // The two highest bits of each say how it was meant to be scaled, which nobody heeds.
  const width = file.readUInt16LE(FRAME + 6) & 0x3fff
  const height = file.readUInt16LE(FRAME + 8) & 0x3fff
  return width > 0 && height > 0 ? { width, height } : null
}
