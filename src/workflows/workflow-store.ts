import type { PageOf } from '../jobs/index.ts'
import type { RunState, WorkflowRequest, WorkflowState } from '../wire/index.ts'
import type { Run, RunWithTasks, Workflow } from './workflow.ts'

export interface WorkflowLimits {
  /** How many workflows a bucket may have. */
  readonly maxWorkflows: number
}

export interface RunQuery {
  readonly bucket: string
  readonly workflowId: string
  /** Only runs of this object: its key, or the last segment of its key. */
  readonly name: string | null
  /** Only runs that this batch started. */
  readonly batchId: string | null
  /** Empty: all. */
  readonly states: readonly RunState[]
  /** Bounds of the time of creation, inclusive, UTC milliseconds. */
  readonly createdFrom: number | null
  readonly createdTo: number | null
  readonly order: 'Asc' | 'Desc'
  /** Where the page before ended. */
  readonly after: RunCursor | null
  /** 1 to 100. */
  readonly limit: number
}

/** A place between two runs of a list; new runs do not move it. */
export interface RunCursor {
  readonly createdAt: number
  readonly id: string
}

export interface RunPage {
  readonly runs: readonly Run[]
  /** `null` on the last page. */
  readonly next: RunCursor | null
}

/**
 * What the house needs of a place that keeps workflows and their runs. One call is one transaction.
 *
 * Two things happen without a call here. An upload starts a run of every active workflow that it matches, in the
 * transaction that publishes it. And the end of a job, whichever way it ends, carries its run on: the jobs that may start
 * now, or the end of the run with its event, in the transaction that ends the job. So nothing of a run is ever in memory
 * only, and there is nothing to take up after a restart.
 */
export interface WorkflowStore {
  /**
   * Fails with `BucketNotFound`, `WorkflowLimitReached`, or `InvalidArgument` naming the node whose template, output bucket
   * or queue does not exist.
   */
  createWorkflow(bucket: string, body: WorkflowRequest, limits: WorkflowLimits): Promise<Workflow>
  /** Replaces all of it. Fails with `WorkflowNotFound`, `WorkflowActive`, `InvalidArgument` as above. */
  replaceWorkflow(bucket: string, id: string, body: WorkflowRequest): Promise<Workflow>
  /** Giving it the state that it has changes nothing. Fails with `WorkflowNotFound`. */
  setWorkflowState(bucket: string, id: string, state: WorkflowState): Promise<Workflow>
  /** Its runs go on to their end and stay. Fails with `WorkflowNotFound`, `WorkflowActive`. */
  deleteWorkflow(bucket: string, id: string): Promise<void>
  /** Those that exist in this bucket, in the order asked for. */
  findWorkflows(bucket: string, ids: readonly string[]): Promise<Workflow[]>
  /** Oldest first: a workflow that is made meanwhile moves no page. `name`: a part of the name, or `null`. */
  listWorkflows(query: {
    bucket: string
    name: string | null
    offset: number
    limit: number
  }): Promise<PageOf<Workflow>>

  /**
   * Starts a run by hand: of a paused workflow too, and for any object, also one that is not there (then its jobs fail and
   * say so). Fails with `WorkflowNotFound`.
   */
  startRun(bucket: string, id: string, object: string): Promise<Run>
  /** By time of creation. A workflow that is gone has its runs all the same. */
  listRuns(query: RunQuery): Promise<RunPage>
  findRun(bucket: string, id: string): Promise<RunWithTasks | null>
}
