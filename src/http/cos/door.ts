import { Failure } from '../../base/index.ts'
import type { BlobStore, ObjectStore } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import { createBucket, headBucket, listBuckets } from './buckets.ts'
import { deleteObject } from './delete-object.ts'
import { getObject } from './get-object.ts'
import type { PicturesOnRequest } from './get-picture.ts'
import { listObjects } from './list-objects.ts'
import { notOffered, refuseNotOffered } from './not-offered.ts'
import { putObject } from './put-object.ts'

export interface CosDoorDeps {
  readonly objects: ObjectStore
  /** Without it there are no rules on GET. */
  readonly pictures?: PicturesOnRequest
  readonly blobs: Pick<BlobStore, 'write' | 'read' | 'remove'>
  /** The region of a bucket that is made through a host which names none. */
  readonly defaultRegion: string
}

type Operation = (exchange: Exchange, deps: CosDoorDeps) => Promise<void>

const onService: Readonly<Record<string, Operation>> = { GET: listBuckets }

const onBucket: Readonly<Record<string, Operation>> = {
  GET: listObjects,
  HEAD: headBucket,
  PUT: createBucket,
  POST: async () => {
    throw notOffered('Post Object (HTML forms)', 'POST /')
  },
  DELETE: async () => {
    throw notOffered('Delete Bucket', 'DELETE /')
  },
}

const onObject: Readonly<Record<string, Operation>> = {
  GET: getObject,
  HEAD: getObject,
  PUT: putObject,
  DELETE: deleteObject,
}

/** The door for objects: which operation of the storage protocol a request is, and nothing more. */
export function cosDoor(deps: CosDoorDeps): (exchange: Exchange) => Promise<void> {
  return async (exchange) => {
    refuseNotOffered(exchange)
    const operations = operationsOn(exchange)
    const { method } = exchange
    if (!Object.hasOwn(operations, method)) {
      const allow = Object.keys(operations).join(', ')
      throw new Failure('MethodNotAllowed', `${method} is not allowed here, expected one of ${allow}`, {
        details: { allow },
      })
    }
    await operations[method]!(exchange, deps)
  }
}

function operationsOn({ bucket, key }: Exchange): Readonly<Record<string, Operation>> {
  if (bucket !== null) return key === '' ? onBucket : onObject
  // Path style, and nothing where the bucket should stand: "//key".
  if (key !== '') throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  return onService
}
