import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventId } from '../../src/base/index.ts'
import type { NewEvent } from '../../src/callbacks/index.ts'
import { writeEvent } from '../../src/database/event-writer.ts'
import { nothingFollows, type Stores } from '../../src/database/index.ts'
import type { Ledger } from '../../src/database/ledger.ts'
import type { SqliteConnection } from '../../src/database/sqlite/connection.ts'
import { openEmptySqlite } from '../../src/database/sqlite/empty-ledger.ts'
import { sqlStores } from '../../src/database/stores.ts'
import { carryOut, storesByCall } from '../../src/database/stores-by-call.ts'

export interface SqliteWithEvents {
  readonly stores: Stores
  readonly connection: SqliteConnection
  /** What was woken, in order. */
  readonly wakes: string[]
  /** Records an event at this time. */
  add(event: NewEvent, at: number): Promise<EventId>
  close(): Promise<void>
}

/** A SQLite ledger of its own, into which events can be written without a job: port calls are transactions in turn. */
export async function openSqliteWithEvents(now: () => number = Date.now): Promise<SqliteWithEvents> {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-deliveries-'))
  const connection = await openEmptySqlite(join(folder, 'ledger.db'))
  const wakes: string[] = []
  const ledger: Ledger = {
    db: connection.db,
    execute: connection.execute,
    now,
    wake: (channel) => wakes.push(channel),
    concurrent: false,
    roomNoted: null,
    workerId: () => null,
  }
  const stores = sqlStores(ledger, nothingFollows)
  let last: Promise<unknown> = Promise.resolve()
  const inOrder = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const result = last.then(async () => {
      connection.exec('begin immediate')
      try {
        const value = await work()
        connection.exec('commit')
        return value
      } catch (error) {
        connection.exec('rollback')
        throw error
      }
    })
    last = result.catch(() => undefined)
    return result
  }
  return {
    stores: storesByCall((call) => inOrder(() => carryOut(stores, call))),
    connection,
    wakes,
    add: (event, at) => inOrder(() => writeEvent(ledger, event, at)),
    async close() {
      await last
      connection.close()
      await rm(folder, { recursive: true })
    },
  }
}
