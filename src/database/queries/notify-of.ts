import { NOTIFY_OFF, type NotifyConfig } from '../../wire/index.ts'
import type { Ledger } from '../ledger.ts'

/** The setting of a queue, or silence when the queue is gone. */
export async function notifyOf({ db }: Ledger, queueId: string): Promise<NotifyConfig> {
  const queue = await db.selectFrom('queues').select('notify_json').where('id', '=', queueId).executeTakeFirst()
  return queue === undefined ? NOTIFY_OFF : (JSON.parse(queue.notify_json) as NotifyConfig)
}
