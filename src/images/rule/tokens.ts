import { Failure } from '../../base/index.ts'

/**
 * The parts between the slashes of one stage, read from left to right. Every complaint names the stage by its number
 * (counted from 1), the parameter, the value and what was expected.
 */
export class Tokens {
  readonly stage: number
  readonly #tokens: readonly string[]
  #at = 0
  #outOfRange: Failure | null = null

  constructor(stage: number, tokens: readonly string[]) {
    this.stage = stage
    this.#tokens = tokens
  }

  get ended(): boolean {
    return this.#at >= this.#tokens.length
  }

  /** The next token without taking it; `undefined` at the end. */
  peek(): string | undefined {
    return this.#tokens[this.#at]
  }

  take(parameter: string, expected: string): string {
    const token = this.#tokens[this.#at]
    if (token === undefined) {
      throw new Failure('RuleInvalid', `Stage ${this.stage}: ${parameter} has no value, expected ${expected}.`)
    }
    this.#at += 1
    return token
  }

  /** A whole number, written with digits and, where `from` is negative, a sign. */
  whole(parameter: string, from: number, to: number): number {
    const expected = `a whole number from ${from} to ${to}`
    const token = this.take(parameter, expected)
    if (!/^-?\d{1,15}$/.test(token)) throw this.invalid(parameter, token, expected)
    const value = Number(token)
    if (value < from || value > to) this.outOfRange(parameter, token, expected)
    return value === 0 ? 0 : Math.min(Math.max(value, from), to)
  }

  /** A whole number that is moved into its range instead of being refused when it lies outside. */
  clampedWhole(parameter: string, from: number, to: number): number {
    const expected = `a whole number from ${from} to ${to}`
    const token = this.take(parameter, expected)
    if (!/^\d{1,15}$/.test(token)) throw this.invalid(parameter, token, expected)
    return Math.min(Math.max(Number(token), from), to)
  }

  bit(parameter: string): boolean {
    const token = this.take(parameter, '0 or 1')
    if (token !== '0' && token !== '1') throw this.invalid(parameter, token, '0 or 1')
    return token === '1'
  }

  /** The value of a flag that may stand alone: `strip`, `strip/1` and `strip/0`. */
  flag(): boolean {
    const token = this.peek()
    if (token !== '0' && token !== '1') return true
    this.#at += 1
    return token === '1'
  }

  /**
   * One of a few words, whatever their letter case; gives the word as it stands in the list.
   *
   * @param expected for complaints, where not all of the words are to be recommended
   */
  word<Word extends string>(parameter: string, words: readonly Word[], expected = `one of ${words.join(', ')}`): Word {
    const token = this.take(parameter, expected)
    const found = words.find((word) => word.toLowerCase() === token.toLowerCase())
    if (found === undefined) throw this.invalid(parameter, token, expected)
    return found
  }

  /**
   * A value that is well written and out of its range. Reading goes on, because what follows may say that such errors
   * are to be ignored; if it does not, `end` throws.
   */
  outOfRange(parameter: string, value: string, expected: string): void {
    this.#outOfRange ??= this.invalid(parameter, value, expected)
  }

  get isOutOfRange(): boolean {
    return this.#outOfRange !== null
  }

  /** @throws Failure `RuleInvalid` for the first value that was out of its range */
  end(): void {
    if (this.#outOfRange !== null) throw this.#outOfRange
  }

  /** Where the next token stands, for `textFrom` and `goBackTo`. */
  get place(): number {
    return this.#at
  }

  /** What has been taken since then is to be taken again. */
  goBackTo(place: number): void {
    this.#at = place
  }

  /** What has been taken since then. */
  textFrom(place: number): string {
    return this.#tokens.slice(place, this.#at).join('/')
  }

  invalid(parameter: string, value: string, expected: string): Failure {
    return new Failure('RuleInvalid', `Stage ${this.stage}: ${parameter} is ${quoted(value)}, expected ${expected}.`)
  }

  complaint(text: string): Failure {
    return new Failure('RuleInvalid', `Stage ${this.stage}: ${text}.`)
  }
}

/** A stranger's text as it may stand in a message: in quotes, short, and with everything unusual escaped. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text
  return JSON.stringify(short).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
