import { Failure } from '../../../base/index.ts'
import { checkKey } from '../../../objects/index.ts'
import { said } from '../../../wire/index.ts'
import type { ListEntry } from './input-reader.ts'

/** At most so much of an entry is kept with a refusal. */
const KEPT_CHARACTERS = 1_024
/** What no document can carry. */
const UNSPEAKABLE = /[\p{Cc}\p{Cs}\ufffe\uffff]/u

/**
 * The entry that a piece of a list stands for: the object it names, or a refusal when it names none.
 *
 * @param where the place, for whoever reads the message: `line 17`, `row 3 of data.csv.gz`
 */
export function listEntry(text: string, where: string, keyOf: (text: string) => string): ListEntry {
  try {
    const key = keyOf(text)
    checkKey(key)
    return { key }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return refusedEntry(text, `${where}: ${error.message}.`)
  }
}

/** What stands in a list and is no object that could be worked on. */
export function refusedEntry(text: string, message: string): ListEntry {
  const object = text.length > KEPT_CHARACTERS || UNSPEAKABLE.test(text) ? said(text) : text
  return { refused: { object, code: 'InvalidArgument', message } }
}
