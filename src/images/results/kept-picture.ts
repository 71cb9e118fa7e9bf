import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { Failure } from '../../base/index.ts'

const READ_PIECE_BYTES = 256 * 1024

interface ByteRange {
  readonly start: number
  readonly end: number
}

/** What is said of a picture that was made, to whoever is given its bytes. */
export interface PictureFacts {
  readonly contentType: string
  /** Bytes. */
  readonly size: number
}

/**
 * A picture that was made: in memory, or as an open file, whose bytes stay readable whatever happens to its name. Several
 * may hold it; the file is closed when the last one has let go.
 */
export class KeptPicture {
  readonly facts: PictureFacts
  readonly #file: FileHandle | null
  readonly #offset: number
  readonly #beginning: Buffer | null
  #holders = 1

  /**
   * @param file `null` when the beginning is all of it
   * @param offset where in the file the picture begins
   * @param beginning its first bytes, when they have been read already
   */
  constructor(facts: PictureFacts, file: FileHandle | null, offset = 0, beginning: Buffer | null = null) {
    this.facts = facts
    this.#file = file
    this.#offset = offset
    this.#beginning = beginning
  }

  /** One that is in memory as a whole. */
  static ofBytes({ contentType }: Pick<PictureFacts, 'contentType'>, bytes: Buffer): KeptPicture {
    return new KeptPicture({ contentType, size: bytes.length }, null, 0, bytes)
  }

  /** For one holder more; each lets go once. */
  hold(): this {
    this.#holders += 1
    return this
  }

  async letGo(): Promise<void> {
    this.#holders -= 1
    if (this.#holders === 0) await this.#file?.close()
  }

  /** All bytes, or those of a range (both ends inclusive), when they are in memory; else `null`, and they are to be read. */
  atHand({ start, end }: ByteRange = this.#whole): Buffer | null {
    const bytes = this.#beginning?.subarray(start, end + 1)
    return bytes?.length === end + 1 - start ? bytes : null
  }

  /** The same as a stream, wherever they are. To be read while it is held. */
  read(range: ByteRange = this.#whole): Readable {
    const bytes = this.atHand(range)
    if (bytes !== null) return streamOf(bytes)
    return Readable.from(this.#pieces(range.start, range.end + 1), { objectMode: false, highWaterMark: 1 })
  }

  get #whole(): ByteRange {
    return { start: 0, end: this.facts.size - 1 }
  }

  async *#pieces(start: number, end: number): AsyncGenerator<Buffer> {
    let at = start
    const read = this.#beginning?.subarray(start, end)
    if (read !== undefined && read.length > 0) {
      yield read
      at += read.length
    }
    while (at < end) {
      const wanted = Math.min(READ_PIECE_BYTES, end - at)
      const { bytesRead = 0, buffer } =
        (await this.#file?.read(Buffer.allocUnsafe(wanted), 0, wanted, this.#offset + at)) ?? {}
      if (buffer === undefined || bytesRead === 0)
        throw new Failure('StorageUnavailable', 'a picture has fewer bytes than it should')
      yield buffer.subarray(0, bytesRead)
      at += bytesRead
    }
  }
}

/** Of bytes that are there already. */
function streamOf(bytes: Buffer): Readable {
  return new Readable({
    read() {
      this.push(bytes)
      this.push(null)
    },
  })
}
