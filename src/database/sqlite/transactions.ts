import { sql } from 'kysely'
import { asFailure, Failure } from '../../base/index.ts'
import type { ClaimedDelivery } from '../../callbacks/index.ts'
import { HandOver } from '../hand-over.ts'
import type { Ledger, WakeChannel } from '../ledger.ts'
import type { Stores } from '../stores.ts'
import { type Call, carryOut } from '../stores-by-call.ts'
import { PAGES_BEFORE_CHECKPOINT, type SqliteConnection } from './connection.ts'
import { metBy, workOf } from './shared-commits.ts'

export type Outcome =
  | {
      readonly ok: true
      readonly value: unknown
      /** Whether it made the work that such a call may make, see `shared-commits.ts`. */
      readonly hasMadeWork: boolean
      /** What is in the courier's hands now, of what it has offered to take. */
      readonly taken: readonly ClaimedDelivery[]
    }
  | { readonly ok: false; readonly failure: Failure }

/** What came of calls, each in its place, and what they made for others to do. */
interface Committed {
  readonly outcomes: readonly Outcome[]
  readonly wakes: readonly WakeChannel[]
}

/**
 * Carries out port calls on the one connection. Calls that wait together share one commit, so one disk sync serves
 * many; one that fails takes nothing of its neighbours with it. Outcomes are given only after the commit.
 */
export class SqliteTransactions {
  readonly #connection: SqliteConnection
  readonly #stores: Stores
  readonly #wakes = new Set<WakeChannel>()
  /** What the call that is being carried out has made. */
  readonly #made = new Set<WakeChannel>()
  /** The time of the call that is being carried out. */
  #at: number | undefined
  /** What the call that is being carried out hands over. */
  #handOver: HandOver | null = null

  constructor(connection: SqliteConnection, makeStores: (ledger: Ledger) => Stores, now: () => number) {
    this.#connection = connection
    this.#stores = makeStores({
      db: connection.db,
      execute: connection.execute,
      now: () => this.#at ?? now(),
      wake: (channel) => {
        this.#wakes.add(channel)
        this.#made.add(channel)
      },
      concurrent: false,
      roomNoted: new Map(),
      handOver: () => this.#handOver,
      workerId: () => null,
    })
  }

  async run(calls: readonly Call[]): Promise<Committed> {
    // Below a savepoint SQLite keeps a copy of every page that is changed. Nearly always no call fails, and none was needed.
    const plain = await this.#commit(calls, (call) => this.#carryOut(call))
    if (!plain.failed || calls.length === 1) return plain
    const apart = await this.#commit(calls, (call) => this.#carryOutApart(call))
    if (!apart.failed) return apart
    // A commit that found no room fails for all that share it, also for those who only asked something. Nothing of it
    // was written, so each may be done again, alone.
    const outcomes: Outcome[] = []
    const wakes = new Set<WakeChannel>()
    for (const call of calls) {
      const alone = await this.#commit([call], () => this.#carryOut(call))
      outcomes.push(...alone.outcomes)
      for (const wake of alone.wakes) wakes.add(wake)
    }
    return { outcomes, wakes: [...wakes] }
  }

  async #commit(
    calls: readonly Call[],
    carryOutOne: (call: Call) => Promise<Outcome>,
  ): Promise<Committed & { failed: boolean }> {
    this.#wakes.clear()
    try {
      this.#connection.exec('begin immediate')
      const outcomes: Outcome[] = []
      for (const call of calls) outcomes.push(await carryOutOne(call))
      this.#connection.exec('commit')
      return { outcomes, wakes: [...this.#wakes], failed: false }
    } catch (error) {
      const failure = sqliteFailure(error)
      try {
        this.#connection.exec('rollback')
      } catch {
        // SQLite has rolled back by itself (a full disk, for one); there is nothing left to undo.
      }
      return { outcomes: calls.map(() => ({ ok: false, failure })), wakes: [], failed: true }
    }
  }

  async #carryOut(call: Call): Promise<Outcome> {
    this.#at = call.at
    this.#made.clear()
    this.#handOver = call.offer === undefined ? null : new HandOver(call.offer)
    const value = await carryOut(this.#stores, call)
    const work = workOf(call)
    const met = metBy(call)
    if (met !== undefined) this.#wakes.delete(met)
    return {
      ok: true,
      value,
      hasMadeWork: work !== undefined && this.#made.has(work),
      taken: this.#handOver?.taken ?? [],
    }
  }

  /** Under a savepoint of its own, to which it goes back when it fails. */
  async #carryOutApart(call: Call): Promise<Outcome> {
    this.#connection.exec('savepoint call')
    const wakesBefore = [...this.#wakes]
    try {
      const outcome = await this.#carryOut(call)
      this.#connection.exec('release call')
      return outcome
    } catch (error) {
      try {
        this.#connection.exec('rollback to call')
        this.#connection.exec('release call')
      } catch {
        // On a full disk SQLite rolls the whole transaction back by itself, savepoints and all. Going on would write
        // each further call for itself; so all of them fail, with what went wrong and not with what came of it.
        throw error
      }
      this.#wakes.clear()
      for (const wake of wakesBefore) this.#wakes.add(wake)
      return { ok: false, failure: sqliteFailure(error) }
    }
  }

  /** Folds the write-ahead log into the main file. */
  async checkpoint(): Promise<void> {
    await sql`pragma wal_checkpoint(truncate)`.execute(this.#connection.db)
  }

  /**
   * Folds the log in, and no more from then on: only that ever writes to the main file. So the file is the ledger of this
   * moment, whole, for as long as somebody takes to copy it, and commits go on into the log meanwhile.
   */
  async freeze(): Promise<void> {
    try {
      await sql`pragma wal_autocheckpoint = 0`.execute(this.#connection.db)
      const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(this.#connection.db)
      // Not an error to SQLite, but then the file lacks what is still in the log.
      if (rows[0]?.busy !== 0) throw new Failure('StorageUnavailable', 'The log of the ledger could not be folded in.')
    } catch (error) {
      await this.thaw()
      throw sqliteFailure(error)
    }
  }

  async thaw(): Promise<void> {
    await sql`pragma wal_autocheckpoint = ${sql.lit(PAGES_BEFORE_CHECKPOINT)}`.execute(this.#connection.db)
  }
}

export function sqliteFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const code = error instanceof Error ? String((error as { code?: unknown }).code ?? '') : ''
  if (code === 'SQLITE_FULL') return new Failure('StorageFull', undefined, { cause: error })
  if (code.startsWith('SQLITE_IOERR')) return new Failure('StorageUnavailable', undefined, { cause: error })
  return asFailure(error)
}
