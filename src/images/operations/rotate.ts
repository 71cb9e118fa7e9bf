import { quarterTurns } from '../turn.ts'
import type { StepOperation } from './operation.ts'

export const rotate: StepOperation<'rotate'> = {
  name: 'rotate',
  meaning: 'Turns the picture clockwise by 0, 90, 180, 270 or 360 degrees.',
  example: 'imageMogr2/rotate/90',
  notOffered: ({ degrees }) => (degrees % 90 === 0 ? null : 'only right angles are carried out'),
  apply: ({ degrees }) => [{ draw: 'turn', turn: quarterTurns(degrees / 90) }],
}
