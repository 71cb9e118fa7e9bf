import { SaxesParser } from 'saxes'
import { Failure } from '../../base/index.ts'
import type { XmlElement } from './element.ts'

/**
 * How deep elements may lie in one another. The deepest document of the protocol has seven levels; without a bound a
 * body of a megabyte can hold a hundred thousand.
 */
const MAX_LEVELS = 64

/** How many elements a document may have. The largest request of the protocol names 10,000 parts, with 30,001 elements. */
const MAX_ELEMENTS = 40_000

/** What else may stand in `encoding="…"` for bytes that are UTF-8. */
const NAMES_OF_UTF8 = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii'])

const LONE_SURROGATE = /\p{Surrogate}/u
const BARE_AMPERSAND = /&(?!#\d+;|#x[\da-f]+;|\w+;)/i
const NOTHING_BUT_WHITE_SPACE = /^[ \t\r\n]*$/

/**
 * Reads one XML document into a tree.
 *
 * Bytes are UTF-8, with or without a byte order mark; how many there may be is for the caller to bound. Character
 * references and the five named entities are decoded, CDATA is text, comments and processing instructions are skipped.
 *
 * Whatever is not well-formed is refused and never repaired: end tags that are missing, a second root, text after the
 * root, characters that XML forbids. So is a document type declaration, well-formed or not, because all it can bring
 * here is entities that grow. (saxes was chosen for this over more lenient readers: some of them accept missing end
 * tags and two roots, and a request would be carried out that says something else than its author wrote.)
 *
 * @throws Failure `InvalidContent`; the message has line, column and reason.
 */
export function readXml(document: Uint8Array | string): XmlElement {
  const text = typeof document === 'string' ? document : decodeUtf8(document)
  if (LONE_SURROGATE.test(text)) throw notWellFormed('it holds half of a surrogate pair, which is no character')

  const parser = new SaxesParser({ position: true, defaultXMLVersion: '1.0', forceXMLVersion: true })
  const open: Unfinished[] = []
  let root: XmlElement | null = null
  let count = 0

  const refuse = (reason: string): never => {
    throw notWellFormed(reason, parser)
  }
  const keepText = (piece: string): void => {
    const element = open.at(-1)
    if (element !== undefined) element.text += piece
  }

  // saxes reads on from a bare ampersand to the next semicolon, and often to the end: then it misses a tag. What its
  // author has to mend is mostly the query of a callback address, so the message says so.
  const hint = () => (BARE_AMPERSAND.test(text) ? '; perhaps an "&" that should be "&amp;"' : '')

  parser.on('error', (error) => refuse(reasonOf(error) + hint()))
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !NAMES_OF_UTF8.has(encoding.toLowerCase())) {
      refuse(`it says its encoding is ${JSON.stringify(encoding.slice(0, 40))}, expected "UTF-8"`)
    }
  })
  parser.on('doctype', () => refuse('a document type declaration is not accepted'))
  parser.on('opentagstart', ({ name }) => {
    if (open.length === MAX_LEVELS) refuse(`elements lie more than ${MAX_LEVELS} levels deep`)
    if (++count > MAX_ELEMENTS) refuse(`it has more than ${MAX_ELEMENTS} elements`)
    open.push({ name: name.slice(name.indexOf(':') + 1), text: '', children: [] })
  })
  parser.on('text', keepText)
  parser.on('cdata', keepText)
  parser.on('closetag', () => {
    const element = open.pop()!
    if (element.children.length > 0 && NOTHING_BUT_WHITE_SPACE.test(element.text)) element.text = ''
    const parent = open.at(-1)
    if (parent === undefined) root = element
    else parent.children.push(element)
  })

  parser.write(text).close()
  return root ?? refuse('it is empty')
}

interface Unfinished {
  name: string
  text: string
  children: XmlElement[]
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw notWellFormed('its bytes are not UTF-8')
  }
}

/** saxes puts `line:column: ` before its reason; we say the same in words. */
function reasonOf(error: Error): string {
  return error.message.replace(/^(?:\d+:\d+: )?/, '').replace(/\.$/, '')
}

function notWellFormed(reason: string, at?: { line: number; column: number }): Failure {
  const where = at === undefined ? '' : ` at line ${at.line}, column ${at.column}`
  return new Failure(
    'InvalidContent',
    `The body cannot be read${where}: ${reason}; expected one well-formed XML document in UTF-8.`,
  )
}
