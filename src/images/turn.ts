/**
 * One of the eight ways to lay a picture on the table without bending it: first mirrored left to right or not, then
 * turned clockwise by quarters. Any chain of right-angled rotations and flips is again one of them, so a rule full of
 * them costs one pass over the pixels.
 */
export interface Turn {
  readonly mirrored: boolean
  /** Quarters clockwise, after mirroring. */
  readonly quarters: 0 | 1 | 2 | 3
}

export const noTurn: Turn = { mirrored: false, quarters: 0 }

export function quarterTurns(quarters: number): Turn {
  return turn(false, quarters)
}

export const flips = {
  horizontal: turn(true, 0),
  vertical: turn(true, 2),
} as const

/** What makes a picture upright that carries this EXIF orientation (1 to 8; anything else counts as upright). */
export function uprightTurn(orientation: number): Turn {
  return uprightTurns[orientation] ?? noTurn
}

/** @source EXIF 2.32, tag 0x0112 */
const uprightTurns: readonly (Turn | undefined)[] = [
  undefined,
  turn(false, 0),
  turn(true, 0),
  turn(false, 2),
  turn(true, 2),
  turn(true, 3),
  turn(false, 1),
  turn(true, 1),
  turn(false, 3),
]

/** The turn that does `first` and then `second`. */
export function thenTurn(first: Turn, second: Turn): Turn {
  const turned = second.mirrored ? -first.quarters : first.quarters
  return turn(first.mirrored !== second.mirrored, second.quarters + turned)
}

/** The turn that undoes this one. */
export function undoTurn({ mirrored, quarters }: Turn): Turn {
  return mirrored ? turn(true, quarters) : turn(false, -quarters)
}

export function isTurned({ mirrored, quarters }: Turn): boolean {
  return mirrored || quarters !== 0
}

/** Whether width and height change places. */
export function swapsSides({ quarters }: Turn): boolean {
  return quarters % 2 === 1
}

function turn(mirrored: boolean, quarters: number): Turn {
  return { mirrored, quarters: (((quarters % 4) + 4) % 4) as Turn['quarters'] }
}
