import { Failure } from '../../base/index.ts'
import { permissions } from '../../keys/index.ts'
import { type Bucket, createBucket as makeBucket } from '../../objects/index.ts'
import {
  bucketListDocument,
  contentTypeOf,
  locationDocument,
  readInteger,
  said,
  writeDocument,
} from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { bucketAclOf } from './acl-headers.ts'
import type { CosDoorDeps } from './door.ts'

/** HEAD Bucket. */
export async function headBucket(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const bucket = await objects.findBucket(exchange.requireBucket())
  if (bucket === null) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  await exchange.answerEmpty(200, { 'x-cos-bucket-region': bucket.region })
}

/** PUT Bucket, in the region that the host names. A configuration in the body has nothing to configure here. */
export async function createBucket(exchange: Exchange, { objects, defaultRegion }: CosDoorDeps): Promise<void> {
  const name = exchange.requireBucket()
  const acl = bucketAclOf(exchange.headers) ?? 'private'
  await exchange.readBody()
  await makeBucket(objects, { name, region: exchange.region ?? defaultRegion, acl })
  await exchange.answerEmpty(200)
}

/** DELETE Bucket: only an empty one. */
export async function deleteBucket(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  await objects.removeBucket(exchange.requireBucket())
  await exchange.answerEmpty(204)
}

/** GET Bucket location. */
export async function getLocation(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const bucket = await objects.findBucket(exchange.requireBucket())
  if (bucket === null) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(locationDocument(bucket.region), 'XML'))
}

/** The most buckets on one page of GET Service: as many as the original gives. */
const MOST_BUCKETS = 2_000

/** What `create-time` (Unix seconds) is to a bucket's own, by the parameter `range`. */
const compared: Readonly<Record<string, (createdSeconds: number, asked: number) => boolean>> = {
  gt: (created, asked) => created > asked,
  gte: (created, asked) => created >= asked,
  lt: (created, asked) => created < asked,
  lte: (created, asked) => created <= asked,
}

/**
 * GET Service: every bucket that the one who asks may do something in, by name; or those of one region, or those made
 * before or after a moment. Buckets have no tags here, so none has the tag of `tagkey`.
 */
export async function listBuckets(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const { query, requester } = exchange
  const region = query.first('region') ?? ''
  const marker = query.first('marker') ?? ''
  const most = Math.min(
    readInteger('max-keys', query.first('max-keys') || String(MOST_BUCKETS), { least: 1, most: 999_999_999 }),
    MOST_BUCKETS,
  )
  const all = (await objects.listBuckets()).filter(({ name }) => permissions.some((one) => requester.may(one, name)))
  const isAsked = createdAsAsked(query)
  const behind = all.filter((one) => (region === '' || one.region === region) && one.name > marker && isAsked(one))
  const page = behind.slice(0, most)
  const document = bucketListDocument({
    // There are no accounts here; the number behind the buckets' names is the nearest thing to one.
    ownerId: all[0]?.name.split('-').at(-1) ?? '0',
    buckets: page.map(({ name, region, createdAt }) => ({ name, region, creationMs: createdAt })),
    marker,
    nextMarker: behind.length > most ? page.at(-1)!.name : null,
  })
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(document, 'XML'))
}

function createdAsAsked(query: Exchange['query']): (bucket: Bucket) => boolean {
  if ((query.first('tagkey') ?? '') !== '') return () => false
  const [range, time] = [query.first('range') ?? '', query.first('create-time') ?? '']
  if (range === '' && time === '') return () => true
  const isSo = Object.hasOwn(compared, range) ? compared[range]! : null
  if (isSo === null) {
    throw new Failure('InvalidArgument', `range is ${said(range)}, expected gt, gte, lt or lte beside create-time.`, {
      details: { field: 'range' },
    })
  }
  const seconds = readInteger('create-time', time, { least: 0, most: 999_999_999_999 })
  return ({ createdAt }) => isSo(Math.floor(createdAt / 1000), seconds)
}
