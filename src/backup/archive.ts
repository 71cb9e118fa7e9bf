import type { BlobId } from '../base/index.ts'

/**
 * A backup is one tar:
 *
 * | entry | what it is |
 * | --- | --- |
 * | `pixmill-backup.json` | the `Manifest`: what follows, how much, and the check sums of the next two |
 * | `ledger.db` | the ledger at one moment |
 * | `credentials.json` | the generated key pair, when the data folder has one |
 * | `blobs/<id>.<crc64>` | each blob that this ledger names, with its check sum from the ledger |
 * | `pixmill-backup.end.json` | the `Ending`: without it the file is cut off |
 *
 * Every check sum is CRC-64/XZ as an unsigned decimal number. Nothing has to be known twice or held in memory to write
 * it, so it streams; and it holds secrets, so it is a file for its owner only.
 */
export const ENTRY = {
  manifest: 'pixmill-backup.json',
  ledger: 'ledger.db',
  credentials: 'credentials.json',
  end: 'pixmill-backup.end.json',
} as const

/** Bumped when an older program could not restore it. */
export const FORMAT = 1

export interface SummedFile {
  /** Bytes. */
  readonly size: number
  readonly crc64: string
}

export interface Manifest {
  readonly format: number
  /** When the ledger was copied, ISO 8601. */
  readonly madeAt: string
  readonly ledger: SummedFile
  readonly credentials: SummedFile | null
  readonly blobs: { readonly count: number; readonly bytes: number }
}

export interface Ending {
  /** How many blobs are in the file. */
  readonly blobs: number
  /** Blobs that the ledger names and the store could not give: how many, and the first of them. */
  readonly missing: number
  readonly missingIds: readonly string[]
}

export function blobEntry(id: BlobId, crc64: string): string {
  return `blobs/${id}.${crc64}`
}

/** `null` when a name is not one of a blob. Names become paths, so nothing else is ever let through. */
export function readBlobEntry(name: string): { id: BlobId; crc64: string } | null {
  const match = /^blobs\/([0-9a-f]{32})\.(\d{1,20})$/.exec(name)
  return match === null ? null : { id: match[1] as BlobId, crc64: match[2]! }
}
