import { join } from 'node:path'
import type { BlobId } from '../../base/index.ts'

/** Where unfinished writes lie. The dot keeps it apart from the shards. */
export const WRITING_FOLDER = '.writing'

/** `00` to `ff`. */
export const SHARDS: readonly string[] = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'))

/**
 * The shard of a blob: the end of its id, which is chance or chosen. Ids begin with the time, so their beginnings would
 * put everything of one week into one folder.
 */
export function shardOf(id: BlobId): string {
  return id.slice(-2)
}

export function blobFile(folder: string, id: BlobId): string {
  return join(folder, shardOf(id), id)
}

/** Whether a file name can be an id of ours. Ids become paths, so nothing else is ever let through. */
export function isBlobId(name: string): name is BlobId {
  return /^[0-9a-f]{32}$/.test(name)
}

/** When an id was made, UTC milliseconds: its first 48 bits. A blob gets its id at the moment when it is whole. */
export function madeAt(id: BlobId): number {
  return Number.parseInt(id.slice(0, 12), 16)
}
