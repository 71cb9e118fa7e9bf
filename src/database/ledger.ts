import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** What a committed transaction may have made: each wakes the agent that does it. */
export type WakeChannel = 'jobs' | 'deliveries'

/**
 * What a store is built on, for one port call: a handle that is inside that call's transaction, the database's clock,
 * and a way to say what the call made. Wakes are told after the commit, never before, and not at all if it fails.
 */
export interface Ledger {
  readonly db: Kysely<Tables>
  /** UTC milliseconds. */
  now(): number
  wake(channel: WakeChannel): void
}
