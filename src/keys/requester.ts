import { Failure } from '../base/index.ts'
import { type Grant, grantOfAll, grantOfNone, grants, type Permission } from './permission.ts'

/** Who asks, and what they may do. */
export class Requester {
  /** The SecretId or the id of the token; `null` when nobody in particular asks. */
  readonly id: string | null
  readonly grant: Grant

  constructor(id: string | null, grant: Grant) {
    this.id = id
    this.grant = grant
  }

  /** @param bucket `null`: in every bucket */
  may(permission: Permission, bucket: string | null): boolean {
    return grants(this.grant, permission, bucket)
  }

  /** @throws Failure `AccessDenied` that says which permission is missing, and where */
  require(permission: Permission, bucket: string | null): void {
    if (!this.may(permission, bucket)) throw this.denied(permission, bucket)
  }

  denied(permission: Permission, bucket: string | null): Failure {
    // The protocol's own words for somebody who did not even say who they are.
    if (this.id === null) return new Failure('AccessDenied', 'Access Denied.')
    const where = bucket === null ? 'in every bucket' : `in the bucket ${shortened(bucket)}`
    return new Failure(
      'AccessDenied',
      `Access Denied. The key ${this.id} lacks the permission "${permission}" ${where}.`,
    )
  }
}

/** Nobody in particular, who may nothing: what a bucket allows everybody is for its access control list to say. */
export const anonymous = new Requester(null, grantOfNone)

/** Nobody in particular, on a server that is open to everybody. */
export const everybody = new Requester(null, grantOfAll)

/** A bucket that a stranger names can be of any length. */
function shortened(bucket: string): string {
  return bucket.length <= 80 ? bucket : `${bucket.slice(0, 80)}…`
}
