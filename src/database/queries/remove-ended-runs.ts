import { sql } from 'kysely'
import type { RemovalBounds, RemovedRecords } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { forgetTold } from './forget-told.ts'

/** Removes ended runs that have no job left, with what was told of them, as `removeEndedJobs` does with jobs. */
export async function removeEndedRuns(
  ledger: Ledger,
  { after, before, limit }: RemovalBounds,
): Promise<RemovedRecords> {
  const { db } = ledger
  let select = db
    .selectFrom('runs')
    .select((eb) => [
      'id',
      'ended_at',
      eb.exists(eb.selectFrom('jobs').select('jobs.id').whereRef('jobs.run_id', '=', 'runs.id')).as('has_jobs'),
    ])
    .where('ended_at', 'is not', null)
    .where((eb) => eb(eb.refTuple('ended_at', 'id'), '<', eb.tuple(before.endedAt, before.id)))
    .orderBy('ended_at')
    .orderBy('id')
    .limit(limit)
  if (after !== null) {
    select = select.where((eb) => eb(eb.refTuple('ended_at', 'id'), '>', eb.tuple(after.endedAt, after.id)))
  }
  const looked = await select.execute()
  if (looked.length === 0) return { removed: 0, kept: 0, next: null }
  const gone = await forgetTold(
    ledger,
    looked.filter(({ has_jobs }) => !has_jobs).map(({ id }) => id),
  )
  if (gone.length > 0) {
    await db.deleteFrom('runs').where('id', 'in', gone).where(sql<boolean>`ended_at is not null`).execute()
  }
  const last = looked.at(-1)!
  return {
    removed: gone.length,
    kept: looked.length - gone.length,
    next: looked.length < limit ? null : { endedAt: last.ended_at!, id: last.id },
  }
}
