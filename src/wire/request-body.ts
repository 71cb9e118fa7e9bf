import { Failure } from '../base/index.ts'
import { said } from './said.ts'
import type { XmlElement } from './xml/element.ts'
import { readXml } from './xml/read-xml.ts'

/**
 * The body of an API call as the element that its reader starts from.
 *
 * @throws Failure `MissingContent` when there is no body, `InvalidContent` when it is not XML or has another root.
 */
export function readBody(body: Uint8Array | string, root: string): XmlElement {
  if (body.length === 0)
    throw new Failure('MissingContent', `The request has no body, expected XML with the root ${root}.`)
  const element = readXml(body)
  if (element.name !== root) {
    throw new Failure('InvalidContent', `The root of the body is ${said(element.name)}, expected "${root}".`)
  }
  return element
}
