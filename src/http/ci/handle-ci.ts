import { Failure } from '../../base/index.ts'
import type { Exchange } from '../exchange.ts'
import { cancelBatch, createBatch, listBatches, queryBatch } from './batches.ts'
import type { CiDeps } from './ci-deps.ts'
import { cancelJob, listJobs, queryJobs, submitJobs } from './jobs.ts'
import { closeService, listQueues, listServices, openService, updateQueue } from './queues.ts'
import { listRuns, queryRun } from './runs.ts'
import { createTemplate, deleteTemplate, listTemplates, replaceTemplate } from './templates.ts'
import { changeWorkflow, createWorkflow, deleteWorkflow, listWorkflows, triggerWorkflow } from './workflows.ts'

type Handler = (exchange: Exchange, deps: CiDeps) => Promise<void>
type HandlerOfOne = (exchange: Exchange, deps: CiDeps, id: string) => Promise<void>

const jobs: Record<string, Handler> = { POST: submitJobs, GET: listJobs }
const oneJob: Record<string, HandlerOfOne> = { GET: queryJobs, PUT: cancelJob }
const queues: Record<string, Handler> = { GET: listQueues }
// The Node SDK's demo changes queues with POST.
const oneQueue: Record<string, HandlerOfOne> = { PUT: updateQueue, POST: updateQueue }

/** What the processing service offers: the first word of the path, with or without an id behind it. */
const collections: Readonly<Record<string, Record<string, Handler>>> = {
  jobs,
  pic_jobs: jobs,
  picqueue: queues,
  queue: queues,
  picbucket: { POST: openService, GET: listServices, DELETE: closeService },
  template: { POST: createTemplate, GET: listTemplates },
  workflow: { POST: createWorkflow, GET: listWorkflows },
  triggerworkflow: { POST: triggerWorkflow },
  workflowexecution: { GET: listRuns },
  inventorytriggerjob: { POST: createBatch, GET: listBatches },
}
const members: Readonly<Record<string, Record<string, HandlerOfOne>>> = {
  jobs: oneJob,
  pic_jobs: oneJob,
  picqueue: oneQueue,
  queue: oneQueue,
  template: { PUT: replaceTemplate, DELETE: deleteTemplate },
  workflow: { PUT: changeWorkflow, DELETE: deleteWorkflow },
  workflowexecution: { GET: queryRun },
  inventorytriggerjob: { GET: queryBatch, PUT: cancelBatch },
}

/** Answers a request to the processing service. Throws what becomes its error answer. */
export async function handleCi(exchange: Exchange, deps: CiDeps): Promise<void> {
  const [word = '', id = '', ...rest] = exchange.path.replace(/^\/+/, '').split('/')
  // Earlier versions of the Go SDK write Workflow with a capital.
  const collection = word.toLowerCase()
  const known = rest.length === 0 && Object.hasOwn(collections, collection)
  if (known && id === '') {
    const handler = collections[collection]![exchange.method]
    if (handler !== undefined) return handler(exchange, deps)
  } else if (known && Object.hasOwn(members, collection)) {
    const handler = members[collection]![exchange.method]
    if (handler !== undefined) return handler(exchange, deps, id)
  }
  throw new Failure('UnknownRoute', `There is no ${exchange.method} ${exchange.path} in the processing service.`)
}
