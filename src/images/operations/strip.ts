import type { OptionOperation } from './operation.ts'

export const strip: OptionOperation<'strip'> = {
  name: 'strip',
  meaning: 'Leaves EXIF, XMP, IPTC and the colour profile out; colours are converted to sRGB.',
  example: 'imageMogr2/strip',
  // What an earlier stage left out does not come back.
  settle: (option, before, so) => ({ ...so, strip: before.strip || option.on }),
}
