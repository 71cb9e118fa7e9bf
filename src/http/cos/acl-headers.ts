import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '../../base/index.ts'
import { type BucketAcl, bucketAcls, type ObjectAcl, objectAcls } from '../../objects/index.ts'
import { said } from '../../wire/index.ts'

/** What `x-cos-acl` says of an object; `null` when it is not given. Fails with `InvalidArgument`. */
export function objectAclOf(headers: IncomingHttpHeaders): ObjectAcl | null {
  return cannedAcl(headers, objectAcls)
}

/** What `x-cos-acl` says of a bucket; `null` when it is not given. Fails with `InvalidArgument`. */
export function bucketAclOf(headers: IncomingHttpHeaders): BucketAcl | null {
  return cannedAcl(headers, bucketAcls)
}

function cannedAcl<Acl extends string>(headers: IncomingHttpHeaders, known: readonly Acl[]): Acl | null {
  const text = String(headers['x-cos-acl'] ?? '')
  if (text === '') return null
  const acl = known.find((one) => one === text.toLowerCase())
  if (acl === undefined) {
    throw new Failure('InvalidArgument', `x-cos-acl is ${said(text)}, expected one of ${known.join(', ')}`)
  }
  return acl
}
