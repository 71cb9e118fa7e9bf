import { sql } from 'kysely'
import type { OpenBatch, Place } from '../../workflows/index.ts'
import { batchFromRow } from '../batch-rows.ts'
import type { Ledger } from '../ledger.ts'

/**
 * The batches that are not over, each with the room it has. What of one batch waits is counted by the first entries of the
 * index `jobs_waiting_by_batch`. Batches of one bucket share what one could have: many at once fill no queue up.
 */
export async function openBatches({ db }: Ledger, maxWaiting: number): Promise<OpenBatch[]> {
  const rows = await db
    .selectFrom('batches')
    .selectAll()
    .select((batches) =>
      batches
        .selectFrom((eb) =>
          eb
            .selectFrom('jobs')
            .select('jobs.id')
            .whereRef('jobs.batch_id', '=', 'batches.id')
            .where('jobs.state', '=', sql.lit('Submitted'))
            .where('jobs.batch_id', 'is not', null)
            .limit(maxWaiting)
            .as('waiting'),
        )
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .as('waiting'),
    )
    .where('is_settled', '=', sql.lit(0))
    .orderBy('created_at')
    .orderBy('id')
    .execute()

  const isListing = (row: (typeof rows)[number]) => row.ended_at === null && row.is_listed === 0
  const listingOf = new Map<string, number>()
  for (const row of rows) if (isListing(row)) listingOf.set(row.bucket, (listingOf.get(row.bucket) ?? 0) + 1)
  return rows.map((row) => {
    const share = Math.max(1, Math.floor(maxWaiting / (listingOf.get(row.bucket) ?? 1)))
    const waiting = row.waiting ?? 0
    const room = Math.floor((share - waiting) / row.jobs_per_object)
    return {
      batch: batchFromRow(row),
      place: row.place_json === null ? null : (JSON.parse(row.place_json) as Place),
      isListed: row.is_listed === 1,
      jobsPerObject: row.jobs_per_object,
      // An object that makes more jobs than may wait has to be begun all the same.
      room: !isListing(row) ? 0 : waiting === 0 ? Math.max(1, room) : Math.max(0, room),
    }
  })
}
