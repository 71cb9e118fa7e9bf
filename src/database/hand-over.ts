import { newId } from '../base/index.ts'
import type { ClaimedDelivery, ClaimOffer } from '../callbacks/index.ts'

/** How long a delivery is a courier's, and what it shows to say so. */
export interface Lease {
  readonly leaseToken: string
  /** UTC milliseconds. */
  readonly leaseUntil: number
}

/**
 * New deliveries that go into a courier's hands in the transaction that makes them, instead of waiting there to be claimed.
 * Made for one port call, from what the courier has offered to take.
 */
export class HandOver {
  /** What was handed over so far; it is the courier's after the commit. */
  readonly taken: ClaimedDelivery[] = []
  readonly #offer: ClaimOffer
  readonly #byOrigin = new Map<string, number>()
  #leaseToken: string | undefined

  constructor(offer: ClaimOffer) {
    this.#offer = offer
  }

  /** How many more the courier takes that go to this origin. */
  roomFor(origin: string): number {
    const { limit, perOrigin, busy } = this.#offer
    return Math.min(limit - this.taken.length, perOrigin - (busy[origin] ?? 0) - (this.#byOrigin.get(origin) ?? 0))
  }

  /** The lease of everything that is handed over now. @param now UTC milliseconds */
  leaseAt(now: number): Lease {
    this.#leaseToken ??= newId.lease()
    return { leaseToken: this.#leaseToken, leaseUntil: now + this.#offer.leaseMs }
  }

  add(delivery: ClaimedDelivery): void {
    this.taken.push(delivery)
    this.#byOrigin.set(delivery.origin, (this.#byOrigin.get(delivery.origin) ?? 0) + 1)
  }
}
