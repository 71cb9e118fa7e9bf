import { Failure } from '../../base/index.ts'
import type { BucketAcl, ObjectAcl } from '../../objects/index.ts'
import { aclDocument, contentTypeOf, type PublicRights, readAcl, writeDocument } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { bucketAclOf, objectAclOf } from './acl-headers.ts'
import type { CosDoorDeps } from './door.ts'
import { findObject } from './find-object.ts'

/** GET Bucket acl. */
export async function getBucketAcl(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const bucket = await objects.findBucket(exchange.requireBucket())
  if (bucket === null) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  await answerAcl(exchange, bucket.acl)
}

/** PUT Bucket acl: by the header, or by a policy of which the rights of everybody count. */
export async function putBucketAcl(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const canned = bucketAclOf(exchange.headers)
  const body = await exchange.readBody()
  await objects.setBucketAcl(exchange.requireBucket(), canned ?? bucketAclWith(readAcl(body)))
  await exchange.answerEmpty(200)
}

/** GET Object acl. */
export async function getObjectAcl(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const { acl } = await findObject(exchange, objects)
  await answerAcl(exchange, acl)
}

/** PUT Object acl. */
export async function putObjectAcl(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const canned = objectAclOf(exchange.headers)
  const body = await exchange.readBody()
  const acl = canned ?? (readAcl(body).read ? 'public-read' : 'private')
  const { bucket, key } = await findObject(exchange, objects)
  if (!(await objects.setObjectAcl(bucket, key, acl))) {
    throw new Failure('ObjectNotFound', 'The specified key does not exist.')
  }
  await exchange.answerEmpty(200)
}

function bucketAclWith({ read, write }: PublicRights): BucketAcl {
  if (write && !read) {
    throw new Failure(
      'InvalidArgument',
      'The policy lets everybody write and not read, expected READ, or READ and WRITE.',
    )
  }
  if (write) return 'public-read-write'
  return read ? 'public-read' : 'private'
}

async function answerAcl(exchange: Exchange, acl: ObjectAcl | BucketAcl): Promise<void> {
  const document = aclDocument(exchange.requireBucket(), {
    read: acl.startsWith('public-read'),
    write: acl === 'public-read-write',
  })
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(document, 'XML'), { 'x-cos-acl': acl })
}
