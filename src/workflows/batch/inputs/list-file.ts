import { Failure } from '../../../base/index.ts'
import { type BlobStore, checkKey, type ObjectStore, type StoredObject } from '../../../objects/index.ts'
import { said } from '../../../wire/index.ts'
import { type BucketOfHost, keyOfAddress } from './key-of-address.ts'

/** Where the files that list objects are read from: the server's own, and nowhere else. */
export interface ListFilePorts {
  readonly objects: Pick<ObjectStore, 'findObject'>
  readonly blobs: Pick<BlobStore, 'read'>
  readonly bucketOfHost: BucketOfHost
}

/**
 * The file that a field names by its key or its address, in the batch's bucket.
 *
 * @param field how the request calls it, for instance `Input.Manifest`
 * @param version of the object that was read so far, or `null`: a file that was replaced in between is another list, and
 *   going on in the middle of that would do some objects twice and leave others out
 */
export async function findListFile(
  { objects, bucketOfHost }: Pick<ListFilePorts, 'objects' | 'bucketOfHost'>,
  bucket: string,
  field: string,
  value: string,
  version: string | null,
): Promise<StoredObject> {
  const file = await objects.findObject(bucket, listFileKey(bucket, field, value, bucketOfHost))
  if (file === null) throw new Failure('ObjectNotFound', `${field} is ${said(value)}, and there is no such object.`)
  if (version !== null && file.version !== version) {
    throw new Failure('ListUnreadable', `${field} is ${said(value)}, which was replaced while it was being read.`)
  }
  return file
}

/** Throws `InvalidArgument` when the field names nothing that could be an object of this bucket. */
export function listFileKey(bucket: string, field: string, value: string, bucketOfHost: BucketOfHost): string {
  try {
    const key = keyOfAddress(value, bucket, bucketOfHost)
    checkKey(key)
    return key
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure('InvalidArgument', `${field} is ${said(value)}: ${error.message}.`, { cause: error })
  }
}
