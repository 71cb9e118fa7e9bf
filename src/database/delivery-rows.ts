import type { Selectable } from 'kysely'
import type { DeliveryId, EventId, ReceiverId } from '../base/index.ts'
import type { Attempt, ClaimedDelivery, DeliveryFacts, DeliveryState, NewEvent } from '../callbacks/index.ts'
import type { Ledger } from './ledger.ts'
import type { Tables } from './tables.ts'

/** Everything that is shown of a delivery but its body, which is large. */
export const FACT_COLUMNS = [
  'id',
  'event_id',
  'event_name',
  'subject',
  'url',
  'receiver',
  'queue_id',
  'workflow_id',
  'content_type',
  'state',
  'created_at',
  'due_at',
  'ended_at',
] as const

export function factsOf(row: Pick<Selectable<Tables['deliveries']>, (typeof FACT_COLUMNS)[number]>): DeliveryFacts {
  return {
    id: row.id as DeliveryId,
    eventId: row.event_id as EventId,
    eventName: row.event_name as NewEvent['name'],
    subject: row.subject,
    url: row.url,
    receiver: row.receiver as ReceiverId | null,
    queueId: row.queue_id,
    workflowId: row.workflow_id,
    contentType: row.content_type,
    state: row.state as DeliveryState,
    createdAt: row.created_at,
    dueAt: row.due_at,
    endedAt: row.ended_at,
  }
}

/** What a courier is given. */
export const CLAIMED_COLUMNS = [
  'id',
  'event_id',
  'url',
  'origin',
  'content_type',
  'body',
  'queue_id',
  'workflow_id',
  'by_queue',
  'created_at',
  'attempts',
  'round_at',
  'round_attempts',
] as const

export function claimedOf(
  row: Pick<Selectable<Tables['deliveries']>, (typeof CLAIMED_COLUMNS)[number]>,
  leaseToken: string,
): ClaimedDelivery {
  return {
    id: row.id as DeliveryId,
    eventId: row.event_id as EventId,
    url: row.url,
    origin: row.origin,
    contentType: row.content_type,
    body: row.body,
    queueId: row.queue_id,
    workflowId: row.workflow_id,
    byQueue: row.by_queue === 1,
    eventAt: row.round_at ?? row.created_at,
    attemptsBefore: row.attempts - row.round_attempts,
    leaseToken,
  }
}

export function attemptOf(row: Selectable<Tables['attempts']>): Attempt {
  return {
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    address: row.address,
    status: row.status,
    answer: row.answer,
    error: row.error,
  }
}

/** All attempts at these deliveries, by delivery, in their order. */
export async function attemptsOf({ db }: Ledger, deliveryIds: readonly string[]): Promise<Map<string, Attempt[]>> {
  const byDelivery = new Map<string, Attempt[]>()
  if (deliveryIds.length === 0) return byDelivery
  const rows = await db
    .selectFrom('attempts')
    .selectAll()
    .where('delivery_id', 'in', [...deliveryIds])
    .orderBy('delivery_id')
    .orderBy('number')
    .execute()
  for (const row of rows) {
    const others = byDelivery.get(row.delivery_id)
    if (others === undefined) byDelivery.set(row.delivery_id, [attemptOf(row)])
    else others.push(attemptOf(row))
  }
  return byDelivery
}
