import type { BlobId } from '../base/index.ts'
import type { BucketAcl, ObjectAcl } from './acl.ts'
import type { CorsRule } from './cors-rule.ts'
import type { Bucket, NewObject, StoredObject } from './object.ts'
import type { WriteConditions } from './write-conditions.ts'

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

/** One object under another name: the same bytes, and what is said of them there. */
export interface ObjectCopy {
  /** Which version is meant; what has been replaced meanwhile is not copied. */
  readonly from: Pick<StoredObject, 'bucket' | 'key' | 'version'>
  readonly to: Omit<NewObject, 'blobId' | 'size' | 'etag' | 'crc64'>
  readonly conditions?: WriteConditions
}

/** What whoever wants to read an object has to know, as of one moment. */
export interface ObjectToRead {
  /** With whether its pictures are given in its styles only. */
  readonly bucket: Bucket & { readonly isOriginProtected: boolean }
  /** `null`: there is no such key. */
  readonly object: StoredObject | null
  /** All bytes of the object, when whoever answers has them at hand; `null`: they are for the blob store to give. */
  readonly bytes: Uint8Array | null
}

/**
 * The index of everything stored: which bucket and key name which blob. One suite
 * (`object-store.contract.ts`) says what every adapter keeps.
 */
export interface ObjectStore {
  /** Makes a bucket. `false` when there is one of this name already; it is left as it is. */
  createBucket(bucket: { name: string; region: string; acl?: BucketAcl }): Promise<boolean>
  findBucket(name: string): Promise<Bucket | null>
  /** All buckets, by name. */
  listBuckets(): Promise<Bucket[]>
  /**
   * Removes a bucket that has nothing in it, with all that is set for it. Fails with `BucketNotFound`, and with
   * `BucketNotEmpty` while it has objects, open uploads, or jobs and batches that have not ended.
   */
  removeBucket(name: string): Promise<void>
  /** Fails with `BucketNotFound`. */
  setBucketAcl(name: string, acl: BucketAcl): Promise<void>
  /** What other web sites may do with a bucket; `[]` when nothing is set, or there is no such bucket. */
  findCorsRules(bucket: string): Promise<readonly CorsRule[]>
  /** Replaces all rules. Fails with `BucketNotFound`. */
  setCorsRules(bucket: string, rules: readonly CorsRule[]): Promise<void>
  /**
   * Names a blob. Replaces what the key named before, in one step. Fails with `BucketNotFound`, and when a condition
   * does not hold with `ObjectExists` or `PreconditionFailed`.
   */
  publishObject(object: NewObject, conditions?: WriteConditions): Promise<StoredObject>
  /**
   * Names the blob of another object too. `null` when that object is not of this version any more. Fails as
   * `publishObject` does.
   */
  copyObject(copy: ObjectCopy): Promise<StoredObject | null>
  /**
   * Names what has been made of an object, all or nothing, in this order. A result that takes the place of its source does
   * so only while that is still the version it was made of: whoever replaced or removed it meanwhile came later. Starts
   * nothing. Fails with `BucketNotFound`.
   */
  publishResults(results: readonly NewObject[], source: Pick<StoredObject, 'bucket' | 'key' | 'version'>): Promise<void>
  findObject(bucket: string, key: string): Promise<StoredObject | null>
  /**
   * All about an object that somebody wants to read, in one question. `null` when there is no such bucket.
   *
   * @param mostBytes up to which size the bytes are wanted with it; 0: never
   */
  findToRead(bucket: string, key: string, mostBytes: number): Promise<ObjectToRead | null>
  /** Removing what is not there is not a failure: `false`. */
  removeObject(bucket: string, key: string): Promise<boolean>
  /** All of these in one step; what is not there is passed over. */
  removeObjects(bucket: string, keys: readonly string[]): Promise<void>
  /** `false` when there is no such object. */
  setObjectAcl(bucket: string, key: string, acl: ObjectAcl): Promise<boolean>
  /** One page in bytewise order of keys. The work done grows with the page, not with the size of a skipped group. */
  listObjects(query: ObjectQuery): Promise<ObjectPage>
  /** Which of these blobs are named by an object, or by a part of an upload; for the cleaner. */
  namedAmong(blobIds: readonly BlobId[]): Promise<BlobId[]>
}
