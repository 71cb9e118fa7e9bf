import { closeSync, constants, createReadStream, type Dirent, fstatSync, type Stats } from 'node:fs'
import { chmod, copyFile, link, mkdir, open, opendir, rm, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type BlobId, type Clock, Failure, hasErrno, newId } from '../../base/index.ts'
import type { BlobStore } from '../blob-store.ts'
import { blobFile, isBlobId, madeAt, SHARDS, shardOf, WRITING_FOLDER } from './blob-files.ts'
import { changeMode, closeDescriptor, openDescriptor, syncDescriptor } from './descriptors.ts'
import { diskFailure, onDisk } from './disk-failure.ts'
import { NewestFolder } from './newest-folder.ts'
import { PieceMemory } from './piece-memory.ts'
import { pourFile } from './pour-file.ts'
import { syncFolder } from './sync-folder.ts'
import { Turns } from './turns.ts'
import { copyBytes, writeStream } from './write-stream.ts'

/** Nobody but us can even look at names; whoever is handed a hard link can read that one. */
const FOLDER_MODE = 0o700
/**
 * Readable for the engines, which may run as another user, and writable for nobody, the owner included: the file an
 * engine gets is the blob itself under another name.
 */
export const BLOB_MODE = 0o444

const READ_PIECE_BYTES = 256 * 1024

/**
 * Node has four threads for all work with files. Were each of them to wait for a slow disk to sync, nobody could read a
 * byte that has long been in memory; so one is left to those who read.
 */
const SYNCS_AT_ONCE = 3

export interface FilesystemBlobStoreOptions {
  /** Absolute path of the folder that holds the blobs; made when absent. */
  readonly folder: string
  readonly clock: Clock
}

/**
 * Blobs as files: `<folder>/<2 hex>/<id>`.
 *
 * A blob is written to `<folder>/.writing/` under a name that is told to nobody, synced, moved to its place, and the
 * folder is synced; only then is its id told. So after a crash at any moment a told id names whole bytes, and what is
 * left in `.writing` is rubbish that `olderThan` finds.
 */
