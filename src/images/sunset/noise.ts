/** A number from 0 to 1 that looks like chance and is always the same for the same place. */
export function chanceAt(x: number, y: number, seed: number): number {
  let hash = Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1) ^ Math.imul(seed | 0, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 0xffffffff
}

/** Chance that is known at whole numbers and flows smoothly between them. */
export function smoothChance(x: number, y: number, seed: number): number {
  const column = Math.floor(x)
  const row = Math.floor(y)
  const across = ease(x - column)
  const down = ease(y - row)
  const above = mix(chanceAt(column, row, seed), chanceAt(column + 1, row, seed), across)
  const below = mix(chanceAt(column, row + 1, seed), chanceAt(column + 1, row + 1, seed), across)
  return mix(above, below, down)
}

/** Several sizes of smooth chance on top of each other, each half as wide and half as strong: clouds. 0 to 1. */
export function clouds(x: number, y: number, seed: number, octaves: number): number {
  let sum = 0
  let strength = 0.5
  let scale = 1
  for (let octave = 0; octave < octaves; octave++) {
    sum += strength * smoothChance(x * scale, y * scale, seed + octave)
    strength /= 2
    scale *= 2
  }
  return sum / (1 - strength * 2)
}

/** The same with a fold in the middle, which makes creases: mountains. 0 to 1. */
export function creases(x: number, seed: number, octaves: number): number {
  let sum = 0
  let strength = 0.5
  let scale = 1
  for (let octave = 0; octave < octaves; octave++) {
    const folded = 1 - Math.abs(2 * smoothChance(x * scale, 0, seed + octave) - 1)
    sum += strength * folded
    strength *= 0.45
    scale *= 2.1
  }
  return Math.min(1, sum / 0.85)
}

export function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share
}

/** 0 before `start`, 1 behind `end`, a soft step between. */
export function softStep(start: number, end: number, at: number): number {
  return ease(Math.min(1, Math.max(0, (at - start) / (end - start))))
}

function ease(share: number): number {
  return share * share * (3 - 2 * share)
}
