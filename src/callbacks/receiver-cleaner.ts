import { type Agent, type Clock, every, type Log } from '../base/index.ts'
import type { ReceiverStore } from './receiver-store.ts'

export interface ReceiverCleanerOptions {
  readonly store: Pick<ReceiverStore, 'forgetReceivers' | 'releaseStranded'>
  /** How long a receiver stays after the last attempt at it. */
  readonly keepMs: number
  /** Wait between two rounds. */
  readonly everyMs: number
  readonly clock: Clock
  readonly log: Log
}

/** How many are forgotten or released in one transaction: others have their turn in between. */
const BATCH = 200

/**
 * Looks after the record of receivers: releases what a server left held that died while it switched a receiver on, and
 * forgets those that nothing was sent to for long (an address of its own for each job makes one after the other).
 */
export function receiverCleaner({ store, keepMs, everyMs, clock, log }: ReceiverCleanerOptions): Agent {
  return every({
    everyMs,
    log,
    whenItFails: 'could not look after the record of receivers; trying again',
    async round() {
      while ((await store.releaseStranded(BATCH)) === BATCH) {}
      const before = clock.now() - keepMs
      while ((await store.forgetReceivers(before, BATCH)) === BATCH) {}
    },
  })
}
