import { Failure } from '../../base/index.ts'
import { contentTypeOf, corsDocument, readCors, writeDocument } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import type { CosDoorDeps } from './door.ts'

/** GET Bucket cors. */
export async function getCors(exchange: Exchange, { objects }: CosDoorDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  const rules = await objects.findCorsRules(bucket)
  if (rules.length === 0) {
    if ((await objects.findBucket(bucket)) === null) {
      throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
    }
    throw new Failure('CorsNotSet', 'The CORS configuration does not exist.')
  }
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(corsDocument(rules), 'XML'))
}

/** PUT Bucket cors: replaces all rules. */
export async function putCors(exchange: Exchange, { objects, cors }: CosDoorDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  await objects.setCorsRules(bucket, readCors(await exchange.readBody()))
  cors?.forget(bucket)
  await exchange.answerEmpty(200)
}

/** DELETE Bucket cors. */
export async function deleteCors(exchange: Exchange, { objects, cors }: CosDoorDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  await objects.setCorsRules(bucket, [])
  cors?.forget(bucket)
  await exchange.answerEmpty(204)
}
