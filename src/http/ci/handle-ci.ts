import { Failure } from '../../base/index.ts'
import type { Permission } from '../../keys/index.ts'
import type { Exchange } from '../exchange.ts'
import { cancelBatch, createBatch, listBatches, queryBatch } from './batches.ts'
import type { CiDeps } from './ci-deps.ts'
import { cancelJob, listJobs, queryJobs, submitJobs } from './jobs.ts'
import { closeService, createQueue, listQueues, listServices, openService, updateQueue } from './queues.ts'
import { listRuns, queryRun } from './runs.ts'
import { createTemplate, deleteTemplate, listTemplates, replaceTemplate } from './templates.ts'
import { changeWorkflow, createWorkflow, deleteWorkflow, listWorkflows, triggerWorkflow } from './workflows.ts'

/** What the one who asks must be allowed to do in the bucket, and what is then done. */
interface Operation<Handler> {
  readonly permission: Permission
  readonly carryOut: Handler
}
type OfMany = Operation<(exchange: Exchange, deps: CiDeps) => Promise<void>>
type OfOne = Operation<(exchange: Exchange, deps: CiDeps, id: string) => Promise<void>>

const read = <Handler>(carryOut: Handler): Operation<Handler> => ({ permission: 'read', carryOut })
const submit = <Handler>(carryOut: Handler): Operation<Handler> => ({ permission: 'submit', carryOut })
const administer = <Handler>(carryOut: Handler): Operation<Handler> => ({ permission: 'administer', carryOut })

const jobs: Record<string, OfMany> = { POST: submit(submitJobs), GET: read(listJobs) }
const oneJob: Record<string, OfOne> = { GET: read(queryJobs), PUT: submit(cancelJob) }
const queues: Record<string, OfMany> = { GET: read(listQueues), POST: administer(createQueue) }
// The Node SDK's demo changes queues with POST.
const oneQueue: Record<string, OfOne> = { PUT: administer(updateQueue), POST: administer(updateQueue) }

/** What the processing service offers: the first word of the path, with or without an id behind it. */
const collections: Readonly<Record<string, Record<string, OfMany>>> = {
  jobs,
  pic_jobs: jobs,
  picqueue: queues,
  queue: queues,
  picbucket: { POST: administer(openService), GET: read(listServices), DELETE: administer(closeService) },
  template: { POST: administer(createTemplate), GET: read(listTemplates) },
  workflow: { POST: administer(createWorkflow), GET: read(listWorkflows) },
  triggerworkflow: { POST: submit(triggerWorkflow) },
  workflowexecution: { GET: read(listRuns) },
  inventorytriggerjob: { POST: submit(createBatch), GET: read(listBatches) },
}
const members: Readonly<Record<string, Record<string, OfOne>>> = {
  jobs: oneJob,
  pic_jobs: oneJob,
  picqueue: oneQueue,
  queue: oneQueue,
  template: { PUT: administer(replaceTemplate), DELETE: administer(deleteTemplate) },
  workflow: { PUT: administer(changeWorkflow), DELETE: administer(deleteWorkflow) },
  workflowexecution: { GET: read(queryRun) },
  inventorytriggerjob: { GET: read(queryBatch), PUT: submit(cancelBatch) },
}

/** Answers a request to the processing service. Throws what becomes its error answer. */
export async function handleCi(exchange: Exchange, deps: CiDeps): Promise<void> {
  const [word = '', id = '', ...rest] = exchange.path.replace(/^\/+/, '').split('/')
  // Earlier versions of the Go SDK write Workflow with a capital.
  const collection = word.toLowerCase()
  const known = rest.length === 0 && Object.hasOwn(collections, collection)
  if (known && id === '') {
    const operation = operationFor(exchange, collections[collection]!)
    if (operation !== null) return operation.carryOut(exchange, deps)
  } else if (known && Object.hasOwn(members, collection)) {
    const operation = operationFor(exchange, members[collection]!)
    if (operation !== null) return operation.carryOut(exchange, deps, id)
  }
  throw new Failure('UnknownRoute', `There is no ${exchange.method} ${exchange.path} in the processing service.`)
}

/** The operation of a method, for somebody who may have it carried out; `null` when there is none. */
function operationFor<One extends OfMany | OfOne>(exchange: Exchange, byMethod: Record<string, One>): One | null {
  const { method, requester, bucket } = exchange
  const operation = Object.hasOwn(byMethod, method) ? byMethod[method]! : null
  // Without a bucket there is one list only, which shows what the one who asks may read.
  if (operation !== null && bucket !== null) requester.require(operation.permission, bucket)
  return operation
}
