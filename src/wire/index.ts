export type { DocumentFormat, DocumentTree, DocumentValue, WireDocument } from './document.ts'
export type {
  AnswerDetailOptions,
  CallbackDetailOptions,
  CallbackProfile,
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
export { said } from './said.ts'
export { renderTaskFinish, type TaskFinishOptions } from './task-finish.ts'
export {
  DEFAULT_TIME_ZONE_OFFSET_MINUTES,
  parseTime,
  readTime,
  renderTime,
  renderUtcTime,
  type TimeForm,
} from './times.ts'
export {
  renderWorkflowEvent,
  type WorkflowEventOptions,
  type WorkflowExecution,
  type WorkflowTask,
} from './workflow-event.ts'
export { contentTypeOf, writeDocument } from './write-document.ts'
export type { XmlElement } from './xml/element.ts'
export { readXml } from './xml/read-xml.ts'
