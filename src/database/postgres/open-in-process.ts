import { type Log, Signals, silentLog } from '../../base/index.ts'
import type { Ledger, WakeChannel } from '../ledger.ts'
import { type Stores, sqlStores } from '../stores.ts'
import { storesByCall } from '../stores-by-call.ts'
import { nothingFollows, type WhatFollows } from '../what-follows.ts'
import { lonelyClient, openPool } from './connect.ts'
import { migratePostgres } from './migrate.ts'
import { PostgresTransactions } from './transactions.ts'
import { register, unregister } from './worker-row.ts'

export interface PostgresInProcess {
  readonly stores: Stores
  readonly wakes: Signals<WakeChannel>
  /** Work inside a transaction, for what no port does. */
  transaction<Value>(work: (ledger: Ledger) => Promise<Value>): Promise<Value>
  exec(sql: string): Promise<void>
  /** What a server goes through that dies and comes back: its row is gone, and it has a new name. */
  dieAndComeBack(): Promise<void>
  close(): Promise<void>
}

/** The same ledger without threads, locks and siblings around it, for tests of stores, with a clock of the caller's. */
export async function openPostgresInProcess(options: {
  readonly url: string
  readonly now?: () => number
  readonly whatFollows?: WhatFollows
  readonly connections?: number
  readonly log?: Log
}): Promise<PostgresInProcess> {
  const { url, now, whatFollows = nothingFollows, connections = 4, log = silentLog } = options
  const client = lonelyClient(url, 'pixmill test', () => undefined)
  await client.connect()
  await migratePostgres(client, 'a test')
  let workerId = await register(client)
  const pool = openPool(url, 'pixmill test', connections, log)
  const wakes = new Signals<WakeChannel>()
  const transactions = new PostgresTransactions({
    pool,
    makeStores: (ledger) => sqlStores(ledger, whatFollows),
    workerId: () => workerId,
    now,
    onWakes: (channels) => {
      for (const channel of channels) wakes.announce(channel)
    },
  })
  return {
    stores: storesByCall((call) => transactions.call(call)),
    wakes,
    transaction: (work) => transactions.transaction(({ ledger }) => work(ledger)),
    async exec(sql) {
      await client.query(sql)
    },
    async dieAndComeBack() {
      await unregister(client, workerId)
      workerId = await register(client)
    },
    async close() {
      await pool.end()
      await client.end()
    },
  }
}
