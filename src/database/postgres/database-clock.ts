import type { Clock } from '../../base/index.ts'

/** For how long a measured difference is the best known one; clocks drift apart by milliseconds in a minute. */
const KEPT_MS = 30_000

/**
 * The database's clock, as far as this process can know it without asking: its own plus the measured difference. Every
 * transaction asks for the time anyway, and each answer is a measurement; the one that took the shortest time is the
 * most exact, wrong by half of that at most, and is believed for half a minute.
 *
 * Only what a process decides for itself (when to look again) goes by this clock. What is written into the ledger is
 * the time that the database told in that very transaction.
 */
export class DatabaseClock implements Clock {
  #differenceMs = 0
  #roundTripMs = Number.POSITIVE_INFINITY
  #measuredAt = Number.NEGATIVE_INFINITY

  now(): number {
    return Math.round(Date.now() + this.#differenceMs)
  }

  /** `askedAt` and `answeredAt` by `Date.now()`. */
  measure(databaseNow: number, askedAt: number, answeredAt: number): void {
    const roundTripMs = answeredAt - askedAt
    if (roundTripMs < 0) return
    if (roundTripMs > this.#roundTripMs && answeredAt - this.#measuredAt < KEPT_MS) return
    this.#differenceMs = databaseNow - (askedAt + answeredAt) / 2
    this.#roundTripMs = roundTripMs
    this.#measuredAt = answeredAt
  }
}
