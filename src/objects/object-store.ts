import type { BlobId } from '../base/index.ts'
import type { Bucket, NewObject, StoredObject } from './object.ts'

/** What a list asks for. Empty text means: not given. */
export interface ObjectQuery {
  readonly bucket: string
  readonly prefix: string
  /** Keys that share what lies between the prefix and the first delimiter behind it are told as one common prefix. */
  readonly delimiter: string
  /** Only keys and common prefixes after this one, bytewise. A marker that is a common prefix skips its whole group. */
  readonly marker: string
  /** 0 to 1000, counting keys and common prefixes together. */
  readonly maxKeys: number
}

export interface ObjectPage {
  readonly objects: readonly StoredObject[]
  readonly commonPrefixes: readonly string[]
  /** Where the next page begins: the last key or common prefix of this one. `null` on the last page. */
  readonly nextMarker: string | null
}

/**
 * The index of everything stored: which bucket and key name which blob. One suite
 * (`object-store.contract.ts`) says what every adapter keeps.
 */
export interface ObjectStore {
  /** Makes a bucket. `false` when there is one of this name already; it is left as it is. */
  createBucket(bucket: { name: string; region: string }): Promise<boolean>
  findBucket(name: string): Promise<Bucket | null>
  /** All buckets, by name. */
  listBuckets(): Promise<Bucket[]>
  /** Names a blob. Replaces what the key named before, in one step. Fails with `BucketNotFound`. */
  publishObject(object: NewObject): Promise<StoredObject>
  findObject(bucket: string, key: string): Promise<StoredObject | null>
  /** Removing what is not there is not a failure: `false`. */
  removeObject(bucket: string, key: string): Promise<boolean>
  /** One page in bytewise order of keys. The work done grows with the page, not with the size of a skipped group. */
  listObjects(query: ObjectQuery): Promise<ObjectPage>
  /** Which of these blobs are named by an object; for the cleaner. */
  namedAmong(blobIds: readonly BlobId[]): Promise<BlobId[]>
}
