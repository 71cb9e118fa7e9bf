import { formatTraits, type PictureFormat, pictureFormats } from '../picture-format.ts'
import type { FormatName } from '../rule/mogr-options.ts'
import type { OptionOperation } from './operation.ts'

export const format: OptionOperation<'format'> = {
  name: 'format',
  meaning: 'Chooses the format of the result; without it, that of the source.',
  example: 'imageMogr2/format/webp',
  notOffered: (option) =>
    writtenAs(option.format) === null ? (reasons[option.format] ?? 'it is not offered yet') : null,
  settle: (option, _, so) => ({ ...so, format: writtenAs(option.format) ?? so.format }),
}

function writtenAs(name: FormatName): PictureFormat | null {
  return pictureFormats.find((format) => formatTraits[format].ruleName === name) ?? null
}

/** Why a format that the language has is not written. */
const reasons: { readonly [Name in FormatName]?: string } = {
  bmp: 'there is no BMP writer yet',
  yjpeg: 'optimised JPEG is not offered yet',
  heif: 'HEVC needs a codec that cannot be given away freely',
  heic: 'HEVC needs a codec that cannot be given away freely',
  tpg: 'TPG is a proprietary format',
  apng: 'there is no writer for animated PNG',
  svgc: 'SVG is not read',
  psd: 'there is no PSD writer',
  astc: 'there is no ASTC writer',
  jp2: 'there is no JPEG 2000 writer',
}
