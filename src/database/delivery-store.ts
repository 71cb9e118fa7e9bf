import { sql } from 'kysely'
import type { DeliveryId, EventId } from '../base/index.ts'
import type { Attempt, DeliveryRecord, DeliveryState, DeliveryStore, NewEvent } from '../callbacks/index.ts'
import type { Ledger } from './ledger.ts'
import { claimDeliveries } from './queries/claim-deliveries.ts'
import { recordAttempt } from './queries/record-attempt.ts'

/**
 * What the couriers do in the ledger. States stand in the text of a query, not in its parameters: SQLite takes a partial
 * index only when it can see the condition of the index while it prepares.
 */
export function sqlDeliveryStore(ledger: Ledger): DeliveryStore {
  const { db } = ledger
  return {
    claimDue: (options) => claimDeliveries(ledger, options),
    recordAttempt: (id, leaseToken, attempt, after) => recordAttempt(ledger, id, leaseToken, attempt, after),

    async returnUntried(id, leaseToken, dueAt) {
      await db
        .updateTable('deliveries')
        .set({ state: 'Waiting', due_at: dueAt, lease_token: null, lease_until: null })
        .where('id', '=', id)
        .where('state', '=', sql.lit('Sending'))
        .where('lease_token', '=', leaseToken)
        .execute()
    },

    async nextDueAt() {
      // Two look-ups, each the first entry of an index; one query with `or` would read the table.
      const due = await db
        .selectFrom('deliveries')
        .select((eb) => eb.fn.min('due_at').as('at'))
        .where('state', '=', sql.lit('Waiting'))
        .executeTakeFirst()
      const leased = await db
        .selectFrom('deliveries')
        .select((eb) => eb.fn.min('lease_until').as('at'))
        .where('state', '=', sql.lit('Sending'))
        .executeTakeFirst()
      const times = [due?.at, leased?.at].filter((at) => typeof at === 'number')
      return times.length === 0 ? null : Math.min(...times)
    },

    async deliveriesOf(subject) {
      const rows = await db
        .selectFrom('deliveries')
        .selectAll()
        .where('subject', '=', subject)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      const attempts = await attemptsOf(
        ledger,
        rows.map((row) => row.id),
      )
      return rows.map(
        (row): DeliveryRecord => ({
          id: row.id as DeliveryId,
          eventId: row.event_id as EventId,
          eventName: row.event_name as NewEvent['name'],
          subject: row.subject,
          url: row.url,
          contentType: row.content_type,
          state: row.state as DeliveryState,
          createdAt: row.created_at,
          dueAt: row.due_at,
          endedAt: row.ended_at,
          attempts: attempts.get(row.id) ?? [],
        }),
      )
    },

    async rescueDeliveries() {
      const rows = await db
        .updateTable('deliveries')
        .set({ state: 'Waiting', due_at: ledger.now(), lease_token: null, lease_until: null })
        .where('state', '=', sql.lit('Sending'))
        .$if(ledger.concurrent, (update) =>
          update.where((eb) =>
            eb.not(
              eb.exists(
                eb.selectFrom('workers').select('workers.id').whereRef('workers.id', '=', 'deliveries.worker_id'),
              ),
            ),
          ),
        )
        .returning('id')
        .execute()
      if (rows.length > 0) ledger.wake('deliveries')
      return rows.length
    },
  }
}

async function attemptsOf({ db }: Ledger, deliveryIds: readonly string[]): Promise<Map<string, Attempt[]>> {
  const byDelivery = new Map<string, Attempt[]>()
  if (deliveryIds.length === 0) return byDelivery
  const rows = await db
    .selectFrom('attempts')
    .selectAll()
    .where('delivery_id', 'in', [...deliveryIds])
    .orderBy('delivery_id')
    .orderBy('number')
    .execute()
  for (const row of rows) {
    const attempt: Attempt = {
      startedAt: row.started_at,
      durationMs: row.duration_ms,
      address: row.address,
      status: row.status,
      answer: row.answer,
      error: row.error,
    }
    const others = byDelivery.get(row.delivery_id)
    if (others === undefined) byDelivery.set(row.delivery_id, [attempt])
    else others.push(attempt)
  }
  return byDelivery
}
