import { Failure } from '../base/index.ts'
import { checkStage } from './check-rule.ts'
import { supportedOperations } from './operations/index.ts'
import type { Form } from './rule/form.ts'
import type { MogrStage } from './rule/image-mogr2.ts'
import { type MogrOption, mogrOptionForms } from './rule/mogr-options.ts'
import { type MogrStep, mogrStepForms } from './rule/mogr-steps.ts'
import { parseRule } from './rule/parse-rule.ts'
import { printRule, printStage } from './rule/print-rule.ts'
import type { Rule, Stage } from './rule/rule.ts'

/** A rule as this server reads it, in words. */
export interface ExplainedRule {
  readonly rule: Rule
  /** The text that every other way of writing the same rule comes down to. */
  readonly canonical: string
  readonly stages: readonly ExplainedStage[]
}

export interface ExplainedStage {
  /** The canonical text. */
  readonly text: string
  /** What changes pixels, in the order in which it is done. */
  readonly steps: readonly ExplainedPart[]
  /** What says how the result is written, and which frames go into it. */
  readonly options: readonly ExplainedPart[]
  /** Why the stage is not carried out here; `null` when it is. */
  readonly refusal: string | null
}

export interface ExplainedPart {
  readonly text: string
  /** A sentence; `null` for what is not carried out. */
  readonly meaning: string | null
}

/**
 * Says how a rule is read. Unlike `checkRule` it goes on when something is not carried out here, and tells of it.
 *
 * @throws Failure `RuleInvalid` when it cannot be read
 */
export function explainRule(text: string): ExplainedRule {
  const rule = parseRule(text)
  return {
    rule,
    canonical: printRule(rule),
    stages: rule.stages.map((stage, index) => ({
      text: printStage(stage),
      ...partsOf(stage),
      refusal: refusalOf(stage, index + 1),
    })),
  }
}

function partsOf(stage: Stage): Pick<ExplainedStage, 'steps' | 'options'> {
  if (stage.interface === 'imageMogr2') return mogrParts(stage)
  const text = printStage(stage)
  const name = stage.interface === 'watermark' ? `watermark/${stage.kind}` : stage.interface
  const meaning =
    stage.interface === 'ignored'
      ? 'Left out: a value is out of its range, and errors are to be ignored.'
      : meaningOf(name)
  return { steps: [{ text, meaning }], options: [] }
}

function mogrParts({ steps, options }: MogrStage): Pick<ExplainedStage, 'steps' | 'options'> {
  return {
    steps: steps.map((step) => ({
      text: (mogrStepForms[step.name] as Form<MogrStep>).print(step),
      meaning: meaningOf(step.name),
    })),
    options: (Object.values(options) as MogrOption[]).map((option) => ({
      text: (mogrOptionForms[option.name] as Form<MogrOption>).print(option),
      meaning: meaningOf(option.name),
    })),
  }
}

/** The first sentence of what the operation says of itself. */
function meaningOf(name: string): string | null {
  const meaning = supportedOperations.find((operation) => operation.name === name)?.meaning
  return meaning === undefined ? null : (/^.*?\.(?= |$)/.exec(meaning)?.[0] ?? meaning)
}

function refusalOf(stage: Stage, number: number): string | null {
  try {
    checkStage(stage, number)
    return null
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
}
