import { asFailure, Failure } from '../../base/index.ts'
import { checkKey } from '../../objects/index.ts'
import { contentTypeOf, type DeletionFailure, deletionDocument, readDeletion, writeDocument } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { failureResponses } from '../failure-responses.ts'
import type { CosDoorDeps } from './door.ts'

/** A thousand keys of 850 bytes, each byte written as a character reference. */
const MAX_DELETION_BYTES = 6 * 1024 * 1024

/** DELETE Multiple Objects: all that can be deleted in one step; what was not there counts as deleted. */
export async function deleteObjects(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  const { objects: asked, isQuiet } = readDeletion(await exchange.readBody(MAX_DELETION_BYTES))
  if ((await objects.findBucket(bucket)) === null) {
    throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  }
  const deleted: string[] = []
  const failed: DeletionFailure[] = []
  for (const { key, versionId } of asked) {
    const failure = refusalOf(key, versionId)
    if (failure === null) deleted.push(key)
    else failed.push({ key, code: failureResponses[failure.code].object.code, message: failure.message })
  }
  await objects.removeObjects(bucket, [...new Set(deleted)])
  const document = deletionDocument(isQuiet ? [] : deleted, failed)
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(document, 'XML'))
}

function refusalOf(key: string, versionId: string): Failure | null {
  if (versionId !== '' && versionId !== 'null') {
    return new Failure('NotOffered', 'This server does not offer versioning (VersionId).')
  }
  try {
    checkKey(key)
    return null
  } catch (error) {
    return asFailure(error)
  }
}
