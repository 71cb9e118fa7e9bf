import { Failure } from '../../base/index.ts'
import { checkRule } from '../check-rule.ts'
import { maxStages, type Rule, type Stage } from './rule.ts'
import { quoted } from './tokens.ts'

/** The rules that styles of these names stand for; those that do not exist are left out. */
export type FindStyles = (names: readonly string[]) => Promise<ReadonlyMap<string, string>>

/**
 * The rule with every style replaced by what it stands for, styles in styles too.
 *
 * @throws Failure `StyleNotFound`; `RuleInvalid` when a style leads back to itself, or when there are more stages than a
 * rule may have
 */
export async function expandStyles(rule: Rule, find: FindStyles): Promise<Rule> {
  if (stylesIn(rule).length === 0) return rule
  const stages: Stage[] = []
  await expandInto(stages, rule, find, [])
  return { stages }
}

/** The names of the styles in a rule, each once. */
export function stylesIn(rule: Rule): readonly string[] {
  return [...new Set(rule.stages.flatMap((stage) => (stage.interface === 'style' ? [stage.style] : [])))]
}

/** @param way the styles that have led here */
async function expandInto(into: Stage[], rule: Rule, find: FindStyles, way: readonly string[]): Promise<void> {
  const named = stylesIn(rule)
  // Every style has a stage, so this ends however they are nested.
  if (way.length > maxStages) throw new Failure('RuleInvalid', `Styles are more than ${maxStages} deep in styles.`)
  const bodies = named.length === 0 ? new Map<string, string>() : await find(named)
  for (const stage of rule.stages) {
    if (stage.interface !== 'style') into.push(stage)
    else {
      const { style } = stage
      if (way.includes(style)) {
        throw new Failure('RuleInvalid', `The style ${quoted(style)} leads back to itself.`)
      }
      const body = bodies.get(style)
      if (body === undefined) {
        throw new Failure('StyleNotFound', `The style ${quoted(style)} does not exist in this bucket.`)
      }
      await expandInto(into, checkRule(body), find, [...way, style])
    }
    if (into.length > maxStages) {
      throw new Failure('RuleInvalid', `With its styles the rule has more than ${maxStages} stages.`)
    }
  }
}
