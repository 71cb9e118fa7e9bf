export {
  type Job,
  type JobLevel,
  type JobOrigin,
  type JobResult,
  type JobRule,
  type JobState,
  movesFrom,
  type ShownState,
  type SourceFacts,
  shownState,
} from './job.ts'
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
  SubmitOptions,
} from './job-store.ts'
export { type NotifyConfig, notifyNobody, type Queue, type Template } from './queue.ts'
export type {
  OpenedBucket,
  PageOf,
  QueueChange,
  QueueStore,
  TemplateBody,
  TemplateStore,
} from './queue-store.ts'
