import { Failure } from '../../base/index.ts'
import type { XmlElement } from '../../wire/index.ts'
import { ClientFailure } from './client-failure.ts'

/** The first element at a path of names (`JobsDetail/State`) below another. */
export function elementAt(root: XmlElement, path: string): XmlElement | undefined {
  let here: XmlElement | undefined = root
  for (const name of path.split('/')) here = here?.children.find((child) => child.name === name)
  return here
}

/** Every element of that name right below another. */
export function elementsOf(root: XmlElement, name: string): readonly XmlElement[] {
  return root.children.filter((child) => child.name === name)
}

/** The text of an element that the server promises. */
export function textAt(root: XmlElement, path: string): string {
  const found = elementAt(root, path)
  if (found === undefined)
    throw new ClientFailure('NotPixmill', `The answer of the server has no ${root.name}/${path}.`)
  return found.text
}

/** The text of an element that may be absent or empty. */
export function textOrNull(root: XmlElement, path: string): string | null {
  return elementAt(root, path)?.text || null
}

/** What a reader of the protocol makes of an answer. @throws ClientFailure `NotPixmill` when it cannot be read */
export function readAnswer<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    const why = cause instanceof Failure ? cause.message : 'a part of it is missing.'
    throw new ClientFailure('NotPixmill', `The answer of the server cannot be read: ${why}`, { cause })
  }
}
