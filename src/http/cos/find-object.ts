import { Failure } from '../../base/index.ts'
import { checkKey, type ObjectStore, type StoredObject } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'

/** The object a request names. Fails with `ObjectNotFound`, or `BucketNotFound` when there is not even a bucket. */
export async function findObject(
  exchange: Exchange,
  objects: Pick<ObjectStore, 'findObject' | 'findBucket'>,
): Promise<StoredObject> {
  const bucket = exchange.requireBucket()
  checkKey(exchange.key)
  const object = await objects.findObject(bucket, exchange.key)
  if (object !== null) return object
  if ((await objects.findBucket(bucket)) !== null) {
    throw new Failure('ObjectNotFound', 'The specified key does not exist.')
  }
  throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
}
