import { parseRule } from './rule/parse-rule.ts'
import { type PictureAddress, readPictureAddress } from './rule/picture-address.ts'
import type { Rule } from './rule/rule.ts'
import type { WatermarkStage } from './rule/watermark.ts'

/** What carrying out a rule takes besides the source. */
export interface RuleNeeds {
  /** The pictures it puts on, each address once, those of rules in addresses included. */
  readonly pictures: readonly PictureAddress[]
  /** The texts it sets, those of rules in addresses included; for them it needs fonts. */
  readonly texts: readonly WatermarkStage[]
}

const nothing: RuleNeeds = { pictures: [], texts: [] }

/** @param rule as `checkRule` gave it, which bounds how deep addresses may lie in addresses */
export function needsOf(rule: Rule): RuleNeeds {
  let needs = nothing
  for (const stage of rule.stages) {
    if (stage.interface !== 'watermark') continue
    if (stage.kind === 2) needs = together(needs, { pictures: [], texts: [stage] })
    if (stage.kind === 1) {
      const address = addressIn(stage)
      needs = together(needs, { pictures: [address], texts: [] })
      if (address.rule !== null) needs = together(needs, needsOf(parseRule(address.rule)))
    }
  }
  return needs
}

function together(one: RuleNeeds, other: RuleNeeds): RuleNeeds {
  const pictures = new Map([...one.pictures, ...other.pictures].map((address) => [address.url, address]))
  return { pictures: [...pictures.values()], texts: [...one.texts, ...other.texts] }
}

/** The address of a picture that is put on; reading the stage has made sure that it is one. */
export function addressIn({ parameters }: WatermarkStage): PictureAddress {
  return readPictureAddress(parameters.image!)!
}
