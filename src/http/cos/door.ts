import type { BlobStore, ObjectStore } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import { checkPermission } from './check-permission.ts'
import { findOperation } from './find-operation.ts'
import type { PicturesOnRequest } from './get-picture.ts'

export interface CosDoorDeps {
  readonly objects: ObjectStore
  /** Without it there are no rules on GET. */
  readonly pictures?: PicturesOnRequest
  readonly blobs: Pick<BlobStore, 'write' | 'read' | 'remove'>
  /** The region of a bucket that is made through a host which names none. */
  readonly defaultRegion: string
}

/** The door for objects: finds out which operation of the storage protocol a request is, whether
 * the one who asks may have it, and has it carried out. */
export function cosDoor(deps: CosDoorDeps): (exchange: Exchange) => Promise<void> {
  return async (exchange) => {
    const operation = findOperation(exchange)
    checkPermission(exchange, operation)
    await operation.carryOut(exchange, deps)
  }
}
