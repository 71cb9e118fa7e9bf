import { Failure } from '../../base/index.ts'
import type { ObjectStore } from '../../objects/index.ts'
import { type RunState, said } from '../../wire/index.ts'
import type { WorkflowStore } from '../../workflows/index.ts'
import { knownBucket } from '../known-bucket.ts'
import { type PageAsked, pageJson, pageOf, pageParameters, pageSchema } from './page.ts'
import { bucketParameter, route } from './route.ts'
import { runJson, runSchema, runStates, wholeRunJson, wholeRunSchema } from './run-json.ts'

export interface RunDeps {
  readonly workflows: Pick<WorkflowStore, 'listRuns' | 'findRun'>
  readonly buckets: Pick<ObjectStore, 'findBucket'>
}

export const runRoutes = [
  route<
    RunDeps,
    {
      query: PageAsked & { bucket: string; workflow: string; state?: RunState[]; object?: string; batch?: string }
    }
  >({
    method: 'GET',
    path: '/-/api/runs',
    name: 'listRuns',
    subject: 'runs',
    summary: 'The runs of a workflow, one that was deleted too.',
    permission: 'read',
    query: {
      bucket: bucketParameter,
      workflow: {
        schema: { type: 'string', minLength: 1, maxLength: 128 },
        says: 'The id of the workflow.',
        required: true,
      },
      state: {
        schema: { type: 'array', items: { type: 'string', enum: runStates } },
        says: 'Only those in these states.',
      },
      object: {
        schema: { type: 'string', minLength: 1, maxLength: 850 },
        says: 'Only those for the object with this key, or with this name at the end of its key.',
      },
      batch: { schema: { type: 'string', maxLength: 128 }, says: 'Only those that this batch started.' },
      ...pageParameters,
    },
    answer: { says: 'A page of runs.', schema: pageSchema('runs', runSchema) },
    async carryOut({ query, answer }, { workflows, buckets }) {
      const page = await workflows.listRuns({
        bucket: await knownBucket(buckets, query.bucket),
        workflowId: query.workflow,
        name: query.object ?? null,
        batchId: query.batch ?? null,
        states: query.state ?? [],
        ...pageOf(query),
      })
      await answer(pageJson('runs', page.runs.map(runJson), page.next))
    },
  }),
  route<RunDeps, { path: { runId: string }; query: { bucket: string } }>({
    method: 'GET',
    path: '/-/api/runs/{runId}',
    name: 'showRun',
    subject: 'runs',
    summary: 'One run, with its jobs.',
    permission: 'read',
    pathParameters: { runId: { says: 'The id of a run.' } },
    query: { bucket: bucketParameter },
    answer: { says: 'The run.', schema: wholeRunSchema },
    async carryOut({ path, query, answer }, { workflows }) {
      const run = await workflows.findRun(query.bucket, path.runId)
      if (run === null) {
        throw new Failure('RunNotFound', `There is no run ${said(path.runId)} in the bucket ${said(query.bucket)}.`)
      }
      await answer(wholeRunJson(run))
    },
  }),
]
