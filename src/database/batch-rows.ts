import type { Selectable } from 'kysely'
import type { BatchId } from '../base/index.ts'
import type { BatchFailure, BatchJob } from '../wire/index.ts'
import type { Batch } from '../workflows/index.ts'
import type { Tables } from './tables.ts'

export type BatchRow = Selectable<Tables['batches']>

/** A row of `batches` as the value the house knows. */
export function batchFromRow(row: BatchRow, failures: readonly BatchFailure[] = []): Batch {
  return {
    id: row.id as BatchId,
    bucket: row.bucket,
    name: row.name,
    type: row.type,
    input: { kind: row.input_kind, value: row.input_value },
    workflowIds: JSON.parse(row.workflow_ids_json) as string[],
    job: row.job_json === null ? null : (JSON.parse(row.job_json) as BatchJob),
    timeInterval: { startMs: row.start_ms, endMs: row.end_ms },
    state: row.state,
    code: row.code,
    message: row.message,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    progress: row.progress,
    counts: {
      total: row.is_listed === 1 ? row.listed : null,
      listed: row.listed,
      created: row.created,
      ended: row.ended,
      failed: row.failed,
    },
    failures,
  }
}
