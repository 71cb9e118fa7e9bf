import { Failure } from '../../base/index.ts'
import { readInteger, readTime, said } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { type Cursor, readToken } from '../list-token.ts'
import { listParameter, textParameter } from './parameters.ts'

/** What the lists of jobs, runs and batches have in common. */
export interface TokenListQuery {
  /** Bounds of the time of creation, inclusive, UTC milliseconds. */
  readonly createdFrom: number | null
  readonly createdTo: number | null
  readonly order: 'Asc' | 'Desc'
  /** Where the page before ended. */
  readonly after: Cursor | null
  readonly limit: number
}

const MAX_PAGE = 100

/** `startCreationTime`, `endCreationTime`, `orderByTime` (Desc), `nextToken`, `size` (10, and never more than 100). */
export function tokenListQuery(exchange: Exchange): TokenListQuery {
  const from = textParameter(exchange, 'startCreationTime')
  const to = textParameter(exchange, 'endCreationTime')
  const token = textParameter(exchange, 'nextToken')
  const size = readInteger('size', textParameter(exchange, 'size') ?? '10', { least: 1, most: 1_000_000_000 })
  return {
    createdFrom: from === null ? null : readTime('startCreationTime', from),
    // Times are written in whole seconds: what was made in this second belongs to it.
    createdTo: to === null ? null : readTime('endCreationTime', to) + 999,
    order: readOrder(exchange),
    after: token === null ? null : readToken(token, 'nextToken', 'NextToken'),
    limit: Math.min(size, MAX_PAGE),
  }
}

/** A comma list of states, spelled exactly so; empty for `All`, which is also what nothing means. */
export function statesParameter<const State extends string>(
  exchange: Exchange,
  name: string,
  choices: readonly State[],
): readonly State[] {
  const states = listParameter(exchange, name) ?? []
  if (states.includes('All')) return []
  return states.map((state) => {
    const known = choices.find((one) => one === state)
    if (known === undefined) {
      throw new Failure('InvalidArgument', `${name} is ${said(state)}, expected All or some of ${choices.join(', ')}.`)
    }
    return known
  })
}

function readOrder(exchange: Exchange): 'Asc' | 'Desc' {
  const order = textParameter(exchange, 'orderByTime') ?? 'Desc'
  if (/^desc$/i.test(order)) return 'Desc'
  if (/^asc$/i.test(order)) return 'Asc'
  throw new Failure('InvalidArgument', `orderByTime is ${said(order)}, expected Desc or Asc.`)
}
