import { Failure } from '../../base/index.ts'
import { checkKey, contentTypeOfKey, isPublic, MAX_UPLOAD_BYTES, type StoredObject } from '../../objects/index.ts'
import { contentTypeOf, copyDocument, said, writeDocument } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { objectAclOf } from './acl-headers.ts'
import { conditionsOf, copySourceConditions, writeConditionsOf } from './conditions.ts'
import { copySourceOf } from './copy-source.ts'
import type { CosDoorDeps } from './door.ts'
import { notOffered } from './not-offered.ts'
import { storageClassHeader, storedHeaders } from './stored-headers.ts'

/** A source that is replaced again and again while it is looked at: after so many looks the client may try again. */
const MOST_LOOKS = 5

/**
 * PUT Object - Copy: another name for the same bytes. What is said of them comes from the source, or from this request
 * when it says so; storage class and access are always those of this request, as in the original.
 */
export async function copyObject(exchange: Exchange, { objects, bucketOfDomain }: CosDoorDeps): Promise<void> {
  const { headers, key } = exchange
  const bucket = exchange.requireBucket()
  checkKey(key)
  if (headers['pic-operations']) throw notOffered('Pic-Operations on a copy', 'Pic-Operations')
  await exchange.readBody()
  const source = copySourceOf(String(headers['x-cos-copy-source']), bucketOfDomain)
  const isReplaced = replacesMetadata(exchange)
  if (source.bucket === bucket && source.key === key && !isReplaced) {
    throw new Failure(
      'InvalidArgument',
      'The source of the copy is its target: expected x-cos-metadata-directive: Replaced, with the new metadata.',
    )
  }
  for (let look = 0; look < MOST_LOOKS; look++) {
    const found = await findSource(exchange, objects, source)
    const described = isReplaced
      ? { contentType: headers['content-type'] || contentTypeOfKey(key), headers: storedHeaders(headers) }
      : { contentType: found.contentType, headers: { ...withoutStorageClass(found), ...storageClassHeader(headers) } }
    const copied = await objects.copyObject({
      from: { bucket: found.bucket, key: found.key, version: found.version },
      to: {
        bucket,
        key,
        ...described,
        acl: objectAclOf(headers) ?? 'default',
        requestId: exchange.requestId,
        eventName: 'cos:ObjectCreated:Copy',
        origin: 'client',
      },
      conditions: writeConditionsOf(headers),
    })
    if (copied !== null) return await answerCopy(exchange, 'CopyObjectResult', copied)
  }
  throw new Failure('SlowDown', 'The source of the copy is being overwritten again and again.')
}

/** The object that a copy is made of. Fails with `ObjectNotFound`, `BucketNotFound`, `PreconditionFailed`. */
export async function findSource(
  { headers, requester }: Exchange,
  objects: CosDoorDeps['objects'],
  { bucket, key }: { readonly bucket: string; readonly key: string },
): Promise<StoredObject> {
  checkKey(key)
  const [place, found] = await Promise.all([objects.findBucket(bucket), objects.findObject(bucket, key)])
  const isReadable = requester.may('read', bucket) || (place !== null && isPublic(found?.acl ?? 'default', place.acl))
  if (!isReadable) throw requester.denied('read', bucket)
  if (place === null) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  if (found === null) throw new Failure('ObjectNotFound', 'The specified key does not exist.')
  if (conditionsOf(copySourceConditions(headers), found) !== 'holds') {
    throw new Failure('PreconditionFailed', 'Precondition not match.')
  }
  if (found.size > MAX_UPLOAD_BYTES && (headers['x-cos-copy-source-range'] ?? '') === '') {
    throw new Failure(
      'ObjectTooLarge',
      `the source has ${found.size} bytes, at most ${MAX_UPLOAD_BYTES} can be copied at once; copy it in parts`,
    )
  }
  return found
}

export async function answerCopy(
  exchange: Exchange,
  root: 'CopyObjectResult' | 'CopyPartResult',
  { etag, crc64, lastModified }: Pick<StoredObject, 'etag' | 'crc64' | 'lastModified'>,
): Promise<void> {
  // Whole seconds, as in the header Last-Modified: a client may compare the two.
  const lastModifiedMs = Math.floor(lastModified / 1000) * 1000
  const document = copyDocument(root, { etag: `"${etag}"`, crc64, lastModifiedMs })
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(document, 'XML'), { 'x-cos-hash-crc64ecma': crc64 })
}

function replacesMetadata({ headers }: Exchange): boolean {
  const directive = String(headers['x-cos-metadata-directive'] ?? '')
  const word = directive.toLowerCase()
  if (word === '' || word === 'copy') return false
  if (word === 'replaced') return true
  throw new Failure('InvalidArgument', `x-cos-metadata-directive is ${said(directive)}, expected Copy or Replaced`)
}

function withoutStorageClass({ headers }: StoredObject): Record<string, string> {
  const { 'x-cos-storage-class': _class, ...rest } = headers
  return rest
}
