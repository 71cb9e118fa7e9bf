import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely'
import type { ClientBase, QueryResult } from 'pg'
import { Failure } from '../../base/index.ts'
import type { Ledger, WakeChannel } from '../ledger.ts'
import type { Stores } from '../stores.ts'
import type { Tables } from '../tables.ts'

/** What a session is made with. */
export interface SessionOptions {
  readonly makeStores: (ledger: Ledger) => Stores
  readonly workerId: () => string | null
  /** For tests: a clock other than the database's. */
  readonly now?: (() => number) | undefined
}

/**
 * Read committed, whatever the database was set to: a statement sees what was committed before it began, so that what
 * is read after waiting for a lock is what the lock was waited for. The time comes in the same message.
 */
const BEGIN =
  'begin isolation level read committed; select floor(extract(epoch from clock_timestamp()) * 1000)::int8 as now'

/** One connection, and the stores on it. One transaction at a time. */
export class Session {
  readonly ledger: Ledger
  readonly stores: Stores
  readonly #client: ClientBase
  readonly #wakes = new Set<WakeChannel>()
  #now = 0

  constructor(client: ClientBase, { makeStores, workerId, now }: SessionOptions) {
    this.#client = client
    const lend = async () => client as unknown as PostgresPoolClient
    const db = new Kysely<Tables>({
      // The connection is lent out by us, and comes back to us.
      dialect: new PostgresDialect({ pool: { connect: () => lend().then(keepOpen), end: async () => undefined } }),
    })
    this.ledger = {
      db,
      execute: async ({ sql }, parameters) => {
        const { rows, rowCount } = await client.query(sql, [...parameters])
        return { rows, changes: rowCount ?? 0 }
      },
      now: now ?? (() => this.#now),
      wake: (channel) => this.#wakes.add(channel),
      concurrent: true,
      roomNoted: null,
      workerId,
    }
    this.stores = makeStores(this.ledger)
  }

  /** Begins a transaction. Gives the time of the database, UTC milliseconds. */
  async begin(): Promise<number> {
    this.#wakes.clear()
    // Several statements in one text: pg gives a list of results, which its types do not know.
    const results = (await this.#client.query(BEGIN)) as unknown as QueryResult<{ now: number }>[]
    this.#now = results[1]!.rows[0]!.now
    return this.#now
  }

  /** Commits. Gives what has to be woken. */
  async commit(): Promise<WakeChannel[]> {
    const { command } = await this.#client.query('commit')
    // After a statement that failed and was swallowed, PostgreSQL answers a commit by rolling back.
    if (command !== 'COMMIT') throw new Failure('InternalError', 'A transaction was rolled back instead of committed.')
    return [...this.#wakes]
  }

  async rollback(): Promise<void> {
    await this.#client.query('rollback')
  }
}

/** Kysely gives a connection back after every statement; ours goes back to the pool after the transaction. */
function keepOpen(client: PostgresPoolClient): PostgresPoolClient {
  return { query: client.query.bind(client) as PostgresPoolClient['query'], release: () => undefined }
}
