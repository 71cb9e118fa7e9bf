import { Failure } from '../base/index.ts'
import type { Drawing, Paint, Shape } from './drawing.ts'
import type { PictureHeader } from './facts/picture-header.ts'
import { checkSize, overLimit, type PictureLimits } from './limits.ts'
import { optionOperations, stepOperations } from './operations/index.ts'
import type { Encoding, OptionOperation, StepOperation } from './operations/operation.ts'
import { viewDrawings } from './operations/view.ts'
import { formatTraits } from './picture-format.ts'
import { type Rectangle, turned, within } from './rectangle.ts'
import type { Colour } from './rule/base64.ts'
import type { MogrStage } from './rule/image-mogr2.ts'
import type { ViewStage } from './rule/image-view2.ts'
import type { MogrOptionName, MogrOptions } from './rule/mogr-options.ts'
import type { MogrStepName } from './rule/mogr-steps.ts'
import type { Rule } from './rule/rule.ts'
import { isTurned, noTurn, swapsSides, type Turn, thenTurn, undoTurn, uprightTurn } from './turn.ts'

/** What one trip through sharp does, in the order in which sharp does it: cut, resize, turn, clip, pad. */
export interface Pass {
  /** What is cut out of the picture as it comes in. */
  readonly cut?: Rectangle
  /** Size before the turn; absent when it stays. */
  readonly resize?: { readonly width: number; readonly height: number }
  readonly turn: Turn
  /** The turn includes that of the EXIF orientation, whose tag has to be 1 from here on. */
  readonly upright: boolean
  /** What is cut out after the turn; only where there is a resize, else `cut` does it. */
  readonly clip?: Rectangle
  readonly pad?: {
    readonly left: number
    readonly top: number
    readonly right: number
    readonly bottom: number
    readonly colour: Colour
  }
  readonly paint?: Paint
  /** Size at the beginning and at the end. */
  readonly from: { readonly width: number; readonly height: number }
  readonly to: { readonly width: number; readonly height: number }
}

/** How a rule is carried out on one picture, known before a pixel is decoded. */
export interface Plan {
  readonly passes: readonly Pass[]
  /** Frames that are decoded and written. */
  readonly frames: number
  readonly encoding: Encoding
  /** Quality for the encoder; `null` for formats without one. */
  readonly quality: number | null
  /** Transparency has to become white, here or at a stage before. */
  readonly flatten: boolean
  /** Nothing but grey is left, or was ever there. */
  readonly grey: boolean
  /** The result keeps the sixteen bits of the source. */
  readonly sixteenBits: boolean
  /** Of the result; one frame. */
  readonly width: number
  readonly height: number
}

/**
 * Works out what a rule does to a picture with this header: stages from left to right, within a stage the options first
 * and then the steps, everything in pixels with one encoding at the end.
 *
 * @throws Failure `PictureOverLimit` when the result or something on the way to it is too large; `RuleNotApplicable`
 * when the rule is right but not for this picture
 */
export function planRule(rule: Rule, header: PictureHeader, limits: PictureLimits): Plan {
  let encoding: Encoding = { format: header.format, quality: header.quality, interlace: false, strip: false }
  const encodings = rule.stages.map((stage, index) => {
    if (stage.interface !== 'imageMogr2' && stage.interface !== 'imageView2') {
      throw new Failure('OperationNotOffered', `Stage ${index + 1}: ${stage.interface} is not offered by this server.`)
    }
    encoding = settle(stage, encoding)
    return encoding
  })
  const lastOpaque = encodings.findLastIndex(({ format }) => !formatTraits[format].alpha)
  let shape: Shape = { ...header, uncovered: 'transparent' }
  const passes = new Passes(header)
  let grey = header.colours === 'grey'

  const draw = (drawing: Drawing) => {
    shape = shapeAfter(drawing, shape)
    checkSize('result', shape, limits)
    passes.add(drawing)
    if (drawing.draw === 'pad') grey = false
    // The profile of a coloured picture does not fit a grey one, so that one stays coloured in its file.
    if (drawing.draw === 'paint' && drawing.colours === 'away') grey ||= !header.has.icc
  }

  rule.stages.forEach((stage, index) => {
    const { format } = encodings[index]!
    const traits = formatTraits[format]
    shape = { ...shape, uncovered: index <= lastOpaque ? 'white' : 'transparent' }
    if (shape.frames > 1 && !traits.animation) {
      if (format === 'avif') {
        throw new Failure(
          'RuleNotApplicable',
          `Stage ${index + 1}: format/avif cannot hold the ${shape.frames} frames of this animation.`,
        )
      }
      shape = { ...shape, frames: 1 }
    }
    if (stage.interface === 'imageView2') {
      for (const drawing of viewDrawings(stage, shape)) draw(drawing)
    }
    for (const step of stage.interface === 'imageMogr2' ? stage.steps : []) {
      const operation = stepOperations[step.name] as StepOperation<MogrStepName>
      for (const drawing of operation.apply(step, shape)) draw(drawing)
    }
    shape = { ...shape, format }
  })

  const traits = formatTraits[encoding.format]
  if (!traits.orientation && shape.orientation > 1) {
    draw({ draw: 'turn', turn: uprightTurn(shape.orientation), upright: true })
  }
  const side = Math.max(shape.width, shape.height)
  if (side > traits.maxSide) {
    throw overLimit(`The longer side of the result in format ${encoding.format}`, side, traits.maxSide, 'pixels')
  }
  return {
    passes: passes.all(),
    frames: shape.frames,
    encoding,
    quality: traits.defaultQuality === null ? null : (encoding.quality ?? traits.defaultQuality),
    flatten: lastOpaque !== -1 && header.alpha,
    grey,
    sixteenBits: header.sixteenBits && encoding.format === header.format && ['png', 'tiff'].includes(encoding.format),
    width: shape.width,
    height: shape.height,
  }
}

