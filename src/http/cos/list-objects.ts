import { Failure } from '../../base/index.ts'
import { contentTypeOf, objectListDocument, said, writeDocument } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import type { CosDoorDeps } from './door.ts'

const MOST_KEYS = 1_000

/** GET Bucket, version 1. Parameters without a value count as not given: the Python SDK always sends them all. */
export async function listObjects(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const { query } = exchange
  const name = exchange.requireBucket()
  const asked = {
    prefix: query.first('prefix') ?? '',
    delimiter: query.first('delimiter') ?? '',
    marker: query.first('marker') ?? '',
    maxKeys: maxKeysOf(query.first('max-keys') ?? ''),
  }
  const encodeKeys = isUrlEncoding(query.first('encoding-type') ?? '')
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
    })),
  })
  const headers = { 'x-cos-bucket-region': bucket.region }
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(document, 'XML'), headers)
}

function maxKeysOf(text: string): number {
  if (text === '') return MOST_KEYS
  if (!/^\d{1,10}$/.test(text)) {
    throw new Failure('InvalidArgument', `max-keys is ${said(text)}, expected a whole number from 0 to ${MOST_KEYS}`)
  }
  return Math.min(Number(text), MOST_KEYS)
}

function isUrlEncoding(text: string): boolean {
  if (text !== '' && text !== 'url') {
    throw new Failure('InvalidArgument', `encoding-type is ${said(text)}, expected "url"`)
  }
  return text === 'url'
}
