export { aclDocument, type PublicRights, readAcl } from './acl-documents.ts'
export { type BatchAnswerOptions, batchAnswer, batchListAnswer, batchQueryAnswer } from './batch-answers.ts'
export type {
  BatchCounts,
  BatchFailure,
  BatchInput,
  BatchJob,
  BatchRequest,
  BatchState,
  BatchType,
  BatchView,
  TimeInterval,
} from './batch-documents.ts'
export { readBatchRequest } from './batch-request.ts'
export {
  type CallbackHeader,
  type CallbackOptions,
  callbackOptionsTree,
  checkCallbackOptions,
  NO_CALLBACK_OPTIONS,
  readCallbackOptions,
} from './callback-options.ts'
export {
  readBatchView,
  readNextToken,
  readRunSummary,
  readRunView,
  readUnknownIds,
  readWorkflowView,
  type ToldBatch,
  type ToldRun,
  type ToldTask,
} from './client-answers.ts'
export { batchRequestDocument, workflowRequestDocument } from './client-requests.ts'
export { type CopyFacts, copyDocument } from './copy-document.ts'
export { type CorsRuleView, corsDocument, readCors } from './cors-documents.ts'
export {
  type DeletionFailure,
  type DeletionRequest,
  deletionDocument,
  readDeletion,
} from './deletion-documents.ts'
export type { DocumentFormat, DocumentTree, DocumentValue, WireDocument } from './document.ts'
export { type ErrorFacts, errorDocument } from './error-document.ts'
export { readInteger } from './fields.ts'
export { jobListAnswer, queryAnswer, submitAnswer } from './job-answers.ts'
export type {
  CosHeader,
  ImageInfo,
  JobLevel,
  JobsDetail,
  JobWorkflow,
  OutputPlace,
  PicProcess,
  PicProcessResult,
  WireJobState,
} from './jobs-detail.ts'
export {
  type AnswerDetailOptions,
  CALLBACK_PROFILES,
  type CallbackDetailOptions,
  type CallbackProfile,
  type JobsDetailOptions,
} from './jobs-detail-tree.ts'
export {
  type PartListing,
  partListDocument,
  readCompletion,
  readPartNumber,
  type UploadCompletedFacts,
  type UploadListing,
  uploadCompletedDocument,
  uploadListDocument,
  uploadStartedDocument,
} from './multipart-documents.ts'
export {
  type BucketListing,
  bucketListDocument,
  locationDocument,
  type ObjectListing,
  objectListDocument,
} from './object-lists.ts'
export type { PageFacts } from './page.ts'
export { percentEncode, percentEncodeKey } from './percent-encode.ts'
export {
  type PicBucketView,
  picBucketAnswer,
  picBucketClosedAnswer,
  picBucketListAnswer,
} from './pic-bucket-documents.ts'
export { type PicOperationRule, type PicOperations, readPicOperations } from './pic-operations.ts'
export {
  checkQueueName,
  NOTIFY_EVENTS,
  NOTIFY_OFF,
  type NotifyConfig,
  type NotifyEvent,
  type QueueAnswerOptions,
  type QueueState,
  type QueueUpdate,
  type QueueView,
  queueAnswer,
  queueListAnswer,
  readQueueUpdate,
} from './queue-documents.ts'
export { readBody } from './request-body.ts'
export { runAnswer, runListAnswer } from './run-answers.ts'
export { said } from './said.ts'
export {
  checkStyleName,
  isStyleName,
  originProtectionText,
  readAddStyle,
  readDeleteStyle,
  readGetStyle,
  readOriginProtection,
  type StyleView,
  styleListDocument,
} from './style-documents.ts'
export {
  type JobCallback,
  MAX_USER_DATA_CHARACTERS,
  readSubmitRequest,
  type SubmitRequest,
  submitRequest,
} from './submit-request.ts'
export { renderTaskFinish, type TaskFinishOptions } from './task-finish.ts'
export {
  readTemplateRequest,
  type TemplateAnswerOptions,
  type TemplateRequest,
  type TemplateView,
  templateAnswer,
  templateDeletedAnswer,
  templateListAnswer,
} from './template-documents.ts'
export {
  DEFAULT_TIME_ZONE_OFFSET_MINUTES,
  parseTime,
  readTime,
  renderTime,
  renderUtcTime,
  type TimeForm,
} from './times.ts'
export { type UploadResult, uploadResultDocument, uploadResultParts } from './upload-result.ts'
export {
  triggerAnswer,
  type WorkflowAnswerOptions,
  workflowAnswer,
  workflowDeletedAnswer,
  workflowListAnswer,
} from './workflow-answers.ts'
export type {
  ExtFilter,
  PicProcessNode,
  RunState,
  RunSummary,
  RunView,
  StartNode,
  TaskView,
  WorkflowDependency,
  WorkflowNode,
  WorkflowNotify,
  WorkflowRequest,
  WorkflowState,
  WorkflowTopology,
  WorkflowView,
} from './workflow-documents.ts'
export { NO_KINDS } from './workflow-documents.ts'
export {
  renderWorkflowEvent,
  type WorkflowEventOptions,
  type WorkflowExecution,
  type WorkflowTask,
} from './workflow-event.ts'
export { fieldNamed, inWordsOfFile } from './workflow-file/field-named.ts'
export { nodeBefore, START } from './workflow-file/node-before.ts'
export { isNodeName } from './workflow-file/node-name.ts'
export { plainWorkflow } from './workflow-file/plain-workflow.ts'
export { fileOf, type Ids, requestOf, type WorkflowPlace } from './workflow-file/topology.ts'
export {
  END,
  type FileNode,
  type FileOutput,
  NO_OTHER_QUEUES,
  type OtherQueues,
  type WorkflowFile,
} from './workflow-file/workflow-file.ts'
export { MAX_WORKFLOW_NODES, readWorkflowRequest } from './workflow-request.ts'
export { contentTypeOf, writeDocument } from './write-document.ts'
export type { XmlElement } from './xml/element.ts'
export { readXml } from './xml/read-xml.ts'
