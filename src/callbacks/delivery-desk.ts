import type { DeliveryId, ReceiverId } from '../base/index.ts'
import type { Attempt, DeliveryFacts, DeliveryRecord, DeliveryState } from './delivery-store.ts'

/** Which deliveries are meant; what is `null` does not matter. */
export interface DeliveryFilter {
  readonly states: readonly DeliveryState[] | null
  /** The queue of the job, or of the run's jobs. */
  readonly queueId: string | null
  /** The id of the job or run that the event speaks of. */
  readonly subject: string | null
  readonly receiver: ReceiverId | null
  /** By the time of the event, UTC milliseconds: `from` and later, before `until`. */
  readonly from: number | null
  readonly until: number | null
}

/** A place in a list of deliveries, the newest first: behind the one that it names. */
export interface DeliveryCursor {
  readonly createdAt: number
  readonly id: string
}

/** A delivery in a list: everything but its body, and of its attempts the last one. */
export interface DeliverySummary extends DeliveryFacts {
  readonly attempts: number
  readonly lastAttempt: Attempt | null
}

export interface PageOfDeliveries {
  readonly items: readonly DeliverySummary[]
  /**
   * `null` when there are no more. A page may be short, or empty, and be followed by others all the same: how many records
   * one call looks at is bounded.
   */
  readonly next: DeliveryCursor | null
}

export interface ResentDeliveries {
  readonly resent: number
  /** Those that fit the filter and could not be sent again: being sent right now, or their body is no longer kept. */
  readonly passedOver: number
  readonly next: DeliveryCursor | null
}

/** Everything about one delivery. */
export interface DeliveryInFull extends DeliveryRecord {
  /** What every attempt sends; `null` when it is no longer kept. */
  readonly body: Uint8Array | null
}

/**
 * What whoever looks after deliveries needs of the ledger. Every call is one short transaction. URLs are given as they
 * are, secrets and all: whoever shows them masks them (`maskUrl`).
 */
export interface DeliveryDesk {
  /** The newest first, at most `limit`. */
  listDeliveries(filter: DeliveryFilter, after: DeliveryCursor | null, limit: number): Promise<PageOfDeliveries>
  findDelivery(id: DeliveryId): Promise<DeliveryInFull | null>
  /**
   * Makes a delivery due now, with a round of attempts of its own, as if its event had just happened; body and `webhook-id`
   * stay. One that waits for its next attempt has it now. Fails with `DeliveryNotFound` or `DeliveryNotResendable`: it is
   * being sent right now, its body is no longer kept, or its receiver is switched off.
   */
  resendDelivery(id: DeliveryId): Promise<DeliveryInFull>
  /**
   * The same for all that fit, the newest first, of which one call takes up to `limit`; what cannot be sent again is
   * passed over. To send all, call it with `next` until that is `null`.
   */
  resendDeliveries(filter: DeliveryFilter, after: DeliveryCursor | null, limit: number): Promise<ResentDeliveries>
  /**
   * Gives a delivery up by hand. One that was given up before stays so. Fails with `DeliveryNotFound` or
   * `DeliveryNotCancellable`: it was delivered, or is being sent right now.
   */
  cancelDelivery(id: DeliveryId): Promise<DeliveryInFull>
}
