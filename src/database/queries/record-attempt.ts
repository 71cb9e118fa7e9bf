import type { Insertable } from 'kysely'
import type { DeliveryId, ReceiverId } from '../../base/index.ts'
import type { AfterAttempt, Attempt } from '../../callbacks/index.ts'
import type { Ledger } from '../ledger.ts'
import { statement } from '../statement.ts'
import type { Tables } from '../tables.ts'
import { isSwitchedOff } from './is-switched-off.ts'
import { takeDeliveries } from './take-deliveries.ts'

interface MovedOn {
  readonly id: string
  readonly leaseToken: string
  readonly state: string
  readonly dueAt: number | null
  readonly endedAt: number | null
}

const moveOn = statement(({ db }, { id, leaseToken, state, dueAt, endedAt }: MovedOn) =>
  db
    .updateTable('deliveries')
    .set((eb) => ({
      state,
      due_at: dueAt,
      ended_at: endedAt,
      lease_token: null,
      lease_until: null,
      attempts: eb('attempts', '+', 1),
    }))
    .where('id', '=', id)
    .where('state', '=', 'Sending')
    .where('lease_token', '=', leaseToken)
    .returning(['attempts', 'releases_event']),
)

const insertAttempt = statement(({ db }, { row }: { row: Insertable<Tables['attempts']> }) =>
  db.insertInto('attempts').values(row),
)

const heldBack = statement(({ db }, { event }: { event: string }) =>
  db
    .selectFrom('deliveries')
    .select(['id', 'origin', 'receiver'])
    .where('event_id', '=', event)
    .where('state', '=', 'Waiting')
    .where('attempts', '=', 0),
)

const makeDue = statement(({ db }, { event, at }: { event: string; at: number }) =>
  db
    .updateTable('deliveries')
    .set({ due_at: at })
    .where('event_id', '=', event)
    .where('state', '=', 'Waiting')
    .where('attempts', '=', 0),
)

/**
 * Writes an attempt and moves its delivery on. The lease token fences: what a courier says that was taken for dead is
 * not written, because another one may be sending by now.
 */
export async function recordAttempt(
  ledger: Ledger,
  id: DeliveryId,
  leaseToken: string,
  attempt: Attempt,
  after: AfterAttempt,
): Promise<boolean> {
  const waiting = after.state === 'Waiting'
  const row = await moveOn.first(ledger, {
    id,
    leaseToken,
    state: after.state,
    dueAt: waiting ? after.dueAt : null,
    endedAt: waiting ? null : attempt.startedAt + attempt.durationMs,
  })
  if (row === undefined) return false
  await insertAttempt.run(ledger, {
    row: {
      delivery_id: id,
      number: row.attempts,
      started_at: attempt.startedAt,
      duration_ms: attempt.durationMs,
      address: attempt.address,
      status: attempt.status,
      answer: storable(attempt.answer),
      error: attempt.error === null ? null : storable(attempt.error),
    },
  })
  if (row.releases_event !== null && row.attempts === 1) await release(ledger, row.releases_event)
  return true
}

/** What was to be told only after this is due now. Told or not: a receiver that is away holds nothing else up. */
async function release(ledger: Ledger, event: string): Promise<void> {
  const at = ledger.now()
  const hand = ledger.handOver?.()
  if (hand) {
    for (const { id, origin, receiver } of await heldBack.all(ledger, { event })) {
      if (hand.roomFor(origin) < 1 || (receiver !== null && (await isSwitchedOff(ledger, receiver as ReceiverId))))
        continue
      for (const taken of await takeDeliveries(ledger, [id], hand.leaseAt(at))) hand.add(taken)
    }
  }
  if ((await makeDue.run(ledger, { event, at })) > 0) ledger.wake('deliveries')
}

/** What a stranger answered may hold NUL, which PostgreSQL keeps in no text. */
function storable(text: string): string {
  return text.replaceAll('\0', '\u{fffd}')
}
