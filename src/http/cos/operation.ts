import type { Permission } from '../../keys/index.ts'
import type { Exchange } from '../exchange.ts'
import type { CosDoorDeps } from './door.ts'
import type { LookUp } from './look-up.ts'

/** What a path names: the server itself, a bucket, or an object. */
export type Resource = 'service' | 'bucket' | 'object'

/** One operation of the storage protocol: which requests are it, who may ask for it, and how it is carried out. */
export interface CosOperation {
  /** As the protocol's pages call it. */
  readonly name: string
  readonly on: Resource
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** The sub-resource: a parameter that must be there, with a value or without (`?uploads`, `?uploadId=…`). */
  readonly parameter?: string
  /** A header that must be there and not be empty, in lower case. */
  readonly header?: string
  /** What the one who asks must be allowed to do in the bucket. */
  readonly permission: Permission
  /** When somebody without this permission, or without any key, may ask for it all the same; never, unless it is said. */
  readonly everybodyIf?: 'object is readable' | 'bucket is readable' | 'bucket is writable'
  /** @param lookUp finds the object that the path names, if somebody wants to read it */
  carryOut(exchange: Exchange, deps: CosDoorDeps, lookUp: LookUp): Promise<void>
}
