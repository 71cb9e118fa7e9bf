import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { ResultFacts } from '../engine/messages.ts'
import type { PictureFacts } from './kept-picture.ts'

/**
 * A file of the result cache: a line of facts, filled up with blanks, then the picture. The facts say which version it
 * is and what its bytes add up to, so a file that is cut off, damaged or under a wrong name shows itself.
 */
export const HEAD_BYTES = 256

const PIECE_BYTES = 256 * 1024

export interface FileHead extends PictureFacts {
  readonly version: string
  /** Of the picture, hexadecimal. */
  readonly md5: string
}

/** A whole file of a picture whose bytes are at hand, in a buffer of its own. `null` when its facts are too long for the head. */
export function pictureFileOf(
  version: string,
  facts: Pick<ResultFacts, 'contentType' | 'size' | 'md5'>,
  bytes: Buffer,
): Buffer | null {
  const head = headOf(version, facts)
  if (head === null) return null
  const file = Buffer.allocUnsafeSlow(HEAD_BYTES + bytes.length)
  head.copy(file)
  bytes.copy(file, HEAD_BYTES)
  return file
}

/**
 * Writes a picture out of an open file into another, and gives how it begins: of most pictures that is all, and whoever
 * asked for it need not read it again. `null` when its bytes are not those that the facts speak of.
 */
export async function writePictureFile(
  file: FileHandle,
  version: string,
  facts: Pick<ResultFacts, 'contentType' | 'size' | 'md5'>,
  source: FileHandle,
): Promise<Buffer | null> {
  const { size, md5 } = facts
  const head = headOf(version, facts)
  if (head === null) return null
  const hash = createHash('md5')
  let beginning: Buffer | null = null
  let copied = 0
  for await (const piece of piecesOf(source, 0, size)) {
    hash.update(piece)
    if (beginning === null) await writeBoth(file, head, piece)
    else await writeAll(file, piece, HEAD_BYTES + copied)
    beginning ??= piece
    copied += piece.length
  }
  return copied === size && hash.digest('hex') === md5 ? beginning : null
}

function headOf(
  version: string,
  { contentType, size, md5 }: Pick<ResultFacts, 'contentType' | 'size' | 'md5'>,
): Buffer | null {
  const head = Buffer.from(JSON.stringify({ version, contentType, size, md5 } satisfies FileHead).padEnd(HEAD_BYTES))
  return head.length === HEAD_BYTES ? head : null
}

/**
 * The facts at the beginning of a file of so many bytes, and how the picture begins: one look is all that most pictures
 * need. `null` when the facts are not those of this version, whole.
 */
export async function readBeginning(
  file: FileHandle,
  version: string,
  fileBytes: number,
): Promise<{ head: FileHead; beginning: Buffer } | null> {
  const wanted = Math.min(fileBytes, HEAD_BYTES + PIECE_BYTES)
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, 0)
  if (bytesRead < HEAD_BYTES) return null
  const head = parseHead(buffer.toString('utf8', 0, HEAD_BYTES), version, fileBytes)
  return head === null ? null : { head, beginning: buffer.subarray(HEAD_BYTES, bytesRead) }
}

function parseHead(text: string, version: string, fileBytes: number): FileHead | null {
  let head: Partial<FileHead> | null
  try {
    head = JSON.parse(text) as Partial<FileHead> | null
  } catch {
    return null
  }
  if (head?.version !== version || head.size !== fileBytes - HEAD_BYTES) return null
  if (
    !/^(?:image\/[a-z0-9.+-]{1,60}|application\/json)$/.test(String(head.contentType)) ||
    typeof head.md5 !== 'string'
  )
    return null
  return head as FileHead
}

/** Whether the bytes of the picture add up to what its head says. */
export async function isWhole(file: FileHandle, { size, md5 }: FileHead): Promise<boolean> {
  const hash = createHash('md5')
  for await (const piece of piecesOf(file, HEAD_BYTES, size)) hash.update(piece)
  return hash.digest('hex') === md5
}

/**
 * What a file holds from there on, at most one byte more than it should. No piece takes more memory than there should be
 * bytes: what is taken for nothing has to be collected, too, and that was a quarter of the work for a picture.
 */
async function* piecesOf(file: FileHandle, start: number, size: number): AsyncGenerator<Buffer> {
  for (let read = 0; read <= size; ) {
    const wanted = Math.min(PIECE_BYTES, size - read + 1)
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, start + read)
    if (bytesRead > 0) yield buffer.subarray(0, bytesRead)
    read += bytesRead
    // Less than was asked for: the file ends here.
    if (bytesRead < wanted) return
  }
}

/** At the beginning of the file, in one call where that takes everything. */
async function writeBoth(file: FileHandle, head: Buffer, piece: Buffer): Promise<void> {
  const { bytesWritten } = await file.writev([head, piece], 0)
  if (bytesWritten === head.length + piece.length) return
  await writeAll(file, head, 0)
  await writeAll(file, piece, head.length)
}

/** A write may take less than it was given, for instance when the disk fills up in its middle. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}
