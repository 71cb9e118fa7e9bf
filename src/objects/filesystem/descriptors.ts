import { close, fchmod, fsync, open, read, write, writev } from 'node:fs'

// Files by their numbers, as the system has them. What stands around a `FileHandle` (an event emitter, a promise of its
// closing, a look after itself) costs more than most of these calls, and a blob takes a dozen.

export function openDescriptor(path: string, flags: number | 'r' | 'wx', mode = 0o666): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, mode, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)))
  })
}

export function closeDescriptor(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    close(descriptor, (error) => (error ? reject(error) : resolve()))
  })
}

export function syncDescriptor(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(descriptor, (error) => (error ? reject(error) : resolve()))
  })
}

export function changeMode(descriptor: number, mode: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fchmod(descriptor, mode, (error) => (error ? reject(error) : resolve()))
  })
}

/** Gives how many bytes came; fewer than there is room for may come at any place of a file. */
export function readDescriptor(descriptor: number, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, into, 0, into.length, position, (error, bytes) => (error ? reject(error) : resolve(bytes)))
  })
}

/** Writes all of these bytes. One call may take less than it was given, for instance when the disk fills up in its middle. */
export async function writeDescriptor(descriptor: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += await writeOnce(descriptor, done === 0 ? bytes : bytes.subarray(done), position + done)
  }
}

/** Writes all of these pieces, one behind the other, in one call where that takes them all. */
export async function writePieces(descriptor: number, pieces: readonly Uint8Array[], position: number): Promise<void> {
  if (pieces.length === 1) return writeDescriptor(descriptor, pieces[0]!, position)
  let done = await writeTogether(descriptor, pieces, position)
  let at = position
  for (const piece of pieces) {
    const taken = Math.min(done, piece.length)
    done -= taken
    if (taken < piece.length) await writeDescriptor(descriptor, piece.subarray(taken), at + taken)
    at += piece.length
  }
}

function writeOnce(descriptor: number, bytes: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, 0, bytes.length, position, (error, taken) => (error ? reject(error) : resolve(taken)))
  })
}

function writeTogether(descriptor: number, pieces: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(descriptor, pieces, position, (error, taken) => (error ? reject(error) : resolve(taken)))
  })
}
