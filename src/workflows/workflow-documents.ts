import { shownState } from '../jobs/index.ts'
import type { RunView, TaskView, WorkflowExecution, WorkflowTask, WorkflowView } from '../wire/index.ts'
import type { ObjectUrl } from './object-url.ts'
import type { RunWithTasks, Task, Workflow } from './workflow.ts'

/** A workflow as the protocol tells of it. */
export function workflowDocument(workflow: Workflow): WorkflowView {
  return {
    workflowId: workflow.id,
    bucket: workflow.bucket,
    name: workflow.name,
    state: workflow.state,
    topology: workflow.topology,
    createTimeMs: workflow.createdAt,
    updateTimeMs: workflow.updatedAt,
  }
}

/** A run as the answer to a query tells of it. */
export function runDocument(run: RunWithTasks, objectUrl: ObjectUrl): RunView {
  return {
    runId: run.id,
    workflowId: run.workflowId,
    workflowName: run.workflowName,
    object: run.object,
    state: run.state,
    createTimeMs: run.createdAt,
    topology: run.topology,
    tasks: run.tasks.map((task) => taskDocument(task, objectUrl)),
  }
}

/** A run as its events tell of it. They know no cancelled run: it did not come to its end, so it failed. */
export function runExecution(run: RunWithTasks, objectUrl: ObjectUrl): WorkflowExecution {
  return {
    runId: run.id,
    workflowId: run.workflowId,
    workflowName: run.workflowName,
    bucket: run.bucket,
    object: run.object,
    cosHeaders: run.cosHeaders,
    createTimeMs: run.createdAt,
    state: run.state === 'Cancel' ? 'Failed' : run.state,
    tasks: run.tasks.map((task) => taskOfEvent(task, objectUrl)),
  }
}

function taskDocument(task: Task, objectUrl: ObjectUrl): TaskView {
  const { job } = task
  return {
    ...factsOf(task),
    code: job.code,
    message: job.message,
    inputObject: job.inputObject,
    result: resultOf(task, objectUrl),
  }
}

function taskOfEvent(task: Task, objectUrl: ObjectUrl): WorkflowTask {
  const result = resultOf(task, objectUrl)
  return { ...factsOf(task), template: task.job.rule.template, results: result === null ? [] : [result] }
}

function factsOf({ node, job }: Task) {
  return {
    name: node,
    jobId: job.id,
    state: shownState(job),
    createTimeMs: job.createdAt,
    startTimeMs: job.startedAt,
    endTimeMs: job.endedAt,
  }
}

function resultOf({ job }: Task, objectUrl: ObjectUrl) {
  if (job.result === null) return null
  const { objectName } = job.result
  return { objectName, objectUrl: objectUrl(job.output.bucket, job.output.region, objectName) }
}
