import type { Ledger } from '../ledger.ts'
import { noteEventsGone } from './event-places.ts'

/** What is held for a receiver that is off goes with its job: nobody knows whether that is ever switched on. */
const TOLD: ReadonlySet<string> = new Set(['Delivered', 'Dead', 'Cancelled', 'Held'])

/**
 * Removes what was told of jobs or runs, from the leaves to the root: attempts, deliveries, events. Those of which somebody
 * has still to be told are left alone. Gives the others, in their order.
 */
export async function forgetTold(ledger: Ledger, subjects: readonly string[]): Promise<string[]> {
  if (subjects.length === 0) return []
  const { db } = ledger
  const deliveries = await db
    .selectFrom('deliveries')
    .select(['id', 'subject', 'state'])
    .where('subject', 'in', subjects)
    .execute()
  const stays = new Set(deliveries.filter(({ state }) => !TOLD.has(state)).map(({ subject }) => subject))
  const gone = subjects.filter((subject) => !stays.has(subject))
  const deliveryIds = deliveries.filter(({ subject }) => !stays.has(subject)).map(({ id }) => id)
  if (deliveryIds.length > 0) {
    await db.deleteFrom('attempts').where('delivery_id', 'in', deliveryIds).execute()
    await db.deleteFrom('deliveries').where('id', 'in', deliveryIds).execute()
  }
  if (gone.length > 0) {
    await noteEventsGone(ledger, gone)
    await db.deleteFrom('events').where('subject', 'in', gone).execute()
  }
  return gone
}
