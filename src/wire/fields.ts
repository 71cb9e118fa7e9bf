import { Failure } from '../base/index.ts'
import { said } from './said.ts'
import type { XmlElement } from './xml/element.ts'

/**
 * Typed access to the fields of a request. A field is named by its path below the root (`Operation/Output/Bucket`): a name
 * of an element may hold a dot, but no slash. Messages name it as the pages of the protocol do (`Operation.Output.Bucket`).
 *
 * The rules are the same everywhere: order means nothing, unknown elements are ignored, an empty element is as good as
 * none (some SDKs send one for every field they do not fill), and a field that may stand once but stands twice is
 * refused, because nobody can say which of the two was meant.
 */

/**
 * The element at `path`, or `null` when it is absent or empty.
 * @throws Failure `InvalidArgument` when an element on the way stands more than once.
 */
export function field(root: XmlElement, path: string): XmlElement | null {
  let here = root
  const way: string[] = []
  for (const name of path.split('/')) {
    way.push(name)
    const found = here.children.filter((child) => child.name === name)
    if (found.length > 1) {
      throw invalid(way.join('/'), `stands ${found.length} times, expected once.`)
    }
    if (found[0] === undefined) return null
    here = found[0]
  }
  return here.text === '' && here.children.length === 0 ? null : here
}

/** Every element at `path`, whose last step may be repeated; empty ones too. */
export function fields(root: XmlElement, path: string): readonly XmlElement[] {
  const steps = path.split('/')
  const last = steps.pop()!
  const parent = steps.length === 0 ? root : field(root, steps.join('/'))
  return parent === null ? [] : parent.children.filter((child) => child.name === last)
}

/** The text of a field as it stands, blanks at its ends included: for keys and user data. */
export function rawTextField(root: XmlElement, path: string): string | null {
  const found = field(root, path)
  if (found === null) return null
  if (found.children.length > 0) throw invalid(path, `holds the element ${found.children[0]!.name}, expected text.`)
  return found.text
}

/** The text of a field without blanks and line breaks at its ends; `null` when nothing is left. */
export function textField(root: XmlElement, path: string): string | null {
  return rawTextField(root, path)?.trim() || null
}

/** One of the given words, spelled exactly so. */
export function choiceField<const Choice extends string>(
  root: XmlElement,
  path: string,
  choices: readonly Choice[],
): Choice | null {
  const text = textField(root, path)
  if (text === null) return null
  const choice = choices.find((one) => one === text)
  if (choice === undefined) throw invalid(path, `is ${said(text)}, expected ${choices.join(' or ')}.`)
  return choice
}

/** One of the given words, in whatever case. */
export function caselessChoiceField<const Choice extends string>(
  root: XmlElement,
  path: string,
  choices: readonly Choice[],
): Choice | null {
  const text = textField(root, path)
  if (text === null) return null
  const choice = choices.find((one) => one.toLowerCase() === text.toLowerCase())
  if (choice === undefined) throw invalid(path, `is ${said(text)}, expected ${choices.join(' or ')}.`)
  return choice
}

/** `true` or `false`, in whatever case. */
export function booleanField(root: XmlElement, path: string): boolean | null {
  const word = caselessChoiceField(root, path, ['true', 'false'])
  return word === null ? null : word === 'true'
}

/** A whole number from `least` to `most`, in decimal digits. */
export function integerField(root: XmlElement, path: string, range: { least: number; most: number }): number | null {
  const text = textField(root, path)
  return text === null ? null : readInteger(named(path), text, range)
}

/** For fields and query parameters alike. @throws Failure `InvalidArgument` that names field, value and range. */
export function readInteger(name: string, text: string, range: { least: number; most: number }): number {
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= range.least && value <= range.most) return value
  throw new Failure(
    'InvalidArgument',
    `${name} is ${said(text)}, expected a whole number from ${range.least} to ${range.most}.`,
    { details: { field: name } },
  )
}

/** @throws Failure `InvalidArgument` when the field is not given. */
export function required<Value>(value: Value | null, path: string): Value {
  if (value === null) throw invalid(path, 'is missing.')
  return value
}

/** @param path of the field that is wrong. @param says what is wrong, the rest of the sentence */
export function invalid(path: string, says: string): Failure {
  return new Failure('InvalidArgument', `${named(path)} ${says}`)
}

/** How a field is named in messages. */
export function named(path: string): string {
  return path.replaceAll('/', '.')
}
