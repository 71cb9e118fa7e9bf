import { Failure, type UploadId } from '../../base/index.ts'
import { checkKey, contentTypeOfKey, type UploadPlace } from '../../objects/index.ts'
import {
  contentTypeOf,
  partListDocument,
  percentEncodeKey,
  readCompletion,
  readInteger,
  readPartNumber,
  type UploadResult,
  uploadCompletedDocument,
  uploadListDocument,
  uploadResultParts,
  uploadStartedDocument,
  writeDocument,
} from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { contentMd5 } from '../request-body.ts'
import { objectAclOf } from './acl-headers.ts'
import { writeConditionsOf } from './conditions.ts'
import { answerCopy, findSource } from './copy-object.ts'
import { copySourceOf } from './copy-source.ts'
import type { CosDoorDeps } from './door.ts'
import { isUrlEncoded, pageSizeOf } from './list-parameters.ts'
import { carryOutPicOperations, preparePicOperations } from './pic-operations.ts'
import type { PreparedPictures } from './pictures-to-store.ts'
import { requireLength } from './put-object.ts'
import { storageClassOf, storedHeaders } from './stored-headers.ts'

/** A completion of 10,000 parts, with room for long ETags and line breaks. */
const MAX_COMPLETION_BYTES = 4 * 1024 * 1024

/** Initiate Multipart Upload: what is said here of the object belongs to the one that it will become. */
export async function startUpload(exchange: Exchange, { uploads }: CosDoorDeps): Promise<void> {
  const { headers, key } = exchange
  const bucket = exchange.requireBucket()
  checkKey(key)
  await exchange.readBody()
  const upload = await uploads.startUpload({
    bucket,
    key,
    contentType: headers['content-type'] || contentTypeOfKey(key),
    headers: storedHeaders(headers),
    acl: objectAclOf(headers) ?? 'default',
  })
  const document = uploadStartedDocument({ bucket, key, uploadId: upload.id })
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(document, 'XML'))
}

/** Upload Part. */
export async function putPart(exchange: Exchange, { multipart }: CosDoorDeps): Promise<void> {
  const { body, headers } = exchange
  const place = placeOf(exchange)
  const number = partNumberOf(exchange)
  requireLength(body)
  const part = await multipart.putPart(place, {
    number,
    source: body.stream(),
    expectedBytes: body.declaredBytes ?? undefined,
    expectedMd5: contentMd5(headers['content-md5']),
  })
  await exchange.answerEmpty(200, { etag: `"${part.md5}"`, 'x-cos-hash-crc64ecma': part.crc64 })
}

/** Upload Part - Copy: bytes of another object become a part. */
export async function copyPart(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  const { objects, blobs, multipart, bucketOfDomain } = deps
  const { headers } = exchange
  const place = placeOf(exchange)
  const number = partNumberOf(exchange)
  await exchange.readBody()
  const named = copySourceOf(String(headers['x-cos-copy-source']), bucketOfDomain)
  const source = await findSource(exchange, objects, named)
  const range = copyRange(String(headers['x-cos-copy-source-range'] ?? ''), source.size)
  const bytes = await blobs.read(source.blobId, range ?? undefined)
  try {
    const expectedBytes = range === null ? source.size : range.end - range.start + 1
    const part = await multipart.putPart(place, { number, source: bytes, expectedBytes })
    await answerCopy(exchange, 'CopyPartResult', { ...part, etag: part.md5 })
  } finally {
    bytes.destroy()
  }
}

/** Complete Multipart Upload; with `Pic-Operations` pictures are then made of the object. */
export async function completeUpload(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  const { headers, host, scheme, target } = exchange
  const place = placeOf(exchange)
  const prepared = headers['pic-operations'] ? await preparePicOperations(exchange, deps) : null
  const parts = readCompletion(await exchange.readBody(MAX_COMPLETION_BYTES))
  const { etag, crc64 } = await deps.multipart.complete(place, {
    parts,
    requestId: exchange.requestId,
    conditions: writeConditionsOf(headers),
  })
  const made = prepared && (await picturesOfUpload(exchange, deps, place, etag, prepared))
  const document = uploadCompletedDocument(
    {
      location: `${scheme}://${host}${percentEncodeKey(target.path)}`,
      bucket: place.bucket,
      key: place.key,
      etag: `"${made?.source.etag ?? etag}"`,
    },
    made === null ? undefined : uploadResultParts(made),
  )
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(document, 'XML'), { 'x-cos-hash-crc64ecma': crc64 })
}

