import { operationTree } from './batch-answers.ts'
import type { BatchRequest } from './batch-documents.ts'
import type { WireDocument } from './document.ts'
import { topologyTree } from './topology-tree.ts'
import type { WorkflowRequest } from './workflow-documents.ts'

/** What a client of ours sends: the bodies that the readers of this room read. */

/** The body of create and replace. */
export function workflowRequestDocument({ name, state, topology }: WorkflowRequest): WireDocument {
  return { root: 'Request', content: { MediaWorkflow: { Name: name, State: state, Topology: topologyTree(topology) } } }
}

/** The body that creates a batch job. */
export function batchRequestDocument(batch: BatchRequest): WireDocument {
  return {
    root: 'Request',
    content: {
      Name: batch.name,
      Type: batch.type,
      Input: { [batch.input.kind]: batch.input.value },
      Operation: operationTree(batch, {}),
    },
  }
}
