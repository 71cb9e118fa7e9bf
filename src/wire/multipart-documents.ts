import { Failure } from '../base/index.ts'
import type { DocumentTree, WireDocument } from './document.ts'
import { fields, readInteger, required, textField } from './fields.ts'
import { ownerTree } from './owner-tree.ts'
import { percentEncodeKey } from './percent-encode.ts'
import { readBody } from './request-body.ts'
import { renderUtcTime } from './times.ts'

/** The highest number that a part may have. */
const MAX_PART_NUMBER = 10_000

/** The answer to the beginning of a multipart upload. */
export function uploadStartedDocument(facts: { bucket: string; key: string; uploadId: string }): WireDocument {
  return {
    root: 'InitiateMultipartUploadResult',
    content: { Bucket: facts.bucket, Key: facts.key, UploadId: facts.uploadId },
  }
}

export interface UploadCompletedFacts {
  /** With scheme. */
  readonly location: string
  readonly bucket: string
  readonly key: string
  /** Quoted. */
  readonly etag: string
}

/** The answer to the end of a multipart upload; what pictures were made of it stands beside. */
export function uploadCompletedDocument(facts: UploadCompletedFacts, pictures: DocumentTree = {}): WireDocument {
  return {
    root: 'CompleteMultipartUploadResult',
    content: { Location: facts.location, Bucket: facts.bucket, Key: facts.key, ETag: facts.etag, ...pictures },
  }
}

/** One page of the parts of an upload. */
export interface PartListing {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  readonly marker: number
  readonly maxParts: number
  readonly encodeKeys: boolean
  readonly storageClass: string
  /** Whether more follow. */
  readonly isCut: boolean
  readonly parts: readonly {
    readonly number: number
    readonly lastModifiedMs: number
    /** Quoted. */
    readonly etag: string
    readonly size: number
  }[]
}

export function partListDocument(listing: PartListing): WireDocument {
  const owner = ownerTree(listing.bucket)
  const last = listing.parts.at(-1)?.number ?? listing.marker
  return {
    root: 'ListPartsResult',
    content: {
      Bucket: listing.bucket,
      'Encoding-type': listing.encodeKeys ? 'url' : undefined,
      Key: listing.encodeKeys ? percentEncodeKey(listing.key) : listing.key,
      UploadId: listing.uploadId,
      Initiator: owner,
      Owner: owner,
      PartNumberMarker: listing.marker,
      // Also on the last page: the Java SDK reads a number.
      NextPartNumberMarker: last,
      Part: listing.parts.map((part) => ({
        PartNumber: part.number,
        LastModified: renderUtcTime(part.lastModifiedMs),
        ETag: part.etag,
        Size: part.size,
      })),
      StorageClass: listing.storageClass,
      MaxParts: listing.maxParts,
      IsTruncated: String(listing.isCut),
    },
  }
}

/** One page of the open uploads of a bucket. */
export interface UploadListing {
  readonly bucket: string
  readonly prefix: string
  readonly delimiter: string | null
  readonly keyMarker: string
  readonly uploadIdMarker: string
  readonly maxUploads: number
  readonly encodeKeys: boolean
  readonly next: { readonly key: string; readonly uploadId: string } | null
  readonly commonPrefixes: readonly string[]
  readonly uploads: readonly {
    readonly key: string
    readonly uploadId: string
    readonly storageClass: string
    readonly startedMs: number
  }[]
}

/** `StorageClass` stands in every upload: the Node SDK fails over one without. */
export function uploadListDocument(listing: UploadListing): WireDocument {
  const text = (key: string) => (listing.encodeKeys ? percentEncodeKey(key) : key)
  const owner = ownerTree(listing.bucket)
  return {
    root: 'ListMultipartUploadsResult',
    content: {
      Bucket: listing.bucket,
      'Encoding-Type': listing.encodeKeys ? 'url' : undefined,
      KeyMarker: text(listing.keyMarker),
      UploadIdMarker: listing.uploadIdMarker,
      NextKeyMarker: listing.next === null ? undefined : text(listing.next.key),
      NextUploadIdMarker: listing.next === null ? undefined : listing.next.uploadId,
      MaxUploads: listing.maxUploads,
      IsTruncated: String(listing.next !== null),
      Prefix: text(listing.prefix),
      Delimiter: listing.delimiter === null ? undefined : text(listing.delimiter),
      Upload: listing.uploads.map((upload) => ({
        Key: text(upload.key),
        UploadId: upload.uploadId,
        StorageClass: upload.storageClass,
        Initiator: owner,
        Owner: owner,
        Initiated: renderUtcTime(upload.startedMs),
      })),
      CommonPrefixes: listing.commonPrefixes.map((prefix) => ({ Prefix: text(prefix) })),
    },
  }
}

/**
 * The parts that a completion names, in the order in which they stand. ETags come with quotes and without.
 *
 * @throws Failure `MissingContent`, `InvalidContent` (no part at all, or too many), `InvalidArgument`
 */
export function readCompletion(body: Uint8Array): { readonly number: number; readonly etag: string }[] {
  const root = readBody(body, 'CompleteMultipartUpload')
  const parts = fields(root, 'Part')
  if (parts.length === 0 || parts.length > MAX_PART_NUMBER) {
    throw new Failure('InvalidContent', `The body names ${parts.length} parts, expected 1 to ${MAX_PART_NUMBER}.`)
  }
  return parts.map((part) => ({
    number: readPartNumber('Part.PartNumber', required(textField(part, 'PartNumber'), 'Part/PartNumber')),
    etag: required(textField(part, 'ETag'), 'Part/ETag').replace(/^"(.*)"$/, '$1'),
  }))
}

/** @throws Failure `InvalidArgument` unless it is a number from 1 to 10,000 */
export function readPartNumber(name: string, text: string): number {
  return readInteger(name, text, { least: 1, most: MAX_PART_NUMBER })
}
