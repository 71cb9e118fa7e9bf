import { formatTraits } from '../picture-format.ts'
import type { Encoding, OptionOperation } from './operation.ts'

/** What counts as the original's quality where none is stored: PNG, GIF, WebP, AVIF. */
const unknownQuality = 100

export const quality: OptionOperation<'quality'> = {
  name: 'quality',
  meaning: "The highest quality of the result, never above the original's; with ! exactly this quality.",
  example: 'imageMogr2/quality/10',
  settle: (option, before, so) =>
    withQuality(so, option.forced ? option.quality : Math.min(original(before), option.quality)),
}

/** `quality` says more precisely what is meant, so beside it this one is not heeded. */
export const rquality: OptionOperation<'rquality'> = {
  name: 'rquality',
  meaning: "A percentage of the original's quality: 80 of a picture of quality 80 gives 64.",
  example: 'imageMogr2/rquality/25',
  settle: (option, before, so, all) =>
    all.quality === undefined ? withQuality(so, Math.floor((original(before) * option.percent) / 100 + 0.5)) : so,
}

export const lquality: OptionOperation<'lquality'> = {
  name: 'lquality',
  meaning: 'The lowest quality of the result.',
  example: 'imageMogr2/lquality/80',
  settle: (option, _, so) => withQuality(so, Math.max(original(so), option.quality)),
}

function original({ quality }: Encoding): number {
  return quality ?? unknownQuality
}

/** Formats without a quality leave it as it was, for a later stage that has one. The encoders know no quality 0. */
function withQuality(encoding: Encoding, quality: number): Encoding {
  if (formatTraits[encoding.format].defaultQuality === null) return encoding
  return { ...encoding, quality: Math.min(Math.max(quality, 1), 100) }
}
