import { ServerResponse } from 'node:http'

/**
 * Header names whose spelling is not simply "Each-Word-Capital". A client may hand its user an ordinary dictionary of
 * headers (the Python SDK does), and then `r['ETag']` fails if the server writes `Etag`.
 */
const spelledOtherwise: Readonly<Record<string, string>> = {
  etag: 'ETag',
  'content-md5': 'Content-MD5',
  'x-errno': 'X-ErrNo',
  'www-authenticate': 'WWW-Authenticate',
}

/** Names that were spelled before: our own, which are few. Those of strangers, `x-cos-meta-*`, are not kept. */
const known = new Map<string, string>()
const MOST_KNOWN = 200

/**
 * How a header is written on the wire: `etag` is `ETag`, `content-length` is `Content-Length`; the protocol's own
 * (`x-cos-request-id`, `x-ci-request-id`, `x-cos-meta-author`) stay lower case.
 */
export function spelled(name: string): string {
  const before = known.get(name)
  if (before !== undefined) return before
  const written = spelledAnew(name)
  if (!/^x-c/i.test(name) && known.size < MOST_KNOWN) known.set(name, written)
  return written
}

function spelledAnew(name: string): string {
  const lower = name.toLowerCase()
  if (Object.hasOwn(spelledOtherwise, lower)) return spelledOtherwise[lower]!
  if (lower.startsWith('x-cos-') || lower.startsWith('x-ci-')) return lower
  return lower.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())
}

/** An answer that spells its headers as above, whoever sets them: the one place where spelling is known. */
export class SpellingResponse extends ServerResponse {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    return super.setHeader(spelled(name), value)
  }
}

/**
 * Text as it has to be given to `setHeader`: Node writes header values as Latin-1, one byte per character, so anything
 * beyond ASCII is given as its UTF-8 bytes. `null` when it holds what no header may hold (line breaks, NUL …).
 */
export function headerText(text: string): string | null {
  const bytes = Buffer.from(text, 'utf8').toString('latin1')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\u0000-\u0008\u000a-\u001f\u007f]/.test(bytes) ? null : bytes
}
