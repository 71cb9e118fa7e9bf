import { Failure } from '../base/index.ts'
import { optionOperations, stepOperations } from './operations/index.ts'
import type { OptionOperation } from './operations/operation.ts'
import { refusedOperations } from './operations/refused.ts'
import type { MogrOption, MogrOptionName } from './rule/mogr-options.ts'
import { parseRule } from './rule/parse-rule.ts'
import type { Rule, Stage } from './rule/rule.ts'
import type { WatermarkStage } from './rule/watermark.ts'
import { addressIn } from './rule-needs.ts'

/**
 * Reads a rule and makes sure that everything in it is carried out here, so that a job that is accepted cannot fail for
 * its rule's sake alone.
 *
 * @throws Failure `RuleInvalid` when it cannot be read, `OperationNotOffered` when it asks for something that the
 * language has and this server does not do
 */
export function checkRule(text: string): Rule {
  return checkRuleAt(1, text)
}

/**
 * How deep rules may lie in each other: a watermark may be made by the rule in its address, and the watermark on that
 * one by the rule in its own.
 */
const maxDepth = 3

function checkRuleAt(depth: number, text: string): Rule {
  const rule = parseRule(text)
  rule.stages.forEach((stage, index) => {
    checkStage(stage, index + 1, depth)
  })
  return rule
}

/**
 * @param depth of the rule that the stage is in: 1, or more when it stands in the address of a watermark
 * @throws Failure `OperationNotOffered`, and `RuleInvalid` for a rule in an address
 */
export function checkStage(stage: Stage, number: number, depth = 1): void {
  if (stage.interface === 'ignored') return
  if (stage.interface === 'style') {
    // A style is checked when it is saved.
    if (depth === 1) return
    throw notOffered(number, `style/${stage.style}`, 'the rule in an address cannot be a style')
  }
  if (stage.interface === 'watermark' && stage.kind === 1) {
    checkAddress(stage, number, depth)
    return
  }
  if (stage.interface === 'watermark' && stage.kind === 2) {
    if (rightToLeft.test(stage.parameters.text!)) {
      throw notOffered(number, 'text that is written from right to left', 'lines are set from left to right')
    }
    return
  }
  if (stage.interface === 'imageSlim') return
  if (stage.interface !== 'imageMogr2' && stage.interface !== 'imageView2') {
    const name = stage.interface === 'watermark' ? `watermark/${stage.kind}` : stage.interface
    throw notOffered(number, name, refusedOperations[name])
  }
  const steps = stage.interface === 'imageMogr2' ? stage.steps : []
  for (const step of steps) {
    if (!(step.name in stepOperations)) throw notOffered(number, step.name, refusedOperations[step.name])
  }
  for (const option of Object.values(stage.options) as MogrOption[]) {
    // An option that is switched off asks for nothing.
    if ('on' in option && !option.on) continue
    const operation = optionOperations[option.name] as OptionOperation<MogrOptionName> | undefined
    if (operation === undefined) throw notOffered(number, option.name, refusedOperations[option.name])
    const reason = operation.notOffered?.(option) ?? null
    if (reason !== null) throw notOffered(number, 'format' in option ? `format/${option.format}` : option.name, reason)
  }
}

/** Hebrew, Arabic and their neighbours, and the marks that turn the direction of what follows. */
const rightToLeft =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u202a-\u202e\u2066-\u2069\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

function checkAddress(stage: WatermarkStage, number: number, depth: number): void {
  const { rule } = addressIn(stage)
  if (rule === null) return
  const where = `Stage ${number}: the rule in the address of the watermark`
  if (depth === maxDepth) {
    throw new Failure('RuleInvalid', `${where} lies deeper than ${maxDepth} rules in each other.`)
  }
  try {
    checkRuleAt(depth + 1, rule)
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure
    throw new Failure(failure.code, `${where}: ${failure.message}`, { cause: failure })
  }
}

function notOffered(stage: number, what: string, reason = 'it is not carried out'): Failure {
  return new Failure('OperationNotOffered', `Stage ${stage}: ${what} is not offered by this server: ${reason}.`)
}
