import { Failure } from '../../base/index.ts'
import { contentTypeOf, objectListDocument, writeDocument } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import type { CosDoorDeps } from './door.ts'
import { isUrlEncoded, pageSizeOf } from './list-parameters.ts'
import { storageClassOf } from './stored-headers.ts'

/** GET Bucket, version 1. Parameters without a value count as not given: the Python SDK always sends them all. */
export async function listObjects(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const { query } = exchange
  const name = exchange.requireBucket()
  const asked = {
    prefix: query.first('prefix') ?? '',
    delimiter: query.first('delimiter') ?? '',
    marker: query.first('marker') ?? '',
    maxKeys: pageSizeOf(query, 'max-keys'),
  }
  const encodeKeys = isUrlEncoded(query)
  const bucket = await objects.findBucket(name)
  if (bucket === null) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  const page = await objects.listObjects({ bucket: name, ...asked })
  const document = objectListDocument({
    bucket: name,
    ...asked,
    delimiter: asked.delimiter === '' ? null : asked.delimiter,
    encodeKeys,
    nextMarker: page.nextMarker,
    commonPrefixes: page.commonPrefixes,
    objects: page.objects.map((object) => ({
      key: object.key,
      // Whole seconds, as in the header Last-Modified: a client may compare the two.
      lastModifiedMs: Math.floor(object.lastModified / 1000) * 1000,
      etag: `"${object.etag}"`,
      size: object.size,
      storageClass: storageClassOf(object.headers),
    })),
  })
  const headers = { 'x-cos-bucket-region': bucket.region }
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(document, 'XML'), headers)
}
