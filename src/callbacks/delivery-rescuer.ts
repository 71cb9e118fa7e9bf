import { type Agent, every, type Log } from '../base/index.ts'
import type { DeliveryStore } from './delivery-store.ts'

export interface DeliveryRescuerOptions {
  readonly store: Pick<DeliveryStore, 'rescueDeliveries'>
  /** Wait between two rounds. */
  readonly everyMs: number
  readonly log: Log
}

/**
 * Takes over what servers were sending that died, while this one lives beside them. Without it those deliveries would
 * wait for the end of their leases, which are as long as a whole line of slow receivers.
 */
export function deliveryRescuer({ store, everyMs, log }: DeliveryRescuerOptions): Agent {
  return every({
    everyMs,
    log,
    whenItFails: 'could not look for deliveries whose server is gone; trying again',
    async round() {
      const rescued = await store.rescueDeliveries()
      if (rescued > 0) log.warn({ rescued }, 'took over the deliveries of a server that is gone')
    },
  })
}
