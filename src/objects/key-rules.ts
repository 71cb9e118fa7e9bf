import { Failure } from '../base/index.ts'

export const MAX_KEY_BYTES = 850

/**
 * What no XML document can hold: most control characters, U+FFFE, U+FFFF, half a surrogate pair. Lists, job documents
 * and notifications are XML, so an object with such a key could be stored and never be spoken of again.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u

/**
 * Fails with `KeyInvalid` or `KeyTooLong` when a key may not be used for an object. Everything else is a key: `..`,
 * `//`, a trailing slash, blanks, tabs and line breaks.
 */
export function checkKey(key: string): void {
  if (key === '') throw new Failure('KeyInvalid', 'the object key is empty')
  const bytes = Buffer.byteLength(key, 'utf8')
  if (bytes > MAX_KEY_BYTES) {
    throw new Failure('KeyTooLong', `the object key has ${bytes} bytes, at most ${MAX_KEY_BYTES} are allowed`)
  }
  const found = UNSPEAKABLE.exec(key)?.[0]
  if (found !== undefined) {
    const name = `U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
    throw new Failure('KeyInvalid', `the object key holds ${name}, which no document of this protocol can carry`)
  }
}

/** `name-appid` in lower case, digits and hyphens; the whole is one label of a host name. */
export function isBucketName(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9][a-z0-9-]*-\d+$/.test(name)
}
