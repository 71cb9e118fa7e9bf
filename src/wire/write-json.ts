import type { DocumentTree, DocumentValue, WireDocument } from './document.ts'

/**
 * A document as JSON text in one line, without its root. Empty leaves have no key, unless the document keeps them; empty
 * lists stay.
 */
export function writeJson({ content, keepsEmptyLeaves = false }: WireDocument): string {
  return JSON.stringify(keepsEmptyLeaves ? content : withoutEmptyLeaves(content))
}

function withoutEmptyLeaves(value: DocumentValue): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLeaves)
  if (typeof value !== 'object') return value
  const kept: [string, unknown][] = []
  for (const [name, member] of Object.entries(value as DocumentTree)) {
    if (member !== undefined && member !== '') kept.push([name, withoutEmptyLeaves(member)])
  }
  // Names may be a stranger's, and to assign a member called __proto__ would make none.
  return Object.fromEntries(kept)
}
