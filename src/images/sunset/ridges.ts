import { type Colour, colour } from './colour.ts'
import { chanceAt, creases, mix, smoothChance } from './noise.ts'

/** One range of mountains or one shore, seen against everything behind it. */
export interface Ridge {
  /** How high it stands above the water at a place, in shares of the height down to the water. */
  heightAt(x: number): number
  readonly crest: Colour
  /** The colour at its foot, where the mist lies. */
  readonly foot: Colour
  /** How far down from the crest the mist begins to show, in the same shares. */
  readonly clear: number
  /** How strongly the side towards the sun is lit. */
  readonly shine: number
}

/** From the farthest to the nearest: paler and warmer with distance, as haze makes them. */
export const ridges: readonly Ridge[] = [
  {
    heightAt: (x) => 0.13 + 0.44 * creases(x * 2.3 + 0.62, 3, 7) ** 1.7 * mix(1, 0.62, peakAt(x, 0.66, 0.2)),
    crest: colour('#b0688c'),
    foot: colour('#ffc48f'),
    clear: 0.3,
    shine: 0.5,
  },
  {
    heightAt: (x) => 0.07 + 0.38 * creases(x * 2.9 + 4.1, 21, 7) ** 1.7 * mix(1, 0.5, peakAt(x, 0.63, 0.22)),
    crest: colour('#7d4b7c'),
    foot: colour('#f0a07f'),
    clear: 0.24,
    shine: 0.38,
  },
  {
    heightAt: (x) => 0.04 + 0.27 * creases(x * 3.3 + 9.2, 57, 7) ** 1.5 * mix(1, 0.4, peakAt(x, 0.6, 0.24)),
    crest: colour('#52356a'),
    foot: colour('#c9748a'),
    clear: 0.2,
    shine: 0.22,
  },
  {
    heightAt: (x) => hill(x, 0.02, 0.34, 0.15) + hill(x, 1.02, 0.3, 0.13) + 0.012 + forest(x, 260, 0.02, 71),
    crest: colour('#2f2450'),
    foot: colour('#774a73'),
    clear: 0.16,
    shine: 0.06,
  },
  {
    heightAt: (x) => {
      const ground = hill(x, -0.06, 0.3, 0.1) + hill(x, 1.08, 0.24, 0.085)
      return ground < 0.004 ? ground - 0.01 : ground + forest(x, 74, Math.min(0.17, ground * 3.4), 133)
    },
    crest: colour('#15122c'),
    foot: colour('#2a1f40'),
    clear: 0.3,
    shine: 0,
  },
]

/** 1 at `centre`, 0 from `width` away on. */
function peakAt(x: number, centre: number, width: number): number {
  const away = Math.min(1, Math.abs(x - centre) / width)
  return (1 - away * away) ** 2
}

function hill(x: number, centre: number, width: number, height: number): number {
  return height * peakAt(x, centre, width) * (0.8 + 0.4 * smoothChance(x * 9, 0, 5))
}

/** The outline of firs: a tree in each of `count` places, of its own height, its branches in steps. */
function forest(x: number, count: number, height: number, seed: number): number {
  const place = Math.floor(x * count)
  let top = 0
  for (let tree = place - 1; tree <= place + 1; tree++) {
    const centre = (tree + 0.25 + 0.5 * chanceAt(tree, 0, seed)) / count
    const tall = height * (0.45 + 0.55 * chanceAt(tree, 1, seed))
    const out = (Math.abs(x - centre) * count) / (0.5 + 0.25 * chanceAt(tree, 2, seed))
    if (out >= 1) continue
    const steps = out * 7
    const step = Math.floor(steps)
    top = Math.max(top, tall * (1 - (step + Math.sqrt(steps - step) * 0.75) / 7.4))
  }
  return top
}
