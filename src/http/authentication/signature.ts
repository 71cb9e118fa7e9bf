import { createHash, createHmac } from 'node:crypto'
import { percentEncode } from '../../wire/index.ts'

/**
 * The signature of COS and CI, `q-sign-algorithm=sha1`. Both products and all official SDKs use this one.
 *
 * @source COS documentation, "Request Signature" (436/7778); checked against five official SDKs
 */

/** A name and a value, neither encoded. */
export type Pair = readonly [name: string, value: string]

export interface PartsToSign {
  readonly method: string
  /** Percent-decoded, beginning with `/`, not normalised. */
  readonly path: string
  /** Parameters and headers as `canonicalPairs` writes them. */
  readonly parameters: string
  readonly headers: string
}

/**
 * Parameters or headers in their canonical form: names percent-encoded and then lower-cased as a whole (so the hex digits
 * of a name are lower case), values percent-encoded (upper case), sorted by name, then by value for names that repeat.
 *
 * @param order the Node SDK sorts by the names before they are encoded. It matters only for odd names: `a-b` stands
 *   before `a/b` raw, and behind it encoded.
 */
export function canonicalPairs(pairs: readonly Pair[], order: 'encoded' | 'raw' = 'encoded'): string {
  return pairs
    .map(([name, value]) => {
      const encoded = encodedName(name)
      return { name: encoded, sortedBy: order === 'raw' ? name.toLowerCase() : encoded, value: percentEncode(value) }
    })
    .sort((a, b) => inOrder(a.sortedBy, b.sortedBy) || inOrder(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&')
}

/** The names for `q-header-list` and `q-url-param-list`, in the order of `canonicalPairs`. */
export function nameList(pairs: readonly Pair[]): string {
  return pairs
    .map(([name]) => encodedName(name))
    .sort(inOrder)
    .join(';')
}

export function encodedName(name: string): string {
  return percentEncode(name).toLowerCase()
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The request as it is hashed; called FormatString in the answer to a mismatch. */
export function formatString({ method, path, parameters, headers }: PartsToSign): string {
  return `${method.toLowerCase()}\n${path}\n${parameters}\n${headers}\n`
}

/** @param signTime `start;end` in Unix seconds, as it stands in `q-sign-time` */
export function stringToSign(signTime: string, format: string): string {
  return `sha1\n${signTime}\n${createHash('sha1').update(format, 'utf8').digest('hex')}\n`
}

/** The key of the last step: the hexadecimal text, not the bytes it stands for. */
export function signKey(secretKey: string, keyTime: string): string {
  return createHmac('sha1', secretKey).update(keyTime).digest('hex')
}

/** 40 lower-case hexadecimal digits. */
export function signature(key: string, toSign: string): string {
  return createHmac('sha1', key).update(toSign, 'utf8').digest('hex')
}
