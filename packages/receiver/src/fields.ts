import { ReceiverError, said } from './receiver-error.ts'
import { readTime } from './times.ts'

/**
 * A group of fields, out of XML or JSON alike. It knows where in the document it stands, so a refusal can name the field,
 * its value and what was expected.
 *
 * The differences between formats and profiles end here: a number may be a text, a list of one may stand for the one and
 * the other way round, an empty text is the same as none.
 */
export class Fields {
  readonly #members: object
  readonly #path: string

  constructor(members: object, path = '') {
    this.#members = members
    this.#path = path
  }

  /** `''` when it is not there. */
  text(name: string): string {
    const value = this.#value(name)
    if (value === null) return ''
    if (typeof value === 'object') throw this.#unexpected(name, 'a text')
    return String(value)
  }

  /** A text that nothing makes sense without. */
  requiredText(name: string): string {
    const text = this.text(name)
    if (text !== '') return text
    throw new ReceiverError('UnexpectedField', `${this.#pathOf(name)} is missing, expected a text.`)
  }

  /** The key of a result, without the slash that some senders put in front of it. */
  writtenKey(name: string): string {
    return this.text(name).replace(/^\//, '')
  }

  /** With its double quotes, which some senders leave out; `''` when it is not there. */
  etag(name: string): string {
    const etag = this.text(name)
    return etag === '' || etag.endsWith('"') ? etag : `"${etag}"`
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word {
    const text = this.text(name)
    const word = words.find((one) => one === text)
    if (word !== undefined) return word
    throw this.#unexpected(name, words.join(', '))
  }

  number(name: string): number | null {
    const text = this.text(name)
    if (text === '') return null
    if (!/^-?\d{1,15}$/.test(text)) throw this.#unexpected(name, 'a whole number')
    return Number(text)
  }

  flag(name: string): boolean | null {
    const text = this.text(name).toLowerCase()
    if (text === '') return null
    if (text !== 'true' && text !== 'false') throw this.#unexpected(name, 'true or false')
    return text === 'true'
  }

  /** `-` is how the protocol says that it has not happened. */
  time(name: string): Date | null {
    const text = this.text(name)
    if (text === '' || text === '-') return null
    const time = readTime(text)
    if (time === null) throw this.#unexpected(name, 'a time such as 2026-03-02T10:11:12+0800')
    return time
  }

  /** A group, or a list of one. */
  group(name: string): Fields | null {
    const groups = this.groups(name)
    if (groups.length > 1) throw this.#unexpected(name, 'an object or a list of one')
    return groups[0] ?? null
  }

  /** A group without fields when it is not there. */
  groupOrEmpty(name: string): Fields {
    return this.group(name) ?? new Fields({}, this.#pathOf(name))
  }

  /** A list of groups, or one. */
  groups(name: string): readonly Fields[] {
    const value = this.#value(name)
    const list: readonly unknown[] = Array.isArray(value) ? value : value === null ? [] : [value]
    return list.map((one) => {
      if (typeof one !== 'object' || one === null || Array.isArray(one)) throw this.#unexpected(name, 'an object')
      return new Fields(one, this.#pathOf(name))
    })
  }

  #value(name: string): unknown {
    // Only what the document itself says: `constructor` is a member of every object.
    const value: unknown = Object.hasOwn(this.#members, name) ? (this.#members as Record<string, unknown>)[name] : null
    return value === '' || value === undefined ? null : value
  }

  #unexpected(name: string, expected: string): ReceiverError {
    return new ReceiverError(
      'UnexpectedField',
      `${this.#pathOf(name)} is ${said(this.#value(name) ?? '')}, expected ${expected}.`,
    )
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }
}
