import { blend, type Colour, colour, lit, onScale } from './colour.ts'
import { chanceAt, clouds, softStep } from './noise.ts'

/** Where the sun stands, in shares of the width and of the height down to the water. */
export const sun = { x: 0.63, y: 0.685, radius: 0.033 } as const

const SCALE = [
  [0, colour('#141a3c')],
  [0.22, colour('#2c2a5c')],
  [0.44, colour('#6d3f74')],
  [0.62, colour('#c2577a')],
  [0.78, colour('#f08b5e')],
  [0.92, colour('#fcc47c')],
  [1, colour('#ffe3a8')],
] as const
const GLOW = colour('#ffb561')
const DISC = colour('#fff3d0')
const CLOUD_IN_SHADE = colour('#4a3566')
const CLOUD_IN_LIGHT = colour('#ff9f74')

/**
 * The sky at a place.
 *
 * @param x share of the width
 * @param y share of the height down to the water
 * @param aspect width of the picture divided by the height down to the water, so that the sun is round
 */
export function sky(x: number, y: number, aspect: number): Colour {
  const away = Math.hypot((x - sun.x) * aspect, y - sun.y)
  let here = onScale(SCALE, y)
  if (y < 0.4) here = withStars(here, x, y)
  here = lit(here, GLOW, 0.62 * Math.exp(-away * 3.2) + 0.35 * Math.exp(-away * 11))
  here = withClouds(here, x, y, away)
  const inDisc = 1 - softStep(sun.radius * aspect * 0.97, sun.radius * aspect * 1.05, away)
  return blend(here, DISC, inDisc)
}

/** Long streaks, dark above and lit from below where the sun is near. */
function withClouds(base: Colour, x: number, y: number, away: number): Colour {
  const drift = clouds(x * 3, y * 4, 40, 3) * 0.7
  const body = clouds(x * 3.4 + drift, y * 15 + drift * 2.2, 11, 5)
  const below = clouds(x * 3.4 + drift, (y + 0.016) * 15 + drift * 2.2, 11, 5)
  const density = softStep(0.5, 0.74, body) * softStep(0.02, 0.3, y) * (1 - softStep(0.7, 0.95, y))
  const light = Math.min(1, softStep(-0.02, 0.09, body - below) * 0.75 + Math.exp(-away * 2.6) * 0.75)
  return blend(base, blend(CLOUD_IN_SHADE, CLOUD_IN_LIGHT, light), density * 0.82)
}

function withStars(base: Colour, x: number, y: number): Colour {
  const column = Math.floor(x * 420)
  const row = Math.floor(y * 190)
  const chance = chanceAt(column, row, 91)
  if (chance < 0.9925) return base
  const offX = x * 420 - column - 0.5
  const offY = y * 190 - row - 0.5
  const brightness = Math.exp(-(offX * offX + offY * offY) * 14) * (1 - softStep(0.12, 0.4, y))
  return lit(base, [255, 244, 230], brightness * (0.25 + (chance - 0.9925) * 90))
}
