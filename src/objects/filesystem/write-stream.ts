import { createHash } from 'node:crypto'
import { Crc64, Failure } from '../../base/index.ts'
import type { KeptBlob, WriteBlobOptions } from '../blob-store.ts'
import { readDescriptor, writeDescriptor, writePieces } from './descriptors.ts'
import { onDisk } from './disk-failure.ts'

/** Pieces of a stream are written so many bytes at a time, or when they are so many: each call is a way to another thread and back. */
const WRITE_BYTES = 256 * 1024
const MOST_PIECES = 64

/**
 * Pours a stream into an open file, some pieces at a time, and says what it was. While the disk takes pieces, the next ones
 * are asked for and their sums are worked out; as much as is written may come meanwhile and no more, so a slow disk holds
 * back a fast sender.
 */
export async function writeStream(
  source: AsyncIterable<Uint8Array>,
  descriptor: number,
  { signal, expectedBytes, maxBytes = Number.POSITIVE_INFINITY }: WriteBlobOptions,
): Promise<Omit<KeptBlob, 'id'>> {
  const tooLarge = (bytes: number | string) =>
    new Failure('ObjectTooLarge', `the object has ${bytes} bytes, at most ${maxBytes} are allowed`)
  if (expectedBytes !== undefined && expectedBytes > maxBytes) throw tooLarge(expectedBytes)
  const md5 = createHash('md5')
  const crc64 = new Crc64()
  const file = new PiecesToWrite(descriptor)
  try {
    let size = 0
    for await (const arrived of abortable(source, signal)) {
      const room = expectedBytes === undefined ? arrived.length : expectedBytes - size
      const piece = arrived.length > room ? arrived.subarray(0, room) : arrived
      if (size + piece.length > maxBytes) throw tooLarge(`more than ${maxBytes}`)
      md5.update(piece)
      crc64.update(piece)
      size += piece.length
      await file.add(piece)
      if (arrived.length > room) break
    }
    if (expectedBytes !== undefined && size < expectedBytes) {
      throw new Failure('BodyIncomplete', `${size} bytes came, ${expectedBytes} were announced`)
    }
    await file.finish()
    return { size, md5: md5.digest('hex'), crc64: crc64.digest() }
  } catch (error) {
    await file.abandon()
    throw error
  }
}

/** Puts pieces into a file one behind the other, several in a call. */
class PiecesToWrite {
  readonly #descriptor: number
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0
  #position = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Takes a piece over. Resolves when another one may come; rejects with what an earlier write failed with. */
  async add(piece: Uint8Array): Promise<void> {
    this.#gathered.push(piece)
    this.#gatheredBytes += piece.length
    if (this.#gatheredBytes < WRITE_BYTES && this.#gathered.length < MOST_PIECES) return
    await this.#writing
    this.#write()
  }

  /** Resolves when everything is written. */
  async finish(): Promise<void> {
    await this.#writing
    if (this.#gatheredBytes === 0) return
    this.#write()
    await this.#writing
  }

  /** Resolves when nothing is being written any more: what is closed then may be another file's number a moment later. */
  async abandon(): Promise<void> {
    await this.#writing.catch(() => undefined)
  }

  #write(): void {
    const [pieces, position] = [this.#gathered, this.#position]
    this.#gathered = []
    this.#position += this.#gatheredBytes
    this.#gatheredBytes = 0
    this.#writing = onDisk(() => writePieces(this.#descriptor, pieces, position))
    // Whoever waits for it hears of it.
    this.#writing.catch(() => undefined)
  }
}

const COPY_PIECE_BYTES = 1024 * 1024

/**
 * Copies an open file from its first byte into another, to some place in it, without a stream's bookkeeping: most
 * results are one piece.
 *
 * @param told how many bytes the file had when it was looked at
 */
export async function copyBytes(source: number, told: number, target: number, position = 0): Promise<{ size: number }> {
  return onDisk(async () => {
    // One byte more than it has, so that the end shows at once; a file that grows meanwhile is read on.
    const piece = Buffer.allocUnsafe(Math.min(told + 1, COPY_PIECE_BYTES))
    for (let size = 0; ; ) {
      const taken = await readDescriptor(source, piece, size)
      await writeDescriptor(target, piece.subarray(0, taken), position + size)
      size += taken
      if (taken < piece.length && size >= told) return { size }
      if (taken === 0) return { size }
    }
  })
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
