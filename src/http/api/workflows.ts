import { Failure } from '../../base/index.ts'
import type { ObjectStore } from '../../objects/index.ts'
import { said, type WorkflowRequest, type WorkflowState } from '../../wire/index.ts'
import type { Run, Workflow, WorkflowStore } from '../../workflows/index.ts'
import type { Exchange } from '../exchange.ts'
import { getBucket } from '../known-bucket.ts'
import { requireOutputs } from '../outputs.ts'
import { type NumberedPageAsked, numberedPageOf, numberedPageParameters, numberedPageSchema } from './numbered-page.ts'
import { type ApiRoute, bucketParameter, route } from './route.ts'
import { runJson, runSchema } from './run-json.ts'
import { type WorkflowBody, withWorkflowOf } from './workflow-body.ts'
import { workflowFileSchema, workflowJson, workflowSchema } from './workflow-json.ts'

export interface WorkflowDeps {
  createWorkflow(bucket: string, request: WorkflowRequest): Promise<Workflow>
  replaceWorkflow(bucket: string, id: string, request: WorkflowRequest): Promise<Workflow>
  /** Starts a run by hand. */
  startRun(bucket: string, workflowId: string, object: string): Promise<Run>
  readonly workflows: Pick<WorkflowStore, 'setWorkflowState' | 'deleteWorkflow' | 'findWorkflows' | 'listWorkflows'>
  readonly buckets: Pick<ObjectStore, 'findBucket'>
}

interface WorkflowNamed {
  path: { workflowId: string }
  query: { bucket: string }
}

const workflowPath = { workflowId: { says: 'The id of a workflow.' } }
const workflowBody = { schema: { title: 'WorkflowFile', ...workflowFileSchema } }