/** Of the very object that the upload has become: a client that repeats its request may find another one there. */
async function picturesOfUpload(
  exchange: Exchange,
  deps: CosDoorDeps,
  { bucket, key }: UploadPlace,
  etag: string,
  prepared: PreparedPictures,
): Promise<UploadResult> {
  const object = await deps.objects.findObject(bucket, key)
  if (object?.etag !== etag) {
    throw new Failure('ObjectNotFound', 'The object was overwritten before pictures could be made of it.')
  }
  return carryOutPicOperations(exchange, object, prepared, deps)
}

/** Abort Multipart Upload. */
export async function abortUpload(exchange: Exchange, { multipart }: CosDoorDeps): Promise<void> {
  await multipart.abort(placeOf(exchange))
  await exchange.answerEmpty(204)
}

/** List Parts. */
export async function listParts(exchange: Exchange, { uploads }: CosDoorDeps): Promise<void> {
  const { query } = exchange
  const place = placeOf(exchange)
  const maxParts = pageSizeOf(query, 'max-parts')
  const marker = readInteger('part-number-marker', query.first('part-number-marker') || '0', {
    least: 0,
    most: Number.MAX_SAFE_INTEGER,
  })
  const encodeKeys = isUrlEncoded(query)
  const upload = await uploads.findUpload(place)
  const parts = await uploads.listParts(place, marker, maxParts + 1)
  const document = partListDocument({
    bucket: place.bucket,
    key: place.key,
    uploadId: place.uploadId,
    marker,
    maxParts,
    encodeKeys,
    storageClass: storageClassOf(upload?.headers ?? {}),
    isCut: maxParts > 0 && parts.length > maxParts,
    parts: parts.slice(0, maxParts).map(({ number, lastModified, md5, size }) => ({
      number,
      lastModifiedMs: Math.floor(lastModified / 1000) * 1000,
      etag: `"${md5}"`,
      size,
    })),
  })
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(document, 'XML'))
}

/** List Multipart Uploads: those that are open. */
export async function listUploads(exchange: Exchange, { objects, uploads }: CosDoorDeps): Promise<void> {
  const { query } = exchange
  const bucket = exchange.requireBucket()
  const asked = {
    prefix: query.first('prefix') ?? '',
    delimiter: query.first('delimiter') ?? '',
    keyMarker: query.first('key-marker') ?? '',
    uploadIdMarker: query.first('upload-id-marker') ?? '',
    maxUploads: pageSizeOf(query, 'max-uploads'),
  }
  const encodeKeys = isUrlEncoded(query)
  if ((await objects.findBucket(bucket)) === null) {
    throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  }
  const page = await uploads.listUploads({ bucket, ...asked })
  const document = uploadListDocument({
    bucket,
    ...asked,
    delimiter: asked.delimiter === '' ? null : asked.delimiter,
    encodeKeys,
    next: page.next,
    commonPrefixes: page.commonPrefixes,
    uploads: page.uploads.map(({ key, id, headers, startedAt }) => ({
      key,
      uploadId: id,
      storageClass: storageClassOf(headers),
      startedMs: Math.floor(startedAt / 1000) * 1000,
    })),
  })
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(document, 'XML'))
}

function placeOf(exchange: Exchange): UploadPlace {
  checkKey(exchange.key)
  const uploadId = (exchange.query.first('uploadId') ?? '') as UploadId
  return { bucket: exchange.requireBucket(), key: exchange.key, uploadId }
}

function partNumberOf({ query }: Exchange): number {
  return readPartNumber('partNumber', query.first('partNumber') ?? '')
}

/** `null` for the whole. Unlike the range of a read, one that reaches beyond the end is a mistake. */
function copyRange(header: string, size: number): { start: number; end: number } | null {
  if (header === '') return null
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? []
  const start = Number(first)
  const end = Number(last)
  if (!(start <= end)) {
    throw new Failure('InvalidArgument', `x-cos-copy-source-range is "${header}", expected bytes=FIRST-LAST`)
  }
  if (end >= size) {
    throw new Failure('RangeInvalid', `x-cos-copy-source-range is "${header}", and the source has ${size} bytes`, {
      details: { size },
    })
  }
  return { start, end }
}
