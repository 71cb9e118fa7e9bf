import type { BatchView } from '../../wire/index.ts'
import type { Batch } from './batch.ts'

/** A batch as answers show it. */
export function batchDocument({ id, createdAt, startedAt, endedAt, ...shown }: Batch): BatchView {
  return { ...shown, batchId: id, createTimeMs: createdAt, startTimeMs: startedAt, endTimeMs: endedAt }
}
