/**
 * A callback URL as it may be shown and logged: user name, password and query become `***`, because people put their
 * secrets there; scheme, host, port and path stay, because they name the receiver. Works on any text: what cannot be
 * read as a URL is masked by the same marks.
 */
export function maskUrl(url: string): string {
  const [, scheme = '', authority = '', rest = ''] = /^([a-z][a-z0-9+.-]*:[\\/]{2})?([^/\\?#]*)(.*)$/is.exec(url)!
  const at = authority.lastIndexOf('@')
  const masked = `${scheme}${at < 0 ? authority : `***@${authority.slice(at + 1)}`}${rest.replace(/([?#]).+$/s, '$1***')}`
  return masked.length <= MOST_SHOWN ? masked : `${masked.slice(0, MOST_SHOWN)}…`
}

/** Characters; a log line or a refusal need not repeat two thousand of them. */
const MOST_SHOWN = 256
