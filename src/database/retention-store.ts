import { sql } from 'kysely'
import type { RetentionStore } from '../jobs/index.ts'
import type { Ledger } from './ledger.ts'
import { endedJobBehind } from './queries/ended-job-behind.ts'
import { removeEndedBatches } from './queries/remove-ended-batches.ts'
import { removeEndedJobs } from './queries/remove-ended-jobs.ts'
import { removeEndedRuns } from './queries/remove-ended-runs.ts'

export function sqlRetentionStore(ledger: Ledger): RetentionStore {
  const { db } = ledger
  return {
    endedJobBehind: (from, count) => endedJobBehind(ledger, from, count),
    removeEndedJobs: (bounds) => removeEndedJobs(ledger, bounds),
    removeEndedRuns: (bounds) => removeEndedRuns(ledger, bounds),
    removeEndedBatches: (bounds) => removeEndedBatches(ledger, bounds),

    async emptyDeliveredBodies(deliveredBefore, limit) {
      // The condition of the index `deliveries_with_body`, as text: SQLite does not see it in a parameter.
      const isLeft = sql<boolean>`state = 'Delivered' and length(body) > 0`
      const rows = await db
        .updateTable('deliveries')
        .set({ body: new Uint8Array() })
        .where((eb) =>
          eb(
            'id',
            'in',
            eb
              .selectFrom('deliveries')
              .select('id')
              .where(isLeft)
              .where('ended_at', '<', deliveredBefore)
              .orderBy('ended_at')
              .limit(limit),
          ),
        )
        .returning('id')
        .execute()
      return rows.length
    },
  }
}
