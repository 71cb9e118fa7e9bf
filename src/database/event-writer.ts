import type { Insertable } from 'kysely'
import { type EventId, newId } from '../base/index.ts'
import { type NewDelivery, type NewEvent, type Receiver, receiverOf } from '../callbacks/index.ts'
import type { Ledger } from './ledger.ts'
import { isSwitchedOff } from './queries/is-switched-off.ts'
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
 * Writes down what happened and to whom it has to be told, inside the caller's transaction. What is due goes into the hands
 * of the courier that has offered to take it; for the rest the couriers are woken after the commit. Rejects when the
 * subject has an event of this name already.
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
  const rows = []
  for (const delivery of event.deliveries) {
    rows.push(await rowOf(ledger, { event, id, nowMs, dueAt }, delivery, receiverOf(delivery.url)))
  }
  await insertDeliveries.run(ledger, { rows })
  // What is due later is found when its time comes.
  if (dueAt <= nowMs && rows.some(({ state }) => state === 'Waiting')) ledger.wake('deliveries')
  return id
}

interface Told {
  readonly event: NewEvent
  readonly id: EventId
  readonly nowMs: number
  readonly dueAt: number
}

/** A new delivery: in the hands of a courier, or waiting for one. */
async function rowOf(
  ledger: Ledger,
  { event, id: eventId, nowMs, dueAt }: Told,
  { url, contentType, body, byQueue = false }: NewDelivery,
  { origin, id: receiver }: Receiver,
): Promise<Insertable<Tables['deliveries']>> {
  const id = newId.delivery(nowMs)
  const { queueId = null, workflowId = null } = event
  const row = {
    id,
    event_id: eventId,
    event_name: event.name,
    subject: event.subject,
    url,
    origin,
    receiver,
    queue_id: queueId,
    workflow_id: workflowId,
    by_queue: byQueue ? 1 : 0,
    content_type: contentType,
    body,
    created_at: nowMs,
    attempts: 0,
    round_attempts: 0,
  }
  const hand = dueAt <= nowMs ? ledger.handOver?.() : null
  if (!hand || hand.roomFor(origin) < 1 || (await isSwitchedOff(ledger, receiver))) {
    return { ...row, state: 'Waiting', due_at: dueAt, lease_token: null, lease_until: null, worker_id: null }
  }
  const { leaseToken, leaseUntil } = hand.leaseAt(nowMs)
  const taken = { eventId, url, origin, contentType, body, queueId, workflowId, byQueue, leaseToken }
  hand.add({ ...taken, id, eventAt: nowMs, attemptsBefore: 0 })
  return {
    ...row,
    state: 'Sending',
    due_at: null,
    lease_token: leaseToken,
    lease_until: leaseUntil,
    worker_id: ledger.workerId(),
  }
}
