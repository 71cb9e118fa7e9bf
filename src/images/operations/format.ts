import { formatTraits, type WrittenFormat, writtenFormats } from '../picture-format.ts'
import type { FormatName } from '../rule/mogr-options.ts'
import type { OptionOperation } from './operation.ts'
import { refusedOperations } from './refused.ts'

export const format: OptionOperation<'format'> = {
  name: 'format',
  meaning:
    'Chooses the format of the result; without it, that of the source, and for SVG it is PNG. yjpeg is a JPEG that takes longer to write and is smaller.',
  example: 'imageMogr2/format/webp',
  notOffered: (option) =>
    writtenAs(option.format) === null ? (refusedOperations[`format/${option.format}`] ?? 'it is not offered') : null,
  settle: (option, _, so) => ({
    ...so,
    format: writtenAs(option.format) ?? so.format,
    optimised: option.format === 'yjpeg',
  }),
}

function writtenAs(name: FormatName): WrittenFormat | null {
  if (name === 'yjpeg') return 'jpeg'
  return writtenFormats.find((format) => formatTraits[format].ruleName === name) ?? null
}
