import { Failure } from '../../base/index.ts'
import type { ByteRange, TakePiece } from '../blob-store.ts'
import { readDescriptor } from './descriptors.ts'
import { onDisk } from './disk-failure.ts'
import type { PieceMemory } from './piece-memory.ts'

/**
 * Hands a range of an open file on, piece by piece; while one is being taken, the next is read. When this ends, in whatever
 * way, nothing is read any more, and the file can be closed.
 */
export async function pourFile(
  descriptor: number,
  { start, end }: ByteRange,
  memory: PieceMemory,
  take: TakePiece,
): Promise<void> {
  const pieces = memory.lend(end + 1 - start)
  const [first, second = first] = pieces as [Buffer, Buffer?]
  const isReadAhead = second !== first
  let next = Promise.resolve(first.subarray(0, 0))
  let isAllTaken = false
  try {
    let into = first
    const begin = (position: number) => {
      if (position > end) return
      next = readWhole(descriptor, into.subarray(0, end + 1 - position), position)
      // Whoever waits for it hears of it.
      next.catch(() => undefined)
      into = into === first ? second : first
    }
    begin(start)
    for (let position = start; position <= end; ) {
      const bytes = await onDisk(() => next)
      position += bytes.length
      if (isReadAhead) begin(position)
      await take(bytes)
      if (!isReadAhead) begin(position)
    }
    isAllTaken = true
  } finally {
    await next.catch(() => undefined)
    // Whoever failed to take a piece may not have let go of it.
    if (isAllTaken) memory.takeBack(pieces)
    else memory.forget(pieces)
  }
}

async function readWhole(descriptor: number, into: Buffer, position: number): Promise<Buffer> {
  for (let done = 0; done < into.length; ) {
    const count = await readDescriptor(descriptor, done === 0 ? into : into.subarray(done), position + done)
    if (count === 0) throw new Failure('StorageUnavailable', 'a blob has fewer bytes than it should')
    done += count
  }
  return into
}
