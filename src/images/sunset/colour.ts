import { mix } from './noise.ts'

/** Red, green and blue, 0 to 255, not rounded. */
export type Colour = readonly [red: number, green: number, blue: number]

/** `#f59a53` as numbers. */
export function colour(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

export function blend(from: Colour, to: Colour, share: number): Colour {
  return [mix(from[0], to[0], share), mix(from[1], to[1], share), mix(from[2], to[2], share)]
}

/** Light that comes on top of what is there. */
export function lit(base: Colour, light: Colour, strength: number): Colour {
  return [base[0] + light[0] * strength, base[1] + light[1] * strength, base[2] + light[2] * strength]
}

/** A colour on a scale of colours; `stops` are ordered by where they stand. */
export function onScale(stops: readonly (readonly [at: number, colour: Colour])[], at: number): Colour {
  let before = stops[0]!
  for (const stop of stops) {
    if (at <= stop[0]) {
      const width = stop[0] - before[0]
      return width === 0 ? stop[1] : blend(before[1], stop[1], (at - before[0]) / width)
    }
    before = stop
  }
  return before[1]
}
