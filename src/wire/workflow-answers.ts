import type { DocumentTree, WireDocument } from './document.ts'
import { listTree, type PageFacts } from './page.ts'
import { renderTime } from './times.ts'
import { topologyTree } from './topology-tree.ts'
import type { WorkflowView } from './workflow-documents.ts'

/** What the documents about workflows and their runs need to know beside them. */
export interface WorkflowAnswerOptions {
  readonly requestId: string
  /** Minutes east of UTC, default +480. */
  readonly timeZoneOffsetMinutes?: number
}

/** Answer to create, replace, activate and pause. */
export function workflowAnswer(workflow: WorkflowView, options: WorkflowAnswerOptions): WireDocument {
  return {
    root: 'Response',
    content: { MediaWorkflow: workflowTree(workflow, options), RequestId: options.requestId },
  }
}

/**
 * A page of the list, or the workflows asked for by id and the ids there are none for. In alphabetical order the list
 * itself comes first, without which the Java SDK ends in a NullPointerException.
 */
export function workflowListAnswer(
  list: { workflows: readonly WorkflowView[]; page: PageFacts | null; unknownIds: readonly string[] },
  options: WorkflowAnswerOptions,
): WireDocument {
  return {
    root: 'Response',
    content: listTree(list.page, {
      MediaWorkflowList: list.workflows.map((workflow) => workflowTree(workflow, options)),
      NonExistIDs: list.unknownIds.length === 0 ? undefined : list.unknownIds,
      RequestId: options.requestId,
    }),
  }
}

export function workflowDeletedAnswer(workflowId: string, { requestId }: { requestId: string }): WireDocument {
  return { root: 'Response', content: { RequestId: requestId, WorkflowId: workflowId } }
}

/** Answer to a trigger: the instance is the run that was started. */
export function triggerAnswer(runId: string, { requestId }: { requestId: string }): WireDocument {
  return { root: 'Response', content: { InstanceId: runId, RequestId: requestId } }
}

/**
 * The topology stands first: the Java SDK takes a `State`, `Name` or `Type` at any depth for the workflow's own, and
 * the last one wins.
 */
function workflowTree(workflow: WorkflowView, options: WorkflowAnswerOptions): DocumentTree {
  return {
    Topology: topologyTree(workflow.topology),
    BucketId: workflow.bucket,
    CreateTime: renderTime(workflow.createTimeMs, 'basic', options.timeZoneOffsetMinutes),
    Name: workflow.name,
    State: workflow.state,
    UpdateTime: renderTime(workflow.updateTimeMs, 'basic', options.timeZoneOffsetMinutes),
    WorkflowId: workflow.workflowId,
  }
}
