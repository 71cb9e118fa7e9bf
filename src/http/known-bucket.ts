import { Failure } from '../base/index.ts'
import type { ObjectStore } from '../objects/index.ts'
import { said } from '../wire/index.ts'

/** @returns the name. @throws Failure `BucketNotFound` when there is no such bucket */
export async function knownBucket(buckets: Pick<ObjectStore, 'findBucket'>, name: string): Promise<string> {
  if ((await buckets.findBucket(name)) !== null) return name
  throw new Failure('BucketNotFound', `The bucket ${said(name)} does not exist.`)
}
