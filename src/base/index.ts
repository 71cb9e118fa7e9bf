export type { Agent } from './agent.ts'
export { type Clock, systemClock } from './clock.ts'
export { compiledProgram, projectFile } from './compiled.ts'
export { Crc64, combineCrc64, crc64 } from './crc64.ts'
export { type EveryOptions, every } from './every.ts'
export { asFailure, Failure, type FailureCode, failures, hasErrno } from './failures.ts'
export {
  type BatchId,
  type BlobId,
  type DeliveryId,
  type EventId,
  type JobId,
  newId,
  newRequestId,
  type QueueId,
  type ReceiverId,
  type RunId,
  type TemplateId,
  timeOrderedHex,
  type UploadId,
  type WorkflowId,
} from './ids.ts'
export { type Log, silentLog } from './log.ts'
export { makeFolder } from './make-folder.ts'
export { type Counter, type Histogram, type Labels, Metrics, type Reading } from './metrics.ts'
export type {
  ChoiceSetting,
  IntegerSetting,
  ListSetting,
  NumbersSetting,
  Setting,
  SettingFacts,
  SettingValue,
  SettingValues,
  SwitchSetting,
  TextSetting,
} from './setting.ts'
export { Signals } from './signals.ts'
