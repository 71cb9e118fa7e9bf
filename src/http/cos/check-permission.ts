import { Failure } from '../../base/index.ts'
import { anonymous } from '../../keys/index.ts'
import { isPublic, type StoredObject } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import type { CosDoorDeps } from './door.ts'
import type { LookUp } from './look-up.ts'
import type { CosOperation } from './operation.ts'

/**
 * Whether the one who asks may have an operation carried out: by what their key may do, or because the bucket or the
 * object lets everybody. The list of buckets is for everybody with a key: it shows those buckets that the key has to do
 * with.
 *
 * @throws Failure `AccessDenied`, `MissingAuthorization`; `BucketNotFound` when nobody could say what everybody may do
 */
export async function checkPermission(
  exchange: Exchange,
  { on, permission, everybodyIf }: CosOperation,
  deps: CosDoorDeps,
  lookUp: LookUp,
): Promise<void> {
  const { requester } = exchange
  if (on === 'service') {
    if (requester === anonymous) {
      throw new Failure('MissingAuthorization', 'Access Denied. The signature of the request is empty.')
    }
    return
  }
  const bucket = exchange.requireBucket()
  if (requester.may(permission, bucket)) return
  if (everybodyIf !== undefined && (await isForEverybody(exchange, everybodyIf, deps, lookUp))) return
  throw requester.denied(permission, bucket)
}

/** Whether whoever asks may see another object of the bucket, one that a rule puts on the picture asked for. */
export function maySee(
  { requester }: Exchange,
  { objects }: Pick<CosDoorDeps, 'objects'>,
): (object: StoredObject) => Promise<boolean> {
  return async ({ bucket, acl }) => {
    if (requester.may('read', bucket)) return true
    const { acl: ofBucket = 'private' } = (await objects.findBucket(bucket)) ?? {}
    return isPublic(acl, ofBucket)
  }
}

async function isForEverybody(
  exchange: Exchange,
  what: NonNullable<CosOperation['everybodyIf']>,
  { objects }: CosDoorDeps,
  lookUp: LookUp,
): Promise<boolean> {
  if (what === 'object is readable') {
    // Whether a key is there is told to those only who may read the bucket.
    const { bucket, object } = await lookUp.find()
    return isPublic(object?.acl ?? 'default', bucket.acl)
  }
  const bucket = await objects.findBucket(exchange.requireBucket())
  if (bucket === null) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  return what === 'bucket is writable' ? bucket.acl === 'public-read-write' : bucket.acl !== 'private'
}
