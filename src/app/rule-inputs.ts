import type { BlobId } from '../base/index.ts'
import { Failure } from '../base/index.ts'
import {
  checkMarkBytes,
  checkRule,
  type FontFile,
  type FontShelf,
  needsOf,
  type PictureAddress,
  type PictureLimits,
  type Rule,
} from '../images/index.ts'
import type { ObjectStore, StoredObject } from '../objects/index.ts'
import { said } from '../wire/index.ts'
import { type BucketOfHost, keyOfAddress } from '../workflows/index.ts'

/** What carrying out a rule takes besides its source, found and ready to be handed to an engine. */
export interface RuleInputs {
  readonly pictures: readonly { readonly url: string; readonly blobId: BlobId }[]
  /** What its texts may be set in; none when it has none. */
  readonly fonts: readonly FontFile[]
  /**
   * Tells one version of all this from another, for the version of a result; what it is made of is nobody's business.
   * Empty when the rule takes nothing but its source.
   */
  readonly versions: readonly string[]
}

export interface RuleInputsDeps {
  readonly objects: Pick<ObjectStore, 'findObject'>
  readonly fonts: Pick<FontShelf, 'fonts'>
  readonly bucketOfHost: BucketOfHost
  readonly limits: PictureLimits
}

/**
 * Finds what a rule names: objects of the bucket of its source, and nothing else. They are looked up in the index of
 * this server; nothing is ever fetched from an address.
 *
 * @param maySee whether an object may be shown to whoever asks. Default: any of the bucket
 * @throws Failure `RuleNotApplicable` for an address that is none of this bucket, and for an object that is missing or
 * may not be read; `PictureOverLimit` when they are too large together
 */
export async function findRuleInputs(
  { objects, fonts: shelf, bucketOfHost, limits }: RuleInputsDeps,
  bucket: string,
  rule: Rule,
  maySee: (object: StoredObject) => boolean | Promise<boolean> = () => true,
): Promise<RuleInputs> {
  const needs = needsOf(rule)
  const pictures: RuleInputs['pictures'][number][] = []
  const versions: string[] = []
  let bytes = 0
  for (const address of needs.pictures) {
    const object = await objects.findObject(bucket, keyOf(address, bucket, bucketOfHost))
    // One message for both: who may not read an object does not learn whether it is there.
    if (object === null || !(await maySee(object)))
      throw refused(address, `there is no such object in the bucket ${bucket}`)
    bytes += object.size
    checkMarkBytes(bytes, limits.maxSourceBytes)
    const { url } = address
    pictures.push({ url, blobId: object.blobId })
    versions.push(url, object.blobId, object.version)
  }
  if (needs.texts.length === 0) return { pictures, fonts: [], versions }
  const { files, edition } = await shelf.fonts()
  return { pictures, fonts: files, versions: [...versions, edition] }
}

/**
 * The check of rules for a bucket: as `checkRule`, and the objects that a rule names have to be the bucket's. Whether
 * they are there is found out when they are needed.
 *
 * @throws Failure as in `checkRule`; `RuleNotApplicable`
 */
export function ruleCheckFor(bucket: string, bucketOfHost: BucketOfHost): (text: string) => Rule {
  return (text) => {
    const rule = checkRule(text)
    for (const address of needsOf(rule).pictures) keyOf(address, bucket, bucketOfHost)
    return rule
  }
}

function keyOf(address: PictureAddress, bucket: string, bucketOfHost: BucketOfHost): string {
  try {
    return keyOfAddress(address.url, bucket, bucketOfHost)
  } catch (cause) {
    throw cause instanceof Failure ? refused(address, cause.message) : cause
  }
}

function refused({ url }: PictureAddress, why: string): Failure {
  return new Failure('RuleNotApplicable', `The watermark ${said(url)}: ${why}.`)
}
