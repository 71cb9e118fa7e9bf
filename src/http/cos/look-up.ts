import { Failure } from '../../base/index.ts'
import { checkKey, type ObjectStore, type ObjectToRead, type StoredObject } from '../../objects/index.ts'
import { imageRule } from '../authentication/index.ts'
import type { Exchange } from '../exchange.ts'

/** Up to here the bytes of an object come along with what is known of it, which saves asking for them. */
const MOST_BYTES_AT_ONCE = 64 * 1024

/** What a path names: an object, or an object and the style in which it is wanted; and the bucket. */
export interface Found extends ObjectToRead {
  /** `null` when the path names the object itself, or nothing. */
  readonly style: string | null
}

/** One that is there. */
export type FoundObject = Found & { readonly object: StoredObject }

/**
 * What the path of a request names. It is looked up once: the version that somebody was found to be allowed to read is the
 * version that is given.
 */
export class LookUp {
  readonly #exchange: Exchange
  readonly #objects: Pick<ObjectStore, 'findToRead'>
  readonly #separators: string
  #found: Promise<Found> | null = null

  /** @param separators characters that stand between a key and a style */
  constructor(exchange: Exchange, objects: Pick<ObjectStore, 'findToRead'>, separators: string) {
    this.#exchange = exchange
    this.#objects = objects
    this.#separators = separators
  }

  /** @throws Failure `BucketNotFound`; `KeyInvalid`, `KeyTooLong` */
  find(): Promise<Found> {
    this.#found ??= this.#find()
    return this.#found
  }

  /** @throws Failure as `find`; `ObjectNotFound` */
  async get(): Promise<FoundObject> {
    const { object, ...rest } = await this.find()
    if (object === null) throw new Failure('ObjectNotFound', 'The specified key does not exist.')
    return { ...rest, object }
  }

  /**
   * An object with the very key of the path comes first: a separator may stand in any key. Else the path is cut at its
   * last separator, when there is an object in front of it.
   */
  async #find(): Promise<Found> {
    const { key, method, target } = this.#exchange
    checkKey(key)
    const wantsBytes = method === 'GET' && imageRule(target) === null
    const found = await this.#ask(key, wantsBytes ? MOST_BYTES_AT_ONCE : 0)
    const cut = found.object === null ? cutAtSeparator(key, this.#separators) : null
    if (cut === null) return { ...found, style: null }
    return { ...(await this.#ask(cut.key, 0)), style: cut.style }
  }

  async #ask(key: string, mostBytes: number): Promise<ObjectToRead> {
    const found = await this.#objects.findToRead(this.#exchange.requireBucket(), key, mostBytes)
    if (found === null) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
    return found
  }
}

/** Both parts have at least one character; `null` where the last separator does not leave that. */
function cutAtSeparator(path: string, separators: string): { key: string; style: string } | null {
  const at = Math.max(...[...separators].map((separator) => path.lastIndexOf(separator)), -1)
  if (at <= 0 || at === path.length - 1) return null
  return { key: path.slice(0, at), style: path.slice(at + 1) }
}
