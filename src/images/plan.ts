import { Failure } from '../base/index.ts'
import type { Drawing, Paint, Shape } from './drawing.ts'
import type { PictureHeader } from './facts/picture-header.ts'
import { checkSize, overLimit, type PictureLimits } from './limits.ts'
import type { MarkOf } from './marks/mark.ts'
import { optionOperations, stepOperations } from './operations/index.ts'
import type { Encoding, Frame, OptionOperation, StepOperation } from './operations/operation.ts'
import { settleSlim } from './operations/slim.ts'
import { viewDrawings } from './operations/view.ts'
import { watermarkDrawings } from './operations/watermark.ts'
import { formatTraits, type PictureFormat, writtenLike } from './picture-format.ts'
import { type Rectangle, turned, within } from './rectangle.ts'
import type { Colour } from './rule/base64.ts'
import type { MogrStage } from './rule/image-mogr2.ts'
import type { ViewStage } from './rule/image-view2.ts'
import type { MogrOptionName, MogrOptions } from './rule/mogr-options.ts'
import type { MogrStepName } from './rule/mogr-steps.ts'
import type { Rule, SlimStage, Stage } from './rule/rule.ts'
import type { WatermarkStage } from './rule/watermark.ts'
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
  /** The frames of the source that are decoded and written, in their order. */
  readonly frames: readonly Frame[]
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
 * and then the steps, everything in pixels with one encoding at the end. A stage that cannot be carried out and says
 * that errors are to be ignored is left out.
 *
 * @param markOf what its watermarks put on
 * @returns `null` when no stage is left, so that the file itself is the result
 * @throws Failure `PictureOverLimit` when the result or something on the way to it is too large; `RuleNotApplicable`
 * when the rule is right but not for this picture
 */
export function planRule(
  rule: Rule,
  header: PictureHeader,
  limits: PictureLimits,
  markOf: MarkOf = noMark,
): Plan | null {
  let stages = rule.stages
    .map((stage, index) => ({ number: index + 1, stage: drawnStage(stage, index + 1) }))
    .filter((one): one is { number: number; stage: DrawnStage } => one.stage !== null)
  while (stages.length > 0) {
    const planned = tryStages(
      stages.map(({ stage }) => stage),
      header,
      limits,
      markOf,
    )
    if ('plan' in planned) return planned.plan
    const { number, stage } = stages[planned.at]!
    if (!ignoresErrors(stage)) throw ofStage(number, planned.failure)
    stages = stages.toSpliced(planned.at, 1)
  }
  return null
}

/** The failure, naming the stage as those of the parser do. */
export function ofStage(number: number, { code, message, details, cause }: Failure): Failure {
  return new Failure(code, `Stage ${number}: ${message}`, { cause, details: { ...details } })
}

/** Whether whatever keeps this rule from being carried out is to be ignored, so that its result is the file itself. */
export function ignoresAllErrors(rule: Rule): boolean {
  return rule.stages.every(ignoresErrors)
}

function ignoresErrors(stage: Stage): boolean {
  if (stage.interface === 'ignored') return true
  return 'options' in stage && stage.options['ignore-error']?.on === true
}

function noMark(): never {
  throw new Failure('RuleNotApplicable', 'There is nothing here to take a watermark from.')
}

type DrawnStage = MogrStage | ViewStage | WatermarkStage | SlimStage

/** The stage, or `null` for one that is to be ignored. */
function drawnStage(stage: Stage, number: number): DrawnStage | null {
  if (stage.interface === 'ignored') return null
  if (stage.interface === 'imageMogr2' || stage.interface === 'imageView2') return stage
  if (stage.interface === 'watermark' || stage.interface === 'imageSlim') return stage
  if (stage.interface === 'style') {
    throw new Failure('RuleInvalid', `Stage ${number}: styles belong to a bucket, and this rule was given to none.`)
  }
  throw new Failure('OperationNotOffered', `Stage ${number}: ${stage.interface} is not offered by this server.`)
}

/** The plan, or what failed and at which of the stages. */
function tryStages(
  stages: readonly DrawnStage[],
  header: PictureHeader,
  limits: PictureLimits,
  markOf: MarkOf,
): { plan: Plan } | { failure: Failure; at: number } {
  const planning = new Planning(stages, header, limits, markOf)
  try {
    return { plan: planning.all() }
  } catch (failure) {
    if (failure instanceof Failure) return { failure, at: planning.at }
    throw failure
  }
}

class Planning {
  /** The stage that is being looked at, from 0. */
  at = 0
  readonly #stages: readonly DrawnStage[]
  readonly #header: PictureHeader
  readonly #limits: PictureLimits
  readonly #markOf: MarkOf
  readonly #passes: Passes
  #shape: Shape
  #frames: readonly Frame[]
  #grey: boolean

  constructor(stages: readonly DrawnStage[], header: PictureHeader, limits: PictureLimits, markOf: MarkOf) {
    this.#stages = stages
    this.#header = header
    this.#limits = limits
    this.#markOf = markOf
    this.#passes = new Passes(header)
    this.#shape = { ...header, uncovered: 'transparent', opaque: !header.alpha }
    this.#frames = Array.from({ length: header.frames }, (_, page) => ({ page, delayMs: header.delays[page] ?? 100 }))
    this.#grey = header.colours === 'grey'
  }

