/** What a document says before it is XML or JSON. `undefined` is left out; a list is the element once for each entry. */
export type Tree = { readonly [name: string]: Value }
type Value = string | number | boolean | undefined | Tree | readonly Tree[]

// biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters are what is looked for
const WHAT_XML_CANNOT_HOLD = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }

/** One line, no declaration; an empty text is an empty element. */
export function writeXml(name: string, value: Value): string {
  if (value === undefined) return ''
  if (isList(value)) return value.map((one) => writeXml(name, one)).join('')
  const inside =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([member, inner]) => writeXml(member, inner))
          .join('')
      : String(value)
          .replace(WHAT_XML_CANNOT_HOLD, '\ufffd')
          .replace(/[&<>\r]/g, (character) => ESCAPES[character]!)
  return inside === '' ? `<${name}/>` : `<${name}>${inside}</${name}>`
}

/** One line. An empty text has no key, except in the profile `live`. */
export function writeJson(tree: Tree, keepsEmptyTexts: boolean): string {
  return JSON.stringify(tree, (_name, value) => (value === '' && !keepsEmptyTexts ? undefined : value))
}

function isList(value: Value): value is readonly Tree[] {
  return Array.isArray(value)
}
