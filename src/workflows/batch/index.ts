export { type Batch, type BatchBounds, batchMovesFrom, isWanted, type StoredBatchState } from './batch.ts'
export { batchDocument } from './batch-document.ts'
export { BatchExpander, type BatchExpanderOptions, type BatchExpanderSignal } from './batch-expander.ts'
export { progressOf } from './batch-progress.ts'
export type {
  BatchCursor,
  BatchPage,
  BatchQuery,
  BatchStep,
  BatchStore,
  CreateBatchOptions,
  NewBatch,
  OpenBatch,
  SettleBounds,
  Settled,
} from './batch-store.ts'
export { type CreateBatchDeps, createBatch } from './create-batch.ts'
export type { Place } from './inputs/input-reader.ts'
export { type BucketOfHost, keyOfAddress } from './inputs/key-of-address.ts'
export { type InputPorts, openInput } from './inputs/open-input.ts'
export { jobOfBatch } from './job-of-batch.ts'
