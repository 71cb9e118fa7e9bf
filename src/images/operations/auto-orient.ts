import { uprightTurn } from '../turn.ts'
import type { StepOperation } from './operation.ts'

export const autoOrient: StepOperation<'auto-orient'> = {
  name: 'auto-orient',
  meaning: 'Turns the picture upright by its EXIF orientation, which is 1 afterwards.',
  example: 'imageMogr2/auto-orient/thumbnail/120x',
  apply: (_, { orientation }) =>
    orientation > 1 ? [{ draw: 'turn', turn: uprightTurn(orientation), upright: true }] : [],
}
