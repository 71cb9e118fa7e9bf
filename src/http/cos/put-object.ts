import { Failure } from '../../base/index.ts'
import { contentTypeOfKey, publishUpload } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import { contentMd5, type RequestBody } from '../request-body.ts'
import { objectAclOf } from './acl-headers.ts'
import { writeConditionsOf } from './conditions.ts'
import type { CosDoorDeps } from './door.ts'
import { notOffered } from './not-offered.ts'
import { storedHeaders } from './stored-headers.ts'

/** PUT Object: the body becomes the object, however long it is and whether or not its length is known beforehand. */
export async function putObject(exchange: Exchange, { objects, blobs }: CosDoorDeps): Promise<void> {
  const { body, headers, key } = exchange
  if (headers['pic-operations']) throw notOffered('Pic-Operations on upload', 'Pic-Operations')
  requireLength(body)
  const object = await publishUpload(
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
  await exchange.answerEmpty(200, { etag: `"${object.etag}"`, 'x-cos-hash-crc64ecma': object.crc64 })
}

/** Fails with `MissingContentLength` when a request says neither how long its body is nor that it comes in chunks. */
export function requireLength(body: RequestBody): void {
  if (body.declaredBytes === null && !body.isChunked) {
    throw new Failure('MissingContentLength', 'A PUT needs Content-Length or Transfer-Encoding: chunked.')
  }
}
