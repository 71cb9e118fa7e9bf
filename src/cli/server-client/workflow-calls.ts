import {
  type RunState,
  type RunSummary,
  readNextToken,
  readRunSummary,
  readRunView,
  readWorkflowView,
  said,
  type ToldRun,
  type WorkflowRequest,
  type WorkflowState,
  type WorkflowView,
  workflowRequestDocument,
  writeDocument,
  type XmlElement,
} from '../../wire/index.ts'
import type { BucketClient } from './bucket-client.ts'
import { ClientFailure } from './client-failure.ts'
import { elementAt, elementsOf, readAnswer, textAt } from './elements.ts'

const PAGE = 100
const WORKFLOW_ID = /^w[0-9a-f]{32}$/

/** Oldest first. @param name a part of the name; `null` for all */
export async function listWorkflows(
  bucket: BucketClient,
  name: string | null = null,
): Promise<readonly WorkflowView[]> {
  const found: WorkflowView[] = []
  for (let pageNumber = 1; ; pageNumber += 1) {
    const answer = await bucket.get('/workflow', { name, pageNumber, pageSize: PAGE })
    const page = elementsOf(answer, 'MediaWorkflowList').map((one) => readAnswer(() => readWorkflowView(one)))
    found.push(...page)
    if (page.length < PAGE) return found
  }
}

/**
 * The workflow with this id, else the one with this name.
 *
 * @throws ClientFailure `WorkflowNotFound`, `WorkflowNotUnique`; the message says which there are
 */
export async function findWorkflow(bucket: BucketClient, nameOrId: string): Promise<WorkflowView> {
  if (WORKFLOW_ID.test(nameOrId)) {
    const [found] = elementsOf(await bucket.get('/workflow', { ids: nameOrId }), 'MediaWorkflowList')
    if (found !== undefined) return readAnswer(() => readWorkflowView(found))
  }
  const named = (await listWorkflows(bucket, nameOrId)).filter(({ name }) => name === nameOrId)
  if (named.length === 1) return named[0]!
  if (named.length > 1) {
    const ids = named.map(({ workflowId, state }) => `  ${workflowId} (${state})`).join('\n')
    throw new ClientFailure(
      'WorkflowNotUnique',
      `${named.length} workflows are called ${said(nameOrId)}; give an id:\n${ids}`,
    )
  }
  const names = (await listWorkflows(bucket)).map(({ name }) => name)
  const thereAre =
    names.length === 0 ? 'It has none.' : `It has ${names.slice(0, 20).join(', ')}${names.length > 20 ? ' …' : ''}.`
  throw new ClientFailure(
    'WorkflowNotFound',
    `There is no workflow ${said(nameOrId)} in the bucket ${bucket.bucket}. ${thereAre}`,
  )
}

export function isWorkflowId(text: string): boolean {
  return WORKFLOW_ID.test(text)
}

export async function createWorkflow(bucket: BucketClient, request: WorkflowRequest): Promise<WorkflowView> {
  return workflowIn(await bucket.post('/workflow', writeDocument(workflowRequestDocument(request), 'XML')))
}

export async function replaceWorkflow(
  bucket: BucketClient,
  id: string,
  request: WorkflowRequest,
): Promise<WorkflowView> {
  return workflowIn((await bucket.put(`/workflow/${id}`, writeDocument(workflowRequestDocument(request), 'XML'))).xml())
}

export async function setWorkflowState(bucket: BucketClient, id: string, state: WorkflowState): Promise<WorkflowView> {
  const flag = state === 'Active' ? 'active' : 'paused'
  return workflowIn((await bucket.put(`/workflow/${id}`, '', { [flag]: '' })).xml())
}

export async function deleteWorkflow(bucket: BucketClient, id: string): Promise<void> {
  await bucket.delete(`/workflow/${id}`)
}

/** Starts a run by hand. Gives its id. */
export async function triggerWorkflow(bucket: BucketClient, workflowId: string, object: string): Promise<string> {
  return textAt(await bucket.post('/triggerworkflow', '', { workflowId, object }), 'InstanceId')
}

export interface RunsAsked {
  readonly workflowId: string
  readonly states: readonly RunState[]
  /** Key, or its last segment. */
  readonly object: string | null
  readonly batchId: string | null
  readonly limit: number
}

/** Newest first. */
export async function listRuns(bucket: BucketClient, asked: RunsAsked): Promise<readonly RunSummary[]> {
  const found: RunSummary[] = []
  for (let token: string | null = null; found.length < asked.limit; ) {
    const answer: XmlElement = await bucket.get('/workflowexecution', {
      workflowId: asked.workflowId,
      states: asked.states.length === 0 ? null : asked.states.join(','),
      name: asked.object,
      jobId: asked.batchId,
      size: Math.min(PAGE, asked.limit - found.length),
      nextToken: token,
    })
    found.push(...elementsOf(answer, 'WorkflowExecutionList').map((one) => readAnswer(() => readRunSummary(one))))
    token = readNextToken(answer)
    if (token === null) break
  }
  return found
}

export async function getRun(bucket: BucketClient, runId: string): Promise<ToldRun> {
  const answer = await bucket.get(`/workflowexecution/${runId}`)
  return readAnswer(() => readRunView(elementAt(answer, 'WorkflowExecution')!))
}

function workflowIn(answer: XmlElement): WorkflowView {
  return readAnswer(() => readWorkflowView(elementAt(answer, 'MediaWorkflow')!))
}
