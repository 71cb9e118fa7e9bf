import { Failure } from '../../base/index.ts'
import { permissions } from '../../keys/index.ts'
import { isBucketName } from '../../objects/index.ts'
import { bucketListDocument, contentTypeOf, said, writeDocument } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
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
  if (!isBucketName(name)) {
    throw new Failure(
      'BucketNameInvalid',
      `the bucket name is ${said(name)}, expected lower-case letters, digits and hyphens, ending in a hyphen and an APPID, 63 at most`,
    )
  }
  const region = exchange.region ?? defaultRegion
  if (!/^[a-z0-9-]+$/.test(region)) {
    throw new Failure(
      'InvalidArgument',
      `the region is ${said(region)}, expected lower-case letters, digits and hyphens`,
    )
  }
  await exchange.readBody()
  const isNew = await objects.createBucket({ name, region })
  if (!isNew) {
    throw new Failure('BucketAlreadyOwned', `The bucket ${name} exists already and is yours.`)
  }
  await exchange.answerEmpty(200)
}

/** GET Service: every bucket that the one who asks may do something in, or those of one region. */
export async function listBuckets(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const { requester } = exchange
  const region = exchange.query.first('region') ?? ''
  const buckets = (await objects.listBuckets()).filter(
    (bucket) =>
      (region === '' || bucket.region === region) && permissions.some((one) => requester.may(one, bucket.name)),
  )
  const document = bucketListDocument({
    // There are no accounts here; the number behind the buckets' names is the nearest thing to one.
    ownerId: buckets[0]?.name.split('-').at(-1) ?? '0',
    buckets: buckets.map(({ name, region, createdAt }) => ({ name, region, creationMs: createdAt })),
  })
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(document, 'XML'))
}
