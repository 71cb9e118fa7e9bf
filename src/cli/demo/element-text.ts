import type { XmlElement } from '../../wire/index.ts'
import { DemoFailure } from './demo-failure.ts'

/** The first element at a path of names (`JobsDetail/State`) below another. */
export function elementAt(root: XmlElement, path: string): XmlElement | undefined {
  let here: XmlElement | undefined = root
  for (const name of path.split('/')) here = here?.children.find((child) => child.name === name)
  return here
}

/** Its text. The server promises these elements; without one the demo cannot go on. */
export function textAt(root: XmlElement, path: string): string {
  const found = elementAt(root, path)
  if (found === undefined) throw new DemoFailure(`The answer of the server has no ${root.name}/${path}.`)
  return found.text
}
