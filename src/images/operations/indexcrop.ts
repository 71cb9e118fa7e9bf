import { Failure } from '../../base/index.ts'
import type { StepOperation } from './operation.ts'

/** @source other clouds with the same operation, where the pages are silent about an index beyond the last strip */
export const indexcrop: StepOperation<'indexcrop'> = {
  name: 'indexcrop',
  meaning:
    'Cuts the picture into strips, from the left or from the top, and gives one of them; the last may be smaller. Beyond the last one the whole picture is given.',
  example: 'imageMogr2/indexcrop/width/120/index/1',
  apply({ side, length, index }, { width, height }) {
    const whole = side === 'width' ? width : height
    if (length > whole) {
      throw new Failure(
        'RuleNotApplicable',
        `indexcrop/${side} is ${length}, expected at most ${whole}, the ${side} of the picture.`,
      )
    }
    const from = index * length
    if (from >= whole) return []
    const strip = Math.min(length, whole - from)
    return side === 'width'
      ? [{ draw: 'cut', left: from, top: 0, width: strip, height }]
      : [{ draw: 'cut', left: 0, top: from, width, height: strip }]
  },
}