  all(): Plan {
    const header = this.#header
    const encodings = this.#settleAll()
    const encoding = encodings.at(-1)!
    const lastOpaque = encodings.findLastIndex(({ format }) => !formatTraits[format].alpha)
    if (lastOpaque !== -1) this.#shape = { ...this.#shape, opaque: true }
    for (const [index, stage] of this.#stages.entries()) {
      this.at = index
      const { format } = encodings[index]!
      this.#shape = { ...this.#shape, uncovered: index <= lastOpaque ? 'white' : 'transparent' }
      this.#chooseFrames(stage, format)
      this.#drawStage(stage)
      this.#shape = { ...this.#shape, format }
    }
    const traits = formatTraits[encoding.format]
    if (!traits.orientation && this.#shape.orientation > 1) {
      this.#draw({ draw: 'turn', turn: uprightTurn(this.#shape.orientation), upright: true })
    }
    const { width, height } = this.#shape
    const side = Math.max(width, height)
    if (side > traits.maxSide) {
      const what = `The longer side of the result in format ${encoding.format}`
      throw overLimit(what, side, traits.maxSide, 'pixels', 'result')
    }
    return {
      passes: this.#passes.all(),
      frames: this.#frames,
      encoding,
      quality: traits.defaultQuality === null ? null : (encoding.quality ?? traits.defaultQuality),
      flatten: lastOpaque !== -1 && header.alpha,
      grey: this.#grey,
      sixteenBits: header.sixteenBits && encoding.format === header.format && ['png', 'tiff'].includes(encoding.format),
      width,
      height,
    }
  }

  /** What holds after each stage. */
  #settleAll(): readonly Encoding[] {
    let encoding: Encoding = {
      format: writtenLike(this.#header.format),
      quality: this.#header.quality,
      interlace: false,
      strip: false,
      optimised: false,
      sizeLimit: null,
      minisize: false,
      slim: false,
      paletteColours: null,
    }
    const encodings = this.#stages.map((stage, index) => {
      this.at = index
      if (stage.interface === 'imageSlim') encoding = settleSlim(encoding)
      else if ('options' in stage) encoding = settle(stage.options, encoding)
      return encoding
    })
    // Of the two ways to a smaller file one is taken.
    return encoding.slim ? encodings.map((one) => ({ ...one, sizeLimit: null })) : encodings
  }

  #chooseFrames(stage: DrawnStage, format: PictureFormat): void {
    if (this.#frames.length === 1) return
    const all: MogrOptions = 'options' in stage ? stage.options : {}
    for (const name of Object.keys(optionOperations) as MogrOptionName[]) {
      const option = all[name]
      const operation = optionOperations[name] as OptionOperation<MogrOptionName> | undefined
      if (option !== undefined && operation?.choose !== undefined) this.#frames = operation.choose(option, this.#frames)
    }
    if (!formatTraits[format].animation && this.#frames.length > 1) {
      if (format === 'avif') {
        throw new Failure(
          'RuleNotApplicable',
          `format/avif cannot hold the ${this.#frames.length} frames of this animation.`,
        )
      }
      this.#frames = this.#frames.slice(0, 1)
    }
    this.#shape = { ...this.#shape, frames: this.#frames.length }
  }

  #drawStage(stage: DrawnStage): void {
    if (stage.interface === 'imageView2') {
      for (const drawing of viewDrawings(stage, this.#shape)) this.#draw(drawing)
      return
    }
    if (stage.interface === 'watermark') {
      const drawings = watermarkDrawings(stage, this.#markOf(stage), this.#shape, this.#limits)
      for (const drawing of drawings) this.#draw(drawing)
      return
    }
    if (stage.interface === 'imageSlim') return
    for (const step of stage.steps) {
      const operation = stepOperations[step.name] as StepOperation<MogrStepName>
      for (const drawing of operation.apply(step, this.#shape)) this.#draw(drawing)
    }
  }

  #draw(drawing: Drawing): void {
    this.#shape = shapeAfter(drawing, this.#shape)
    checkSize('result', this.#shape, this.#limits)
    this.#passes.add(drawing)
    if (drawing.draw === 'pad' || (drawing.draw === 'paint' && drawing.colours === 'new')) this.#grey = false
    // The profile of a coloured picture does not fit a grey one, so that one stays coloured in its file.
    if (drawing.draw === 'paint' && drawing.colours === 'away') this.#grey ||= !this.#header.has.icc
  }
}

function settle(options: MogrOptions, before: Encoding): Encoding {
  let so = before
  for (const name of Object.keys(optionOperations) as MogrOptionName[]) {
    const option = options[name]
    const operation = optionOperations[name] as OptionOperation<MogrOptionName> | undefined
    if (option !== undefined && operation?.settle !== undefined) so = operation.settle(option, before, so, options)
  }
  return so
}

function shapeAfter(drawing: Drawing, shape: Shape): Shape {
  if (drawing.draw !== 'turn') {
    const opaque = shape.opaque && !(drawing.draw === 'paint' && drawing.uncovers === true)
    return { ...shape, width: drawing.width, height: drawing.height, opaque }
  }
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
        const needsColours = drawing.colours === 'new' && this.#grey
        if ((!this.#plain || needsColours) && this.#done.length === 0) this.#finish()
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
