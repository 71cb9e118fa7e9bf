import { Failure } from '../../../base/index.ts'
import { said } from '../../../wire/index.ts'

/** Which bucket's objects a host speaks of: `null` when the path names the bucket, `''` when it speaks of no objects. */
export type BucketOfHost = (host: string) => string | null

/** Scheme, host with whatever stands before it, path. What follows the path signs the address or picks a rule. */
const ADDRESS = /^https?:\/\/([^/?#]*)([^?#]*)/i

/**
 * The key that an address names in a bucket of this server, or the text itself when it is no address. Only the text is
 * looked at: nothing is ever fetched from an address.
 *
 * Not by the URL parser of the platform, which takes `..` and `.` for steps in a path: here they are parts of a key.
 *
 * Throws `InvalidArgument` when the address names something else than an object of this bucket.
 */
export function keyOfAddress(text: string, bucket: string, bucketOfHost: BucketOfHost): string {
  const parts = ADDRESS.exec(text.trim())
  if (parts === null) return text
  // What stands before an @ is a name and a password, whatever it looks like.
  const host = parts[1]!.slice(parts[1]!.lastIndexOf('@') + 1)
  const path = parts[2]!
  const named = bucketOfHost(host)
  const [ofPath = '', ...rest] = path.slice(1).split('/')
  const [owner, key] = named === null ? [ofPath, rest.join('/')] : [named, path.slice(1)]
  if (owner !== bucket) {
    throw new Failure(
      'InvalidArgument',
      `the address names the host ${said(host)} and no object of the bucket ${bucket}; nothing is fetched from elsewhere`,
    )
  }
  return decodeKey(key)
}

/** A percent-encoded key. Throws `InvalidArgument` when it does not decode to UTF-8. */
export function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new Failure('InvalidArgument', `${said(text)} is not percent-encoded UTF-8`, { cause })
  }
}
