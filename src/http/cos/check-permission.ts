import { Failure } from '../../base/index.ts'
import { anonymous } from '../../keys/index.ts'
import type { Exchange } from '../exchange.ts'
import type { CosOperation } from './operation.ts'

/**
 * Whether the one who asks may have an operation carried out. The list of buckets is for everybody with a key: it shows
 * those buckets that the key has to do with.
 *
 * @throws Failure `AccessDenied`, `MissingAuthorization`
 */
export function checkPermission(exchange: Exchange, { on, permission }: CosOperation): void {
  const { requester } = exchange
  if (on !== 'service') requester.require(permission, exchange.requireBucket())
  else if (requester === anonymous) throw new Failure('MissingAuthorization', 'Access Denied.')
}
