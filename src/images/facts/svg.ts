import { Failure } from '../../base/index.ts'
import { copiesDrawn } from './svg-copies.ts'

/** How far into a file its root element is looked for, bytes. */
const prologue = 4096

/** Whether the first element of this text is `svg`, behind a declaration, comments and a document type. */
export function isSvg(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, prologue)).toString('utf8')
  const rest = head.replace(/^(?:\ufeff|\s+|<\?[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE[^>[]*(?:\[[^\]]*\]\s*)?>)*/i, '')
  return /^<(?:[\w.-]+:)?svg[\s/>]/i.test(rest)
}

/**
 * An SVG as it is handed to the renderer: nothing in it points out of it. librsvg loads nothing for a document without an
 * address, and parses within bounds; this does not lean on it. Links and references to other files lose their target.
 * Pictures in the picture, from elsewhere or as data, would be decoded without anybody having looked at their size.
 *
 * @throws Failure `PictureNotSupported` for what cannot be left out without showing another picture
 */
export function sanitizedSvg(file: Buffer): Buffer {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(file)
  } catch {
    throw refused('it is not UTF-8')
  }
  if (/^\s*<\?xml[^>]*encoding\s*=\s*["'](?!utf-8|us-ascii)/i.test(text)) throw refused('it says it is not UTF-8')
  if (/<!ENTITY/i.test(text)) throw refused('it declares entities')
  if (/<\?xml-stylesheet/i.test(text) || /@import/i.test(text)) throw refused('it needs a style sheet from elsewhere')
  if (/<(?:[\w.-]+:)?include[\s/>]/i.test(text)) throw refused('it includes another file')
  if (/<(?:[\w.-]+:)?(?:fe)?image\s[^<>]*?href\s*=\s*["'](?!\s*#)/i.test(text))
    throw refused('it has another picture in it')
  const characters = shownCharacters(text)
  if (characters > maxCharacters) {
    throw refused(`it has ${characters} characters of text, at most ${maxCharacters} are allowed`)
  }
  const { elements, copies } = copiesDrawn(text)
  const most = maxCopies + elements * maxCopiesEach
  if (copies > most) throw refused(`it has ${copies} elements drawn again by reference, at most ${most} are allowed`)
  const inside = text
    .replace(/(href\s*=\s*)(?:"(?!\s*#)[^"]*"|'(?!\s*#)[^']*')/gi, '$1"#"')
    // A name that nothing has. Spaces are counted, so that very many of them cannot be gone through in very many ways.
    .replace(/url\((?!\s{0,99}["']?\s{0,99}#)/gi, 'url(#')
  return Buffer.from(inside, 'utf8')
}

/**
 * The renderer takes the square of its length for a line of text: seconds for 5 000 characters, half a minute for 20 000.
 */
const maxCharacters = 4_000

/** Drawing a hundred thousand circles takes the renderer a second or two. Of uses alone it stops at five times that. */
const maxCopies = 100_000
/** Large drawings refer to a few elements from each of theirs: a plot has a mark and a clipping path for every point. */
const maxCopiesEach = 10

/** Characters outside of tags, comments and style sheets; white space in a row counts as one. */
function shownCharacters(text: string): number {
  let count = 0
  let at = 0
  while (at < text.length) {
    const tag = text.indexOf('<', at)
    const end = tag === -1 ? text.length : tag
    count += text.slice(at, end).replace(/\s+/g, ' ').length
    if (tag === -1) break
    const closing = closingOf(text, tag)
    const close = text.indexOf(closing, tag)
    at = close === -1 ? text.length : close + closing.length
    // What stands between these marks is shown like any other text.
    if (closing === ']]>') count += at - tag
  }
  return count
}

/** What ends that which begins here. */
function closingOf(text: string, at: number): string {
  if (text.startsWith('<!--', at)) return '-->'
  if (text.startsWith('<![CDATA[', at)) return ']]>'
  if (/^<style[\s>]/i.test(text.slice(at, at + 7))) return '</style'
  return '>'
}

function refused(why: string): Failure {
  return new Failure('PictureNotSupported', `The source is an SVG picture that is not drawn here: ${why}.`)
}
