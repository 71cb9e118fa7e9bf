import { checkRule } from '../check-rule.ts'
import { printRule } from './print-rule.ts'
import type { Rule } from './rule.ts'

/** What can be told of a picture instead of giving one. */
export const information = ['imageInfo', 'exif', 'imageAve'] as const
export type Information = (typeof information)[number]

/** What somebody asks of an object who waits for it. */
export interface PictureRequest {
  /** Without stages: the picture as it is. */
  readonly rule: Rule
  /** What is to be told of the picture that the rule makes; `null` when the picture itself is wanted. */
  readonly about: Information | null
}

/**
 * Reads the text of a request: a rule, the name of an information, or a rule and that name as its last stage.
 *
 * @throws Failure `RuleInvalid`, `OperationNotOffered` as in `checkRule`
 */
export function readPictureRequest(text: string): PictureRequest {
  const end = text.lastIndexOf('|')
  const last = text
    .slice(end + 1)
    .replace(/\/+$/, '')
    .toLowerCase()
  const about = information.find((name) => name.toLowerCase() === last) ?? null
  if (about === null) return { rule: checkRule(text), about }
  return { rule: end === -1 ? { stages: [] } : checkRule(text.slice(0, end)), about }
}

/** The canonical text: requests for the same print the same. */
export function printPictureRequest({ rule, about }: PictureRequest): string {
  const printed = rule.stages.length === 0 ? [] : [printRule(rule)]
  return [...printed, ...(about === null ? [] : [about])].join('|')
}
