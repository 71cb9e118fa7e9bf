import type { Drawing, Shape } from '../drawing.ts'
import type { WrittenFormat } from '../picture-format.ts'
import type { MogrOptionName, MogrOptions, OptionOf } from '../rule/mogr-options.ts'
import type { MogrStep, MogrStepName } from '../rule/mogr-steps.ts'

/**
 * An operation that changes pixels. Its parameters, their ranges and defaults are in `rule/mogr-steps.ts`, beside the
 * code that reads them.
 */
export interface StepOperation<Name extends MogrStepName> {
  readonly name: Name
  readonly meaning: string
  /** A rule that uses it. */
  readonly example: string
  /** What is to be drawn on a picture of this shape. Pure: the size after it is known before any pixel is. */
  apply(step: Extract<MogrStep, { name: Name }>, shape: Shape): readonly Drawing[]
}

/** How the result is written, as it stands after the stages so far. */
export interface Encoding {
  readonly format: WrittenFormat
  /** `null`: nothing says which, and the format's own default holds. */
  readonly quality: number | null
  /** Progressive JPEG. */
  readonly interlace: boolean
  /** Metadata is left out. */
  readonly strip: boolean
  /** A JPEG is written slowly and small. */
  readonly optimised: boolean
  /** What a JPEG should not exceed. */
  readonly sizeLimit: { readonly bytes: number; readonly orOriginal: boolean } | null
  /** The original is given when the result is larger. */
  readonly minisize: boolean
  /** It is written as small as it can be without looking worse, and the original is given unless that is smaller. */
  readonly slim: boolean
  /** How many colours each palette of a GIF may have, a power of two; `null` for as many as there can be, 256. */
  readonly paletteColours: number | null
}

/** A frame that is taken from the source. */
export interface Frame {
  /** Its place among all frames of the source, from 0. */
  readonly page: number
  readonly delayMs: number
}

/** An operation that says how the result is written, or which frames go into it. */
export interface OptionOperation<Name extends MogrOptionName> {
  readonly name: Name
  readonly meaning: string
  readonly example: string
  /** Why this form of it is not carried out; `null` when it is. */
  notOffered?(option: OptionOf<Name>): string | null
  /**
   * @param before what held when the stage began; its quality is "the original's"
   * @param so what the options before this one in the table have made of it
   */
  settle?(option: OptionOf<Name>, before: Encoding, so: Encoding, all: MogrOptions): Encoding
  /** Which of the frames of an animation are kept; one at least. Asked before anything is drawn. */
  choose?(option: OptionOf<Name>, frames: readonly Frame[]): readonly Frame[]
}
