import { Failure } from '../base/index.ts'
import type { WorkflowRequest } from '../wire/index.ts'
import { checkStylesOf, checkTopology, type TopologyChecks } from './check-topology.ts'
import type { Run, Workflow } from './workflow.ts'
import type { WorkflowLimits, WorkflowStore } from './workflow-store.ts'

export interface WorkflowChecks extends TopologyChecks {
  /** Rejects with `StyleNotFound` or `RuleInvalid` for a rule with a style that is not there, or is no good. */
  checkStyles(rule: string): Promise<void>
}

/** Accepts a workflow. Everything that can be refused is refused here; when this returns, the workflow is on disk. */
export async function createWorkflow(
  deps: {
    readonly store: Pick<WorkflowStore, 'createWorkflow'>
    readonly checks: WorkflowChecks
    readonly limits: WorkflowLimits
  },
  bucket: string,
  request: WorkflowRequest,
): Promise<Workflow> {
  await check(bucket, request, deps.checks)
  return deps.store.createWorkflow(bucket, request, deps.limits)
}

/** As `createWorkflow`, in the place of what the workflow said before. Runs that have begun go on as they began. */
export async function replaceWorkflow(
  deps: { readonly store: Pick<WorkflowStore, 'replaceWorkflow'>; readonly checks: WorkflowChecks },
  bucket: string,
  id: string,
  request: WorkflowRequest,
): Promise<Workflow> {
  await check(bucket, request, deps.checks)
  return deps.store.replaceWorkflow(bucket, id, request)
}

async function check(bucket: string, { topology }: WorkflowRequest, checks: WorkflowChecks): Promise<void> {
  checkTopology(bucket, topology, checks)
  await checkStylesOf(topology, checks.checkStyles)
}

/** Starts a run by hand. Prefix and filter are for uploads; here the key need only be one. */
export async function startRun(
  deps: { readonly store: Pick<WorkflowStore, 'startRun'>; readonly checks: Pick<TopologyChecks, 'checkKey'> },
  bucket: string,
  id: string,
  object: string,
): Promise<Run> {
  try {
    deps.checks.checkKey(object)
  } catch (error) {
    if (error instanceof Failure) throw new Failure('InvalidArgument', `object: ${error.message}.`, { cause: error })
    throw error
  }
  return deps.store.startRun(bucket, id, object)
}
