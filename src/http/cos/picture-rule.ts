import { Failure } from '../../base/index.ts'
import { checkRule, type Rule } from '../../images/index.ts'
import { said } from '../../wire/index.ts'
import { imageRule, type ParsedTarget, type QueryParameter } from '../authentication/index.ts'

/** Names that stand where a rule would, and ask for something else than a picture. */
const NOT_CARRIED_OUT = /^(imageInfo|imageAve|exif|ci-process)(?:$|[/|=])/i

/**
 * The rule in a query: the first parameter that is one, whatever stands before and behind it. `null` when there is none.
 *
 * @throws Failure `RuleInvalid`, `OperationNotOffered` as in `checkRule`; `InvalidUri`
 */
export function pictureRule(target: ParsedTarget): Rule | null {
  const parameter = imageRule(target)
  if (parameter === null) return null
  const text = ruleText(parameter)
  const other = NOT_CARRIED_OUT.exec(text)
  if (other !== null) {
    throw new Failure('OperationNotOffered', `${said(text)} is not offered by this server: it is not carried out yet.`)
  }
  return checkRule(text)
}

/**
 * Anew from what came: a plus in a rule is a plus, and an equals sign may be the padding of Base64. One at the very end
 * with nothing behind it is how some clients write a parameter without a value.
 */
function ruleText({ rawName, rawValue }: QueryParameter): string {
  const raw = rawValue === '' ? rawName : `${rawName}=${rawValue}`
  try {
    return decodeURIComponent(raw)
  } catch {
    throw new Failure('InvalidUri', `The rule ${said(raw)} cannot be decoded, expected percent-encoded UTF-8.`)
  }
}
