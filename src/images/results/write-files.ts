/**
 * The program of the thread that writes pictures into the result cache. Four calls for files a picture, each through a
 * thread of Node's and back, cost the server's own thread more than handing the picture over; here they are made on the
 * spot, and a slow disk holds up nobody else.
 */
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { parentPort } from 'node:worker_threads'
import type { FilesToWrite, FilesWritten, NewFile } from './file-writer.ts'

const port = parentPort!

port.on('message', ({ files }: FilesToWrite) => {
  port.postMessage({ failures: files.map(failureOf) } satisfies FilesWritten)
})

/** Writes a file. What kept it from being written; `null` when nothing did. */
function failureOf(file: NewFile): string | null {
  try {
    write(file)
    return null
  } catch (error) {
    try {
      rmSync(file.unfinished, { force: true })
    } catch {
      // The next start removes it.
    }
    return error instanceof Error ? error.message : String(error)
  }
}

function write({ unfinished, place, bytes }: NewFile): void {
  const file = openSync(unfinished, 'wx', 0o600)
  try {
    // A write may take less than it was given, for instance when the disk fills up in its middle.
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, done)
  } finally {
    closeSync(file)
  }
  try {
    renameSync(unfinished, place)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 })
    renameSync(unfinished, place)
  }
}
