import { readTime } from '../../wire/index.ts'
import { type Cursor, readToken, writeToken } from '../list-token.ts'
import type { ApiParameter } from './route.ts'
import { always, type JsonSchema, nullable } from './schema.ts'

/** What every list takes that goes on from a place in it. */
export interface PageAsked {
  readonly limit: number
  readonly after?: string
  readonly order: 'newest' | 'oldest'
  readonly from?: string
  readonly until?: string
}

/** The parameters of a list by time of creation. */
export const pageParameters: Readonly<Record<string, ApiParameter>> = {
  limit: {
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    says: 'How many entries a page has.',
  },
  after: { schema: { type: 'string', maxLength: 200 }, says: 'The `next` of the page before.' },
  order: { schema: { type: 'string', enum: ['newest', 'oldest'], default: 'newest' }, says: 'What comes first.' },
  from: { schema: { type: 'string', format: 'date-time' }, says: 'Only what was made then or later.' },
  until: { schema: { type: 'string', format: 'date-time' }, says: 'Only what was made then or earlier.' },
}

/** The same as the stores ask it. */
export function pageOf({ limit, after, order, from, until }: PageAsked) {
  return {
    createdFrom: from === undefined ? null : readTime('from', from),
    // A fraction of a second is dropped when it is read: what was made in this second belongs to it.
    createdTo: until === undefined ? null : readTime('until', until) + 999,
    order: order === 'oldest' ? ('Asc' as const) : ('Desc' as const),
    after: after === undefined ? null : readToken(after, 'after', 'next'),
    limit,
  }
}

/** The answer of such a list: its entries under their name, and where the next page goes on. */
export function pageJson<Name extends string, Item>(name: Name, items: readonly Item[], next: Cursor | null) {
  return { [name]: items, next: writeToken(next) }
}

export function pageSchema(name: string, item: JsonSchema): JsonSchema {
  return always({
    [name]: { type: 'array', items: item },
    next: nullable({ type: 'string', description: 'For `after`; `null` on the last page.' }),
  })
}
