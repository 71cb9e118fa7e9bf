import { Failure } from '../../base/index.ts'
import {
  type BatchAnswerOptions,
  batchAnswer,
  batchListAnswer,
  batchQueryAnswer,
  readBatchRequest,
  said,
} from '../../wire/index.ts'
import { type BatchQuery, batchDocument } from '../../workflows/index.ts'
import type { Exchange } from '../exchange.ts'
import { writeToken } from '../list-token.ts'
import { requireOutputs } from '../outputs.ts'
import { answerDocument } from './answer.ts'
import type { CiDeps } from './ci-deps.ts'
import { textParameter } from './parameters.ts'
import { statesParameter, tokenListQuery } from './token-lists.ts'

/** `POST /inventorytriggerjob`. */
export async function createBatch(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  const request = readBatchRequest(await exchange.readBody())
  requireOutputs(exchange, exchange.bucket, request.job === null ? [] : [request.job.output])
  const batch = await deps.createBatch(bucket, request)
  await answerDocument(exchange, batchAnswer(batchDocument(batch), options(exchange, deps)))
}

/** `GET /inventorytriggerjob/<id>`: 200 also for an id that does not exist, which it names. */
export async function queryBatch(exchange: Exchange, deps: CiDeps, id: string): Promise<void> {
  const [batch] = await deps.batches.findBatches(exchange.requireBucket(), [id])
  const document = batch === undefined ? null : batchDocument(batch)
  await answerDocument(exchange, batchQueryAnswer(document, id, options(exchange, deps)))
}

/** `GET /inventorytriggerjob?…`: a page of the batches of a bucket. */
export async function listBatches(exchange: Exchange, deps: CiDeps): Promise<void> {
  const query = readBatchQuery(exchange)
  const page = query === null ? { batches: [], next: null } : await deps.batches.listBatches(query)
  await answerDocument(
    exchange,
    batchListAnswer(page.batches.map(batchDocument), writeToken(page.next), options(exchange, deps)),
  )
}

/** `PUT /inventorytriggerjob/<id>?cancel`; there is no other PUT here, and the Go SDK leaves the parameter out. */
export async function cancelBatch(exchange: Exchange, deps: CiDeps, id: string): Promise<void> {
  await deps.batches.cancelBatch(exchange.requireBucket(), id)
  await exchange.answerEmpty(200)
}

const BATCH_STATES = ['Submitted', 'Running', 'Success', 'Failed', 'Pause', 'Cancel'] as const

/** `null` when no batch can be meant: none is ever in the state `Pause`. */
function readBatchQuery(exchange: Exchange): BatchQuery | null {
  const bucket = exchange.requireBucket()
  // An older page writes the parameter with a capital.
  const parameter = exchange.query.has('states') ? 'states' : 'States'
  const asked = statesParameter(exchange, parameter, BATCH_STATES)
  const states = asked.filter((state) => state !== 'Pause')
  const query = {
    bucket,
    type: readType(exchange),
    states,
    id: textParameter(exchange, 'jobId'),
    workflowId: textParameter(exchange, 'workflowId'),
    name: textParameter(exchange, 'name'),
    ...tokenListQuery(exchange),
  }
  return asked.length > 0 && states.length === 0 ? null : query
}

function readType(exchange: Exchange): BatchQuery['type'] {
  const type = textParameter(exchange, 'type') ?? 'All'
  if (type === 'All') return null
  if (type === 'Workflow' || type === 'Job') return type
  throw new Failure('InvalidArgument', `type is ${said(type)}, expected Workflow, Job or All.`)
}

function options(exchange: Exchange, { timeZoneOffsetMinutes }: CiDeps): BatchAnswerOptions {
  return { requestId: exchange.requestId, timeZoneOffsetMinutes }
}
