/** What of an SVG the renderer draws more than once. */
export interface Copies {
  readonly elements: number
  /** Elements that are drawn again because others refer to them, at most. */
  readonly copies: number
}

/**
 * How many elements `use` elements, patterns, masks, markers, clipping paths and filters have the renderer draw again: what
 * is referred to may refer to others, so a few lines can ask for billions. `Infinity` when it goes on further than anybody
 * counts. Circles are drawn by nobody. References in style sheets are not followed; the deadline is the end of those.
 *
 * @param text its tags are looked at, each once; entities other than those that need no declaration mean nothing
 */
export function copiesDrawn(text: string): Copies {
  if (!/<(?:[\w.-]+:)?use[\s/]|url\(/.test(text)) return { elements: 0, copies: 0 }
  const named = new Map<string, Named>()
  const whole = anonymous()
  const open: { readonly element: Named | null; readonly nearest: Named; readonly at: number }[] = []
  let elements = 0
  for (const tag of tagsOf(text)) {
    if (tag.startsWith('/')) {
      const closed = open.pop()
      if (closed?.element) closed.element.size = elements - closed.at
      continue
    }
    const around = open.at(-1)?.nearest ?? whole
    const id = attribute(tag, ID)
    const element = id === undefined ? null : anonymous()
    if (element !== null) {
      named.set(id!, element)
      around.holds.push(element)
    }
    const { uses } = element ?? around
    const target = USE.test(tag) ? attribute(tag, HREF) : undefined
    if (target?.startsWith('#')) uses.push(target.slice(1))
    for (const [, name] of tag.includes('url(') ? decoded(tag).matchAll(REFERENCE) : []) uses.push(name!)
    if (!tag.endsWith('/')) open.push({ element, nearest: element ?? around, at: elements })
    elements += 1
    // The renderer refuses what is nested deeper.
    if (open.length > MAX_DEPTH) return { elements, copies: 0 }
  }
  return { elements, copies: copiesIn(whole, named, 0) }
}

/** An element with a name, by which it may be used. */
interface Named {
  /** Elements in it, itself included. */
  size: number
  /** What is used in it, and what in it has a name of its own and is told of there. */
  readonly uses: string[]
  readonly holds: Named[]
  /** Known once it was counted; 0 while it is, so that nothing goes in a circle. */
  copies: number | null
}

const anonymous = (): Named => ({ size: 1, uses: [], holds: [], copies: null })

const MAX_DEPTH = 256

const USE = /^(?:[\w.-]+:)?use[\s/]/
const ID = /\sid\s*=\s*(?:"([^"]*)"|'([^']*)')/
const REFERENCE = /url\(\s{0,99}["']?#([^)"'\s]+)/g
const HREF = /href\s*=\s*(?:"([^"]*)"|'([^']*)')/

function copiesIn(element: Named, named: ReadonlyMap<string, Named>, depth: number): number {
  if (element.copies !== null) return element.copies
  if (depth > 2 * MAX_DEPTH) return Number.POSITIVE_INFINITY
  element.copies = 0
  let sum = 0
  for (const one of element.holds) sum += copiesIn(one, named, depth + 1)
  for (const target of element.uses) {
    const used = named.get(target)
    if (used !== undefined) sum += used.size + copiesIn(used, named, depth + 1)
  }
  element.copies = sum
  return sum
}

/** What stands between `<` and `>`, of elements only. A `>` within quotes ends no tag. */
function* tagsOf(text: string): Generator<string> {
  let at = text.indexOf('<')
  while (at !== -1) {
    const skipped = ENDS.find(([begin]) => text.startsWith(begin, at))
    const end = skipped === undefined ? endOfTag(text, at) : text.indexOf(skipped[1], at)
    if (end === -1) return
    if (skipped === undefined) yield text.slice(at + 1, end)
    at = text.indexOf('<', end)
  }
}

const ENDS = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
  ['<!', '>'],
] as const

function endOfTag(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (character === '>') return at
    if (character === '"' || character === "'") {
      at = text.indexOf(character, at + 1)
      if (at === -1) return -1
    }
  }
  return -1
}

function attribute(tag: string, pattern: RegExp): string | undefined {
  const found = pattern.exec(tag)
  const value = found?.[1] ?? found?.[2]
  return value?.includes('&') ? decoded(value) : value
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decoded(value: string): string {
  return value.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
