import type { Colour } from './base64.ts'
import type { Form } from './form.ts'
import { type Gravity, readGravity } from './gravity.ts'
import { type MogrOption, type MogrOptionName, type MogrOptions, mogrOptionForms } from './mogr-options.ts'
import { type MogrStep, type MogrStepName, mogrStepForms, readPadColour } from './mogr-steps.ts'
import type { IgnoredStage } from './rule.ts'
import type { Tokens } from './tokens.ts'

export interface MogrStage {
  readonly interface: 'imageMogr2'
  readonly steps: readonly MogrStep[]
  readonly options: MogrOptions
}

const stepNames = Object.keys(mogrStepForms) as MogrStepName[]
const optionNames = Object.keys(mogrOptionForms) as MogrOptionName[]
/** Parts of other operations that may stand anywhere in the stage. */
const loose = ['gravity', 'pad', 'color']
const names = [...stepNames, ...loose, ...optionNames]
const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]))

function isName(token: string): boolean {
  return byLowerCase.has(token.toLowerCase())
}

/**
 * Reads what follows `imageMogr2`. A `gravity` belongs to the nearest `crop` or `cut` before it that has none, else to
 * the next one after it; `pad` and `color` belong to the nearest `thumbnail` in the same way. A `gravity` without any
 * crop is allowed (client libraries write it) and has no effect.
 */
export function readImageMogr2(tokens: Tokens): MogrStage | IgnoredStage {
  const steps: MogrStep[] = []
  const options: { [name: string]: MogrOption } = {}
  const pads = new Map<MogrStep, Padding>()
  let gravityAhead: Gravity | undefined
  let padAhead: Padding = {}
  let outOfRange: string | undefined

  while (!tokens.ended) {
    const from = tokens.place
    const token = tokens.take('imageMogr2', 'the name of an operation')
    const name = byLowerCase.get(token.toLowerCase())
    if (name === undefined) throw tokens.invalid('the name of an operation', token, `one of ${names.join(', ')}`)
    if (name === 'gravity') {
      const gravity = readGravity(tokens)
      const at = steps.findLastIndex((step) => isCrop(step) && step.gravity === undefined)
      if (at === -1) gravityAhead = gravity
      else steps[at] = withGravity(steps[at]!, gravity)
    } else if (name === 'pad' || name === 'color') {
      const padding: Padding = name === 'pad' ? { on: tokens.bit('pad') } : { colour: readPadColour(tokens, 'color') }
      const thumbnail = steps.findLast((step) => step.name === 'thumbnail')
      if (thumbnail === undefined) padAhead = { ...padAhead, ...padding }
      else pads.set(thumbnail, { ...pads.get(thumbnail), ...padding })
    } else if (isStepName(name)) {
      let step = mogrStepForms[name].read(tokens, isName)
      if (isCrop(step) && gravityAhead !== undefined) {
        step = withGravity(step, gravityAhead)
        gravityAhead = undefined
      }
      if (step.name === 'thumbnail') {
        pads.set(step, padAhead)
        padAhead = {}
      }
      steps.push(step)
    } else {
      options[name] = mogrOptionForms[name as MogrOptionName].read(tokens, isName)
    }
    if (tokens.isOutOfRange) outOfRange ??= tokens.textFrom(from)
  }
  if (padAhead.on !== undefined || padAhead.colour !== undefined) {
    throw tokens.complaint('pad and color belong to thumbnail, and there is none in this stage')
  }
  if (outOfRange !== undefined && (options as MogrOptions)['ignore-error']?.on) {
    return { interface: 'ignored', text: `imageMogr2/${outOfRange}/ignore-error/1` }
  }
  return {
    interface: 'imageMogr2',
    steps: steps.filter(hasEffect).map((step) => withPad(step, pads.get(step))),
    options: options as MogrOptions,
  }
}

export function printImageMogr2({ steps, options }: MogrStage): string {
  const parts = ['imageMogr2']
  for (const step of steps) parts.push((mogrStepForms[step.name] as Form<MogrStep>).print(step))
  for (const name of optionNames) {
    const option = options[name]
    if (option !== undefined) parts.push((mogrOptionForms[name] as Form<MogrOption>).print(option))
  }
  return parts.join('/')
}

interface Padding {
  readonly on?: boolean
  readonly colour?: Colour
}

/** Padding needs a canvas, so it only counts with the plain `<W>x<H>`. */
function withPad(step: MogrStep, padding: Padding | undefined): MogrStep {
  if (step.name !== 'thumbnail' || padding?.on !== true) return step
  if (step.geometry.kind !== 'inside' || step.geometry.only !== undefined) return step
  return { ...step, pad: { colour: padding.colour ?? '#ffffff' } }
}

function withGravity(step: MogrStep, gravity: Gravity): MogrStep {
  return isCrop(step) ? { ...step, gravity } : step
}

function isCrop(step: MogrStep): step is Extract<MogrStep, { name: 'crop' | 'cut' }> {
  return step.name === 'crop' || step.name === 'cut'
}

function isStepName(name: string): name is MogrStepName {
  return name in mogrStepForms
}

/** `auto-orient/0` and `grayscale/0` say that nothing is to be done; a canonical rule leaves them out. */
function hasEffect(step: MogrStep): boolean {
  return !('on' in step) || step.on
}
