import { expect, test } from 'vitest'
import type { DeliveryId, EventId } from '../base/index.ts'
import type { ClaimedDelivery } from './delivery-store.ts'
import { type InHand, ReceiverHealth } from './receiver-health.ts'
import { receiverOf } from './receiver-of.ts'
import type { SinkAnswer } from './sink.ts'

const NOW = Date.UTC(2026, 2, 2)
const answered: SinkAnswer = { address: null, reached: true, status: 200, headers: {}, answer: '', error: null }
const refused: SinkAnswer = { ...answered, reached: false, status: null, error: 'connection refused' }

function deliveryTo(url: string): ClaimedDelivery {
  return {
    id: 'dlv_0' as DeliveryId,
    eventId: 'evt_0' as EventId,
    url,
    origin: receiverOf(url).origin,
    contentType: 'application/json',
    body: Buffer.from('{}'),
    queueId: null,
    workflowId: null,
    byQueue: false,
    eventAt: NOW,
    attemptsBefore: 0,
    leaseToken: '',
  }
}

test('an address of its own for each job makes it know no more than so many, and forget none that is down', () => {
  const health = new ReceiverHealth({
    circuits: { opensAfter: 5, waitsMs: [600_000] },
    attemptsPerSecond: null,
    random: () => 0.5,
  })
  const attempt = (url: string, answer: SinkAnswer): void => {
    const item = health.admit(deliveryTo(url), NOW) as InHand
    health.ended(item, health.started(item, NOW), answer, NOW)
  }
  for (let n = 0; n < 5; n += 1) attempt('http://down.example/', refused)
  // There is always something under way.
  const long = health.admit(deliveryTo('http://long.example/'), NOW) as InHand
  const ticket = health.started(long, NOW)
  let most = 0
  for (let n = 0; n < 25_000; n += 1) {
    attempt(`http://host${n}.example/`, answered)
    most = Math.max(most, health.known.origins, health.known.receivers)
  }
  expect(most).toBeLessThanOrEqual(10_001)
  expect(health.openCircuits()).toEqual({ origins: 1, receivers: 0 })
  expect(health.admit(deliveryTo('http://down.example/'), NOW)).toEqual({ until: NOW + 600_000 })
  // What was under way meanwhile ends as if nothing had happened.
  expect(health.ended(long, ticket, answered, NOW)).toEqual([])
})
