import type { EventId } from '../../base/index.ts'
import type { Ledger } from '../ledger.ts'
import { statement } from '../statement.ts'

/**
 * How long the end of a run waits at most to be told after the end of its last job: for the case that nobody ever tries
 * to tell that one. Milliseconds.
 */
export const HELD_BACK_AT_MOST_MS = 600_000

const tie = statement(({ db }, { event, jobIds }: { event: EventId; jobIds: readonly string[] }) =>
  db
    .updateTable('deliveries')
    .set({ releases_event: event })
    .where('id', '=', (deliveries) =>
      deliveries
        .selectFrom('deliveries')
        .select('id')
        .where('subject', 'in', jobIds)
        .where('attempts', '=', 0)
        .where('state', 'in', ['Waiting', 'Sending'])
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1),
    )
    .where('attempts', '=', 0)
    .where('state', 'in', ['Waiting', 'Sending'])
    .returning('id'),
)

/**
 * Ties the event that ends a run to the last `TaskFinish` of its jobs that has not been tried yet: the first attempt at
 * that one makes the event due (`recordAttempt`). `false` when there is none to wait for. The attempts are looked at in
 * the row that is changed, so an attempt that is being recorded at this moment is either waited for or over.
 */
export async function holdBack(ledger: Ledger, event: EventId, jobIds: readonly string[]): Promise<boolean> {
  return (await tie.first(ledger, { event, jobIds })) !== undefined
}
