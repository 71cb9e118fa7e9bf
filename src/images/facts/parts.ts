import { overLimit, type PictureLimits } from '../limits.ts'
import type { PictureFormat } from '../picture-format.ts'

/**
 * Chunks of a WebP file, frames aside: its decoder keeps some fifty bytes for each, so that 32 MB of empty ones would
 * become 300 MB. Real files have less than ten.
 */
const maxWebpChunks = 1_000

/**
 * Counts what a decoder would make a list of while it reads the header, before one does: a WebP with 300 000 frames
 * keeps it busy for minutes, since it looks at all frames before each. Never throws for a broken file; that is the
 * decoder's business.
 *
 * @throws Failure `PictureOverLimit`
 */
export function checkParts(format: PictureFormat, file: Uint8Array, { maxFrames }: PictureLimits): void {
  if (format === 'gif') checkFrames(countGifFrames(file), maxFrames)
  if (format !== 'webp') return
  const { frames, others } = countWebpChunks(file)
  checkFrames(frames, maxFrames)
  if (others > maxWebpChunks) throw overLimit('The number of chunks of the source', others, maxWebpChunks, 'chunks')
}

/** The frames of a GIF or WebP, of as much of it as is there; a still picture is one. */
export function countFrames(format: 'gif' | 'webp', file: Uint8Array): number {
  return Math.max(1, format === 'gif' ? countGifFrames(file) : countWebpChunks(file).frames)
}

function checkFrames(frames: number, limit: number): void {
  if (frames > limit) throw overLimit('The animation of the source', frames, limit, 'frames')
}

function countWebpChunks(file: Uint8Array): { frames: number; others: number } {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  let frames = 0
  let others = 0
  for (let at = 12; at + 8 <= file.length; ) {
    const length = view.getUint32(at + 4, true)
    if (view.getUint32(at) === 0x414e4d46) frames += 1
    else others += 1
    at += 8 + length + (length & 1)
  }
  return { frames, others }
}

const EXTENSION = 0x21
const IMAGE = 0x2c

function countGifFrames(file: Uint8Array): number {
  let frames = 0
  let at = 13 + tableBytes(file[10])
  while (at < file.length) {
    const block = file[at]
    if (block === EXTENSION) at = afterSubBlocks(file, at + 2)
    else if (block === IMAGE) {
      frames += 1
      at = afterSubBlocks(file, at + 10 + tableBytes(file[at + 9]) + 1)
    } else break
  }
  return frames
}

/** Of the colour table that such flags announce. */
function tableBytes(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0
}

function afterSubBlocks(file: Uint8Array, at: number): number {
  let here = at
  while (here < file.length && file[here] !== 0) here += file[here]! + 1
  return here + 1
}
