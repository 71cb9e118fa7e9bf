/** Where a request goes, taken apart as the wire needs it. */
export interface TargetUrl {
  /** Scheme, host and port as `URL` normalises them, without the default port: `http://10.0.0.5:8080`. */
  readonly origin: string
  /** The host without brackets: a name in ASCII, or an address in its usual spelling. */
  readonly hostname: string
  /** Path and query as they were written; see `parseTargetUrl`. */
  readonly requestTarget: string
  /** `Basic …` when the URL carries a user name or password, else `null`. */
  readonly authorization: string | null
}

/**
 * Reads an http(s) URL for sending. The host is read by `URL`, so every spelling of an address (decimal, hexadecimal,
 * octal, `127.1`, mapped, with a trailing dot) comes out in one form before it is judged. Path and query are *not*
 * taken from there: people sign them and put secrets in them, so they go out as the very characters configured, `/../`
 * and `{}` included. Only what a request line cannot hold is changed: blanks, control characters and everything beyond
 * ASCII are percent-encoded as UTF-8, and a fragment is left away.
 *
 * Forms on whose end of the host two readers could disagree (`http:host`, `http:///host`, a backslash, a tab in the
 * middle) are refused rather than guessed. White space around the URL is ignored.
 *
 * @returns what it says, or `{ problem }` in words that follow "expected".
 */
export function parseTargetUrl(text: string): TargetUrl | { readonly problem: string } {
  const trimmed = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
  if (!/^https?:/i.test(trimmed)) return { problem: 'a URL that starts with http:// or https://' }
  const parts = /^(https?:\/\/)([^/\\?#]+)([/?][^#]*)?(#.*)?$/is.exec(trimmed)
  if (parts === null) return { problem: 'a URL of the form http://host/path' }
  const [, scheme = '', authority = '', rest = ''] = parts
  // `URL` would drop tabs and line ends and go on reading; here they stand in the middle of a host or a password.
  if (/[\p{Cc} ]/u.test(authority)) return { problem: 'a host without blanks and control characters' }
  let url: URL
  try {
    url = new URL(`${scheme}${authority}`)
  } catch {
    return { problem: 'a valid host and port' }
  }
  return {
    origin: url.origin,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    requestTarget: sendable(rest.startsWith('/') ? rest : `/${rest}`),
    authorization: basicAuthorization(url),
  }
}

function sendable(target: string): string {
  // A lone surrogate has no UTF-8 form; Buffer makes it U+FFFD, where encodeURIComponent would throw.
  return Buffer.from(target)
    .toString()
    .replace(/[^\u0021-\u007e]+/g, encodeURIComponent)
}

function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null
  return `Basic ${Buffer.from(`${unescaped(username)}:${unescaped(password)}`).toString('base64')}`
}

/** A percent sign that begins no escape stays one: `URL` lets it through. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
