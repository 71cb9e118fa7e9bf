import type { OptionOperation } from './operation.ts'

export const strip: OptionOperation<'strip'> = {
  name: 'strip',
  meaning:
    'Leaves EXIF, XMP, IPTC and the colour profile out; colours are converted to sRGB. An animation whose frames are drawn anew is in sRGB and keeps none of these in any case.',
  example: 'imageMogr2/strip',
  // What an earlier stage left out does not come back.
  settle: (option, before, so) => ({ ...so, strip: before.strip || option.on }),
}
