import type { ApiParameter } from './route.ts'
import { always, type JsonSchema } from './schema.ts'

/** What a list of few things takes: which page, and how many entries it has. */
export interface NumberedPageAsked {
  readonly page: number
  readonly limit: number
}

export const numberedPageParameters: Readonly<Record<string, ApiParameter>> = {
  page: { schema: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 1 }, says: 'Which page.' },
  limit: { schema: { type: 'integer', minimum: 1, maximum: 100, default: 100 }, says: 'How many entries a page has.' },
}

export function numberedPageOf({ page, limit }: NumberedPageAsked): { offset: number; limit: number } {
  return { offset: (page - 1) * limit, limit }
}

export function numberedPageSchema(name: string, item: JsonSchema): JsonSchema {
  return always({
    [name]: { type: 'array', items: item },
    total: { type: 'integer', description: 'How many there are, on all pages.' },
  })
}
