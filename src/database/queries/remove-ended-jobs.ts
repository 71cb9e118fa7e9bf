import { sql } from 'kysely'
import type { EndedCursor, RemovedJobs } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'

/**
 * Removes ended jobs with what was told of them, from the leaves to the root: attempts, deliveries, events, jobs. What
 * to remove is found first, by two look-ups in indexes, so that each delete goes by key. A job whose callback is on its
 * way stays, and is passed over: the next batch begins behind it.
 */
export async function removeEndedJobs(
  { db }: Ledger,
  { after, before, limit }: { after: EndedCursor | null; before: EndedCursor; limit: number },
): Promise<RemovedJobs> {
  let select = db
    .selectFrom('jobs')
    .select(['id', 'ended_at'])
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

  const deliveries = await db
    .selectFrom('deliveries')
    .select(['id', 'subject', 'state'])
    .where(
      'subject',
      'in',
      looked.map((job) => job.id),
    )
    .execute()
  const told = new Set(['Delivered', 'Dead', 'Cancelled'])
  const stays = new Set(deliveries.filter(({ state }) => !told.has(state)).map(({ subject }) => subject))
  const jobIds = looked.map((job) => job.id).filter((id) => !stays.has(id))
  const deliveryIds = deliveries.filter(({ subject }) => !stays.has(subject)).map(({ id }) => id)
  if (deliveryIds.length > 0) {
    await db.deleteFrom('attempts').where('delivery_id', 'in', deliveryIds).execute()
    await db.deleteFrom('deliveries').where('id', 'in', deliveryIds).execute()
  }
  if (jobIds.length > 0) {
    await db.deleteFrom('events').where('subject', 'in', jobIds).execute()
    // Ended is final; the condition stays in the text so that nothing else can ever go this way.
    await db.deleteFrom('jobs').where('id', 'in', jobIds).where(sql<boolean>`ended_at is not null`).execute()
  }

  const last = looked.at(-1)!
  const isLast = looked.length < limit
  return {
    removed: jobIds.length,
    kept: stays.size,
    next: isLast ? null : { endedAt: last.ended_at!, id: last.id },
  }
}
