/**
 * How many elements the `use` elements of an SVG have the renderer draw again, at most: what is used may use others, so a
 * few lines can ask for billions. `Infinity` when it goes on further than anybody counts. Circles are drawn by nobody.
 *
 * @param text its tags are looked at, each once; entities other than those that need no declaration mean nothing
 */
export function copiesDrawn(text: string): number {
  if (!/<(?:[\w.-]+:)?use[\s/]/.test(text)) return 0
  const named = new Map<string, Named>()
  const whole = anonymous()
  const open: { readonly element: Named | null; readonly nearest: Named; readonly at: number }[] = []
  let [elements, uses] = [0, 0]
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
    const target = USE.test(tag) ? attribute(tag, HREF) : undefined
    if (target?.startsWith('#')) {
      ;(element ?? around).uses.push(target.slice(1))
      uses += 1
      if (uses > MAX_USES) return Number.POSITIVE_INFINITY
    }
    if (!tag.endsWith('/')) open.push({ element, nearest: element ?? around, at: elements })
    elements += 1
    // The renderer refuses what is nested deeper.
    if (open.length > MAX_DEPTH) return 0
  }
  return copiesIn(whole, named, 0)
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

const MAX_USES = 20_000
const MAX_DEPTH = 256

const USE = /^(?:[\w.-]+:)?use[\s/]/
const ID = /\sid\s*=\s*(?:"([^"]*)"|'([^']*)')/
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
