import { sql } from 'kysely'
import type { RemovalBounds, RemovedRecords } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'

/** Removes batches that are over and have neither job nor run left, with what went wrong in them. */
export async function removeEndedBatches(
  { db }: Ledger,
  { after, before, limit }: RemovalBounds,
): Promise<RemovedRecords> {
  let select = db
    .selectFrom('batches')
    .select((eb) => [
      'id',
      'ended_at',
      eb.exists(eb.selectFrom('jobs').select('jobs.id').whereRef('jobs.batch_id', '=', 'batches.id')).as('has_jobs'),
      eb.exists(eb.selectFrom('runs').select('runs.id').whereRef('runs.batch_id', '=', 'batches.id')).as('has_runs'),
    ])
    .where('is_settled', '=', sql.lit(1))
    .where((eb) => eb(eb.refTuple('ended_at', 'id'), '<', eb.tuple(before.endedAt, before.id)))
    .orderBy('ended_at')
    .orderBy('id')
    .limit(limit)
  if (after !== null) {
    select = select.where((eb) => eb(eb.refTuple('ended_at', 'id'), '>', eb.tuple(after.endedAt, after.id)))
  }
  const looked = await select.execute()
  const gone = looked.filter(({ has_jobs, has_runs }) => !has_jobs && !has_runs).map(({ id }) => id)
  if (gone.length > 0) {
    await db.deleteFrom('batch_failures').where('batch_id', 'in', gone).execute()
    await db.deleteFrom('batches').where('id', 'in', gone).where('is_settled', '=', sql.lit(1)).execute()
  }
  const last = looked.at(-1)
  return {
    removed: gone.length,
    kept: looked.length - gone.length,
    next: last === undefined || looked.length < limit ? null : { endedAt: last.ended_at!, id: last.id },
  }
}
