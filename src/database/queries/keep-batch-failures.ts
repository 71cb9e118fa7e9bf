import type { BatchFailure } from '../../wire/index.ts'
import type { BatchRow } from '../batch-rows.ts'
import type { Ledger } from '../ledger.ts'

/** How many failures of a batch are kept; all are counted. */
const KEPT_FAILURES = 100

/** Keeps the first of a batch's failures. */
export async function keepBatchFailures(
  { db }: Ledger,
  /** As it was before these. */
  { id, failed }: Pick<BatchRow, 'id' | 'failed'>,
  failures: readonly BatchFailure[],
): Promise<void> {
  const kept = failures.slice(0, Math.max(0, KEPT_FAILURES - failed))
  if (kept.length === 0) return
  await db
    .insertInto('batch_failures')
    .values(kept.map((failure, index) => ({ batch_id: id, number: failed + index + 1, ...failure })))
    .execute()
}
