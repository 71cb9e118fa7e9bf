import { Failure } from '../../base/index.ts'
import { type JobQuery, jobDocument } from '../../jobs/index.ts'
import {
  type AnswerDetailOptions,
  jobListAnswer,
  queryAnswer,
  readSubmitRequest,
  said,
  submitAnswer,
} from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { writeToken } from '../list-token.ts'
import { requireOutputs } from '../outputs.ts'
import { submissionOf } from '../submission.ts'
import { answerDocument, objectHostFor } from './answer.ts'
import type { CiDeps } from './ci-deps.ts'
import { textParameter } from './parameters.ts'
import { statesParameter, tokenListQuery } from './token-lists.ts'

/** `POST /jobs` and `POST /pic_jobs`. */
export async function submitJobs(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  const body = await exchange.readBody()
  const request = readSubmitRequest(body)
  requireOutputs(exchange, exchange.bucket, [request.output])
  const job = await deps.submit(bucket, request, submissionOf(exchange, bucket, body))
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
  const jobs = page.jobs.map(jobDocument)
  await answerDocument(exchange, jobListAnswer(jobs, writeToken(page.next), detailOptions(exchange, deps)))
}

/** `PUT /jobs/<id>?cancel`; there is no other PUT here, and the Java SDK leaves the parameter out. */
export async function cancelJob(exchange: Exchange, deps: CiDeps, id: string): Promise<void> {
  await deps.jobs.cancelJob(exchange.requireBucket(), id)
  await exchange.answerEmpty(200)
}

function detailOptions(exchange: Exchange, { timeZoneOffsetMinutes, fillResultEtag }: CiDeps): AnswerDetailOptions {
  const objectHost = objectHostFor(exchange)
  return { timeZoneOffsetMinutes, fillResultEtag, ...(objectHost === undefined ? {} : { objectHost }) }
}

const SHOWN_STATES = ['Submitted', 'Running', 'Success', 'Failed', 'Pause', 'Cancel'] as const

function readJobQuery(exchange: Exchange, bucket: string): JobQuery {
  return {
    bucket,
    queueId: textParameter(exchange, 'queueId') as JobQuery['queueId'],
    inputObject: exchange.query.first('inputObject') || null,
    workflowId: textParameter(exchange, 'workflowId'),
    batchId: textParameter(exchange, 'inventoryTriggerJobId'),
    states: statesParameter(exchange, 'states', SHOWN_STATES),
    ...tokenListQuery(exchange),
  }
}
