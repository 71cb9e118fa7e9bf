import type { Insertable } from 'kysely'
import { type EventId, newId } from '../base/index.ts'
import { type NewEvent, receiverOf } from '../callbacks/index.ts'
import type { Ledger } from './ledger.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'

const insertEvent = statement(({ db }, { row }: { row: Insertable<Tables['events']> }) =>
  db.insertInto('events').values(row),
)

const insertDeliveries = statement(({ db }, { rows }: { rows: readonly Insertable<Tables['deliveries']>[] }) =>
  db.insertInto('deliveries').values(rows),
)

export interface WhenToTell {
  /** The id that the event gets, when the caller had to know it before. */
  readonly id?: EventId
  /** UTC milliseconds. Default: at once. */
  readonly dueAt?: number
}

/**
 * Writes down what happened and to whom it has to be told, inside the caller's transaction; the couriers are woken after
 * the commit. Rejects when the subject has an event of this name already.
 *
 * @param nowMs UTC milliseconds: the time of the event, from which retries are counted.
 */
export async function writeEvent(
  ledger: Ledger,
  event: NewEvent,
  nowMs: number,
  { id = newId.event(nowMs), dueAt = nowMs }: WhenToTell = {},
): Promise<EventId> {
  await insertEvent.run(ledger, {
    row: { id, name: event.name, subject: event.subject, bucket: event.bucket, created_at: nowMs },
  })
  ledger.wake('events')
  if (event.deliveries.length === 0) return id
  const rows = event.deliveries.map(({ url, contentType, body, byQueue = false }) => {
    const receiver = receiverOf(url)
    return {
      id: newId.delivery(nowMs),
      event_id: id,
      event_name: event.name,
      subject: event.subject,
      url,
      origin: receiver.origin,
      receiver: receiver.id,
      queue_id: event.queueId ?? null,
      workflow_id: event.workflowId ?? null,
      by_queue: byQueue ? 1 : 0,
      content_type: contentType,
      body,
      state: 'Waiting',
      created_at: nowMs,
      due_at: dueAt,
      attempts: 0,
      round_attempts: 0,
    }
  })
  await insertDeliveries.run(ledger, { rows })
  ledger.wake('deliveries')
  return id
}
