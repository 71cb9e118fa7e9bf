import { firstTables } from './0001-first-tables.ts'
import { retention } from './0003-retention.ts'

/**
 * All migrations, in order. Numbered and never edited once released: a change of the tables is a new entry at the end.
 */
export const migrations: readonly { readonly number: number; readonly name: string; readonly sqlite: string }[] = [
  { number: 1, name: 'first tables', sqlite: firstTables },
  { number: 3, name: 'retention', sqlite: retention },
]
