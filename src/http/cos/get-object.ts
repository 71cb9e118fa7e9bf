import { Failure } from '../../base/index.ts'
import { checkKey } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import { byteRange } from './byte-range.ts'
import { conditionsOf, ifRangeHolds } from './conditions.ts'
import type { CosDoorDeps } from './door.ts'
import { objectHeaders, overriddenHeaders, versionHeaders } from './object-headers.ts'

/** GET Object and HEAD Object: the same answer, with and without the bytes. A range is for GET only (RFC 9110 § 14.2). */
export async function getObject(exchange: Exchange, { objects, blobs }: CosDoorDeps): Promise<void> {
  const { key, method, headers: asked } = exchange
  const bucket = exchange.requireBucket()
  checkKey(key)
  const overrides = overriddenHeaders(exchange)
  const object = await objects.findObject(bucket, key)
  if (object === null) {
    if ((await objects.findBucket(bucket)) !== null) {
      throw new Failure('ObjectNotFound', 'The specified key does not exist.')
    }
    throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  }

  const outcome = conditionsOf(asked, object)
  if (outcome === 'failed') throw new Failure('PreconditionFailed', 'Precondition not match.')
  if (outcome === 'not-modified') return exchange.answerEmpty(304, versionHeaders(object))

  const headers = { ...objectHeaders(object), ...overrides }
  const { size } = object
  if (method === 'HEAD') return exchange.answerEmpty(200, { ...headers, 'content-length': String(size) })
  const range = ifRangeHolds(asked['if-range'], object) ? byteRange(asked.range, size) : null
  if (range === null) {
    const source = await blobs.read(object.blobId)
    return exchange.answerStream(200, { ...headers, 'content-length': String(size) }, source)
  }
  const source = await blobs.read(object.blobId, range)
  const partial = {
    ...headers,
    'content-length': String(range.end - range.start + 1),
    'content-range': `bytes ${range.start}-${range.end}/${size}`,
  }
  await exchange.answerStream(206, partial, source)
}
