import type { Selectable } from 'kysely'
import { newId } from '../../base/index.ts'
import type { NewQueue, QueueDefaults } from '../../jobs/index.ts'
import { NOTIFY_OFF } from '../../wire/index.ts'
import type { Ledger } from '../ledger.ts'
import type { Tables } from '../tables.ts'

export async function insertQueue(
  { db, wake }: Ledger,
  bucket: string,
  { name, state = 'Active', notify = NOTIFY_OFF, callbacks, maxSize, maxConcurrent }: NewQueue,
  defaults: QueueDefaults,
  createdAt: number,
): Promise<Selectable<Tables['queues']>> {
  // Couriers send its headers along.
  if (callbacks !== undefined) wake('signing')
  return db
    .insertInto('queues')
    .values({
      id: newId.queue(),
      bucket,
      name,
      state,
      notify_json: JSON.stringify(notify),
      callbacks_json: callbacks === undefined ? null : JSON.stringify(callbacks),
      max_size: maxSize ?? defaults.maxSize,
      max_concurrent: maxConcurrent ?? defaults.maxConcurrent,
      created_at: createdAt,
      updated_at: createdAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}
