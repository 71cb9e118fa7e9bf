import type { DocumentTree, WireDocument } from './document.ts'
import { renderTime } from './times.ts'
import { topologyTree } from './topology-tree.ts'
import type { WorkflowAnswerOptions } from './workflow-answers.ts'
import type { RunSummary, RunView, TaskView } from './workflow-documents.ts'

/** One page of the list of runs. @param nextToken `null` on the last page: an empty element in XML, no key in JSON. */
export function runListAnswer(
  runs: readonly RunSummary[],
  nextToken: string | null,
  options: WorkflowAnswerOptions,
): WireDocument {
  return {
    root: 'Response',
    content: {
      NextToken: nextToken ?? '',
      RequestId: options.requestId,
      WorkflowExecutionList: runs.map((run) => summaryTree(run, options)),
    },
  }
}

/** The time stands there by both of its names: the official table and most SDKs know one, the Go SDK the other. */
function summaryTree(run: RunSummary, options: WorkflowAnswerOptions): DocumentTree {
  const time = renderTime(run.createTimeMs, 'extended', options.timeZoneOffsetMinutes)
  return {
    CreateTime: time,
    CreationTime: time,
    Object: run.object,
    RunId: run.runId,
    State: run.state,
    WorkflowId: run.workflowId,
  }
}

/** Answer to a query for one run. The workflow's name stands there twice: the sample has one, table and SDKs the other. */
export function runAnswer(run: RunView, options: WorkflowAnswerOptions): WireDocument {
  return {
    root: 'Response',
    content: {
      RequestId: options.requestId,
      WorkflowExecution: {
        CreateTime: renderTime(run.createTimeMs, 'extended', options.timeZoneOffsetMinutes),
        Name: run.workflowName,
        Object: run.object,
        RunId: run.runId,
        State: run.state,
        Tasks: run.tasks.map((task) => taskTree(task, options)),
        Topology: topologyTree(run.topology),
        WorkflowId: run.workflowId,
        WorkflowName: run.workflowName,
      },
    },
  }
}

function taskTree(task: TaskView, options: WorkflowAnswerOptions): DocumentTree {
  const time = (ms: number | null) => (ms === null ? '-' : renderTime(ms, 'extended', options.timeZoneOffsetMinutes))
  return {
    Code: task.code,
    CreateTime: time(task.createTimeMs),
    EndTime: time(task.endTimeMs),
    JobId: task.jobId,
    Message: task.message,
    Name: task.name,
    ResultInfo:
      task.result === null
        ? undefined
        : {
            ObjectCount: 1,
            ObjectInfo: [
              {
                Code: task.code,
                InputObjectName: task.inputObject,
                Message: task.message,
                ObjectName: task.result.objectName,
                ObjectUrl: task.result.objectUrl,
              },
            ],
          },
    StartTime: time(task.startTimeMs),
    State: task.state,
    Type: 'PicProcess',
  }
}
