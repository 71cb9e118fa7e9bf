import type { BatchId, RunId, WorkflowId } from '../base/index.ts'
import type { Job } from '../jobs/index.ts'
import type { CosHeader, RunState, WorkflowState, WorkflowTopology } from '../wire/index.ts'

/** A graph that starts jobs when an object arrives. Times are UTC milliseconds. */
export interface Workflow {
  readonly id: WorkflowId
  /** Whose uploads start it. */
  readonly bucket: string
  readonly name: string
  /** `Paused`: uploads start nothing; a hand or a batch does. */
  readonly state: WorkflowState
  readonly topology: WorkflowTopology
  readonly createdAt: number
  readonly updatedAt: number
}

/** One execution of a workflow, for one object. */
export interface Run {
  readonly id: RunId
  readonly bucket: string
  readonly workflowId: WorkflowId
  /** Name and topology are those that the workflow had when the run started. */
  readonly workflowName: string
  readonly topology: WorkflowTopology
  /**
   * `Running` until every job has ended and nothing is left to start; then `Failed` when a job failed, else `Cancel` when
   * one was cancelled, else `Success`.
   */
  readonly state: RunState
  /** Key of the object that started it. */
  readonly object: string
  /** What is said of the upload that started it; empty when a hand or a batch did. */
  readonly cosHeaders: readonly CosHeader[]
  readonly batchId: BatchId | null
  readonly createdAt: number
  readonly endedAt: number | null
}

/** A node of a run that has been started: its job. */
export interface Task {
  /** Name of the node. */
  readonly node: string
  readonly job: Job
}

/** A run in all its parts. The tasks stand in the order in which they were started. */
export interface RunWithTasks extends Run {
  readonly tasks: readonly Task[]
}
