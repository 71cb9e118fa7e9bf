import type { Kysely } from 'kysely'
import type { BlobId } from '../base/index.ts'
import type { HandOver } from './hand-over.ts'
import type { Answer, BuiltStatement, Wanted } from './statement.ts'
import type { Tables } from './tables.ts'

/**
 * What a committed transaction may have made or changed: each wakes the agent that does something about it. `ended`: jobs
 * that somebody may wait for.
 */
export type WakeChannel = 'jobs' | 'ended' | 'deliveries' | 'batches' | 'keys' | 'events' | 'signing'

/**
 * What a store is built on, for one port call: a handle that is inside that call's transaction, the database's clock,
 * and a way to say what the call made. Wakes are told after the commit, never before, and not at all if it fails.
 */
export interface Ledger {
  readonly db: Kysely<Tables>
  /** Runs a statement that was built before, see `statement.ts`. In SQLite it has run when this returns. */
  execute(statement: BuiltStatement, parameters: readonly unknown[], wanted: Wanted): Answer | Promise<Answer>
  /** UTC milliseconds. */
  now(): number
  wake(channel: WakeChannel): void
  /**
   * Whether other transactions run at the same time, of this server and of others: PostgreSQL. Then a decision that is
   * made from a row needs that row locked. SQLite carries out one transaction after another.
   */
  readonly concurrent: boolean
  /**
   * By queue, how many more jobs it takes before what waits in it has to be counted again; `null` where other servers
   * submit too. A note, not the truth: what is claimed or cancelled meanwhile makes room that shows at the next count.
   */
  readonly roomNoted: Map<string, { readonly maxSize: number; left: number }> | null
  /**
   * The bytes of a small blob, where a thread that answers questions can read them on its way; `null`, or without this: the
   * blob store has to be asked.
   */
  readonly blobAtHand?: (id: BlobId, size: number) => Uint8Array | null
  /** What a courier takes in hand of the deliveries that this call makes; without this: nothing, they wait. */
  readonly handOver?: () => HandOver | null
  /** The server that claims: what it claims carries this name. `null` where a ledger has one server only: SQLite. */
  workerId(): string | null
}
