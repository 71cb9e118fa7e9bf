import { Failure } from '../../base/index.ts'
import { readPictureRequest, refusedProcesses } from '../../images/index.ts'
import { said } from '../../wire/index.ts'
import { imageRule, type ParsedTarget, type QueryParameter } from '../authentication/index.ts'
import type { Asked } from './origin-protection.ts'

/**
 * What a query asks of an object: the first parameter that begins like a rule counts, whatever stands before and behind
 * it. Without one the object is wanted as it is.
 *
 * @throws Failure `RuleInvalid`, `OperationNotOffered` as in `checkRule`; `InvalidUri`
 */
export function askedFor(target: ParsedTarget): Asked {
  const parameter = imageRule(target)
  if (parameter === null) return 'bytes'
  const text = ruleText(parameter)
  if (!/^ci-process(?:$|=)/i.test(text)) return readPictureRequest(text)
  if (text === 'ci-process=originImage') return 'original'
  const process = text.slice('ci-process='.length)
  const reason = Object.hasOwn(refusedProcesses, process)
    ? refusedProcesses[process]
    : 'of ci-process only originImage is carried out'
  throw new Failure('OperationNotOffered', `${said(text)} is not offered by this server: ${reason}.`)
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
