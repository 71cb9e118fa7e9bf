import { placed } from '../rectangle.ts'
import type { StepOperation } from './operation.ts'

export const rcrop: StepOperation<'rcrop'> = {
  name: 'rcrop',
  meaning:
    'Cuts the picture, from both sides alike, so that width to height lies in a range; one that does already stays as it is.',
  example: 'imageMogr2/rcrop/50x100',
  apply({ narrowest, widest }, shape) {
    const { width, height } = shape
    const ratio = 100 * width
    if (ratio < narrowest * height) return [centred({ width, height: rounded((100 * width) / narrowest) })]
    if (ratio > widest * height) return [centred({ width: rounded((height * widest) / 100), height })]
    return []

    function centred(size: { width: number; height: number }) {
      return { draw: 'cut' as const, ...placed('center', size, shape) }
    }
  },
}

function rounded(side: number): number {
  return Math.max(1, Math.floor(side + 0.5))
}
