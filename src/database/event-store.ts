import type { EventStore } from '../callbacks/index.ts'
import type { Ledger } from './ledger.ts'
import { eventsAfter, newestPlace } from './queries/events-after.ts'
import type { WhatFollows } from './what-follows.ts'

/** What the readers of events do in the ledger. */
export function sqlEventStore(ledger: Ledger, whatFollows: WhatFollows): EventStore {
  return {
    eventsAfter: (query) => eventsAfter(ledger, whatFollows, query),
    newestPlace: () => newestPlace(ledger),
  }
}
