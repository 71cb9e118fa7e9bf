import type { Library } from '../drawing.ts'
import type { Rectangle, Size } from '../rectangle.ts'
import type { WatermarkStage } from '../rule/watermark.ts'

/** What a watermark lays over a picture, in a size of its own: a picture or a text. Known before any pixel is. */
export interface Mark {
  /** Of its own, pixels; at least 1x1. */
  readonly size: Size
  /** Only what is drawn of it takes memory, so that alone it may be of any size. */
  readonly boundless: boolean
  /**
   * How far it may reach over its edges when it is `scaled` to this size, pixels: letters lean and swing out of their
   * lines. What reaches over is shown where there is room, and does not count for the place.
   */
  reach(scaled: Size): number
  /** Bytes it takes at most to draw so many of its pixels, those themselves included. */
  memoryBytes(pixels: number): number
  /**
   * The pixels of a part of it, as RGBA with eight bits.
   *
   * @param library the engine's sharp
   * @param scaled the size that the whole of it has for this
   * @param part seen from the upper left corner of the whole; may lie outside of it as far as it reaches
   */
  draw(library: Library, scaled: Size, part: Rectangle): Promise<Buffer>
}

/**
 * The mark that a stage puts on.
 *
 * @throws Failure when it is none, for instance because the object is not a picture, or no font has a character
 */
export type MarkOf = (stage: WatermarkStage) => Mark
