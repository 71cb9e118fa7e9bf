import { blend, type Colour, colour, lit } from './colour.ts'
import { chanceAt, clouds, softStep } from './noise.ts'
import { ridges } from './ridges.ts'
import { sky, sun } from './sky.ts'

/** Where the water begins, in shares of the whole height. */
const SHORE = 0.7
const WATER = colour('#241c45')
const SUN_LIGHT = colour('#ffc27a')

/**
 * A sunset over a mountain lake: the picture of the demo, drawn by arithmetic alone, so that the project needs no
 * photograph of anybody's. The same size gives the same picture.
 *
 * @returns red, green and blue of each pixel, row by row
 */
export function drawSunset(width: number, height: number): Uint8Array {
  const shore = Math.round(height * SHORE)
  const land = drawLand(width, shore)
  const pixels = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const here = y < shore ? pixelAt(land, width, x, y) : waterAt(land, width, height, shore, x, y)
      const edge = Math.hypot(x / width - 0.5, (y / height - 0.5) * 0.8)
      const shade = 1 - 0.34 * softStep(0.32, 0.72, edge)
      // Grain as of film: without it the sky of a JPEG shows bands.
      const grain = (chanceAt(x, y, 7) + chanceAt(x, y, 8) - 1) * 7
      const at = (y * width + x) * 3
      for (let channel = 0; channel < 3; channel++) {
        pixels[at + channel] = Math.min(255, Math.max(0, Math.round(here[channel]! * shade + grain)))
      }
    }
  }
  return pixels
}

/** Sky and mountains, not rounded: the water mirrors them. */
function drawLand(width: number, shore: number): Float32Array {
  const aspect = width / shore
  const land = new Float32Array(width * shore * 3)
  for (let x = 0; x < width; x++) {
    const across = x / width
    const heights = ridges.map((ridge) => ridge.heightAt(across))
    for (let y = 0; y < shore; y++) {
      const down = y / shore
      let here = sky(across, down, aspect)
      for (const [index, ridge] of ridges.entries()) {
        const crest = 1 - heights[index]!
        const covered = Math.min(1, Math.max(0, (down - crest) * shore + 0.5))
        if (covered === 0) continue
        const depth = down - crest
        const faces = facesSun(across, down, index) * Math.exp(-depth * 9)
        const mist = softStep(0, 1, depth / ridge.clear) * (0.7 + 0.6 * clouds(across * 5, down * 14, 300 + index, 4))
        const surface = blend(ridge.crest, ridge.foot, Math.min(1, mist))
        const near = Math.exp(-Math.hypot((across - sun.x) * aspect, down - sun.y) * 2.4)
        here = blend(here, lit(surface, SUN_LIGHT, faces * ridge.shine + near * ridge.shine * 0.55), covered)
      }
      land.set(here, (y * width + x) * 3)
    }
  }
  return land
}

/** How much a place on a slope is turned to the sun, 0 to 1: gullies that run down and away, finer on nearer ranges. */
function facesSun(x: number, y: number, index: number): number {
  const towards = x < sun.x ? 1 : -1
  const along = x * (26 + 8 * index) - towards * y * 15
  const down = y * (9 + 3 * index)
  const here = clouds(along, down, 700 + index, 4)
  const ahead = clouds(along + towards * 0.22, down, 700 + index, 4)
  // Straight below the sun the two directions meet; there is no side there.
  return softStep(0, 0.13, here - ahead) * softStep(0, 0.06, Math.abs(x - sun.x))
}

/** The lake: what stands above, upside down, shaken by ripples that grow towards the viewer, and the path of the sun. */
function waterAt(land: Float32Array, width: number, height: number, shore: number, x: number, y: number): Colour {
  const depth = (y - shore) / (height - shore)
  const ripple = clouds((x / width) * (30 - 14 * depth), (y - shore) / (1.6 + 6.5 * depth), 501, 4) - 0.5
  const mirrored = shore - 1 - (y - shore) * 1.55 - ripple * (8 + 120 * depth)
  const shaken = x + ripple * (3 + 26 * depth)
  const image = pixelAt(land, width, clamp(Math.round(shaken), width - 1), clamp(Math.round(mirrored), shore - 1))
  const dimmed = 0.86 - 0.34 * depth
  const water = lit([image[0] * dimmed, image[1] * dimmed * 0.96, image[2] * dimmed], WATER, 0.1 + 0.25 * depth)
  const path = Math.exp(-(((x / width - sun.x + ripple * 0.05) / (0.028 + 0.075 * depth)) ** 2))
  const sparkle = softStep(0.02, 0.2, ripple) * 0.85 + 0.12
  return lit(water, SUN_LIGHT, path * sparkle * (1 - 0.45 * depth) * softStep(0, 0.03, depth))
}

function pixelAt(image: Float32Array, width: number, x: number, y: number): Colour {
  const at = (y * width + x) * 3
  return [image[at]!, image[at + 1]!, image[at + 2]!]
}

function clamp(value: number, max: number): number {
  return Math.min(max, Math.max(0, value))
}
