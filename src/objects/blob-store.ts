import type { Readable } from 'node:stream'
import type { BlobId } from '../base/index.ts'

/** A blob that is whole and safe: it survives a crash of the process and of the machine. */
export interface KeptBlob {
  readonly id: BlobId
  /** Bytes. */
  readonly size: number
  /** Hex. */
  readonly md5: string
  /** CRC-64/XZ, unsigned decimal. */
  readonly crc64: string
}

export interface WriteBlobOptions {
  readonly signal?: AbortSignal
  /** What the sender announced; fewer bytes are `BodyIncomplete`, more are dropped. */
  readonly expectedBytes?: number
  /** `ObjectTooLarge` as soon as more than this has come. */
  readonly maxBytes?: number
}

/** Which bytes; both ends inclusive. One that ends before it starts has none. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Takes a piece of a blob over. It is lent: when this resolves, its memory is used for another piece. */
export type TakePiece = (piece: Uint8Array) => Promise<void>

/**
 * A place that keeps immutable bytes under ids of its own making. Nobody can read a blob before it is whole: its id
 * is told only when it is. What names blobs is the `ObjectStore`; a blob that nothing names is the cleaner's.
 */
export interface BlobStore {
  /**
   * Takes a stream to its end and keeps it, synced together with its folder. On any failure nothing stays behind.
   * Memory used does not depend on the size. Fails with `BodyIncomplete`, `ObjectTooLarge`, `StorageFull`,
   * `StorageUnavailable`, or what the stream failed with.
   */
  write(source: AsyncIterable<Uint8Array>, options?: WriteBlobOptions): Promise<KeptBlob>
  /**
   * The bytes of several blobs, one behind the other, as a new one; they stay what they are. Fails with
   * `StorageUnavailable` when one of them is not there, `StorageFull`.
   */
  join(ids: readonly BlobId[]): Promise<{ readonly id: BlobId; readonly size: number }>
  /** Takes a finished file of an attempt folder over as a blob (the file is gone from there afterwards), synced. */
  adopt(file: string): Promise<BlobId>
  /** The bytes, or those of a range (both ends inclusive). Fails with `StorageUnavailable` when the blob is not there. */
  read(id: BlobId, range?: ByteRange): Promise<Readable>
  /**
   * Hands the bytes of a range to `take`, piece by piece, for one who only passes them on: memory is used again and again,
   * which a stream cannot do. Resolves when all are taken; ends with what `take` fails with, or with `StorageUnavailable`
   * when the blob is not there or has fewer bytes than that: before anything was taken, if it has none of them.
   */
  pour(id: BlobId, range: ByteRange, take: TakePiece): Promise<void>
  /** Makes the bytes available as a file of an attempt folder, by hard link where possible. Read only for the taker. */
  placeInto(id: BlobId, file: string): Promise<void>
  /** Removing what is not there is not a failure. */
  remove(id: BlobId): Promise<void>
  /** Every blob last written before this time (UTC ms), and left-overs of writes that never ended, for the cleaner. */
  olderThan(timeMs: number): AsyncIterable<BlobId>
}
