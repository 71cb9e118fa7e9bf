import { sql } from 'kysely'
import type { RemovalBounds, RemovedRecords } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { forgetTold } from './forget-told.ts'

/**
 * Removes ended jobs with what was told of them. What to remove is found first, by look-ups in indexes, so that each
 * delete goes by key. A job whose callback is on its way stays, and so does one of a run that has not been over for as long: the
 * run is decided by its jobs, and shown with them. Those are passed over: the next batch begins behind them.
 */
export async function removeEndedJobs(
  ledger: Ledger,
  { after, before, limit }: RemovalBounds,
): Promise<RemovedRecords> {
  const { db } = ledger
  let select = db
    .selectFrom('jobs')
    .select(['id', 'ended_at', 'run_id'])
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

  const runIds = [...new Set(looked.flatMap(({ run_id }) => run_id ?? []))]
  const young = new Set(await runsSince(db, runIds, before.endedAt))
  const old = looked.filter(({ run_id }) => run_id === null || !young.has(run_id)).map(({ id }) => id)
  const gone = await forgetTold(ledger, old)
  if (gone.length > 0) {
    // Ended is final; the condition stays in the text so that nothing else can ever go this way.
    await db.deleteFrom('jobs').where('id', 'in', gone).where(sql<boolean>`ended_at is not null`).execute()
  }
  const last = looked.at(-1)!
  return {
    removed: gone.length,
    kept: looked.length - gone.length,
    next: looked.length < limit ? null : { endedAt: last.ended_at!, id: last.id },
  }
}

/** Those of these runs that go on, or ended at this time or after it. */
async function runsSince(db: Ledger['db'], ids: readonly string[], endedAt: number): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('runs')
    .select('id')
    .where('id', 'in', ids)
    .where((eb) => eb.or([eb('ended_at', 'is', null), eb('ended_at', '>=', endedAt)]))
    .execute()
  return rows.map(({ id }) => id)
}
