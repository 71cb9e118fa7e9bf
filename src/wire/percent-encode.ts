/**
 * Percent-encodes as the protocol does everywhere: the UTF-8 bytes of all but `A-Z a-z 0-9 - _ . ~`, in upper-case hex.
 * Half a surrogate pair is encoded as U+FFFD, as UTF-8 writers do.
 */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** As `percentEncode`, with slashes left as they are: keys in lists and in URLs. */
export function percentEncodeKey(key: string): string {
  return percentEncode(key).replaceAll('%2F', '/')
}
