import type { Sharp } from 'sharp'
import type { Rectangle } from './rectangle.ts'
import type { Colour } from './rule/base64.ts'
import type { Turn } from './turn.ts'

/** What is known of the picture at one point of a rule, before anything is drawn. One frame of an animation. */
export interface Shape {
  readonly width: number
  readonly height: number
  readonly frames: number
  /** EXIF orientation that still waits to be applied; 0 and 1 are upright. */
  readonly orientation: number
}

/**
 * One step over the pixels. The first four are known to the plan, which puts several of them into one pass where that
 * gives the same picture. An operation that needs more brings its own `paint`; it gets a pass of its own.
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
  | {
      readonly draw: 'paint'
      /** Size afterwards. */
      readonly width: number
      readonly height: number
      /** Called in the engine process, for one frame. */
      readonly paint: (picture: Sharp) => Sharp
    }
