import type sharp from 'sharp'
import type { Information } from '../rule/picture-request.ts'
import { averageColour } from './average-colour.ts'
import { exifAnswer } from './exif/exif-answer.ts'
import { imageAve, imageInfo } from './image-info.ts'
import type { PictureHeader } from './picture-header.ts'

/** A picture that something is to be told of. */
export interface ToldPicture {
  readonly file: Buffer
  /** As sharp reads it; of a BMP, the same picture in another format. */
  readonly readable: Buffer
  /** Of the file, hexadecimal; needed for `imageInfo` only. */
  readonly md5: string
  readonly header: PictureHeader
}

/** The answer to a question about a picture, as JSON text. */
export async function tell(library: typeof sharp, about: Information, picture: ToldPicture): Promise<string> {
  const { file, readable, md5, header } = picture
  switch (about) {
    case 'imageInfo':
      return imageInfo(library, readable, md5, header, await averageColour(library, readable, header))
    case 'imageAve':
      return imageAve(await averageColour(library, readable, header))
    case 'exif':
      return exifAnswer(await exifBlock(library, file, readable, header))
  }
}

/** A TIFF file is an EXIF block itself, and the decoder hands none on. */
async function exifBlock(
  library: typeof sharp,
  file: Buffer,
  readable: Buffer,
  { format, has }: PictureHeader,
): Promise<Uint8Array | null> {
  if (format === 'tiff') return file
  if (!has.exif) return null
  const { exif } = await library(readable, { failOn: 'error', limitInputPixels: false }).metadata()
  return exif ?? null
}
