import type { Tokens } from './tokens.ts'

/** The nine places of a picture from which an offset runs to the inside. */
export const gravities = [
  'northwest',
  'north',
  'northeast',
  'west',
  'center',
  'east',
  'southwest',
  'south',
  'southeast',
] as const

export type Gravity = (typeof gravities)[number]

export function readGravity(tokens: Tokens): Gravity {
  return tokens.word('gravity', gravities)
}
