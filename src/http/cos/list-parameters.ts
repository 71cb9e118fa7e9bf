import { Failure } from '../../base/index.ts'
import { said } from '../../wire/index.ts'
import type { Query } from '../query.ts'

const MOST_ENTRIES = 1_000

/** How many entries a page may have: 1000 when nothing is said, and never more. Fails with `InvalidArgument`. */
export function pageSizeOf(query: Query, name: 'max-keys' | 'max-parts' | 'max-uploads'): number {
  const text = query.first(name) ?? ''
  if (text === '') return MOST_ENTRIES
  if (!/^\d{1,10}$/.test(text)) {
    throw new Failure('InvalidArgument', `${name} is ${said(text)}, expected a whole number from 0 to ${MOST_ENTRIES}`)
  }
  return Math.min(Number(text), MOST_ENTRIES)
}

/** Whether keys are to be percent-encoded in the answer. Fails with `InvalidArgument`. */
export function isUrlEncoded(query: Query): boolean {
  const text = query.first('encoding-type') ?? ''
  if (text !== '' && text !== 'url') {
    throw new Failure('InvalidArgument', `encoding-type is ${said(text)}, expected "url"`)
  }
  return text === 'url'
}
