import type { WireDocument } from './document.ts'
import { ownerTree } from './owner-tree.ts'
import { percentEncodeKey } from './percent-encode.ts'
import { renderUtcTime } from './times.ts'

/** One page of a list of objects (GET Bucket, version 1). */
export interface ObjectListing {
  readonly bucket: string
  readonly prefix: string
  readonly marker: string
  readonly maxKeys: number
  /** `null` when none was asked for: then there is no element. */
  readonly delimiter: string | null
  /** The last key or common prefix of this page when another follows, else `null`. */
  readonly nextMarker: string | null
  readonly commonPrefixes: readonly string[]
  readonly objects: readonly {
    readonly key: string
    /** UTC milliseconds. */
    readonly lastModifiedMs: number
    /** Quoted. */
    readonly etag: string
    /** Bytes. */
    readonly size: number
    readonly storageClass: string
  }[]
  /**
   * Whether keys, prefixes, markers and delimiter are percent-encoded (`encoding-type=url`). Python and Java SDKs always
   * ask for it and decode the answer, so it must really be done: a key `a%2Bb` sent as it is would come out as `a+b`.
   */
  readonly encodeKeys: boolean
}

/** The children stand in the order of the official page. */
export function objectListDocument(listing: ObjectListing): WireDocument {
  const text = (key: string) => (listing.encodeKeys ? percentEncodeKey(key) : key)
  const owner = ownerTree(listing.bucket)
  return {
    root: 'ListBucketResult',
    content: {
      Name: listing.bucket,
      EncodingType: listing.encodeKeys ? 'url' : undefined,
      Prefix: text(listing.prefix),
      Marker: text(listing.marker),
      MaxKeys: listing.maxKeys,
      Delimiter: listing.delimiter === null ? undefined : text(listing.delimiter),
      IsTruncated: String(listing.nextMarker !== null),
      NextMarker: listing.nextMarker === null ? undefined : text(listing.nextMarker),
      CommonPrefixes: listing.commonPrefixes.map((prefix) => ({ Prefix: text(prefix) })),
      Contents: listing.objects.map((object) => ({
        Key: text(object.key),
        LastModified: renderUtcTime(object.lastModifiedMs),
        ETag: object.etag,
        Size: object.size,
        Owner: owner,
        StorageClass: object.storageClass,
      })),
    },
  }
}

/** The buckets of this server (GET Service). */
export interface BucketListing {
  /** Shown as `qcs::cam::uin/<id>:uin/<id>`. */
  readonly ownerId: string
  readonly buckets: readonly {
    readonly name: string
    readonly region: string
    /** UTC milliseconds. */
    readonly creationMs: number
  }[]
  readonly marker: string
  /** The last bucket of this page when another follows, else `null`. */
  readonly nextMarker: string | null
}

export function bucketListDocument(listing: BucketListing): WireDocument {
  return {
    root: 'ListAllMyBucketsResult',
    content: {
      Owner: { ID: `qcs::cam::uin/${listing.ownerId}:uin/${listing.ownerId}`, DisplayName: listing.ownerId },
      Buckets: {
        Bucket: listing.buckets.map(({ name, region, creationMs }) => ({
          Name: name,
          Location: region,
          CreationDate: renderUtcTime(Math.floor(creationMs / 1000) * 1000).replace('.000Z', 'Z'),
        })),
      },
      IsTruncated: String(listing.nextMarker !== null),
      Marker: listing.marker === '' ? undefined : listing.marker,
      NextMarker: listing.nextMarker ?? undefined,
    },
  }
}

/** Where a bucket is. */
export function locationDocument(region: string): WireDocument {
  return { root: 'LocationConstraint', content: region }
}
