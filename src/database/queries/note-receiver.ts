import type { ReceiverId } from '../../base/index.ts'
import type { ReceiverNote, ReceiverStanding } from '../../callbacks/index.ts'
import type { Ledger } from '../ledger.ts'

/**
 * Writes down what a courier has learnt of a receiver; `null` when it works. Several couriers may tell of the same one: a
 * success of any of them ends the row of failures that the others have counted.
 */
export async function noteReceiver({ db }: Ledger, note: ReceiverNote): Promise<ReceiverStanding | null> {
  const works = note.failures === 0
  const row = await db
    .insertInto('receivers')
    .values({
      id: note.id,
      address: note.address,
      origin: note.origin,
      is_enabled: 1,
      first_seen_at: note.attemptAt,
      last_attempt_at: note.attemptAt,
      last_success_at: note.successAt,
      failing_since: note.failingSince,
      failures: note.failures,
      last_error: note.error,
      rests_until: note.restsUntil,
      rests_because: note.restsBecause,
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        last_attempt_at: note.attemptAt,
        rests_until: note.restsUntil,
        rests_because: note.restsBecause,
        ...(note.successAt === null ? {} : { last_success_at: note.successAt }),
        ...(works && note.successAt === null ? {} : { last_error: note.error }),
        ...(note.successAt !== null
          ? { failing_since: note.failingSince, failures: note.failures }
          : works
            ? {}
            : {
                failing_since: eb.fn.coalesce('receivers.failing_since', eb.val(note.failingSince)),
                failures: eb('receivers.failures', '+', note.failures),
              }),
      })),
    )
    .returning(['id', 'is_enabled', 'failing_since', 'failures'])
    .executeTakeFirstOrThrow()
  if (row.failing_since === null) return null
  return {
    id: row.id as ReceiverId,
    isEnabled: row.is_enabled === 1,
    failingSince: row.failing_since,
    failures: row.failures,
  }
}
