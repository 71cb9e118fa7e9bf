import { Failure } from '../base/index.ts'
import { said } from '../wire/index.ts'
import type { BucketAcl } from './acl.ts'
import { isBucketName } from './key-rules.ts'
import type { ObjectStore } from './object-store.ts'

/** Makes a bucket. Fails with `BucketNameInvalid`, `InvalidArgument` naming the region, `BucketAlreadyOwned`. */
export async function createBucket(
  objects: Pick<ObjectStore, 'createBucket'>,
  { name, region, acl }: { readonly name: string; readonly region: string; readonly acl: BucketAcl },
): Promise<void> {
  if (!isBucketName(name)) {
    throw new Failure(
      'BucketNameInvalid',
      `the bucket name is ${said(name)}, expected lower-case letters, digits and hyphens, ending in a hyphen and an APPID, 63 at most`,
      { details: { field: 'bucket' } },
    )
  }
  if (!/^[a-z0-9-]+$/.test(region)) {
    throw new Failure(
      'InvalidArgument',
      `the region is ${said(region)}, expected lower-case letters, digits and hyphens`,
      { details: { field: 'region' } },
    )
  }
  const isNew = await objects.createBucket({ name, region, acl })
  if (!isNew) throw new Failure('BucketAlreadyOwned', `The bucket ${name} exists already and is yours.`)
}
