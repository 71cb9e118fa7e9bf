import { Failure } from '../../base/index.ts'
import type { ObjectStore, StoredObject } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import { findObject } from './find-object.ts'

/** What a path names: an object, or an object and the style in which it is wanted. */
export interface Styled {
  readonly object: StoredObject
  /** `null` when the path names the object itself. */
  readonly style: string | null
}

/**
 * An object with the very key of the path comes first: a separator may stand in any key. Else the path is cut at its last
 * separator, when there is an object in front of it.
 *
 * @param separators characters that stand between a key and a style
 * @throws Failure as `findObject`
 */
export async function findStyled(
  exchange: Exchange,
  objects: Pick<ObjectStore, 'findObject' | 'findBucket'>,
  separators: string,
): Promise<Styled> {
  try {
    return { object: await findObject(exchange, objects), style: null }
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'ObjectNotFound') throw error
    const cut = cutAtSeparator(exchange.key, separators)
    const object = cut && (await objects.findObject(exchange.requireBucket(), cut.key))
    if (object === null) throw error
    return { object, style: cut!.style }
  }
}

/** Both parts have at least one character; `null` where the last separator does not leave that. */
export function cutAtSeparator(path: string, separators: string): { key: string; style: string } | null {
  const at = Math.max(...[...separators].map((separator) => path.lastIndexOf(separator)), -1)
  if (at <= 0 || at === path.length - 1) return null
  return { key: path.slice(0, at), style: path.slice(at + 1) }
}
