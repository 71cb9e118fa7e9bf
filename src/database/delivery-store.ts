import { sql } from 'kysely'
import type { DeliveryRecord, DeliveryStore } from '../callbacks/index.ts'
import { attemptsOf, factsOf } from './delivery-rows.ts'
import type { Ledger } from './ledger.ts'
import { claimDeliveries } from './queries/claim-deliveries.ts'
import { putOffLine } from './queries/put-off-line.ts'
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

    async putOff(deliveries) {
      for (const { id, leaseToken, dueAt } of deliveries) await this.returnUntried(id, leaseToken, dueAt)
    },

    putOffLine: (line) => putOffLine(ledger, line),

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
      return rows.map((row): DeliveryRecord => ({ ...factsOf(row), attempts: attempts.get(row.id) ?? [] }))
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
