import { Signals } from '../../base/index.ts'
import type { WakeChannel } from '../ledger.ts'
import { type Stores, sqlStores } from '../stores.ts'
import { type Call, storesByCall } from '../stores-by-call.ts'
import { nothingFollows, type WhatFollows } from '../what-follows.ts'
import { openEmptySqlite } from './empty-ledger.ts'
import { SqliteTransactions } from './transactions.ts'

/**
 * The same ledger without a thread around it, for tests of stores: same file format, same transactions, and a clock
 * of the caller's, and without waiting for the disk. `exec` reaches the tables directly, to set up what no port can.
 */
export async function openSqliteInProcess(options: {
  readonly file: string
  readonly now?: () => number
  readonly whatFollows?: WhatFollows
}): Promise<{ stores: Stores; wakes: Signals<WakeChannel>; exec(sql: string): void; close(): Promise<void> }> {
  const connection = await openEmptySqlite(options.file)
  const whatFollows = options.whatFollows ?? nothingFollows
  const transactions = new SqliteTransactions(
    connection,
    (ledger) => sqlStores(ledger, whatFollows),
    options.now ?? Date.now,
  )
  const wakes = new Signals<WakeChannel>()
  // One transaction at a time, in the order of the calls.
  let last: Promise<unknown> = Promise.resolve()
  const inOrder = (call: Call): Promise<unknown> => {
    const result = last.then(async () => {
      const run = await transactions.run([call])
      for (const channel of run.wakes) wakes.announce(channel)
      const outcome = run.outcomes[0]!
      if (outcome.ok) return outcome.value
      throw outcome.failure
    })
    last = result.catch(() => undefined)
    return result
  }
  return {
    stores: storesByCall(inOrder),
    wakes,
    exec: (text) => connection.exec(text),
    async close() {
      await last
      connection.close()
    },
  }
}
