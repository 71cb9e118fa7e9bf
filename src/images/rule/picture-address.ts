/**
 * The address of a picture that a rule names beside its source. Only its text is looked at: it names an object of this
 * server, and nothing is ever fetched from an address. Which bucket a host means, whoever is handed this knows.
 *
 * Not by the URL parser of the platform, which takes `..` and `.` for steps in a path: here they are parts of a key.
 */
export interface PictureAddress {
  /** As it stood in the rule. */
  readonly url: string
  /** With its port. */
  readonly host: string
  /** Percent-encoded, with the slash before it. */
  readonly path: string
  /** The rule in its query, decoded: what is put on is what that makes of the object. `null` when there is none. */
  readonly rule: string | null
}

/** No name and password before the host: the real host is easily taken for part of them. */
const ADDRESS = /^https?:\/\/([^/?#@\s\\]+)(\/[^?#]+)(?:\?([^#]*))?(?:#.*)?$/i

/** Names that a parameter begins with when it is a rule. The others sign the address, or mean nothing. */
const RULE = /^(?:imageMogr2|imageView2|watermark|imageSlim|style)(?:[/|]|$)/i

/** `null` for a text that is no such address. */
export function readPictureAddress(url: string): PictureAddress | null {
  const [, host, path, query = ''] = ADDRESS.exec(url) ?? []
  if (host === undefined || path === undefined || path === '/') return null
  const rule = query
    .split('&')
    .map((part) => decoded(part).replace(/^([^=]*)=$/, '$1'))
    .find((part) => RULE.test(part))
  return { url, host, path, rule: rule ?? null }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}
