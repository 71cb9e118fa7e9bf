import { Failure, type QueueId } from '../../base/index.ts'
import type { OpenedBucket, Queue, QueueChange } from '../../jobs/index.ts'
import {
  type PicBucketView,
  picBucketAnswer,
  picBucketClosedAnswer,
  picBucketListAnswer,
  type QueueAnswerOptions,
  type QueueUpdate,
  type QueueView,
  queueAnswer,
  queueListAnswer,
  readQueueUpdate,
  said,
} from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { knownBucket as findKnown } from '../known-bucket.ts'
import { answerDocument } from './answer.ts'
import type { CiDeps } from './ci-deps.ts'
import { listParameter, pageParameters, textParameter } from './parameters.ts'

/** `GET /picqueue` and `GET /queue`: this server has image queues only, so both tell the same. */
export async function listQueues(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = await knownBucket(exchange, deps)
  const ids = listParameter(exchange, 'queueIds')
  if (ids !== null) {
    const queues = await deps.queues.findQueues(bucket, ids)
    const found = new Set<string>(queues.map((queue) => queue.id))
    const unknownIds = ids.filter((id) => !found.has(id))
    const list = { queues: queues.map(queueView), page: null, unknownIds }
    return answerDocument(exchange, queueListAnswer(list, options(exchange, deps)))
  }
  const { pageNumber, pageSize, offset } = pageParameters(exchange)
  const { items, total } = await deps.queues.listQueues({ bucket, state: readState(exchange), offset, limit: pageSize })
  const page = { totalCount: total, pageNumber, pageSize }
  return answerDocument(
    exchange,
    queueListAnswer({ queues: items.map(queueView), page, unknownIds: [] }, options(exchange, deps)),
  )
}

/**
 * `POST /picqueue` and `POST /queue`: another queue, with what an update of one can say; its name is needed. The original
 * has one queue per bucket, and no such call.
 */
export async function createQueue(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = await knownBucket(exchange, deps)
  const { name, ...asked } = readQueueUpdate(await exchange.readBody())
  if (name === null) throw new Failure('InvalidArgument', 'Name is missing.', { details: { field: 'Name' } })
  const queue = await deps.queues.createQueue(bucket, { ...changeOf(asked, deps), name }, deps.queueDefaults)
  await answerDocument(exchange, queueAnswer(queueView(queue), options(exchange, deps)))
}

/** `PUT /picqueue/<id>` and `PUT /queue/<id>`; what the body leaves out stays as it is. */
export async function updateQueue(exchange: Exchange, deps: CiDeps, id: string): Promise<void> {
  const bucket = exchange.requireBucket()
  const { name, ...asked } = readQueueUpdate(await exchange.readBody())
  const change = { ...changeOf(asked, deps), ...(name === null ? {} : { name }) }
  const queue = await deps.queues.updateQueue(bucket, id as QueueId, change)
  await answerDocument(exchange, queueAnswer(queueView(queue), options(exchange, deps)))
}

function changeOf(
  { state, notifyConfig, callbackOptions }: Omit<QueueUpdate, 'name'>,
  { checkCallbackAddress }: CiDeps,
): Omit<QueueChange, 'name'> {
  if (notifyConfig?.url != null) checkCallbackAddress(notifyConfig.url, 'NotifyConfig.Url')
  return {
    ...(state === null ? {} : { state }),
    ...(notifyConfig === null ? {} : { notify: notifyConfig }),
    ...(callbackOptions === null ? {} : { callbacks: callbackOptions }),
  }
}

/** `POST /picbucket`: opens the image service; doing it again changes nothing, or is refused. */
export async function openService(exchange: Exchange, deps: CiDeps): Promise<void> {
  const opened = await deps.queues.openService(exchange.requireBucket(), deps.queueDefaults, {
    onlyOnce: deps.refuseSecondOpening,
  })
  await answerDocument(exchange, picBucketAnswer(picBucketView(opened), options(exchange, deps)))
}

/** `GET /picbucket`, with or without a bucket in the host: it speaks of all of them. */
export async function listServices(exchange: Exchange, deps: CiDeps): Promise<void> {
  const { pageNumber, pageSize, offset } = pageParameters(exchange)
  const { items, total } = await deps.queues.listOpened({
    names: await namesToList(exchange, deps),
    prefix: textParameter(exchange, 'bucketName'),
    regions: listParameter(exchange, 'regions'),
    offset,
    limit: pageSize,
  })
  const page = { totalCount: total, pageNumber, pageSize }
  await answerDocument(
    exchange,
    picBucketListAnswer({ buckets: items.map(picBucketView), page }, options(exchange, deps)),
  )
}

/** The buckets asked for, as far as whoever asks may read there; `null`: all. */
async function namesToList({ requester, query }: Exchange, deps: CiDeps): Promise<readonly string[] | null> {
  const asked = listParameter({ query }, 'bucketNames')
  if (requester.may('read', null)) return asked
  const names = asked ?? (await deps.buckets.listBuckets()).map(({ name }) => name)
  return names.filter((name) => requester.may('read', name))
}

/** `DELETE /picbucket`: closes the image service and cancels what waits. */
export async function closeService(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = await knownBucket(exchange, deps)
  try {
    await deps.queues.closeService(bucket)
  } catch (error) {
    // For a submit a closed service is a refusal; here it is a thing that is not there.
    if (error instanceof Failure && error.code === 'ServiceNotOpen') throw new Failure('QueueNotFound', error.message)
    throw error
  }
  await answerDocument(exchange, picBucketClosedAnswer(bucket, { requestId: exchange.requestId }))
}

/** The bucket of the request, which must exist. */
export function knownBucket(exchange: Exchange, { buckets }: Pick<CiDeps, 'buckets'>): Promise<string> {
  return findKnown(buckets, exchange.requireBucket())
}

function readState(exchange: Exchange): 'Active' | 'Paused' | null {
  const state = textParameter(exchange, 'state')
  if (state === null || state === 'All') return null
  if (state === 'Active' || state === 'Paused') return state
  throw new Failure('InvalidArgument', `state is ${said(state)}, expected Active, Paused or All.`)
}

function options(exchange: Exchange, { timeZoneOffsetMinutes }: CiDeps): QueueAnswerOptions {
  return { requestId: exchange.requestId, timeZoneOffsetMinutes }
}

function queueView(queue: Queue): QueueView {
  return {
    queueId: queue.id,
    name: queue.name,
    state: queue.state,
    notifyConfig: queue.notify,
    callbackOptions: queue.callbacks,
    maxSize: queue.maxSize,
    maxConcurrent: queue.maxConcurrent,
    bucket: queue.bucket,
    createTimeMs: queue.createdAt,
    updateTimeMs: queue.updatedAt,
  }
}

function picBucketView({ bucket, region, openedAt }: OpenedBucket): PicBucketView {
  return { bucket, region, createTimeMs: openedAt }
}
