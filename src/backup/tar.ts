/**
 * The part of the tar format (POSIX ustar) that a backup needs: plain files with short names, so that any tar program
 * can list and unpack one. Sizes beyond 8 GiB are written in base 256, which GNU, BSD and Go read.
 */

const BLOCK = 512
const LARGEST_OCTAL = 0o77777777777

/** What stands before a file. */
export function tarHeader(name: string, size: number, modifiedMs: number): Uint8Array {
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0, 100, 'latin1')
  writeOctal(header, 100, 8, 0o600)
  writeOctal(header, 108, 8, 0)
  writeOctal(header, 116, 8, 0)
  if (size <= LARGEST_OCTAL) writeOctal(header, 124, 12, size)
  else {
    header[124] = 0x80
    header.writeBigUInt64BE(BigInt(size), 128)
  }
  writeOctal(header, 136, 12, Math.floor(modifiedMs / 1000))
  header.write('        ', 148, 8, 'latin1')
  header.write('0', 156, 1, 'latin1')
  header.write('ustar\0', 257, 6, 'latin1')
  header.write('00', 263, 2, 'latin1')
  writeOctal(header, 148, 7, checksum(header))
  return header
}

/** What stands behind a file, so that the next one begins on a block. */
export function tarPadding(size: number): Uint8Array {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
}

/** What stands behind everything. */
export const tarEnd: Uint8Array = Buffer.alloc(2 * BLOCK)

/** How many bytes of an archive a file takes. */
export function tarBytes(size: number): number {
  return BLOCK + Math.ceil(size / BLOCK) * BLOCK
}

export interface TarEntry {
  readonly name: string
  readonly size: number
  /** The bytes; taken to their end before the next entry is asked for. */
  readonly body: AsyncIterable<Uint8Array>
}

/** Something else than a tar of plain files, or the beginning of one. */
export class NoTar extends Error {}

/** The files of a tar, one after another, in constant memory. Rejects with `NoTar`. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const bytes = new Bytes(source)
  try {
    for (;;) {
      const header = await bytes.exactly(BLOCK)
      // To the end of the source too: a connection with a rest that nobody takes stays open.
      if (header.every((byte) => byte === 0)) return await bytes.toTheEnd()
      const { name, size } = readHeader(header)
      const body = bytes.next(size)
      yield { name, size, body }
      for await (const _left of body) {
        // Whatever the reader did not take.
      }
      await bytes.exactly(tarPadding(size).length)
    }
  } finally {
    await bytes.letGo()
  }
}

function readHeader(header: Buffer): { name: string; size: number } {
  const isOurs =
    header.toString('latin1', 257, 262) === 'ustar' &&
    header[156] === 0x30 &&
    Number.parseInt(header.toString('latin1', 148, 156), 8) === checksum(header)
  if (!isOurs) throw new NoTar('there is no file header where one should be')
  const end = header.indexOf(0)
  const name = header.toString('latin1', 0, end >= 0 && end < 100 ? end : 100)
  const size =
    header[124] === 0x80 ? Number(header.readBigUInt64BE(128)) : Number.parseInt(header.toString('latin1', 124, 136), 8)
  if (!Number.isSafeInteger(size) || size < 0) throw new NoTar('a file header has no size')
  return { name, size }
}

function writeOctal(header: Buffer, at: number, length: number, value: number): void {
  header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, length, 'latin1')
}

/** The sum of all bytes, those of the sum itself counted as blanks. */
function checksum(header: Buffer): number {
  let sum = 0
  for (let at = 0; at < BLOCK; at += 1) sum += at >= 148 && at < 156 ? 0x20 : header[at]!
  return sum
}

/** A stream that is taken in pieces of the reader's choice. */
class Bytes {
  readonly #source: AsyncIterator<Uint8Array>
  #piece: Uint8Array = new Uint8Array()

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async exactly(count: number): Promise<Buffer> {
    const pieces: Uint8Array[] = []
    for await (const piece of this.next(count)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  async toTheEnd(): Promise<void> {
    while (!(await this.#source.next()).done) {
      // Padding.
    }
  }

  /** The source may close what it has open. */
  async letGo(): Promise<void> {
    await this.#source.return?.()
  }

  /** The next so many bytes; leaving early leaves the rest in place, and a second loop goes on there. */
  next(count: number): AsyncIterable<Uint8Array> {
    let left = count
    const take = async (): Promise<IteratorResult<Uint8Array>> => {
      if (left === 0) return { done: true, value: undefined }
      while (this.#piece.length === 0) {
        const { done, value } = await this.#source.next()
        if (done) throw new NoTar('it ends too early')
        this.#piece = value
      }
      const piece = this.#piece.subarray(0, left)
      this.#piece = this.#piece.subarray(piece.length)
      left -= piece.length
      return { done: false, value: piece }
    }
    return { [Symbol.asyncIterator]: () => ({ next: take }) }
  }
}
