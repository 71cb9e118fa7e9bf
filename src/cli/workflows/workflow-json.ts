import type { WorkflowView } from '../../wire/index.ts'
import { fileOf, plainWorkflow } from '../../wire/index.ts'
import type { Place } from '../server-client/index.ts'

/** A workflow for `--json`: what the server says of it, and in `workflow` what a file of it would hold. */
export function workflowJson(view: WorkflowView, place: Place) {
  return {
    workflowId: view.workflowId,
    bucket: view.bucket,
    state: view.state,
    createTime: new Date(view.createTimeMs).toISOString(),
    updateTime: new Date(view.updateTimeMs).toISOString(),
    workflow: plainWorkflow(fileOf(view, place)),
  }
}
