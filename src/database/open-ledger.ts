import type { Clock, Failure, Signals } from '../base/index.ts'
import type { DeliveryTaker } from '../callbacks/index.ts'
import type { WakeChannel } from './ledger.ts'
import type { Stores } from './stores.ts'

/** A ledger that is open: its stores, what its commits announce, and how to close it. */
export interface OpenLedger {
  readonly stores: Stores
  /** What was committed here or, on PostgreSQL, by a sibling: each wakes the agent that has to do with it. */
  readonly wakes: Signals<WakeChannel>
  /**
   * Announced when a call has been sent that may make such work: whoever claims at that very moment shares its commit. Only
   * where calls are carried out one after the other, in SQLite; the wake after the commit comes all the same, unless the claim met it.
   */
  readonly underWay: Signals<WakeChannel>
  /**
   * From now on this one takes new deliveries in hand in the commit that makes them, as far as it has room. Only where one
   * server has the ledger, in SQLite; on PostgreSQL nothing is handed over, and the courier claims what it is woken for.
   */
  handOverTo(taker: DeliveryTaker): void
  /** The clock that the ledger's times come from. On PostgreSQL that of the database, as measured. */
  readonly clock: Clock
  /** Whether other servers may live on this ledger, so that looking after those who died goes on while it is open. */
  readonly hasSiblings: boolean
  /** Announced when the others took this server for dead: what it was doing is theirs now. */
  readonly takenForDead: Signals<'taken for dead'>
  /** Whether the ledger can be reached, as far as is known now. */
  isUp(): boolean
  /** Resolves with the failure when the ledger ends unasked; from then on every call fails. */
  readonly broken: Promise<Failure>
  /**
   * Copies the ledger as it is at one moment to a file that is not there yet, while work goes on; the copy is a ledger of
   * its own. Gives its size in bytes and its check sum. `null` where the ledger is not a file of ours: PostgreSQL.
   */
  readonly copyTo: ((file: string) => Promise<{ size: number; crc64: string }>) | null
  /** Finishes the calls that wait and lets go of file or connections. Twice is fine. */
  close(): Promise<void>
}
