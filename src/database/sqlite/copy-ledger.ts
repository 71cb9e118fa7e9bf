/**
 * Copies a ledger file that stands still, and tells size and check sum of the copy: `copy-ledger.js FROM TO`.
 *
 * A process of its own, because of what POSIX does with locks: a process that opens a file, reads it and closes it again
 * loses every lock it has on that file, those of SQLite included.
 */
import { constants, copyFileSync, createReadStream } from 'node:fs'
import { Crc64 } from '../../base/index.ts'

const [from, to] = process.argv.slice(2) as [string, string]
try {
  // Where the file system can, in no time and without taking room.
  copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  const sum = new Crc64()
  let size = 0
  for await (const piece of createReadStream(to, { highWaterMark: 1024 * 1024 })) {
    sum.update(piece as Uint8Array)
    size += (piece as Uint8Array).length
  }
  process.stdout.write(JSON.stringify({ size, crc64: sum.digest() }))
} catch (error) {
  process.stderr.write(String((error as NodeJS.ErrnoException).code ?? error))
  process.exitCode = 1
}
