import type { Run, RunWithTasks } from '../../workflows/index.ts'
import { jobJson, jobSchema } from './job-json.ts'
import { always, type JsonSchema, moment, nullable, timeOf } from './schema.ts'

/** A run as lists show it. */
export function runJson(run: Run) {
  return {
    runId: run.id,
    bucket: run.bucket,
    workflowId: run.workflowId,
    workflowName: run.workflowName,
    object: run.object,
    state: run.state,
    batchId: run.batchId,
    createTime: timeOf(run.createdAt),
    endTime: timeOf(run.endedAt),
  }
}

/** A run with the jobs that were made so far, in the order in which they were made. */
export function wholeRunJson(run: RunWithTasks) {
  return { ...runJson(run), tasks: run.tasks.map(({ node, job }) => ({ node, job: jobJson(job) })) }
}

/** The states of a run. */
export const runStates = ['Running', 'Success', 'Failed', 'Cancel'] as const

const text: JsonSchema = { type: 'string' }

const fields: Readonly<Record<string, JsonSchema>> = {
  runId: { type: 'string', examples: ['i1460606b9752148c4ab182f55163ba7cd'] },
  bucket: text,
  workflowId: text,
  workflowName: { type: 'string', description: 'As the workflow was called when the run started.' },
  object: { type: 'string', description: 'The key of the object that it is about.' },
  state: {
    type: 'string',
    enum: runStates,
    description: 'When it has ended: `Failed` when one of its jobs failed, else `Cancel` when one was cancelled.',
  },
  batchId: nullable({ type: 'string', description: 'Of the batch that started it.' }),
  createTime: moment,
  endTime: nullable(moment),
}

export const runSchema: JsonSchema = { title: 'Run', ...always(fields) }

export const wholeRunSchema: JsonSchema = {
  title: 'RunWithTasks',
  ...always({
    ...fields,
    tasks: {
      type: 'array',
      description: 'The nodes that have been started, in that order.',
      items: always({ node: { type: 'string', description: 'The name of the node.' }, job: jobSchema }),
    },
  }),
}
