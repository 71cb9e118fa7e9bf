import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type BlobId, Failure } from '../../base/index.ts'
import { blobFile, isBlobId, SHARDS } from './blob-files.ts'
import { BLOB_MODE, makeFolders } from './blob-store.ts'
import { onDisk } from './disk-failure.ts'
import { syncFolder } from './sync-folder.ts'

/** Blobs that come back under the ids they had, into a folder that no store has open. */
export interface RestoredBlobs {
  keep(id: BlobId, bytes: AsyncIterable<Uint8Array>): Promise<void>
  remove(id: BlobId): Promise<void>
  /** Everything is safe when this resolves. */
  finish(): Promise<void>
}

/** How many files may wait for the disk; one after another, a million small ones would take a night. */
const SYNCS_AT_ONCE = 16

export async function restoreBlobs(folder: string): Promise<RestoredBlobs> {
  await onDisk(() => makeFolders(folder))
  const syncing = new Set<Promise<void>>()
  let failure: unknown = null

  function syncLater(file: FileHandle): void {
    const done = onDisk(async () => {
      try {
        await file.sync()
      } finally {
        await file.close()
      }
    })
      .catch((error: unknown) => {
        failure ??= error
      })
      .finally(() => syncing.delete(done))
    syncing.add(done)
  }

  return {
    async keep(id, bytes) {
      if (!isBlobId(id)) throw new Failure('InvalidContent', `${id} is no id of a blob`)
      const file = await onDisk(() => open(blobFile(folder, id), 'wx', BLOB_MODE))
      try {
        for await (const piece of bytes) await onDisk(() => file.writeFile(piece))
        await onDisk(() => file.chmod(BLOB_MODE))
      } catch (error) {
        await file.close()
        throw error
      }
      syncLater(file)
      if (syncing.size >= SYNCS_AT_ONCE) await Promise.race(syncing)
      if (failure !== null) throw failure
    },

    remove: (id) => onDisk(() => rm(blobFile(folder, id), { force: true })),

    async finish() {
      await Promise.all(syncing)
      if (failure !== null) throw failure
      await onDisk(async () => {
        for (const shard of SHARDS) await syncFolder(join(folder, shard))
        await syncFolder(folder)
      })
    },
  }
}
