import type sharp from 'sharp'
import type { Sharp } from 'sharp'
import type { PictureFormat } from './picture-format.ts'
import type { Rectangle, Size } from './rectangle.ts'
import type { Colour } from './rule/base64.ts'
import type { Turn } from './turn.ts'
import type { InItsNumbers } from './working-colours.ts'

/** sharp itself, handed in: only the engine process may load it. */
export type Library = typeof sharp

/** What is known of the picture at one point of a rule, before anything is drawn. One frame of an animation. */
export interface Shape {
  readonly width: number
  readonly height: number
  readonly frames: number
  /** EXIF orientation that still waits to be applied; 0 and 1 are upright. */
  readonly orientation: number
  /** Of the source, or of what the stage before this one writes. */
  readonly format: PictureFormat
  /** What shows where the picture does not reach: white when this stage or a later one knows no transparency. */
  readonly uncovered: 'transparent' | 'white'
  /** Nothing of it is transparent. */
  readonly opaque: boolean
}

/**
 * One step over the pixels. The first four are known to the plan, which puts several of them into one pass where that
 * gives the same picture. An operation that needs more brings its own `paint`.
 */
export type Drawing =
  | { readonly draw: 'resize'; readonly width: number; readonly height: number }
  | ({ readonly draw: 'cut' } & Rectangle)
  /** `upright`: this is the turn that the EXIF orientation asks for, which is thereby done with. */
  | { readonly draw: 'turn'; readonly turn: Turn; readonly upright?: boolean }
  | {
      readonly draw: 'pad'
      readonly width: number
      readonly height: number
      readonly left: number
      readonly top: number
      readonly colour: Colour
    }
  | ({ readonly draw: 'paint' } & Size & Paint)

/** What an operation that puts something onto a picture needs beside it. */
export interface PaintMeans {
  readonly library: Library
  /** See `working-colours.ts`. */
  readonly inItsNumbers: InItsNumbers
}

/** Pixels that an operation changes by its own means; `width` and `height` of its drawing are the size afterwards. */
export interface Paint {
  /**
   * Called in the engine process, for one frame after another.
   *
   * @param one what one of 255 steps of a channel is in these pixels: 1, or 257 with sixteen bits
   */
  readonly paint: (picture: Sharp, one: number, means: PaintMeans) => Sharp | Promise<Sharp>
  /** It may stand at the end of a pass that cuts, resizes, turns and pads, because sharp does it after those. */
  readonly joins: boolean
  /** What becomes of the colours: a grey picture stays grey with `same`, any becomes grey with `away`, and none stays so with `new`. */
  readonly colours: 'same' | 'away' | 'new'
  /** It makes transparent what was not. */
  readonly uncovers?: boolean
  /** It needs the whole picture in memory at once. */
  readonly keepsWhole: boolean
  /** What it needs beside the picture, bytes. Default 0. */
  readonly memoryBytes?: number
}
