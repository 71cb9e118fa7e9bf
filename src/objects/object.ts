import type { BlobId } from '../base/index.ts'
import type { BucketAcl, ObjectAcl } from './acl.ts'

/** A bucket this server owns. */
export interface Bucket {
  /** `name-appid`, as it stands in the host of a request. */
  readonly name: string
  readonly region: string
  /** UTC milliseconds. */
  readonly createdAt: number
  readonly acl: BucketAcl
}

/** Who wrote an object. Only `client` starts workflows. */
export type ObjectOrigin = 'client' | 'job' | 'operation' | 'import'

/** What is about to be published under a key: a blob that is already safe on disk, and what is said of it. */
export interface NewObject {
  readonly bucket: string
  /** 1 to 850 bytes of UTF-8, compared bytewise, never interpreted as a path. */
  readonly key: string
  readonly blobId: BlobId
  /** Bytes. */
  readonly size: number
  /** Without quotes: MD5 in hex for simple uploads, `<md5>-N` for multipart. */
  readonly etag: string
  /** CRC-64/XZ as an unsigned decimal number. */
  readonly crc64: string
  readonly contentType: string
  /**
   * Headers that are given back as they came, by lower-case name: `cache-control`, `content-disposition`,
   * `content-encoding`, `content-language`, `expires`, `x-cos-storage-class` and every `x-cos-meta-*`.
   */
  readonly headers: Readonly<Record<string, string>>
  /** Of the request that wrote it. */
  readonly requestId: string
  /** The protocol's name of what happened, for instance `cos:ObjectCreated:Put`. */
  readonly eventName: string
  readonly origin: ObjectOrigin
  /** Who may read it without a signature. Default `default`. */
  readonly acl?: ObjectAcl
  /** The batch whose job wrote it: what a batch wrote is never its input. */
  readonly batchId?: string | null
}

export interface StoredObject extends NewObject {
  /** Changes with every write of the key. */
  readonly version: string
  /** UTC milliseconds; shown in whole seconds. */
  readonly lastModified: number
  readonly acl: ObjectAcl
  readonly batchId: string | null
}
