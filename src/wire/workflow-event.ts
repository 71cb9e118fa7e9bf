import type { DocumentFormat, DocumentTree, WireDocument } from './document.ts'
import type { CosHeader, WireJobState } from './jobs-detail.ts'
import { cosHeaderTrees } from './jobs-detail-tree.ts'
import { renderTime } from './times.ts'
import { writeDocument } from './write-document.ts'

/** One job of a run, as the run's event shows it. Times are UTC milliseconds; `null` is shown as `-`. */
export interface WorkflowTask {
  /** Name of the node, for instance `PicProcess_small`. */
  readonly name: string
  readonly jobId: string
  readonly state: WireJobState
  readonly createTimeMs: number
  readonly startTimeMs: number | null
  readonly endTimeMs: number | null
  readonly template: { readonly id: string; readonly name: string } | null
  /** What the job wrote: key and full address. Empty when it wrote nothing; then there is no `ResultInfo`. */
  readonly results: readonly { readonly objectName: string; readonly objectUrl: string }[]
}

/** A run of a workflow, as its events show it. */
export interface WorkflowExecution {
  readonly runId: string
  readonly workflowId: string
  readonly workflowName: string
  readonly bucket: string
  readonly object: string
  readonly cosHeaders: readonly CosHeader[]
  readonly createTimeMs: number
  /** A cancelled run is told as `Failed`: the official page knows only `Success` and `Failed`. */
  readonly state: 'Running' | 'Success' | 'Failed'
  readonly tasks: readonly WorkflowTask[]
}

export interface WorkflowEventOptions {
  readonly format: DocumentFormat
  /** Minutes east of UTC, default +480. */
  readonly timeZoneOffsetMinutes?: number
}

/** The notification that a run has begun or ended. `WorkflowStart` names no tasks: none has been made yet. */
export function renderWorkflowEvent(
  event: 'WorkflowStart' | 'WorkflowFinish',
  execution: WorkflowExecution,
  options: WorkflowEventOptions,
): string {
  const document: WireDocument = {
    root: 'Response',
    content: { EventName: event, WorkflowExecution: executionTree(event, execution, options) },
  }
  return writeDocument(document, options.format)
}

function executionTree(
  event: 'WorkflowStart' | 'WorkflowFinish',
  execution: WorkflowExecution,
  options: WorkflowEventOptions,
): DocumentTree {
  const time = (ms: number | null) => (ms === null ? '-' : renderTime(ms, 'spaced', options.timeZoneOffsetMinutes))
  return {
    RunId: execution.runId,
    BucketId: execution.bucket,
    Object: execution.object,
    CosHeaders: cosHeaderTrees(execution.cosHeaders),
    WorkflowId: execution.workflowId,
    WorkflowName: execution.workflowName,
    CreateTime: time(execution.createTimeMs),
    State: execution.state,
    Tasks: event === 'WorkflowStart' ? undefined : execution.tasks.map((task) => taskTree(task, time)),
  }
}

function taskTree(task: WorkflowTask, time: (ms: number | null) => string): DocumentTree {
  const objects = task.results.map(({ objectName, objectUrl }) => ({ ObjectName: objectName, ObjectUrl: objectUrl }))
  return {
    Type: 'PicProcess',
    CreateTime: time(task.createTimeMs),
    StartTime: time(task.startTimeMs),
    EndTime: time(task.endTimeMs),
    State: task.state,
    JobId: task.jobId,
    Name: task.name,
    TemplateId: task.template?.id,
    TemplateName: task.template?.name,
    ResultInfo: objects.length === 0 ? undefined : { ObjectCount: objects.length, ObjectInfo: objects },
  }
}
