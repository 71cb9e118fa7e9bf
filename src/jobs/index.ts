export { failedJob } from './failed-job.ts'
export {
  type Job,
  type JobOrigin,
  type JobResult,
  type JobRule,
  type JobState,
  movesFrom,
  type ShownState,
  type SourceFacts,
  shownState,
} from './job.ts'
export { jobDocument } from './job-document.ts'
export { type JobRescuerOptions, jobRescuer } from './job-rescuer.ts'
export type {
  ClaimedJob,
  JobCursor,
  JobOutcome,
  JobPage,
  JobQuery,
  JobStore,
  NewJob,
  QueueDefaults,
  ReturnReason,
  Submission,
  SubmitOptions,
} from './job-store.ts'
export { REPEAT_MS } from './job-store.ts'
export { JobWaits, type JobWaitsOptions, type WaitingPlace } from './job-waits.ts'
export { mayOverwrite, type OutputFacts, outputKeyOf, resolveOutputKey, unknownFacts } from './output-key.ts'
export type { Queue, Template } from './queue.ts'
export type {
  NewQueue,
  OpenedBucket,
  PageOf,
  QueueChange,
  QueueStore,
  TemplateStore,
} from './queue-store.ts'
export { MAX_QUEUES } from './queue-store.ts'
export {
  type CleanedRecords,
  RecordCleaner,
  type RecordCleanerOptions,
  type RecordCleanerSignal,
} from './record-cleaner.ts'
export type { EndedCursor, RemovalBounds, RemovedRecords, RetentionStore } from './retention-store.ts'
export { retryJob } from './retry.ts'
export { jobSettings } from './settings.ts'
export { checkField, checkWork, newJob, type SubmitChecks, submitJob } from './submit.ts'
export { type DoJob, Worker, type WorkerOptions, type WorkerSignal, type WorkOptions } from './worker.ts'
