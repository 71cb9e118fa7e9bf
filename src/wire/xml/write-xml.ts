import type { DocumentTree, DocumentValue, WireDocument } from '../document.ts'

/**
 * A document as XML text in one line: no declaration, no namespace, and attributes in the one document whose readers
 * need them (the Python SDK stumbles over both elsewhere).
 *
 * In text only `&`, `<` and `>` are escaped, as the original does, and a carriage return, which every reader would
 * otherwise turn into a line feed. Characters that XML cannot hold (NUL, most control characters, U+FFFE, U+FFFF, half
 * a surrogate pair) become U+FFFD: they reach us only in messages and header values of others, and a notification with
 * a replacement character in it is worth more than none.
 */
export function writeXml(document: WireDocument): string {
  return element(document.root, document.content)
}

function element(name: string, value: Exclude<DocumentValue, undefined>): string {
  if (Array.isArray(value)) return value.map((entry) => element(name, entry)).join('')
  const isTree = typeof value === 'object'
  const inside = isTree ? children(value as DocumentTree) : escapeText(String(value))
  const begin = isTree ? name + attributes(value as DocumentTree) : name
  return inside === '' ? `<${begin}/>` : `<${begin}>${inside}</${name}>`
}

function children(tree: DocumentTree): string {
  let written = ''
  for (const name of Object.keys(tree)) {
    const value = tree[name]
    if (value !== undefined && !name.startsWith('@')) written += element(name, value)
  }
  return written
}

function attributes(tree: DocumentTree): string {
  let written = ''
  for (const name of Object.keys(tree)) {
    if (!name.startsWith('@')) continue
    written += ` ${name.slice(1)}="${escapeText(String(tree[name])).replaceAll('"', '&quot;')}"`
  }
  return written
}

/** Nearly every text: nothing in it is markup or anything that XML cannot hold. Seen in one look. */
const PLAIN = /^[\t\n\u0020-%'-;=?-\ud7ff]*$/

// biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters are what is looked for
const WHAT_XML_CANNOT_HOLD = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu
const MARKUP = /[&<>\r]/g
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }

function escapeText(text: string): string {
  if (PLAIN.test(text)) return text
  return text.replace(WHAT_XML_CANNOT_HOLD, '\ufffd').replace(MARKUP, (character) => ESCAPES[character]!)
}
