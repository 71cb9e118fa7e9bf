export { cancelBatch, getBatch, listBatches, startBatch } from './batch-calls.ts'
export type { BucketClient } from './bucket-client.ts'
export { ClientFailure, UsageFailure } from './client-failure.ts'
export {
  addBucketOptions,
  addServerOptions,
  connect,
  connectTo,
  connectToBucket,
  dataDirOf,
  type ServerOptions,
  TOKEN_SAYS,
} from './connect.ts'
export { elementAt, textAt } from './elements.ts'
export { listAll } from './list-all.ts'
export { type FindId, findQueueId, findTemplateId } from './named-calls.ts'
export type { Place, ServerClient } from './server-client.ts'
export {
  createWorkflow,
  deleteWorkflow,
  findWorkflow,
  getRun,
  isWorkflowId,
  listRuns,
  listWorkflows,
  replaceWorkflow,
  setWorkflowState,
  triggerWorkflow,
} from './workflow-calls.ts'
