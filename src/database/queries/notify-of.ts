import { type CallbackOptions, NO_CALLBACK_OPTIONS, NOTIFY_OFF, type NotifyConfig } from '../../wire/index.ts'
import type { Ledger } from '../ledger.ts'
import { statement } from '../statement.ts'
import type { Addressees } from '../what-follows.ts'
import type { QueueRow } from './insert-job.ts'

const settingOf = statement(({ db }, { id }: { id: string }) =>
  db.selectFrom('queues').select(['notify_json', 'callbacks_json']).where('id', '=', id),
)

/** The setting of a queue, or silence when the queue is gone. */
export async function notifyOf(ledger: Ledger, queueId: string | null): Promise<Addressees> {
  const queue = queueId === null ? undefined : await settingOf.first(ledger, { id: queueId })
  return notifyOfRow(queueId, queue)
}

/** The same, when the row was read. */
export function notifyOfRow(
  queueId: string | null,
  queue: Pick<QueueRow, 'notify_json' | 'callbacks_json'> | undefined,
): Addressees {
  if (queue === undefined) return { queueId, queue: NOTIFY_OFF, callbacks: NO_CALLBACK_OPTIONS }
  return {
    queueId,
    queue: JSON.parse(queue.notify_json) as NotifyConfig,
    callbacks:
      queue.callbacks_json === null ? NO_CALLBACK_OPTIONS : (JSON.parse(queue.callbacks_json) as CallbackOptions),
  }
}
