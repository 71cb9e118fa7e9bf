import { Failure } from '../base/index.ts'
import type { Bucket, ObjectStore } from '../objects/index.ts'
import { said } from '../wire/index.ts'

/** @throws Failure `BucketNotFound` when there is no such bucket */
export async function getBucket(buckets: Pick<ObjectStore, 'findBucket'>, name: string): Promise<Bucket> {
  const bucket = await buckets.findBucket(name)
  if (bucket !== null) return bucket
  throw new Failure('BucketNotFound', `The bucket ${said(name)} does not exist.`)
}

/** @returns the name. @throws Failure `BucketNotFound` when there is no such bucket */
export async function knownBucket(buckets: Pick<ObjectStore, 'findBucket'>, name: string): Promise<string> {
  return (await getBucket(buckets, name)).name
}
