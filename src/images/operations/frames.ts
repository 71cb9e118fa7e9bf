import type { Frame, OptionOperation } from './operation.ts'

export const frame: OptionOperation<'frame'> = {
  name: 'frame',
  meaning:
    'Takes one frame of an animation, counted from 1; beyond the last one, the last. A still picture stays as it is.',
  example: 'imageMogr2/frame/2/format/png',
  choose: ({ number }, frames) => [frames[Math.min(number, frames.length) - 1]!],
}

export const egif: OptionOperation<'egif'> = {
  name: 'egif',
  meaning: 'Keeps every n-th frame of an animation, which lasts as long as before.',
  example: 'imageMogr2/egif/4',
  choose: ({ interval }, frames) =>
    keptOf(
      frames,
      frames.map((_, index) => index).filter((index) => index % interval === 0),
    ),
}

/** What `cgif/1` keeps, from the first on. */
const defaultFrames = 30

/** The pages say that colours are reduced, too, and not to how many: half of what there can be, which hardly shows. */
const fewerColours = 128

/** The pages say how many; that they are evenly spread is how such a picture still shows what it showed. */
export const cgif: OptionOperation<'cgif'> = {
  name: 'cgif',
  meaning:
    'Keeps fewer frames of an animation: n of them, evenly spread, in the time that all of them took, and in a GIF with 128 colours each; 1 keeps the first 30 as they are.',
  example: 'imageMogr2/cgif/3',
  settle: ({ frames }, _, so) => (frames === 1 ? so : { ...so, paletteColours: fewerColours }),
  choose({ frames: wanted }, frames) {
    if (wanted === 1) return frames.slice(0, defaultFrames)
    if (wanted >= frames.length) return frames
    return keptOf(
      frames,
      Array.from({ length: wanted }, (_, index) => Math.floor((index * frames.length) / wanted)),
    )
  },
}

/** The frames at these places, each shown as long as it and those left out behind it. */
function keptOf(frames: readonly Frame[], places: readonly number[]): readonly Frame[] {
  return places.map((place, index) => {
    const shown = frames.slice(place, places[index + 1])
    return { page: frames[place]!.page, delayMs: shown.reduce((sum, { delayMs }) => sum + delayMs, 0) }
  })
}
