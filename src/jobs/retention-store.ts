/** A place in the line of ended jobs, runs or batches, by the time of their end. */
export interface EndedCursor {
  /** UTC milliseconds. */
  readonly endedAt: number
  /** Decides between those that ended in the same millisecond; `''` is before all of them. */
  readonly id: string
}

export interface RemovedRecords {
  readonly removed: number
  /** Ended ones that stay, because somebody has still to be told of them, or because something else needs them. */
  readonly kept: number
  /** Behind the last one that was looked at; `null` when there is none left before the bound. */
  readonly next: EndedCursor | null
}

export interface RemovalBounds {
  readonly after: EndedCursor | null
  readonly before: EndedCursor
  readonly limit: number
}

/**
 * What keeping and forgetting needs of the ledger. Every call is one short transaction, bounded by its `limit`: while it
 * runs nobody else has a turn on SQLite.
 */
export interface RetentionStore {
  /**
   * The ended job that lies `count` jobs behind a place, going from the newest end to the oldest; `null` when fewer lie
   * there. `from: null` begins with the newest.
   */
  endedJobBehind(from: EndedCursor | null, count: number): Promise<EndedCursor | null>
  /**
   * Removes jobs that ended before `before`, with their events, deliveries and attempts; looks at up to `limit`, the
   * oldest first, from behind `after` on. A job stays as long as a delivery of its event is on its way, and one of a run as
   * long as that goes on or ended later than `before`.
   */
  removeEndedJobs(bounds: RemovalBounds): Promise<RemovedRecords>
  /** The same for runs that ended before `before`. A run stays as long as one of its jobs does. */
  removeEndedRuns(bounds: RemovalBounds): Promise<RemovedRecords>
  /** The same for batches that are over. A batch stays as long as one of its jobs or runs does. */
  removeEndedBatches(bounds: RemovalBounds): Promise<RemovedRecords>
  /**
   * Empties the bodies of up to `limit` deliveries that were delivered before this time (UTC ms), the oldest first. Gives
   * how many. What was sent can then no longer be sent again: there is nothing left to send.
   */
  emptyDeliveredBodies(deliveredBefore: number, limit: number): Promise<number>
}
