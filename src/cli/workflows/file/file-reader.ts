import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'
import { said } from '../../../wire/index.ts'
import { closest } from './closest.ts'
import type { Complaint } from './complaint.ts'
import { type FieldName, type FilePart, fileFields } from './fields.ts'

/** A value of the file, what it is called, and where it stands. */
export interface Spot {
  readonly field: string
  /** `null` when nothing is written there. */
  readonly node: Node | null
  /** Where to point when something is missing: the key, or the map around it. */
  readonly offset: number
}

/**
 * Reads YAML, and JSON, which is a part of it. Whatever is not as expected becomes a complaint with its place, and
 * reading goes on: a file is told everything that is wrong with it at once.
 */
export class FileReader {
  readonly complaints: Complaint[] = []
  readonly root: Spot
  readonly #lines = new LineCounter()
  readonly #document: Document
  readonly #spots = new Map<string, Spot>()

  constructor(text: string) {
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
    for (const { pos, code, message } of [...document.errors, ...document.warnings]) {
      this.#complainAt(pos[0], '', `${reasons[code]?.(text.slice(pos[0])) ?? message}.`)
    }
    visit(document, {
      Alias: (_key, alias) => {
        if (alias.resolve(document) !== undefined) return
        this.#complainAt(alias.range?.[0] ?? 0, '', `*${alias.source} names an anchor that is not there.`)
      },
    })
    this.#document = document
    this.root = { field: '', node: document.contents, offset: 0 }
  }

  /** Where a field stands, or would stand; of one with parts its key. The beginning when it was never looked for. */
  spotOf(field: string): Spot {
    const spot = this.#spots.get(field) ?? this.root
    return isMap(spot.node) ? { ...spot, node: null } : spot
  }

  complain({ field, node, offset }: Spot, message: string): void {
    this.#complainAt(node?.range?.[0] ?? offset, field, message)
  }

  /** The fields of a part of the file; what it must not hold is told, and what it must and does not. */
  fields<Part extends FilePart>(spot: Spot, part: Part): Readonly<Record<FieldName<Part>, Spot>> | null {
    const entries = this.entries(spot)
    if (entries === null) return null
    const names: readonly string[] = fileFields[part].map(({ name }) => name)
    const found: Record<string, Spot> = {}
    for (const name of names) found[name] = { field: below(spot, name), node: null, offset: spot.offset }
    for (const [name, entry] of entries) {
      if (names.includes(name)) found[name] = entry
      else this.#complainAt(entry.offset, entry.field, `${entry.field} is no field here${hint(name, names)}.`)
    }
    for (const one of Object.values(found)) this.#spots.set(one.field, one)
    for (const field of fileFields[part]) {
      if ('isRequired' in field && found[field.name]!.node === null) {
        this.complain(found[field.name]!, `${below(spot, field.name)} is missing, expected ${field.expects}.`)
      }
    }
    return found as Record<FieldName<Part>, Spot>
  }

