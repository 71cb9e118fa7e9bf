import { type EventId, newId } from '../base/index.ts'
import { type NewEvent, receiverOf } from '../callbacks/index.ts'
import type { Ledger } from './ledger.ts'

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
  await ledger.db
    .insertInto('events')
    .values({ id, name: event.name, subject: event.subject, bucket: event.bucket, created_at: nowMs })
    .execute()
  ledger.wake('events')
  if (event.deliveries.length === 0) return id
  await ledger.db
    .insertInto('deliveries')
    .values(
      event.deliveries.map(({ url, contentType, body, byQueue = false }) => ({
        id: newId.delivery(nowMs),
        event_id: id,
        event_name: event.name,
        subject: event.subject,
        url,
        origin: receiverOf(url).origin,
        receiver: receiverOf(url).id,
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
      })),
    )
    .execute()
  ledger.wake('deliveries')
  return id
}
