import type { OptionOperation } from './operation.ts'

export const interlace: OptionOperation<'interlace'> = {
  name: 'interlace',
  meaning: '1 writes a progressive JPEG; other formats are written as always.',
  example: 'imageMogr2/format/jpg/interlace/1',
  settle: (option, _, so) => ({ ...so, interlace: option.on }),
}