function settle({ options }: MogrStage | ViewStage, before: Encoding): Encoding {
  const all: MogrOptions = options
  let so = before
  for (const name of Object.keys(optionOperations) as MogrOptionName[]) {
    const option = all[name]
    const operation = optionOperations[name] as OptionOperation<MogrOptionName> | undefined
    if (option !== undefined && operation !== undefined) so = operation.settle(option, before, so, all)
  }
  return so
}

function shapeAfter(drawing: Drawing, shape: Shape): Shape {
  if (drawing.draw !== 'turn') return { ...shape, width: drawing.width, height: drawing.height }
  const { width, height } = shape
  const orientation = drawing.upright === true ? 1 : shape.orientation
  return swapsSides(drawing.turn) ? { ...shape, width: height, height: width, orientation } : { ...shape, orientation }
}

/**
 * Puts drawings together into as few passes as give the same picture. A turn may change places with a resize or a cut
 * (with the sides swapped), so any mix of right-angled turns, cuts and one resize is one pass: the resize goes first,
 * where the decoder can help, and the turn has fewer pixels to move. A pad is centred with the odd pixel on one side, so nothing moves
 * across it; two resizes in a row are two, as written.
 */
class Passes {
  readonly #done: Pass[] = []
  readonly #grey: boolean
  readonly #plain: boolean
  #current: Pass

  constructor({ width, height, colours, sampleBytes }: PictureHeader) {
    this.#grey = colours === 'grey'
    this.#plain = colours !== 'other' && sampleBytes === 1
    this.#current = emptyPass({ width, height })
  }

  all(): readonly Pass[] {
    if (this.#currentDoesSomething()) this.#finish()
    return this.#done
  }

  add(drawing: Drawing): void {
    if (this.#current.pad !== undefined || this.#current.paint !== undefined) this.#finish()
    switch (drawing.draw) {
      case 'resize': {
        const { width, height } = drawing
        if (width === this.#current.to.width && height === this.#current.to.height) return
        // A clip comes after the resize of its pass, so that a further one needs a pass of its own.
        if (this.#current.resize !== undefined) this.#finish()
        const swapped = swapsSides(this.#current.turn)
        const resize = swapped ? { width: height, height: width } : { width, height }
        this.#current = { ...this.#current, resize, to: { width, height } }
        return
      }
      case 'cut': {
        const { to, turn, resize, cut, clip } = this.#current
        const { left, top, width, height } = drawing
        const rectangle = { left, top, width, height }
        if (width === to.width && height === to.height) return
        // Cutting first spares the pixels that are cut away; after a resize it has to wait for that.
        this.#current = {
          ...this.#current,
          ...(resize === undefined
            ? { cut: within(cut, turned(rectangle, to, undoTurn(turn))) }
            : { clip: within(clip, rectangle) }),
          to: { width, height },
        }
        return
      }
      case 'turn': {
        const { to, clip, resize } = this.#current
        if (clip !== undefined) {
          const whole = swapsSides(this.#current.turn) ? { width: resize!.height, height: resize!.width } : resize!
          this.#current = { ...this.#current, clip: turned(clip, whole, drawing.turn) }
        }
        this.#current = {
          ...this.#current,
          turn: thenTurn(this.#current.turn, drawing.turn),
          upright: this.#current.upright || drawing.upright === true,
          to: swapsSides(drawing.turn) ? { width: to.height, height: to.width } : to,
        }
        return
      }
      case 'pad': {
        // On a grey picture the colour would become grey: pixels have to be written in colour first.
        if (this.#grey && this.#done.length === 0) this.#finish()
        const { to } = this.#current
        const { width, height, left, top, colour } = drawing
        const pad = { left, top, right: width - to.width - left, bottom: height - to.height - top, colour }
        this.#current = { ...this.#current, pad, to: { width, height } }
        return
      }
      case 'paint': {
        const { width, height } = drawing
        if (!drawing.joins && this.#currentDoesSomething()) this.#finish()
        // What comes out of a pass is sRGB in whole numbers; what comes out of a file may be anything.
        if (!this.#plain && this.#done.length === 0) this.#finish()
        this.#current = { ...this.#current, paint: drawing, to: { width, height } }
      }
    }
  }

  #currentDoesSomething(): boolean {
    const { cut, resize, turn, pad, paint, upright } = this.#current
    return (
      cut !== undefined || resize !== undefined || isTurned(turn) || pad !== undefined || paint !== undefined || upright
    )
  }

  #finish(): void {
    this.#done.push(this.#current)
    this.#current = emptyPass(this.#current.to)
  }
}

function emptyPass(size: { width: number; height: number }): Pass {
  return { turn: noTurn, upright: false, from: size, to: size }
}