  /** What stands in a map, by its keys, in order. `null` when nothing is written there, or something else. */
  entries(spot: Spot): ReadonlyMap<string, Spot> | null {
    const map = this.#resolved(spot)
    if (map === null) return null
    if (!isMap(map)) {
      this.complain(spot, `${called(spot)} is ${shown(map)}, expected a map.`)
      return null
    }
    const entries = new Map<string, Spot>()
    for (const { key, value } of (map as YAMLMap<Node, Node | null>).items) {
      const name = isScalar(key) ? String(key.value) : null
      if (name === null) {
        this.#complainAt(key.range?.[0] ?? spot.offset, spot.field, `${called(spot)} has a key that is no text.`)
        continue
      }
      // One that is there twice has been told by the parser.
      const entry = { field: below(spot, name), node: value, offset: key.range?.[0] ?? spot.offset }
      const resolved = { ...entry, node: this.#resolved(entry) }
      this.#spots.set(entry.field, resolved)
      entries.set(name, resolved)
    }
    return entries
  }

  isText(spot: Spot): boolean {
    return isScalar(spot.node)
  }

  isList(spot: Spot): boolean {
    return isSeq(spot.node)
  }

  /** `null` when nothing is written there, or no text. */
  text(spot: Spot, expected = 'text'): string | null {
    const { node } = spot
    if (node === null) return null
    if (isScalar(node) && typeof node.value === 'string') {
      const bad = UNSPEAKABLE.exec(node.value)?.[0]
      if (bad === undefined) return node.value
      const code = bad.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
      this.complain(spot, `${spot.field} holds U+${code}, which no document of the protocol can carry.`)
      return null
    }
    const quotes = isScalar(node) ? '; put it in quotes if it is meant as text' : ''
    this.complain(spot, `${spot.field} is ${shown(node)}, expected ${expected}${quotes}.`)
    return null
  }

  /** One of the given words, in any case. */
  choice<const Choice extends string>(spot: Spot, choices: readonly Choice[]): Choice | null {
    const text = this.text(spot, choices.join(' or '))
    if (text === null) return null
    const choice = choices.find((one) => one.toLowerCase() === text.toLowerCase())
    if (choice === undefined) this.complain(spot, `${spot.field} is ${said(text)}, expected ${choices.join(' or ')}.`)
    return choice ?? null
  }

  flag(spot: Spot): boolean {
    const { node } = spot
    if (node === null) return false
    if (isScalar(node) && typeof node.value === 'boolean') return node.value
    this.complain(spot, `${spot.field} is ${shown(node)}, expected true or false.`)
    return false
  }

  /** The texts of a list. Empty when nothing is written there. */
  texts(spot: Spot, expected: string): readonly string[] {
    return this.items(spot, expected).flatMap((item) => this.text(item, expected) ?? [])
  }

  items(spot: Spot, expected: string): readonly Spot[] {
    const { node } = spot
    if (node === null) return []
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const written = { field: `${spot.field}[${index}]`, node: item as Node | null, offset: spot.offset }
        const one = { ...written, node: this.#resolved(written) }
        if (one.node === null) this.complain(written, `${one.field} is empty.`)
        return one
      })
    }
    this.complain(spot, `${spot.field} is ${shown(node)}, expected a list: ${expected}.`)
    return []
  }

  /** Follows an alias. What is written as nothing (`~`, `null`, an empty text, or nothing at all) is nothing. */
  #resolved({ node }: Spot): Node | null {
    const meant = isAlias(node) ? (node.resolve(this.#document) ?? null) : node
    return isScalar(meant) && (meant.value === null || meant.value === '') ? null : meant
  }

  #complainAt(offset: number, field: string, message: string): void {
    const { line, col } = this.#lines.linePos(offset)
    this.complaints.push({ line: Math.max(line, 1), column: Math.max(col, 1), field, message })
  }
}

/** What XML cannot hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters are what is looked for
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u

/** In our words what the parser says too shortly; each is given the text from its place on. */
const reasons: { readonly [code: string]: ((text: string) => string) | undefined } = {
  DUPLICATE_KEY: (text) => `${said(/^[^:\n]*/.exec(text)![0].trim())} stands twice in one map, expected once`,
  MULTIPLE_DOCS: () => 'the file holds a second document, expected one',
}

function below({ field }: Spot, name: string): string {
  return field === '' ? name : `${field}.${name}`
}

function called({ field }: Spot): string {
  return field === '' ? 'the file' : field
}

/** A value as a message shows it. */
function shown(node: Node): string {
  if (isMap(node)) return 'a map'
  if (isSeq(node)) return 'a list'
  if (!isScalar(node)) return 'nothing that is understood'
  if (typeof node.value === 'string') return said(node.value)
  const kind =
    typeof node.value === 'boolean' ? 'the word' : typeof node.value === 'number' ? 'the number' : 'the value'
  return `${kind} ${String(node.source ?? node.value)}`
}

function hint(name: string, names: readonly string[]): string {
  const near = closest(name, names)
  return near === null ? `, expected one of ${names.join(', ')}` : `; perhaps ${near} was meant`
}
