import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Crc64, Failure } from '../../base/index.ts'
import type { KeptBlob, WriteBlobOptions } from '../blob-store.ts'
import { onDisk } from './disk-failure.ts'

/**
 * Pours a stream into an open file, piece by piece, and says what it was. While the disk takes a piece, its sums are
 * worked out; the next piece is asked for when both are done, so a slow disk holds back a fast sender.
 */
export async function writeStream(
  source: AsyncIterable<Uint8Array>,
  file: FileHandle,
  { signal, expectedBytes, maxBytes = Number.POSITIVE_INFINITY }: WriteBlobOptions,
): Promise<Omit<KeptBlob, 'id'>> {
  const tooLarge = (bytes: number | string) =>
    new Failure('ObjectTooLarge', `the object has ${bytes} bytes, at most ${maxBytes} are allowed`)
  if (expectedBytes !== undefined && expectedBytes > maxBytes) throw tooLarge(expectedBytes)
  const md5 = createHash('md5')
  const crc64 = new Crc64()
  let size = 0
  for await (const arrived of abortable(source, signal)) {
    const room = expectedBytes === undefined ? arrived.length : expectedBytes - size
    const piece = arrived.length > room ? arrived.subarray(0, room) : arrived
    if (size + piece.length > maxBytes) throw tooLarge(`more than ${maxBytes}`)
    const written = onDisk(() => writeAll(file, piece, size))
    md5.update(piece)
    crc64.update(piece)
    size += piece.length
    await written
    if (arrived.length > room) break
  }
  if (expectedBytes !== undefined && size < expectedBytes) {
    throw new Failure('BodyIncomplete', `${size} bytes came, ${expectedBytes} were announced`)
  }
  return { size, md5: md5.digest('hex'), crc64: crc64.digest() }
}

const COPY_PIECE_BYTES = 1024 * 1024

/**
 * Copies an open file from its first byte into another, to some place in it, without a stream's bookkeeping: most
 * results are one piece.
 */
export async function copyBytes(source: FileHandle, target: FileHandle, position = 0): Promise<{ size: number }> {
  return onDisk(async () => {
    const { size: told } = await source.stat()
    // One byte more than it has, so that the end shows at once; a file that grows meanwhile is read on.
    const piece = Buffer.allocUnsafe(Math.min(told + 1, COPY_PIECE_BYTES))
    for (let size = 0; ; ) {
      const { bytesRead } = await source.read(piece, 0, piece.length, size)
      await writeAll(target, piece.subarray(0, bytesRead), position + size)
      size += bytesRead
      if (bytesRead < piece.length && size >= told) return { size }
      if (bytesRead === 0) return { size }
    }
  })
}

/** A write may take less than it was given, for instance when the disk fills up in its middle. */
async function writeAll(file: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await file.write(piece, done, piece.length - done, position + done)
    done += bytesWritten
  }
}

/** The same stream, which ends with the reason of the signal as soon as it is aborted, even between two pieces. */
async function* abortable(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (signal === undefined) return yield* source
  const iterator = source[Symbol.asyncIterator]()
  let isDone = false
  try {
    for (;;) {
      const next = await nextUnlessAborted(iterator, signal)
      if (next.done) {
        isDone = true
        return
      }
      yield next.value
    }
  } finally {
    // Not awaited: a source that waits for bytes answers only when they come.
    if (!isDone) iterator.return?.()?.catch(() => undefined)
  }
}

function nextUnlessAborted(
  iterator: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<IteratorResult<Uint8Array>> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    iterator.next().then(
      (result) => {
        signal.removeEventListener('abort', abort)
        resolve(result)
      },
      (error) => {
        signal.removeEventListener('abort', abort)
        reject(error)
      },
    )
  })
}
