import { Failure } from '../../base/index.ts'
import { contentTypeOfKey, publishUpload, type StoredObject } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import { contentMd5, type RequestBody } from '../request-body.ts'
import { objectAclOf } from './acl-headers.ts'
import { writeConditionsOf } from './conditions.ts'
import type { CosDoorDeps } from './door.ts'
import { storedHeaders } from './stored-headers.ts'

/** PUT Object: the body becomes the object, however long it is and whether or not its length is known beforehand. */
export async function putObject(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  const { etag, crc64 } = await storeBody(exchange, deps)
  await exchange.answerEmpty(200, { etag: `"${etag}"`, 'x-cos-hash-crc64ecma': crc64 })
}

/** The body of an upload as the object that the request names. */
export async function storeBody(exchange: Exchange, { objects, blobs }: CosDoorDeps): Promise<StoredObject> {
  const { body, headers, key } = exchange
  requireLength(body)
  return publishUpload(
    { objects, blobs },
    {
      bucket: exchange.requireBucket(),
      key,
      // Most SDKs send none for bytes in memory; then the name of the object is the best that is known.
      contentType: headers['content-type'] || contentTypeOfKey(key),
      headers: storedHeaders(headers),
      acl: objectAclOf(headers) ?? 'default',
      requestId: exchange.requestId,
      source: body.stream(),
      expectedBytes: body.declaredBytes ?? undefined,
      expectedMd5: contentMd5(headers['content-md5']),
      conditions: writeConditionsOf(headers),
    },
  )
}

/** Fails with `MissingContentLength` when a request says neither how long its body is nor that it comes in chunks. */
export function requireLength(body: RequestBody): void {
  if (body.declaredBytes === null && !body.isChunked) {
    throw new Failure('MissingContentLength', 'A PUT needs Content-Length or Transfer-Encoding: chunked.')
  }
}
