import { flips } from '../turn.ts'
import type { StepOperation } from './operation.ts'

export const flip: StepOperation<'flip'> = {
  name: 'flip',
  meaning: 'Mirrors the picture: vertical puts the top to the bottom, horizontal the left to the right.',
  example: 'imageMogr2/flip/horizontal',
  apply: ({ direction }) => [{ draw: 'turn', turn: flips[direction] }],
}
