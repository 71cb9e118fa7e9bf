import type { DeliveryId, EventId, ReceiverId } from '../base/index.ts'

/**
 * `Waiting`: due at some time. `Sending`: a courier has it. `Delivered`: the receiver said 2xx. `Dead`: given up,
 * kept and visible. `Cancelled`: somebody decided so. `Held`: its receiver is switched off; it stays until that is
 * switched on.
 */
export const DELIVERY_STATES = ['Waiting', 'Sending', 'Held', 'Delivered', 'Dead', 'Cancelled'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** What a transaction writes when an event has to go somewhere. */
export interface NewDelivery {
  readonly url: string
  readonly contentType: 'application/xml' | 'application/json'
  /** The exact bytes that every attempt sends. */
  readonly body: Uint8Array
  /** Whether the address is the queue's own setting: then the queue's headers go along. Default `false`. */
  readonly byQueue?: boolean
}

/** What happened, and to whom it has to be told. An event without deliveries is recorded all the same. */
export interface NewEvent {
  readonly name: 'TaskFinish' | 'WorkflowFinish' | 'WorkflowStart'
  /** The id of the job or run it speaks of. One subject has at most one event of a name. */
  readonly subject: string
  readonly bucket: string
  /** The queue of the job, or of the run's jobs, and the run's workflow: whose secrets sign. */
  readonly queueId?: string | null
  readonly workflowId?: string | null
  readonly deliveries: readonly NewDelivery[]
}

/** A delivery in the hands of a courier. */
export interface ClaimedDelivery {
  readonly id: DeliveryId
  /** Becomes the `webhook-id`: the same in every attempt. */
  readonly eventId: EventId
  readonly url: string
  /** Scheme, host and port of `url`, as `receiverOf` gives them. */
  readonly origin: string
  readonly contentType: string
  readonly body: Uint8Array
  /** Whose secrets sign, see `NewEvent`. */
  readonly queueId: string | null
  readonly workflowId: string | null
  /** See `NewDelivery`. */
  readonly byQueue: boolean
  /** UTC milliseconds of the event, or of the moment in which somebody had it sent again: what the five days begin with. */
  readonly eventAt: number
  /** Attempts since then that ended before this one. */
  readonly attemptsBefore: number
  /** Fences: what a courier that lost its lease says is not recorded. */
  readonly leaseToken: string
}

/** What a courier has room for. */
export interface ClaimOffer {
  /** At most so many in all. */
  readonly limit: number
  /** At most so many to one origin, those counted that are on their way already. */
  readonly perOrigin: number
  /** How many are on their way, by origin; origins that are not named have none. */
  readonly busy: Readonly<Record<string, number>>
  readonly leaseMs: number
}

export interface ClaimDueOptions extends ClaimOffer {
  /** UTC milliseconds. */
  readonly now: number
}

/**
 * Who takes new deliveries in hand in the transaction that makes them, so that they need not wait to be claimed. A ledger that
 * has one server offers it; everywhere else, and whenever there is no room, they wait, and the courier is woken.
 */
export interface DeliveryTaker {
  /** What it would take at this moment; of the origins that are busy only those without room. `null`: nothing. */
  offer(): ClaimOffer | null
  /** Called after the commit with what is `Sending` now, as if it had been claimed. */
  take(deliveries: readonly ClaimedDelivery[]): void
}

/** One try, as it is recorded. */
export interface Attempt {
  /** UTC milliseconds. */
  readonly startedAt: number
  readonly durationMs: number
  /** The address that was dialled, when one was. */
  readonly address: string | null
  /** The receiver's status, when it answered. */
  readonly status: number | null
  /** The first bytes of its answer, as text. */
  readonly answer: string
  /** What went wrong, in words; `null` on success. */
  readonly error: string | null
}

/** Where a delivery goes from an attempt. */
export type AfterAttempt =
  | { readonly state: 'Delivered' }
  | { readonly state: 'Waiting'; readonly dueAt: number }
  | { readonly state: 'Dead' }

/** A delivery as it stands. */
export interface DeliveryFacts {
  readonly id: DeliveryId
  readonly eventId: EventId
  readonly eventName: NewEvent['name']
  readonly subject: string
  readonly url: string
  /** `null` for a delivery that was made before receivers were known. */
  readonly receiver: ReceiverId | null
  readonly queueId: string | null
  readonly workflowId: string | null
  readonly contentType: string
  readonly state: DeliveryState
  readonly createdAt: number
  /** `null` when nothing is due. */
  readonly dueAt: number | null
  readonly endedAt: number | null
}

export interface DeliveryRecord extends DeliveryFacts {
  readonly attempts: readonly Attempt[]
}

/** A delivery in a courier's hands that is put off. */
export interface PutOff {
  readonly id: DeliveryId
  readonly leaseToken: string
  /** UTC milliseconds. */
  readonly dueAt: number
}

/** A line that is put off as a whole. */
export interface PutOffLine {
  readonly origin: string
  /** `null`: everybody at that origin. */
  readonly receiver: ReceiverId | null
  /** Those that are due at this time. UTC milliseconds. */
  readonly dueBy: number
  /** Until when. Each stays due at the end of its five days at the latest. */
  readonly until: number
  readonly limit: number
}

/**
 * What the courier needs of the ledger. Deliveries are made by the transaction in which something happens to a job or a run,
 * not through here.
 */
export interface DeliveryStore {
  /**
   * Hands out due deliveries, and marks them `Sending` until `leaseMs` from now; those whose lease has ended are due
   * again. The origin whose oldest delivery has waited longest comes first, and within an origin the oldest due time,
   * so a long line at one origin costs the others nothing: neither their turn nor time to read through it. What goes to a
   * receiver that is switched off is not handed out but becomes `Held`.
   */
  claimDue(options: ClaimDueOptions): Promise<ClaimedDelivery[]>
  /**
   * Records an attempt and what follows from it. `false` when the lease is gone: then nothing is written. The end of a run
   * that was held back until its last job had been tried to be told becomes due with the first attempt.
   */
  recordAttempt(id: DeliveryId, leaseToken: string, attempt: Attempt, after: AfterAttempt): Promise<boolean>
  /**
   * Gives a claimed delivery back untried, due at `dueAt` (a stopping server: now). Nothing happens when the lease is
   * gone.
   */
  returnUntried(id: DeliveryId, leaseToken: string, dueAt: number): Promise<void>
  /** The same for several, each until a time of its own. */
  putOff(deliveries: readonly PutOff[]): Promise<void>
  /** Puts off the oldest of those that nobody has in hands. Gives how many. */
  putOffLine(line: PutOffLine): Promise<number>
  /** When the next delivery is due or a lease ends (UTC ms), or `null` when nothing waits. May lie in the past. */
  nextDueAt(): Promise<number | null>
  /** Everything sent or to be sent about one job or run, oldest first, with its attempts. */
  deliveriesOf(subject: string): Promise<DeliveryRecord[]>
  /**
   * What a server was sending that is gone is due again. The number of them. On a ledger that has one server this is
   * asked once, before it claims anything: whatever is being sent then was claimed by an earlier boot.
   */
  rescueDeliveries(): Promise<number>
}
