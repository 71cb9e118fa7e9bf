import { ReceiverError, said } from './receiver-error.ts'

/** A leaf is its text; anything else its children by name, in a list where a name comes more than once. */
export type XmlContent = string | XmlGroup
export interface XmlGroup {
  [name: string]: XmlContent | XmlContent[]
}

/** The deepest callback has six levels. */
const MAX_LEVELS = 64
/** A workflow of a hundred nodes has some two thousand. */
const MAX_ELEMENTS = 20_000

const START =
  ':A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF' +
  '\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}'
const NAME = `[${START}][-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040${START}]*`
const VALUE = `"[^<"]*"|'[^<']*'`
const SPACE = '[ \\t\\n]'

// Sticky: each is tried at one place only. None can be matched in two ways, so none takes longer than what it reads.
const DECLARATION = new RegExp(
  `<\\?xml${SPACE}+version${SPACE}*=${SPACE}*(?:"1\\.[0-9]+"|'1\\.[0-9]+')` +
    `(?:${SPACE}+encoding${SPACE}*=${SPACE}*(?:"([A-Za-z][\\w.-]*)"|'([A-Za-z][\\w.-]*)'))?` +
    `(?:${SPACE}+standalone${SPACE}*=${SPACE}*(?:"(?:yes|no)"|'(?:yes|no)'))?${SPACE}*\\?>`,
  'uy',
)
const INSTRUCTION = new RegExp(`<\\?(${NAME})(?=${SPACE}|\\?>)`, 'uy')
const START_TAG = new RegExp(`<(${NAME})`, 'uy')
const ATTRIBUTE = new RegExp(`${SPACE}+(${NAME})${SPACE}*=${SPACE}*(${VALUE})`, 'uy')
const START_TAG_END = new RegExp(`${SPACE}*(/?)>`, 'uy')
const END_TAG = new RegExp(`</(${NAME})${SPACE}*>`, 'uy')
const TEXT = /[^<]+/uy

