import { Failure } from '../../base/index.ts'
import { checkKey } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import type { CosDoorDeps } from './door.ts'

/** DELETE Object: afterwards there is none, whether or not there was one. The bytes are the cleaner's. */
export async function deleteObject(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  checkKey(exchange.key)
  const wasThere = await objects.removeObject(bucket, exchange.key)
  if (!wasThere && (await objects.findBucket(bucket)) === null) {
    throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  }
  await exchange.answerEmpty(204)
}
