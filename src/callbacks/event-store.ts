import type { EventId } from '../base/index.ts'
import type { NewEvent } from './delivery-store.ts'

/** A place in the order of all events. `mark` tells whether it is of this ledger; `''` when that cannot be told. */
export interface FeedPlace {
  /** What lies behind it has greater ones. 0 is before everything. */
  readonly position: number
  readonly mark: string
}

export interface EventQuery {
  /** Only what comes behind it; `null`: whatever there is, the oldest first. */
  readonly after: FeedPlace | null
  readonly limit: number
  /** `null`: every bucket. */
  readonly bucket: string | null
  /** Empty: every name. */
  readonly names: readonly NewEvent['name'][]
  /** The id of a job or run; `null`: all of them. */
  readonly subject: string | null
}

/** An event as it is told to whoever asks, instead of being sent. */
export interface FeedEvent {
  readonly id: EventId
  readonly name: NewEvent['name']
  readonly subject: string
  readonly bucket: string
  readonly createdAt: number
  readonly place: FeedPlace
  /** What every attempt sent or would send; `null` when nothing is known any more of what it speaks of. */
  readonly document: {
    readonly contentType: string
    readonly body: string
    /**
     * Whether these are the bytes that were sent, or will be. Else the event went to nobody, or what was delivered is kept
     * no longer; then it was written anew, in JSON.
     */
    readonly isAsSent: boolean
  } | null
}

export interface EventPage {
  readonly events: readonly FeedEvent[]
  /** Where the next page begins. */
  readonly next: FeedPlace
  /** Whether there is more at this moment. A page that is filtered may be empty and have more behind it. */
  readonly hasMore: boolean
}

/** All events, in an order in which nobody misses one: what comes in later stands behind what anybody has read. */
export interface EventStore {
  /**
   * A page of events.
   *
   * @throws Failure `CursorExpired` when something behind `after` has been removed, or when `after` is not of this ledger:
   * whoever goes on there would miss something
   */
  eventsAfter(query: EventQuery): Promise<EventPage>
  /**
   * The place behind everything there is now; `null` when it has to be asked for again, because more had to be brought into
   * order than one transaction should.
   */
  newestPlace(): Promise<FeedPlace | null>
}
