import { type Selectable, sql } from 'kysely'
import { Failure, type ReceiverId } from '../base/index.ts'
import { ONLY_FAILED, type ReceiverRecord, type ReceiverStore, type RestReason } from '../callbacks/index.ts'
import type { Ledger } from './ledger.ts'
import { noteReceiver } from './queries/note-receiver.ts'
import type { Tables } from './tables.ts'

export function sqlReceiverStore(ledger: Ledger): ReceiverStore {
  const { db, now } = ledger

  const changed = async (
    id: ReceiverId,
    change: Partial<Selectable<Tables['receivers']>>,
    isEnabled: number,
  ): Promise<ReceiverRecord> => {
    await db
      .updateTable('receivers')
      .set({ ...change, is_enabled: isEnabled, switched_at: now() })
      .where('id', '=', id)
      .where('is_enabled', '=', 1 - isEnabled)
      .execute()
    const row = await db.selectFrom('receivers').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined) throw new Failure('ReceiverNotFound', `There is no receiver ${id}.`)
    return recordOf(row)
  }

  return {
    async listReceivers({ which, prefix, after, limit }) {
      const rows = await db
        .selectFrom('receivers')
        .selectAll()
        .$if(which === 'on', (some) => some.where('is_enabled', '=', sql.lit(1)))
        .$if(which === 'off', (some) => some.where('is_enabled', '=', sql.lit(0)))
        .$if(which === 'failing', (some) => some.where('failing_since', 'is not', null))
        // Compared bytewise on both engines, and no character lies behind this one.
        .$if(prefix !== null, (some) =>
          some.where('address', '>=', prefix!).where('address', '<', `${prefix}\u{10ffff}`),
        )
        .$if(after !== null, (some) => some.where('address', '>', after!))
        .orderBy('address')
        .limit(limit)
        .execute()
      return { items: rows.map(recordOf), next: rows.length === limit ? rows.at(-1)!.address : null }
    },

    async findReceiver(id) {
      const row = await db.selectFrom('receivers').selectAll().where('id', '=', id).executeTakeFirst()
      if (row === undefined) return null
      const { held } = await db
        .selectFrom('deliveries')
        .select((eb) => eb.fn.countAll<number>().as('held'))
        .where('receiver', '=', id)
        .where('state', '=', sql.lit('Held'))
        .executeTakeFirstOrThrow()
      const newest = await db
        .selectFrom('deliveries')
        .select('url')
        .where('receiver', '=', id)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
      return { ...recordOf(row), held, newestUrl: newest?.url ?? null }
    },

    async noteReceivers(notes) {
      const standings = []
      // In the order of their ids: servers that note the same receivers at once must not wait for each other in a circle.
      for (const note of notes.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
        const standing = await noteReceiver(ledger, note)
        if (standing !== null) standings.push(standing)
      }
      return standings
    },

    switchOff: (id, because) => changed(id, { off_because: because }, 0),

    switchOn: (id) =>
      changed(
        id,
        {
          off_because: null,
          failing_since: null,
          failures: 0,
          last_error: null,
          rests_until: null,
          rests_because: null,
        },
        1,
      ),

    async holdWaiting(id, limit) {
      const rows = await db
        .updateTable('deliveries')
        .set({ state: 'Held', due_at: null })
        .where('id', 'in', (line) =>
          line
            .selectFrom('deliveries')
            .select('deliveries.id')
            // Along the line of its origin: its own index holds everything that was ever delivered to it, too.
            .where('origin', '=', (eb) =>
              eb.selectFrom('receivers').select('origin').where('id', '=', id).where('is_enabled', '=', 0),
            )
            .where('state', '=', sql.lit('Waiting'))
            .where('receiver', '=', id)
            .orderBy('due_at')
            .orderBy('deliveries.id')
            .limit(limit)
            .$if(ledger.concurrent, (some) => some.forUpdate().skipLocked()),
        )
        .returning('id')
        .execute()
      return rows.length
    },

    async releaseHeld(id, limit) {
      const rows = await db
        .updateTable('deliveries')
        .set({ state: 'Waiting', due_at: now() })
        .where('id', 'in', (held) =>
          held
            .selectFrom('deliveries')
            .select('deliveries.id')
            .where('receiver', '=', (eb) =>
              eb.selectFrom('receivers').select('receivers.id').where('id', '=', id).where('is_enabled', '=', 1),
            )
            .where('state', '=', sql.lit('Held'))
            .orderBy('created_at')
            .orderBy('deliveries.id')
            .limit(limit)
            .$if(ledger.concurrent, (some) => some.forUpdate().skipLocked()),
        )
        .returning('id')
        .execute()
      if (rows.length > 0) ledger.wake('deliveries')
      return rows.length
    },

    async releaseStranded(limit) {
      const rows = await db
        .updateTable('deliveries')
        .set({ state: 'Waiting', due_at: now() })
        .where('id', 'in', (held) =>
          held
            .selectFrom('deliveries')
            .innerJoin('receivers', 'receivers.id', 'deliveries.receiver')
            .select('deliveries.id')
            .where('deliveries.state', '=', sql.lit('Held'))
            .where('receivers.is_enabled', '=', sql.lit(1))
            .limit(limit),
        )
        .where('state', '=', sql.lit('Held'))
        .returning('id')
        .execute()
      if (rows.length > 0) ledger.wake('deliveries')
      return rows.length
    },

    async forgetReceivers(before, limit) {
      const rows = await db
        .deleteFrom('receivers')
        .where('id', 'in', (old) =>
          old
            .selectFrom('receivers')
            .select('receivers.id')
            .where('last_attempt_at', '<', before)
            .where((eb) => eb('is_enabled', '=', 1).or('off_because', '=', ONLY_FAILED))
            .where((eb) =>
              eb.not(
                eb.exists(
                  eb
                    .selectFrom('deliveries')
                    .select('deliveries.id')
                    .whereRef('deliveries.receiver', '=', 'receivers.id')
                    .where('deliveries.state', '=', sql.lit('Held')),
                ),
              ),
            )
            .orderBy('last_attempt_at')
            .limit(limit),
        )
        .returning('id')
        .execute()
      return rows.length
    },
  }
}

function recordOf(row: Selectable<Tables['receivers']>): ReceiverRecord {
  return {
    id: row.id as ReceiverId,
    address: row.address,
    origin: row.origin,
    isEnabled: row.is_enabled === 1,
    switchedAt: row.switched_at,
    offBecause: row.off_because,
    firstSeenAt: row.first_seen_at,
    lastAttemptAt: row.last_attempt_at,
    lastSuccessAt: row.last_success_at,
    failingSince: row.failing_since,
    failures: row.failures,
    lastError: row.last_error,
    restsUntil: row.rests_until,
    restsBecause: row.rests_because as RestReason | null,
  }
}
