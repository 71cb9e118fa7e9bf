import { asFailure, Failure, type FailureCode } from '../../base/index.ts'
import type { SourceFacts } from '../../images/index.ts'
import type { StoredObject } from '../../objects/index.ts'
import {
  contentTypeOf,
  readPicOperations,
  type UploadResult,
  uploadResultDocument,
  writeDocument,
} from '../../wire/index.ts'
import type { AnswerHeaders, Exchange } from '../exchange.ts'
import { maySee } from './check-permission.ts'
import type { CosDoorDeps } from './door.ts'
import { findObject } from './find-object.ts'
import { notOffered } from './not-offered.ts'
import type { PicturesToStore, PreparedPictures } from './pictures-to-store.ts'
import { storeBody } from './put-object.ts'

/** PUT Object with `Pic-Operations`: the body becomes the object, then pictures are made of it. */
export async function putAndProcess(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  const prepared = await preparePicOperations(exchange, deps)
  const object = await storeBody(exchange, deps)
  const result = await carryOutPicOperations(exchange, object, prepared, deps)
  await answerUploadResult(exchange, result, {
    etag: `"${result.source.etag}"`,
    'x-cos-hash-crc64ecma': object.crc64,
  })
}

/** POST Object image_process: pictures are made of an object that is there, and that one has to be allowed to see. */
export async function processObject(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  exchange.requester.require('read', exchange.requireBucket())
  await exchange.readBody()
  const prepared = await preparePicOperations(exchange, deps)
  const object = await findObject(exchange, deps.objects)
  await answerUploadResult(exchange, await carryOutPicOperations(exchange, object, prepared, deps))
}

/**
 * Reads what the request wants to have made, and finds out whether that can be done: nothing has been stored yet.
 *
 * @throws Failure with the protocol's number
 */
export async function preparePicOperations(exchange: Exchange, deps: CosDoorDeps): Promise<PreparedPictures> {
  const bucket = exchange.requireBucket()
  const toStore = picturesToStore(deps)
  return withNumber(async () => {
    const header = String(exchange.headers['pic-operations'] ?? '')
    if (header === '') throw new Failure('PicOperationsInvalid', 'The header Pic-Operations is missing.')
    const operations = readPicOperations(header, exchange.key)
    for (const rule of operations.rules) {
      if (rule.bucket !== null && rule.bucket !== bucket) exchange.requester.require('write', rule.bucket)
    }
    return toStore.prepare(bucket, operations)
  })
}

/**
 * Makes and stores what was prepared, of an object that has just been stored or was there.
 *
 * @throws Failure with the protocol's number; then nothing but the object itself is stored
 */
export async function carryOutPicOperations(
  exchange: Exchange,
  object: StoredObject,
  prepared: PreparedPictures,
  deps: CosDoorDeps,
): Promise<UploadResult> {
  const { requestId, signal } = exchange
  const request = { requestId, signal, maySee: maySee(exchange, deps) }
  const made = await withNumber(() => picturesToStore(deps).make(object, prepared, request))
  const pictures = prepared.outputs.map(({ bucket, key }, n) => {
    const { format, width, height, quality, size, frames, md5 } = made.pictures[n]!
    const location = locationOf(exchange, bucket, key)
    return { key, location, etag: md5, format, width, height, quality, size, frames, md5 }
  })
  const inItsPlace = prepared.outputs.findLastIndex(({ bucket, key }) => bucket === object.bucket && key === object.key)
  return {
    source: {
      key: object.key,
      location: locationOf(exchange, object.bucket, object.key),
      etag: pictures[inItsPlace]?.etag ?? object.etag,
      info: made.source === null ? null : infoOf(made.source),
    },
    pictures,
  }
}

function picturesToStore({ pictures }: CosDoorDeps): PicturesToStore {
  if (pictures === undefined) throw notOffered('pictures made of objects', 'Pic-Operations')
  return pictures.toStore
}

function answerUploadResult(exchange: Exchange, result: UploadResult, headers?: AnswerHeaders): Promise<void> {
  return exchange.answerText(200, contentTypeOf.XML, writeDocument(uploadResultDocument(result), 'XML'), headers)
}

function infoOf({ averageColour, ...facts }: SourceFacts): UploadResult['source']['info'] {
  if (averageColour === undefined) throw new Failure('InternalError', 'The engine did not tell the average colour.')
  return { ...facts, averageColour }
}

/** As the client would address it, itself: the bucket in the host or in the path, as in this request. */
function locationOf({ host, bucket, path, target }: Exchange, ofBucket: string, key: string): string {
  const isPathStyle = target.path !== path
  if (isPathStyle) return `${host}/${ofBucket}/${key}`
  const startsWithBucket = host.toLowerCase().startsWith(`${bucket}.`)
  return `${startsWithBucket ? `${ofBucket}${host.slice(bucket!.length)}` : host}/${key}`
}

/**
 * The protocol's own number of a failure when pictures are to be stored, in the header `X-ErrNo`.
 *
 * @source "Persistence processing errors" of the error codes of Cloud Infinite
 */
const numberOf: Partial<Record<FailureCode, number>> = {
  PicOperationsInvalid: -60998,
  OperationNotOffered: -60998,
  RuleNotApplicable: -60998,
  PictureOverLimit: -60998,
  SourceTooLarge: -60996,
  StyleNotFound: -60967,
  EnginesBusy: -60949,
  PictureNotSupported: -62999,
  PictureBroken: -62999,
  PictureBrokeEngine: -62999,
}

async function withNumber<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    const failure = asFailure(error)
    // Here a rule is a part of the header, and the header is what cannot be read.
    const code = failure.code === 'RuleInvalid' ? 'PicOperationsInvalid' : failure.code
    const errNo = failure.details.errNo ?? numberOf[code]
    if (errNo === undefined) throw error
    throw new Failure(code, failure.message, { cause: failure.cause, details: { ...failure.details, errNo } })
  }
}
