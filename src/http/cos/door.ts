import { Failure } from '../../base/index.ts'
import { anonymous } from '../../keys/index.ts'
import {
  type BlobStore,
  createBucket,
  type Multipart,
  type ObjectStore,
  type Style,
  type StyleStore,
  type UploadStore,
} from '../../objects/index.ts'
import type { Cors } from '../cors.ts'
import type { Exchange } from '../exchange.ts'
import { checkPermission } from './check-permission.ts'
import { findOperation } from './find-operation.ts'
import type { PicturesOnRequest } from './get-picture.ts'
import { LookUp } from './look-up.ts'
import type { CosOperation } from './operation.ts'
import type { PicturesToStore } from './pictures-to-store.ts'

/** What is needed to give pictures made of objects. */
export interface PictureDeps {
  readonly onRequest: PicturesOnRequest
  readonly toStore: PicturesToStore
  readonly styles: StyleStore
  /** Saves a style that has been found to be one. */
  readonly saveStyle: (bucket: string, style: Style) => Promise<void>
  /** Characters that stand between the key of an object and the style in which it is wanted. */
  readonly styleSeparators: string
}

export interface CosDoorDeps {
  readonly objects: ObjectStore
  readonly uploads: UploadStore
  /** What remembers CORS rules for a while, and is told when they change. */
  readonly cors?: Pick<Cors, 'forget'>
  readonly multipart: Multipart
  /** Without it there are no rules, and no styles. */
  readonly pictures?: PictureDeps
  readonly blobs: Pick<BlobStore, 'write' | 'read' | 'pour' | 'remove'>
  /** The bucket of a host that is one bucket's own; `null` for other hosts. Default: there are no such hosts. */
  readonly bucketOfDomain?: (host: string) => string | null
  /** The region of a bucket that is made through a host which names none. */
  readonly defaultRegion: string
  /** Whether a bucket is made when something is first written to it. Default: no. */
  readonly createsBuckets?: boolean
}

/**
 * The door for objects: finds out which operation of the storage protocol a request is, whether the one who asks may
 * have it, and has it carried out.
 */
export function cosDoor(deps: CosDoorDeps): (exchange: Exchange) => Promise<void> {
  return async (exchange) => {
    const operation = operationFor(exchange)
    const lookUp = new LookUp(exchange, deps.objects, deps.pictures?.styleSeparators ?? '')
    await checkPermission(exchange, operation, deps, lookUp)
    if (deps.createsBuckets === true && operation.permission === 'write') await makeForFirstWrite(exchange, deps)
    await operation.carryOut(exchange, deps, lookUp)
  }
}

/** Makes the bucket of a request when it is not there, for who may make it; others are told that it is not there. */
async function makeForFirstWrite(exchange: Exchange, { objects, defaultRegion }: CosDoorDeps): Promise<void> {
  const name = exchange.requireBucket()
  if (!exchange.requester.may('administer', name) || (await objects.findBucket(name)) !== null) return
  try {
    await createBucket(objects, { name, region: exchange.region ?? defaultRegion, acl: 'private' })
  } catch (error) {
    // Somebody else writes there for the first time, too.
    if (!(error instanceof Failure && error.code === 'BucketAlreadyOwned')) throw error
  }
}

/** Without a key one learns nothing of what is carried out here and what is not. */
function operationFor(exchange: Exchange): CosOperation {
  try {
    return findOperation(exchange)
  } catch (error) {
    throw exchange.requester === anonymous ? new Failure('MissingAuthorization', 'Access Denied.') : error
  }
}
