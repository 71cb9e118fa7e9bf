import type { BlobToKeep } from './write-backup.ts'

/** What a backup asks of a ledger. */
export interface BackupStore {
  /** How many blobs the ledger names, and their bytes. Reads every row: for a ledger that nobody else waits for. */
  namedBlobTotals(): Promise<{ count: number; bytes: number }>
  /** Up to `limit` of the blobs that the ledger names, each once, by id, behind `after` (`''`: from the first). */
  namedBlobsAfter(after: string, limit: number): Promise<BlobToKeep[]>
}
