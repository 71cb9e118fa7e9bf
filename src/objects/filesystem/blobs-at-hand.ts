import { closeSync, openSync, readSync } from 'node:fs'
import type { BlobId } from '../../base/index.ts'
import { blobFile, isBlobId } from './blob-files.ts'

/** All bytes of a blob of this size, when they can be had at once; `null`: ask the blob store. */
export type BlobsAtHand = (id: BlobId, size: number) => Uint8Array | null

/** A read that takes longer than this has waited for the disk, milliseconds. */
const FROM_MEMORY_MS = 5
/** For how long nothing is read here after one that took longer, milliseconds. */
const LEAVE_ALONE_MS = 100

/**
 * Reads small blobs in the thread that asks for them, which nobody but such threads may do: it stands still meanwhile.
 * What was written or read lately lies in the memory of the system and is there in some microseconds, where passing it on
 * from thread to thread takes a hundred. When the disk itself has to be waited for, the blob store does it for several at
 * a time; so after one slow read the next ones are left to it for a while.
 */
export function blobsAtHand(folder: string): BlobsAtHand {
  let leaveUntil = 0
  return (id, size) => {
    const begun = performance.now()
    if (begun < leaveUntil || !isBlobId(id)) return null
    const bytes = wholeFile(blobFile(folder, id), size)
    const now = performance.now()
    if (now - begun > FROM_MEMORY_MS) leaveUntil = now + LEAVE_ALONE_MS
    return bytes
  }
}

/** `null` when it is not there or not of this size, whatever the reason: the blob store will say it. */
function wholeFile(file: string, size: number): Uint8Array | null {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return null
  }
  try {
    // A memory of its own, and no slice of Node's pool: that would be sent whole to another thread.
    const bytes = new Uint8Array(size)
    let read = 0
    while (read < size) {
      const count = readSync(descriptor, bytes, read, size - read, read)
      if (count === 0) return null
      read += count
    }
    return bytes
  } catch {
    return null
  } finally {
    closeSync(descriptor)
  }
}
