import type { DocumentTree } from './document.ts'

/** Where a numbered page stands in its list. `null` in its place when ids were asked for: such answers have no pages. */
export interface PageFacts {
  readonly totalCount: number
  readonly pageNumber: number
  readonly pageSize: number
}

/** The document of a list: its page numbers and its members, in alphabetical order as the original writes them. */
export function listTree(page: PageFacts | null, members: DocumentTree): DocumentTree {
  const all: DocumentTree =
    page === null
      ? members
      : { ...members, PageNumber: page.pageNumber, PageSize: page.pageSize, TotalCount: page.totalCount }
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
}
