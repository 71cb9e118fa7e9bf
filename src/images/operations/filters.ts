import type { Drawing, Paint, Shape } from '../drawing.ts'
import type { StepOperation } from './operation.ts'

/** @source where the pages only say which way it goes: ImageMagick's `-brightness-contrast` */
export const bright: StepOperation<'bright'> = {
  name: 'bright',
  meaning: 'Makes the picture brighter or darker: each channel moves by 2.55 for each step.',
  example: 'imageMogr2/bright/30',
  apply: ({ value }, shape) =>
    value === 0 ? [] : filter(shape, (picture, one) => picture.linear(1, 2.55 * value * one)),
}

/** @source as for `bright` */
export const contrast: StepOperation<'contrast'> = {
  name: 'contrast',
  meaning: 'Spreads the tones around the middle, or draws them together: -100 gives grey, 100 only black and white.',
  example: 'imageMogr2/contrast/40',
  apply: ({ value }, shape) => {
    if (value === 0) return []
    // At 100 the slope would have no end.
    const slope = Math.min(Math.tan((Math.PI / 4) * (1 + value / 100)), 10_000)
    return filter(shape, (picture, one) => picture.linear(slope, 127.5 * (1 - slope) * one))
  },
}

/** What is flat stays as it is, so that noise is not sharpened with the rest. */
export const sharpen: StepOperation<'sharpen'> = {
  name: 'sharpen',
  meaning: 'Makes edges stand out.',
  example: 'imageMogr2/sharpen/200',
  apply: ({ value }, shape) => filter(shape, (picture) => picture.sharpen({ sigma: 1, m1: 0, m2: value / 50 })),
}

/**
 * The mask of libvips ends where the bell curve falls below an amplitude; the one half a pixel beyond the radius makes
 * it end at the radius. Below a sigma of 0.3 nothing is to be seen.
 */
export const blur: StepOperation<'blur'> = {
  name: 'blur',
  meaning: 'Blurs the picture with a bell curve of this sigma, as far as the radius.',
  example: 'imageMogr2/blur/8x5',
  apply: ({ radius, sigma }, shape) => {
    if (sigma < 0.3) return []
    const amplitude = Math.exp(-((radius + 0.5) ** 2) / (2 * sigma ** 2))
    const minAmplitude = Math.max(amplitude, 0.001)
    return filter(shape, (picture) => picture.blur({ sigma, minAmplitude }), { keepsWhole: true })
  },
}

export const grayscale: StepOperation<'grayscale'> = {
  name: 'grayscale',
  meaning: 'Takes the colour out.',
  example: 'imageMogr2/grayscale/1',
  apply: (_, shape) => filter(shape, (picture) => picture.greyscale(), { colours: 'away' }),
}

/** A drawing that changes colours and leaves the size as it is. */
function filter(
  { width, height }: Shape,
  paint: Paint['paint'],
  more: Partial<Pick<Paint, 'colours' | 'keepsWhole'>> = {},
): readonly Drawing[] {
  return [{ draw: 'paint', width, height, joins: true, colours: 'same', keepsWhole: false, paint, ...more }]
}
