import type { Library } from '../drawing.ts'
import { checkParts } from '../facts/parts.ts'
import type { PictureHeader } from '../facts/picture-header.ts'
import { readHeader } from '../facts/read-header.ts'
import { sniffFormat } from '../facts/sniff-format.ts'
import { sanitizedSvg } from '../facts/svg.ts'
import { forgetOtherPages } from '../facts/tiff-pages.ts'
import { checkSize, type PictureLimits } from '../limits.ts'

/** A picture whose header has been read and found within the limits. */
export interface OpenedFile {
  /** As it may be handed to a decoder. */
  readonly file: Buffer
  readonly header: PictureHeader
}

/**
 * Reads the header of a picture, before anything of it is decoded.
 *
 * @param read the whole file; may be changed
 * @param whose for messages
 * @throws Failure `PictureNotSupported`, `PictureBroken`, `PictureOverLimit`
 */
export async function openFile(
  library: Library,
  read: Buffer,
  limits: PictureLimits,
  whose: 'source' | 'watermark',
): Promise<OpenedFile> {
  const format = sniffFormat(read)
  const file = format === 'svg' ? sanitizedSvg(read) : read
  checkParts(format, file, limits)
  if (format === 'tiff') forgetOtherPages(file)
  const header = { ...(await readHeader(library, file)), bytes: read.length }
  checkSize(whose, header, limits)
  return { file, header }
}
