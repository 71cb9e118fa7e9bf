import type { ReceiverId } from '../base/index.ts'
import type { Receiver } from './receiver-of.ts'

/** Why a receiver is given a rest: nothing connects to its origin, its answers are bad, or it asked for it. */
export type RestReason = 'connections' | 'answers' | 'Retry-After'

/** What is known of a receiver. Times are UTC milliseconds. */
export interface ReceiverRecord extends Receiver {
  /** `false`: switched off. What goes to it stays, `Held`, until it is switched on. */
  readonly isEnabled: boolean
  /** When it was switched on or off last; `null` when it never was. */
  readonly switchedAt: number | null
  /** Why it is off, in words; `null` while it is on. */
  readonly offBecause: string | null
  readonly firstSeenAt: number
  readonly lastAttemptAt: number
  /** Up to a minute behind. `null`: never. */
  readonly lastSuccessAt: number | null
  /** Since when nothing but failures came; `null` while it works. */
  readonly failingSince: number | null
  /** Failures in a row. */
  readonly failures: number
  /** What went wrong last in that row, in words. */
  readonly lastError: string | null
  /** Until when its circuit is open, as some courier saw it; in the past when the next attempt tells. `null`: closed. */
  readonly restsUntil: number | null
  readonly restsBecause: RestReason | null
}

/** A receiver, with what waits for it to be switched on. */
export interface ReceiverInFull extends ReceiverRecord {
  readonly held: number
  /** The whole address of its newest delivery, query and all, so that a test can be sent there. `null`: none is kept. */
  readonly newestUrl: string | null
}

/** What a courier has learnt of a receiver since it wrote last. */
export interface ReceiverNote extends Receiver {
  readonly attemptAt: number
  /** The last success, if there was one. */
  readonly successAt: number | null
  /** Failures since that success, or since the last note when there was none. */
  readonly failures: number
  /** When the first of those failures was; `null` when there is none. */
  readonly failingSince: number | null
  readonly error: string | null
  readonly restsUntil: number | null
  readonly restsBecause: RestReason | null
}

/** How a failing receiver stands with all that was ever noted of it. */
export interface ReceiverStanding {
  readonly id: ReceiverId
  readonly isEnabled: boolean
  readonly failingSince: number
  readonly failures: number
}

export interface ReceiverQuery {
  /** `on`: those that are not switched off. `failing`: those of which nothing but failures came. */
  readonly which: 'all' | 'on' | 'off' | 'failing'
  /** The beginning of the address, or `null`. */
  readonly prefix: string | null
  /** Behind this address; `null`: from the first. */
  readonly after: string | null
  readonly limit: number
}

export interface PageOfReceivers {
  readonly items: readonly ReceiverRecord[]
  /** `null` when there are no more. */
  readonly next: string | null
}

/** What the house needs of a place that knows receivers. Every call is one short transaction. */
export interface ReceiverStore {
  /** By address. */
  listReceivers(query: ReceiverQuery): Promise<PageOfReceivers>
  findReceiver(id: ReceiverId): Promise<ReceiverInFull | null>
  /**
   * Adds to what is known; receivers that are new are written down. Gives how those stand that fail. Success makes an end
   * of a row of failures, and only failures behind it count.
   */
  noteReceivers(notes: readonly ReceiverNote[]): Promise<ReceiverStanding[]>
  /** Fails with `ReceiverNotFound`. `because`: in words. What is off already stays as it is. */
  switchOff(id: ReceiverId, because: string): Promise<ReceiverRecord>
  /** Fails with `ReceiverNotFound`. Its failures are forgotten. */
  switchOn(id: ReceiverId): Promise<ReceiverRecord>
  /** Marks up to `limit` waiting deliveries of a receiver that is off as `Held`. Gives how many. */
  holdWaiting(id: ReceiverId, limit: number): Promise<number>
  /** Makes up to `limit` held deliveries of a receiver that is on due now, the oldest first. Gives how many. */
  releaseHeld(id: ReceiverId, limit: number): Promise<number>
  /**
   * Makes up to `limit` deliveries due that are held for receivers that are on: a server died while it released them. Gives
   * how many.
   */
  releaseStranded(limit: number): Promise<number>
  /**
   * Forgets receivers that had no attempt since `before` (UTC ms), up to `limit`. Those that somebody switched off stay, and
   * those that a courier did while anything is held for them. Gives how many were forgotten.
   */
  forgetReceivers(before: number, limit: number): Promise<number>
}