export const workflowRoutes = [
  route<WorkflowDeps, { query: NumberedPageAsked & { bucket: string; name?: string } }>({
    method: 'GET',
    path: '/-/api/workflows',
    name: 'listWorkflows',
    subject: 'workflows',
    summary: 'The workflows of a bucket, oldest first.',
    permission: 'read',
    query: {
      bucket: bucketParameter,
      name: { schema: { type: 'string', minLength: 1, maxLength: 128 }, says: 'Only those with this in their name.' },
      ...numberedPageParameters,
    },
    answer: { says: 'A page of workflows.', schema: numberedPageSchema('workflows', workflowSchema) },
    async carryOut({ query, answer }, { workflows, buckets }) {
      const place = await placeOf(buckets, query.bucket)
      const asked = { bucket: place.bucket, name: query.name ?? null, ...numberedPageOf(query) }
      const { items, total } = await workflows.listWorkflows(asked)
      await answer({ workflows: items.map((one) => workflowJson(one, place)), total })
    },
  }),
  route<WorkflowDeps, { query: { bucket: string }; body: WorkflowBody }>({
    method: 'POST',
    path: '/-/api/workflows',
    name: 'createWorkflow',
    subject: 'workflows',
    summary: 'Makes a workflow.',
    description: 'The body is what a workflow file holds, with ids in the place of names of templates and queues.',
    permission: 'administer',
    query: { bucket: bucketParameter },
    body: workflowBody,
    answer: { status: 201, says: 'The workflow.', schema: workflowSchema },
    async carryOut({ query, body, exchange, answer }, deps) {
      const place = await placeOf(deps.buckets, query.bucket)
      const workflow = await withWorkflowOf(body, place, regionIn(deps), (request) => {
        requireWrites(exchange, place.bucket, request)
        return deps.createWorkflow(place.bucket, request)
      })
      await answer(workflowJson(workflow, place), {
        status: 201,
        headers: { location: `/-/api/workflows/${workflow.id}?bucket=${encodeURIComponent(place.bucket)}` },
      })
    },
  }),
  route<WorkflowDeps, WorkflowNamed>({
    method: 'GET',
    path: '/-/api/workflows/{workflowId}',
    name: 'showWorkflow',
    subject: 'workflows',
    summary: 'One workflow.',
    permission: 'read',
    pathParameters: workflowPath,
    query: { bucket: bucketParameter },
    answer: { says: 'The workflow.', schema: workflowSchema },
    async carryOut({ path, query, answer }, { workflows, buckets }) {
      const place = await placeOf(buckets, query.bucket)
      const [workflow] = await workflows.findWorkflows(place.bucket, [path.workflowId])
      if (workflow === undefined) {
        throw new Failure(
          'WorkflowNotFound',
          `There is no workflow ${said(path.workflowId)} in the bucket ${said(query.bucket)}.`,
        )
      }
      await answer(workflowJson(workflow, place))
    },
  }),
  route<WorkflowDeps, WorkflowNamed & { body: WorkflowBody }>({
    method: 'PUT',
    path: '/-/api/workflows/{workflowId}',
    name: 'replaceWorkflow',
    subject: 'workflows',
    summary: 'Replaces all that a workflow says.',
    description: 'An active one is refused: pause it first. Runs that have begun go on as they began.',
    permission: 'administer',
    pathParameters: workflowPath,
    query: { bucket: bucketParameter },
    body: workflowBody,
    answer: { says: 'The workflow.', schema: workflowSchema },
    async carryOut({ path, query, body, exchange, answer }, deps) {
      const place = await placeOf(deps.buckets, query.bucket)
      const workflow = await withWorkflowOf(body, place, regionIn(deps), (request) => {
        requireWrites(exchange, place.bucket, request)
        return deps.replaceWorkflow(place.bucket, path.workflowId, request)
      })
      await answer(workflowJson(workflow, place))
    },
  }),
  stateRoute('activate', 'Active', 'Lets uploads start runs of a workflow.'),
  stateRoute('pause', 'Paused', 'Lets uploads start no more runs of a workflow; those that have begun go on.'),
  route<WorkflowDeps, WorkflowNamed>({
    method: 'DELETE',
    path: '/-/api/workflows/{workflowId}',
    name: 'deleteWorkflow',
    subject: 'workflows',
    summary: 'Deletes a workflow.',
    description: 'An active one is refused: pause it first. Runs that have begun come to their end, and stay readable.',
    permission: 'administer',
    pathParameters: workflowPath,
    query: { bucket: bucketParameter },
    answer: { status: 204, says: 'It is gone.' },
    async carryOut({ path, query, exchange }, { workflows }) {
      await workflows.deleteWorkflow(query.bucket, path.workflowId)
      await exchange.answerEmpty(204)
    },
  }),
  route<WorkflowDeps, WorkflowNamed & { body: { object: string } }>({
    method: 'POST',
    path: '/-/api/workflows/{workflowId}/run',
    name: 'runWorkflow',
    subject: 'workflows',
    summary: 'Starts a run of a workflow, of a paused one too.',
    description: 'For any object, also one that is not there: then its jobs fail, and say so.',
    permission: 'submit',
    pathParameters: workflowPath,
    query: { bucket: bucketParameter },
    body: {
      schema: {
        title: 'NewRun',
        type: 'object',
        required: ['object'],
        properties: { object: { type: 'string', minLength: 1, description: 'The key of the object to work on.' } },
      },
    },
    answer: { status: 201, says: 'The run.', schema: runSchema },
    async carryOut({ path, query, body, answer }, { startRun }) {
      const run = await startRun(query.bucket, path.workflowId, body.object)
      await answer(runJson(run), {
        status: 201,
        headers: { location: `/-/api/runs/${run.id}?bucket=${encodeURIComponent(query.bucket)}` },
      })
    },
  }),
]

function stateRoute(verb: 'activate' | 'pause', state: WorkflowState, summary: string): ApiRoute<WorkflowDeps> {
  return route<WorkflowDeps, WorkflowNamed>({
    method: 'POST',
    path: `/-/api/workflows/{workflowId}/${verb}`,
    name: `${verb}Workflow`,
    subject: 'workflows',
    summary,
    permission: 'administer',
    pathParameters: workflowPath,
    query: { bucket: bucketParameter },
    answer: { says: 'The workflow.', schema: workflowSchema },
    async carryOut({ path, query, answer }, { workflows, buckets }) {
      const place = await placeOf(buckets, query.bucket)
      await answer(workflowJson(await workflows.setWorkflowState(place.bucket, path.workflowId, state), place))
    },
  })
}

async function placeOf(buckets: WorkflowDeps['buckets'], name: string) {
  const { name: bucket, region } = await getBucket(buckets, name)
  return { bucket, region }
}

/** A bucket that does not exist is refused by the ledger. */
function regionIn({ buckets }: Pick<WorkflowDeps, 'buckets'>) {
  return async (name: string): Promise<string> => (await buckets.findBucket(name))?.region ?? ''
}

/** What a workflow writes later, it writes in the name of whoever made it. */
function requireWrites(exchange: Exchange, bucket: string, { topology }: WorkflowRequest): void {
  requireOutputs(
    exchange,
    bucket,
    topology.nodes.flatMap((node) => (node.type === 'PicProcess' ? [node.output] : [])),
  )
}
