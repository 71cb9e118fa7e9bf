import type { Pool, PoolClient } from 'pg'
import { Failure } from '../../base/index.ts'
import type { WakeChannel } from '../ledger.ts'
import { type Call, carryOut } from '../stores-by-call.ts'
import { isConflict, isConnectionLost, postgresFailure } from './failures.ts'
import { Session, type SessionOptions } from './session.ts'

/** How often a transaction is run in all before its conflict is told. What runs in it is pure, so again is safe. */
const MOST_RUNS = 5
/** A database that is away is not asked again for longer than this: whoever called has better things to do. */
const LONGEST_AGAIN_MS = 3_000
/** Calls that may wait for a connection; more are refused. At a millisecond each, that is some seconds of waiting. */
const MOST_WAITING = 5_000

export interface TransactionOptions extends SessionOptions {
  readonly pool: Pool
  /** Called after a commit that made work. */
  readonly onWakes: (channels: readonly WakeChannel[]) => void
  /** Called with the database's time and the moments (`Date.now()`) around asking for it. */
  readonly onTime?: (databaseNow: number, askedAt: number, answeredAt: number) => void
}

/**
 * Carries out port calls, each as one transaction on a connection of the pool. Conflicts, and connections that break
 * before the commit, are tried again; a commit whose answer never came is told as `StorageUnavailable`, since nobody
 * knows whether it happened.
 */
export class PostgresTransactions {
  readonly #options: TransactionOptions
  readonly #sessions = new WeakMap<PoolClient, Session>()

  constructor(options: TransactionOptions) {
    this.#options = options
  }

  call(call: Call): Promise<unknown> {
    return this.transaction(({ stores }) => carryOut(stores, call))
  }

  async transaction<Value>(work: (session: Session) => Promise<Value>): Promise<Value> {
    const { pool } = this.#options
    if (pool.waitingCount >= MOST_WAITING) throw new Failure('SlowDown')
    const begunAt = performance.now()
    for (let run = 1; ; run += 1) {
      try {
        return await this.#once(work)
      } catch (error) {
        const mayRunAgain = !(error instanceof CommitUnknown) && (isConflict(error) || isConnectionLost(error))
        if (!mayRunAgain || run === MOST_RUNS || performance.now() - begunAt > LONGEST_AGAIN_MS) {
          throw postgresFailure(error instanceof CommitUnknown ? error.cause : error)
        }
        // Spread, so that two that were in each other's way are not so again.
        await new Promise((resolve) => setTimeout(resolve, 5 * 3 ** (run - 1) * (0.5 + Math.random())))
      }
    }
  }

  async #once<Value>(work: (session: Session) => Promise<Value>): Promise<Value> {
    const { pool, onWakes, onTime } = this.#options
    const client = await pool.connect()
    let isBroken = true
    try {
      const session = this.#sessionOn(client)
      const askedAt = Date.now()
      const databaseNow = await session.begin()
      onTime?.(databaseNow, askedAt, Date.now())
      let value: Value
      try {
        value = await work(session)
      } catch (error) {
        if (!isConnectionLost(error)) {
          await session.rollback()
          isBroken = false
        }
        throw error
      }
      let wakes: WakeChannel[]
      try {
        wakes = await session.commit()
      } catch (error) {
        throw isConnectionLost(error) ? new CommitUnknown(error) : error
      }
      isBroken = false
      if (wakes.length > 0) onWakes(wakes)
      return value
    } finally {
      client.release(isBroken)
    }
  }

  #sessionOn(client: PoolClient): Session {
    let session = this.#sessions.get(client)
    if (session === undefined) {
      session = new Session(client, this.#options)
      this.#sessions.set(client, session)
    }
    return session
  }
}

/** The connection broke between the commit and its answer. */
class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super('the connection was lost while a transaction was being committed', { cause })
  }
}