export async function openFilesystemBlobStore({ folder, clock }: FilesystemBlobStoreOptions): Promise<BlobStore> {
  await onDisk(() => makeFolders(folder))
  const writing = join(folder, WRITING_FOLDER)
  const syncs = new Turns(SYNCS_AT_ONCE)
  /** Names in `.writing` that are being written here and now: no left-overs, however slowly the bytes come. */
  const unfinished = new Set<string>()

  const newest = new NewestFolder(folder, syncs)
  const memory = new PieceMemory()
  /** Whether new files get the mode that they are made with; the umask of the process may keep something back. */
  let isModeKept: boolean | null = null

  /** Moves a synced file to its place under a new id. From here on it is a blob. */
  const keep = (file: string): Promise<BlobId> => newest.put(file, newId.blob(clock.now()))

  /** Fills a new file in `.writing` and keeps it. On any failure the file is gone. */
  async function writeAndKeep<Facts>(fill: (descriptor: number) => Promise<Facts>): Promise<Facts & { id: BlobId }> {
    const name = newId.blob(clock.now())
    const file = join(writing, name)
    unfinished.add(name)
    try {
      const descriptor = await onDisk(() => openDescriptor(file, 'wx', BLOB_MODE))
      let isSafe = false
      let facts: Facts
      try {
        isModeKept ??= (fstatSync(descriptor).mode & 0o777) === BLOB_MODE
        facts = await fill(descriptor)
        await onDisk(async () => {
          if (!isModeKept) await changeMode(descriptor, BLOB_MODE)
          await syncs.take(() => syncDescriptor(descriptor))
        })
        isSafe = true
      } finally {
        if (isSafe) closeIdle(descriptor)
        else await closeDescriptor(descriptor)
      }
      return { ...facts, id: await onDisk(() => keep(file)) }
    } catch (error) {
      await rm(file, { force: true }).catch(() => undefined)
      throw error
    } finally {
      unfinished.delete(name)
    }
  }

  return {
    write: (source, options = {}) => writeAndKeep((file) => writeStream(source, file, options)),

    join: (ids) =>
      writeAndKeep(async (target) => {
        let size = 0
        for (const id of ids) {
          const source = await onDisk(() => openDescriptor(blobFile(folder, checked(id)), 'r'))
          try {
            size += (await copyBytes(source, fstatSync(source).size, target, size)).size
          } finally {
            closeIdle(source)
          }
        }
        return { size }
      }),

    async adopt(file) {
      // Whatever lies there, a pipe that nobody writes into for one, is opened at once.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
      const source = await onDisk(() => openDescriptor(file, flags))
      try {
        const facts = fstatSync(source)
        if (!facts.isFile()) throw new Failure('StorageUnavailable', `${basename(file)} is not a file`)
        if (isOurs(facts)) {
          const id = await onDisk(async () => {
            await changeMode(source, BLOB_MODE)
            await syncs.take(() => syncDescriptor(source))
            try {
              return await keep(file)
            } catch (error) {
              if (hasErrno(error, 'EXDEV')) return null
              throw error
            }
          })
          if (id !== null) return id
        }
        const { id } = await writeAndKeep((target) => copyBytes(source, facts.size, target))
        await onDisk(() => unlink(file))
        return id
      } finally {
        closeIdle(source)
      }
    },

    async read(id, range) {
      return onDisk(async () => {
        const handle = await open(blobFile(folder, checked(id)), 'r')
        return createReadStream('', { fd: handle, highWaterMark: READ_PIECE_BYTES, ...range })
      })
    },

    async pour(id, range, take) {
      const descriptor = await onDisk(() => openDescriptor(blobFile(folder, checked(id)), 'r'))
      try {
        await pourFile(descriptor, range, memory, take)
      } finally {
        closeIdle(descriptor)
      }
    },

    async placeInto(id, file) {
      const blob = blobFile(folder, checked(id))
      await onDisk(async () => {
        try {
          await link(blob, file)
        } catch (error) {
          if (!cannotLink(error)) throw error
          await copyFile(blob, file, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
          await chmod(file, BLOB_MODE)
        }
      })
    },

    async remove(id) {
      await onDisk(async () => {
        await rm(blobFile(folder, checked(id)), { force: true })
        await rm(join(writing, id), { force: true })
      })
    },

    async *olderThan(timeMs) {
      // Left-overs by the last byte that was written to them: an upload may take hours.
      for await (const { name } of entries(writing)) {
        if (isBlobId(name) && !unfinished.has(name) && (await lastWritten(join(writing, name))) < timeMs) yield name
      }
      // Blobs by their id, which was made when they were whole: no look at each of a million files.
      for (const shard of SHARDS) {
        for await (const { name } of entries(join(folder, shard))) {
          if (isBlobId(name) && shardOf(name) === shard && madeAt(name) < timeMs) yield name
        }
      }
    },
  }
}

export async function makeFolders(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
  // The mode of mkdir is for new folders, and passes through the umask.
  await chmod(folder, FOLDER_MODE)
  for (const name of [WRITING_FOLDER, ...SHARDS]) {
    await mkdir(join(folder, name), { mode: FOLDER_MODE }).catch((error: unknown) => {
      if (!hasErrno(error, 'EEXIST')) throw error
    })
  }
  await syncFolder(folder)
  await syncFolder(dirname(folder))
}

/**
 * Whether a finished file can simply be moved: it is ours and has no other name. A file of another user (an engine that
 * runs as one) may still be open for writing there; its bytes are copied, so that a blob stays what it is.
 */
function isOurs({ uid, nlink }: Stats): boolean {
  return uid === process.getuid?.() && nlink === 1
}

/**
 * Closes what was only read, or is on disk already: the disk has nothing to do for that, so nobody has to wait for it, and
 * a way to another thread and back would cost far more. Asking an open file for its facts is the same.
 */
function closeIdle(descriptor: number): void {
  closeSync(descriptor)
}

/** Another file system, a file system without links, one that is full of them, or one where we may not make any. */
function cannotLink(error: unknown): boolean {
  return ['EXDEV', 'EPERM', 'EMLINK', 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP'].some((code) => hasErrno(error, code))
}

function checked(id: BlobId): BlobId {
  if (!isBlobId(id)) throw new Failure('StorageUnavailable', 'there is no such blob')
  return id
}

async function* entries(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder)
  } catch (error) {
    throw diskFailure(error)
  }
}

/** UTC milliseconds; never, for a file that has gone in the meantime. */
async function lastWritten(file: string): Promise<number> {
  try {
    return (await stat(file)).mtimeMs
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
