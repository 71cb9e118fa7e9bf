import { Failure } from '../../base/index.ts'
import type { WorkflowRequest, WorkflowState } from '../../wire/index.ts'
import {
  readWorkflowRequest,
  triggerAnswer,
  type WorkflowAnswerOptions,
  workflowAnswer,
  workflowDeletedAnswer,
  workflowListAnswer,
} from '../../wire/index.ts'
import { type Workflow, workflowDocument } from '../../workflows/index.ts'
import type { Exchange } from '../exchange.ts'
import { requireOutputs } from '../outputs.ts'
import { answerDocument } from './answer.ts'
import type { CiDeps } from './ci-deps.ts'
import { listParameter, pageParameters, textParameter } from './parameters.ts'
import { knownBucket } from './queues.ts'

/** `POST /workflow`. */
export async function createWorkflow(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  const workflow = await deps.createWorkflow(bucket, await readWorkflow(exchange))
  await answerWorkflow(exchange, deps, workflow)
}

/**
 * `PUT /workflow/<id>`: with `active` or `paused` a change of the state, else a replacement of all it says. A change of
 * state is answered with the workflow, which the official page does not show, because the Python SDK reads one.
 */
export async function changeWorkflow(exchange: Exchange, deps: CiDeps, id: string): Promise<void> {
  const bucket = exchange.requireBucket()
  const state = stateAskedFor(exchange)
  const workflow =
    state === null
      ? await deps.replaceWorkflow(bucket, id, await readWorkflow(exchange))
      : await deps.workflows.setWorkflowState(bucket, id, state)
  await answerWorkflow(exchange, deps, workflow)
}

/** `DELETE /workflow/<id>`. Runs that have begun come to their end, and stay readable. */
export async function deleteWorkflow(exchange: Exchange, deps: CiDeps, id: string): Promise<void> {
  await deps.workflows.deleteWorkflow(exchange.requireBucket(), id)
  await answerDocument(exchange, workflowDeletedAnswer(id, { requestId: exchange.requestId }))
}

/** `GET /workflow?…`: by ids, by a part of the name, or all. */
export async function listWorkflows(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = await knownBucket(exchange, deps)
  const ids = listParameter(exchange, 'ids')
  if (ids !== null) {
    const workflows = await deps.workflows.findWorkflows(bucket, ids)
    const found = new Set<string>(workflows.map((workflow) => workflow.id))
    const unknownIds = ids.filter((id) => !found.has(id))
    const list = { workflows: workflows.map(workflowDocument), page: null, unknownIds }
    return answerDocument(exchange, workflowListAnswer(list, workflowOptions(exchange, deps)))
  }
  const { pageNumber, pageSize, offset } = pageParameters(exchange)
  const name = textParameter(exchange, 'name')
  const { items, total } = await deps.workflows.listWorkflows({ bucket, name, offset, limit: pageSize })
  const page = { totalCount: total, pageNumber, pageSize }
  const list = { workflows: items.map(workflowDocument), page, unknownIds: [] }
  await answerDocument(exchange, workflowListAnswer(list, workflowOptions(exchange, deps)))
}

/**
 * `POST /triggerworkflow?workflowId=…&object=…`: one run by hand, of a paused workflow too. A body, which one form of the
 * call has for watermarks of videos, and the name of a batch, which the Go SDK always sends, say nothing here.
 */
export async function triggerWorkflow(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  const workflowId = textParameter(exchange, 'workflowId')
  if (workflowId === null) throw new Failure('InvalidArgument', 'workflowId is missing, expected the id of a workflow.')
  const object = exchange.query.first('object') ?? ''
  if (object === '') throw new Failure('InvalidArgument', 'object is missing, expected the key of an object.')
  const run = await deps.startRun(bucket, workflowId, object)
  await answerDocument(exchange, triggerAnswer(run.id, { requestId: exchange.requestId }))
}

/** What the documents about workflows and their runs need to know of this request. */
export function workflowOptions(exchange: Exchange, { timeZoneOffsetMinutes }: CiDeps): WorkflowAnswerOptions {
  return { requestId: exchange.requestId, timeZoneOffsetMinutes }
}

/** What a workflow writes later, it writes in the name of whoever made it. */
async function readWorkflow(exchange: Exchange): Promise<WorkflowRequest> {
  const request = readWorkflowRequest(await exchange.readBody())
  requireOutputs(
    exchange,
    exchange.bucket,
    request.topology.nodes.flatMap((node) => (node.type === 'PicProcess' ? [node.output] : [])),
  )
  return request
}

function answerWorkflow(exchange: Exchange, deps: CiDeps, workflow: Workflow): Promise<void> {
  return answerDocument(exchange, workflowAnswer(workflowDocument(workflow), workflowOptions(exchange, deps)))
}

/** The state named by a parameter without value, in whatever case; `null` when there is none. */
function stateAskedFor(exchange: Exchange): WorkflowState | null {
  const names = exchange.query.names().map((name) => name.toLowerCase())
  const active = names.includes('active')
  const paused = names.includes('paused')
  if (active && paused) {
    throw new Failure('InvalidArgument', 'The request has the parameters active and paused, expected one of them.')
  }
  if (active) return 'Active'
  return paused ? 'Paused' : null
}
