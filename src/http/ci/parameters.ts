import { readInteger } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'

/** A query parameter as text; an empty one was not given: the Python SDK sends them all the time. */
export function textParameter(exchange: Exchange, name: string): string | null {
  const value = exchange.query.first(name)?.trim()
  return value === undefined || value === '' ? null : value
}

/** A comma list without doubles; empty entries were not given. `null` when nothing is left. */
export function listParameter(exchange: Pick<Exchange, 'query'>, name: string): readonly string[] | null {
  const items = (exchange.query.first(name) ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  return items.length === 0 ? null : [...new Set(items)]
}

/** `pageNumber` and `pageSize` of a list, 1 and 10 unless told, at most 100 on a page. */
export function pageParameters(exchange: Exchange): { pageNumber: number; pageSize: number; offset: number } {
  const pageNumber = readInteger('pageNumber', textParameter(exchange, 'pageNumber') ?? '1', {
    least: 1,
    most: 100_000_000,
  })
  const pageSize = Math.min(
    readInteger('pageSize', textParameter(exchange, 'pageSize') ?? '10', { least: 1, most: 1_000_000 }),
    100,
  )
  return { pageNumber, pageSize, offset: (pageNumber - 1) * pageSize }
}
