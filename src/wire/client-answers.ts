import type { BatchState, BatchView } from './batch-documents.ts'
import { batchRequest } from './batch-request.ts'
import { choiceField, field, fields, integerField, rawTextField, required, textField } from './fields.ts'
import type { WireJobState } from './jobs-detail.ts'
import { readTime } from './times.ts'
import type { RunState, RunSummary, RunView, TaskView, WorkflowView } from './workflow-documents.ts'
import { readTopology } from './workflow-request.ts'
import type { XmlElement } from './xml/element.ts'

/**
 * Answers as a client of ours reads them: from the element to the value that it was written from. Each fails with
 * `InvalidArgument` that names the field when the answer is not one of this server.
 */

const RUN_STATES = ['Running', 'Success', 'Failed', 'Cancel'] as const satisfies readonly RunState[]
const JOB_STATES = ['Submitted', 'Running', 'Success', 'Failed', 'Pause', 'Cancel'] as const satisfies readonly (
  | WireJobState
  | BatchState
)[]

/** @param element a `MediaWorkflow` or one of the `MediaWorkflowList` */
export function readWorkflowView(element: XmlElement): WorkflowView {
  return {
    workflowId: textAt(element, 'WorkflowId'),
    bucket: textAt(element, 'BucketId'),
    name: textAt(element, 'Name'),
    state: required(choiceField(element, 'State', ['Active', 'Paused']), 'State'),
    createTimeMs: timeAt(element, 'CreateTime'),
    updateTimeMs: timeAt(element, 'UpdateTime'),
    topology: readTopology(element, 'Topology'),
  }
}

/** @param element one of the `WorkflowExecutionList` */
export function readRunSummary(element: XmlElement): RunSummary {
  return {
    runId: textAt(element, 'RunId'),
    workflowId: textAt(element, 'WorkflowId'),
    object: required(rawTextField(element, 'Object'), 'Object'),
    state: required(choiceField(element, 'State', RUN_STATES), 'State'),
    createTimeMs: timeAt(element, 'CreateTime'),
  }
}

/** A run as its answer tells it: what a task works on is only told with what it wrote. */
export type ToldRun = Omit<RunView, 'tasks'> & { readonly tasks: readonly ToldTask[] }
export type ToldTask = Omit<TaskView, 'inputObject'>

/** A batch as its answer tells it: the bucket is that of the host. */
export type ToldBatch = Omit<BatchView, 'bucket'>

/** @param element a `WorkflowExecution` */
export function readRunView(element: XmlElement): ToldRun {
  return {
    ...readRunSummary(element),
    workflowName: textAt(element, 'WorkflowName'),
    topology: readTopology(element, 'Topology'),
    tasks: fields(element, 'Tasks').map(readTask),
  }
}

function readTask(element: XmlElement): ToldTask {
  const info = fields(element, 'ResultInfo/ObjectInfo')[0]
  return {
    name: textAt(element, 'Name'),
    jobId: textAt(element, 'JobId'),
    state: required(choiceField(element, 'State', JOB_STATES), 'State'),
    createTimeMs: timeAt(element, 'CreateTime'),
    startTimeMs: timeOrNull(element, 'StartTime'),
    endTimeMs: timeOrNull(element, 'EndTime'),
    code: textAt(element, 'Code'),
    message: rawTextField(element, 'Message') ?? '',
    result:
      info === undefined
        ? null
        : {
            objectName: required(rawTextField(info, 'ObjectName'), 'ObjectName'),
            objectUrl: required(rawTextField(info, 'ObjectUrl'), 'ObjectUrl'),
          },
  }
}

/** @param element a `JobsDetail` of a batch job */
export function readBatchView(element: XmlElement): ToldBatch {
  const count = (name: string) => integerField(element, `Counts/${name}`, { least: 0, most: Number.MAX_SAFE_INTEGER })
  return {
    ...batchRequest(element),
    batchId: textAt(element, 'JobId'),
    state: required(choiceField(element, 'State', JOB_STATES), 'State'),
    code: textAt(element, 'Code'),
    message: rawTextField(element, 'Message') ?? '',
    createTimeMs: timeAt(element, 'CreationTime'),
    startTimeMs: timeOrNull(element, 'StartTime'),
    endTimeMs: timeOrNull(element, 'EndTime'),
    progress: required(integerField(element, 'Progress', { least: 0, most: 100 }), 'Progress'),
    counts: {
      total: count('Total'),
      listed: required(count('Listed'), 'Counts/Listed'),
      created: required(count('Created'), 'Counts/Created'),
      ended: required(count('Ended'), 'Counts/Ended'),
      failed: required(count('Failed'), 'Counts/Failed'),
    },
    failures: fields(element, 'Failures').map((failure) => ({
      object: rawTextField(failure, 'Object') ?? '',
      code: textAt(failure, 'Code'),
      message: rawTextField(failure, 'Message') ?? '',
    })),
  }
}

/** Ids for which there was nothing: an element for each, whatever its name is in this answer. */
export function readUnknownIds(element: XmlElement, name: string): readonly string[] {
  return fields(element, name).map(({ text }) => text)
}

/** `null` on the last page. */
export function readNextToken(element: XmlElement): string | null {
  return field(element, 'NextToken') === null ? null : textField(element, 'NextToken')
}

function textAt(element: XmlElement, name: string): string {
  return required(textField(element, name), name)
}

function timeAt(element: XmlElement, name: string): number {
  return readTime(name, textAt(element, name))
}

/** `-` is a time that has not come. */
function timeOrNull(element: XmlElement, name: string): number | null {
  const text = textAt(element, name)
  return text === '-' ? null : readTime(name, text)
}
