import { Failure } from '../../base/index.ts'
import { type JobCursor, type JobQuery, jobDocument, type ShownState } from '../../jobs/index.ts'
import {
  type AnswerDetailOptions,
  jobListAnswer,
  queryAnswer,
  readInteger,
  readSubmitRequest,
  readTime,
  said,
  submitAnswer,
} from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { answerDocument, objectHostFor } from './answer.ts'
import type { CiDeps } from './ci-deps.ts'
import { listParameter, textParameter } from './parameters.ts'

/** `POST /jobs` and `POST /pic_jobs`. */
export async function submitJobs(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  const job = await deps.submit(bucket, readSubmitRequest(await exchange.readBody()))
  await answerDocument(exchange, submitAnswer(jobDocument(job), detailOptions(exchange, deps)))
}

/** How many ids one query may name; the length of a request line bounds it too. */
const MAX_IDS = 100

/** `GET /jobs/<id>[,<id>…]`: 200 also for ids that do not exist, which it names. */
export async function queryJobs(exchange: Exchange, deps: CiDeps, idList: string): Promise<void> {
  const bucket = exchange.requireBucket()
  const ids = [
    ...new Set(
      idList
        .split(',')
        .map((id) => id.trim())
        .filter((id) => id !== ''),
    ),
  ]
  if (ids.length > MAX_IDS) {
    throw new Failure('InvalidArgument', `The path names ${ids.length} jobs, expected at most ${MAX_IDS}.`)
  }
  const jobs = await deps.jobs.findJobs(bucket, ids)
  const found = new Set<string>(jobs.map((job) => job.id))
  const unknown = ids.filter((id) => !found.has(id))
  await answerDocument(exchange, queryAnswer(jobs.map(jobDocument), unknown, detailOptions(exchange, deps)))
}

/** `GET /jobs?…`: a page of the jobs of a bucket. */
export async function listJobs(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  const tag = textParameter(exchange, 'tag')
  if (tag !== null && tag !== 'PicProcess') {
    throw new Failure('InvalidArgument', `tag is ${said(tag)}, expected PicProcess, the only kind this server knows.`)
  }
  const page = await deps.jobs.listJobs(readJobQuery(exchange, bucket))
  const token = page.next === null ? null : writeToken(page.next)
  await answerDocument(exchange, jobListAnswer(page.jobs.map(jobDocument), token, detailOptions(exchange, deps)))
}

/** `PUT /jobs/<id>?cancel`; there is no other PUT here, and the Java SDK leaves the parameter out. */
export async function cancelJob(exchange: Exchange, deps: CiDeps, id: string): Promise<void> {
  await deps.jobs.cancelJob(exchange.requireBucket(), id)
  await exchange.answerEmpty(200)
}

function detailOptions(exchange: Exchange, { timeZoneOffsetMinutes }: CiDeps): AnswerDetailOptions {
  const objectHost = objectHostFor(exchange)
  return objectHost === undefined ? { timeZoneOffsetMinutes } : { timeZoneOffsetMinutes, objectHost }
}

const SHOWN_STATES = ['Submitted', 'Running', 'Success', 'Failed', 'Pause', 'Cancel'] as const
const MAX_PAGE = 100

function readJobQuery(exchange: Exchange, bucket: string): JobQuery {
  const from = textParameter(exchange, 'startCreationTime')
  const to = textParameter(exchange, 'endCreationTime')
  const token = textParameter(exchange, 'nextToken')
  const size = readInteger('size', textParameter(exchange, 'size') ?? '10', { least: 1, most: 1_000_000_000 })
  return {
    bucket,
    queueId: textParameter(exchange, 'queueId') as JobQuery['queueId'],
    inputObject: exchange.query.first('inputObject') || null,
    workflowId: textParameter(exchange, 'workflowId'),
    batchId: textParameter(exchange, 'inventoryTriggerJobId'),
    states: readStates(exchange),
    createdFrom: from === null ? null : readTime('startCreationTime', from),
    // Times are written in whole seconds: a job of this second belongs to it.
    createdTo: to === null ? null : readTime('endCreationTime', to) + 999,
    order: readOrder(exchange),
    after: token === null ? null : readToken(token),
    limit: Math.min(size, MAX_PAGE),
  }
}

function readOrder(exchange: Exchange): 'Asc' | 'Desc' {
  const order = textParameter(exchange, 'orderByTime') ?? 'Desc'
  if (/^desc$/i.test(order)) return 'Desc'
  if (/^asc$/i.test(order)) return 'Asc'
  throw new Failure('InvalidArgument', `orderByTime is ${said(order)}, expected Desc or Asc.`)
}

function readStates(exchange: Exchange): readonly ShownState[] {
  const states = listParameter(exchange, 'states') ?? []
  if (states.includes('All')) return []
  return states.map((state) => {
    const known = SHOWN_STATES.find((one) => one === state)
    if (known === undefined) {
      throw new Failure(
        'InvalidArgument',
        `states is ${said(state)}, expected All or some of ${SHOWN_STATES.join(', ')}.`,
      )
    }
    return known
  })
}

/** A token is opaque to clients: the place where the page before ended. */
function writeToken({ createdAt, id }: JobCursor): string {
  return Buffer.from(`${createdAt}:${id}`).toString('base64url')
}

function readToken(token: string): JobCursor {
  const parts = /^(\d{1,15}):([0-9a-z]{1,64})$/.exec(Buffer.from(token, 'base64url').toString('latin1'))
  if (parts === null) {
    throw new Failure('InvalidArgument', `nextToken is ${said(token)}, expected the NextToken of the page before.`)
  }
  return { createdAt: Number(parts[1]), id: parts[2]! }
}
