import type { WireDocument } from './document.ts'
import { choiceField, invalid, required, textField } from './fields.ts'
import { readBody } from './request-body.ts'
import { said } from './said.ts'

/** A style as requests and answers show it. */
export interface StyleView {
  readonly name: string
  /** The text of a rule. */
  readonly body: string
}

/** Letters of any script, digits and a few marks: nothing that means something in a rule or in a URL. */
const STYLE_NAME = /^[\p{L}\p{N}._~!@$*-]{1,64}$/u

/** Whether a style may have this name, as far as no separator has a say in it. */
export function isStyleName(text: string): boolean {
  return STYLE_NAME.test(text)
}

/**
 * The body of `PUT /?style`. The rule is given without the question mark that some write in front of it.
 *
 * @param separators characters that stand between a key and a style: a name that holds one could not be asked for
 * @throws Failure `MissingContent`, `InvalidContent`, or `InvalidArgument` that names field, value and expectation.
 */
export function readAddStyle(body: Uint8Array, separators: string): StyleView {
  const root = readBody(body, 'AddStyle')
  const name = checkStyleName(required(textField(root, 'StyleName'), 'StyleName'), 'StyleName', separators)
  return { name, body: required(textField(root, 'StyleBody'), 'StyleBody').replace(/^\?/, '') }
}

/** @param field how the name is called. @returns the name. @throws Failure `InvalidArgument` */
export function checkStyleName(name: string, field: string, separators: string): string {
  if (!isStyleName(name)) {
    throw invalid(field, `is ${said(name)}, expected 1 to 64 letters, digits or any of "._~!@$*-".`)
  }
  const separator = [...separators].find((one) => name.includes(one))
  if (separator === undefined) return name
  throw invalid(field, `is ${said(name)}, expected no "${separator}", which stands between a key and a style.`)
}

/** The name that a `GET /?style` asks for; `null` for all of them. */
export function readGetStyle(body: Uint8Array): string | null {
  return body.length === 0 ? null : textField(readBody(body, 'GetStyle'), 'StyleName')
}

/** The name that `DELETE /?style` speaks of. */
export function readDeleteStyle(body: Uint8Array): string {
  return required(textField(readBody(body, 'DeleteStyle'), 'StyleName'), 'StyleName')
}

export function styleListDocument(styles: readonly StyleView[]): WireDocument {
  const rules = styles.map(({ name, body }) => ({ StyleName: name, StyleBody: body }))
  return { root: 'StyleList', content: { StyleRule: rules } }
}

/** The body of `PUT /?origin-protect`: whether originals are to be protected. */
export function readOriginProtection(body: Uint8Array): boolean {
  const root = readBody(body, 'OriginProtectStatus')
  const holder = { name: 'body', text: '', children: [root] }
  return required(choiceField(holder, 'OriginProtectStatus', ['on', 'off']), 'OriginProtectStatus') === 'on'
}

/** The document is one word, so it is written as text. */
export function originProtectionText(on: boolean): string {
  return `<OriginProtectStatus>${on ? 'on' : 'off'}</OriginProtectStatus>`
}
