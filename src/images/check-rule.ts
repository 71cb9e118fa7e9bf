import { Failure } from '../base/index.ts'
import { optionOperations, stepOperations } from './operations/index.ts'
import type { OptionOperation } from './operations/operation.ts'
import { refusedOperations } from './operations/refused.ts'
import type { MogrOption, MogrOptionName } from './rule/mogr-options.ts'
import { parseRule } from './rule/parse-rule.ts'
import type { Rule, Stage } from './rule/rule.ts'

/**
 * Reads a rule and makes sure that everything in it is carried out here, so that a job that is accepted cannot fail for
 * its rule's sake alone.
 *
 * @throws Failure `RuleInvalid` when it cannot be read, `OperationNotOffered` when it asks for something that the
 * language has and this server does not do
 */
export function checkRule(text: string): Rule {
  const rule = parseRule(text)
  rule.stages.forEach((stage, index) => {
    checkStage(stage, index + 1)
  })
  return rule
}

/** @throws Failure `OperationNotOffered` */
export function checkStage(stage: Stage, number: number): void {
  // A style is checked when it is saved.
  if (stage.interface === 'ignored' || stage.interface === 'style') return
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

function notOffered(stage: number, what: string, reason = 'it is not carried out yet'): Failure {
  return new Failure('OperationNotOffered', `Stage ${stage}: ${what} is not offered by this server: ${reason}.`)
}