const REFERENCE = /&(?:#([0-9]{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));|&/g
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
// biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u
const NAMES_OF_UTF8 = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii'])

/**
 * Reads an XML document of the kind callbacks are. Attributes, comments and processing instructions are passed over.
 *
 * Whatever is not well-formed is refused and never repaired, and so is a document type declaration: all it could bring are
 * entities that grow. A reader of its own because those to be had are larger than this whole package may be, or accept
 * what is no XML; a test holds it to the answers of a conforming one.
 *
 * @throws ReceiverError `NotReadable`, with line and column
 */
export function readXml(document: string): { readonly name: string; readonly content: XmlContent } {
  return new Reader(document.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')).read()
}

interface OpenElement {
  readonly name: string
  text: string
  group: XmlGroup | null
}

class Reader {
  readonly #text: string
  #at = 0
  #elements = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): { name: string; content: XmlContent } {
    const forbidden = FORBIDDEN.exec(this.#text)
    if (forbidden !== null) throw this.#refusal('a character that XML does not allow', forbidden.index)
    this.#declaration()
    this.#betweenRoots()
    const root = this.#root()
    this.#betweenRoots()
    if (this.#at < this.#text.length) throw this.#refusal('something behind the root')
    return root
  }

  #declaration(): void {
    const match = this.#match(DECLARATION)
    const encoding = match?.[1] ?? match?.[2]
    if (encoding !== undefined && !NAMES_OF_UTF8.has(encoding.toLowerCase())) {
      throw this.#refusal(`the encoding ${said(encoding)}, expected "UTF-8"`, 0)
    }
  }

  /** White space, comments and instructions before and behind the root. */
  #betweenRoots(): void {
    do {
      while (this.#at < this.#text.length && ' \t\n'.includes(this.#text[this.#at]!)) this.#at += 1
    } while (this.#comment() || this.#instruction())
  }

  #root(): { name: string; content: XmlContent } {
    const open: OpenElement[] = []
    for (;;) {
      const started = this.#startTag()
      if (started !== null) {
        if (open.length === MAX_LEVELS) throw this.#refusal(`more than ${MAX_LEVELS} levels`)
        open.push({ name: started.name, text: '', group: null })
        if (!started.isEmpty) continue
      } else if (!this.#inside(open)) continue
      // An element has ended.
      const { name, text, group } = open.pop()!
      const parent = open.at(-1)
      if (parent === undefined) return { name: localName(name), content: group ?? text }
      parent.group ??= Object.create(null) as XmlGroup
      add(parent.group, localName(name), group ?? text)
    }
  }

  /** One piece of what stands in an element. @returns whether it was its end tag */
  #inside(open: readonly OpenElement[]): boolean {
    const element = open.at(-1)
    if (element === undefined) throw this.#refusal('no element', this.#at)
    const text = this.#match(TEXT)?.[0]
    if (text !== undefined) {
      if (text.includes(']]>')) throw this.#refusal('"]]>" in a text')
      element.text += this.#decoded(text)
      return false
    }
    const cdata = this.#between('<![CDATA[', ']]>')
    if (cdata !== null) {
      element.text += cdata
      return false
    }
    if (this.#comment() || this.#instruction()) return false
    const ended = this.#match(END_TAG)?.[1]
    if (ended === element.name) return true
    throw this.#refusal(
      ended === undefined
        ? `no end of the element ${said(element.name)}`
        : `the end of ${said(ended)}, expected that of ${said(element.name)}`,
    )
  }

  #startTag(): { name: string; isEmpty: boolean } | null {
    const name = this.#match(START_TAG)?.[1]
    if (name === undefined) return null
    this.#elements += 1
    if (this.#elements > MAX_ELEMENTS) throw this.#refusal(`more than ${MAX_ELEMENTS} elements`)
    const seen = new Set<string>()
    for (let attribute = this.#match(ATTRIBUTE); attribute !== null; attribute = this.#match(ATTRIBUTE)) {
      if (seen.has(attribute[1]!)) throw this.#refusal(`the attribute ${said(attribute[1])} twice`)
      seen.add(attribute[1]!)
      this.#decoded(attribute[2]!)
    }
    const end = this.#match(START_TAG_END)
    if (end === null) throw this.#refusal(`no end of the tag ${said(name)}`)
    return { name, isEmpty: end[1] === '/' }
  }

  #comment(): boolean {
    const comment = this.#between('<!--', '-->')
    if (comment === null) return false
    if (comment.includes('--') || comment.endsWith('-')) throw this.#refusal('"--" in a comment')
    return true
  }

  #instruction(): boolean {
    const target = this.#match(INSTRUCTION)?.[1]
    if (target === undefined) return false
    if (target.toLowerCase() === 'xml') throw this.#refusal('a declaration that is not at the start or not correct')
    this.#at = this.#indexOf('?>') + 2
    return true
  }

  /** What stands between two marks, and moves behind them; `null` when the first one is not here. */
  #between(start: string, end: string): string | null {
    if (!this.#text.startsWith(start, this.#at)) return null
    this.#at += start.length
    const from = this.#at
    const to = this.#indexOf(end)
    this.#at = to + end.length
    return this.#text.slice(from, to)
  }

  #indexOf(mark: string): number {
    const found = this.#text.indexOf(mark, this.#at)
    if (found < 0) throw this.#refusal(`no ${mark}`)
    return found
  }

  /** A text with its references made characters. There are no entities but the five. */
  #decoded(text: string): string {
    if (!text.includes('&')) return text
    return text.replace(REFERENCE, (reference, decimal?: string, hex?: string, name?: string) => {
      const character =
        name === undefined
          ? characterOf(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal))
          : Object.hasOwn(NAMED, name)
            ? NAMED[name]
            : undefined
      if (character !== undefined) return character
      throw this.#refusal(reference === '&' ? 'an "&" that should be "&amp;"' : `the unknown ${said(reference)}`)
    })
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match !== null) this.#at = pattern.lastIndex
    return match
  }

  #refusal(what: string, at: number = this.#at): ReceiverError {
    const before = this.#text.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    return new ReceiverError('NotReadable', `The body is not well-formed XML: line ${line}, column ${column}: ${what}.`)
  }
}

/** `cos:Key` is `Key`: namespaces carry no meaning in this protocol. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function add(group: XmlGroup, name: string, content: XmlContent): void {
  const before = group[name]
  if (before === undefined) group[name] = content
  else if (Array.isArray(before)) before.push(content)
  else group[name] = [before, content]
}

function characterOf(codePoint: number): string | undefined {
  if (!(codePoint > 0 && codePoint <= 0x10ffff)) return undefined
  const character = String.fromCodePoint(codePoint)
  return FORBIDDEN.test(character) ? undefined : character
}
