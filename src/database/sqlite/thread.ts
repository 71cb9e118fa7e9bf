import { parentPort, workerData } from 'node:worker_threads'
import { isPatient } from '../reads.ts'
import { sqlStores } from '../stores.ts'
import type { Call } from '../stores-by-call.ts'
import type { WhatFollows } from '../what-follows.ts'
import { openSqlite } from './connection.ts'
import { lockLedger } from './lock.ts'
import { carriedFailure, type FromThread, type ThreadData, type ToThread } from './messages.ts'
import { migrateSqlite } from './migrate.ts'
import type { MakeBlobsAtHand } from './reads-thread.ts'
import { SqliteTransactions } from './transactions.ts'

/** How long a call that nobody is held up by waits for others to share its commit, milliseconds. */
const COMPANY_MS = 10

/**
 * The life of the thread that owns the ledger file: lock it, bring its tables up to date, then carry out port calls
 * until told to close. Everything that waits when it looks is one commit. Who only asks has a thread of their own
 * when there is much to do (`reader.ts`).
 */
export async function serveSqliteLedger(
  makeWhatFollows: (options: unknown) => WhatFollows,
  makeBlobsAtHand: MakeBlobsAtHand,
): Promise<void> {
  const port = parentPort!
  const { ledger, followOptions, blobsFolder } = workerData as ThreadData
  const say = (message: FromThread) => port.postMessage(message)
  try {
    const lock = lockLedger(ledger.lockFile)
    const connection = openSqlite(ledger.file)
    await migrateSqlite(connection, ledger.file)
    const whatFollows = makeWhatFollows(followOptions)
    const atHand = blobsFolder === null ? {} : { blobAtHand: makeBlobsAtHand(blobsFolder) }
    const transactions = new SqliteTransactions(
      connection,
      (handle) => sqlStores({ ...handle, ...atHand }, whatFollows),
      Date.now,
    )

    let waiting: { id: number; call: Call }[] = []
    const asides: { is: 'freeze' | 'thaw'; id: number }[] = []
    let closing = false
    let working = false

    /** What cannot be done within a transaction. */
    const stepAside = async ({ is, id }: { is: 'freeze' | 'thaw'; id: number }): Promise<void> => {
      try {
        await transactions[is]()
        say({ is: 'answers', wakes: [], answers: [{ id, value: undefined }] })
      } catch (error) {
        say({ is: 'answers', wakes: [], answers: [{ id, failure: carriedFailure(error) }] })
      }
    }

    /** Carries out calls as one commit, and answers them. */
    const carryOut = async (batch: readonly { id: number; call: Call }[]): Promise<void> => {
      if (batch.length === 0) return
      const { outcomes, wakes } = await transactions.run(batch.map(({ call }) => call))
      say({
        is: 'answers',
        wakes,
        answers: batch.map(({ id }, index) => {
          const outcome = outcomes[index]!
          return outcome.ok
            ? { id, value: outcome.value, hasMadeWork: outcome.hasMadeWork, taken: outcome.taken }
            : { id, failure: carriedFailure(outcome.failure) }
        }),
      })
    }

    const drain = async (): Promise<void> => {
      while (waiting.length + asides.length > 0) {
        for (const aside of asides.splice(0)) await stepAside(aside)
        const batch = waiting
        waiting = []
        await carryOut(batch)
      }
      working = false
      if (!closing) return
      // On a full disk the log cannot be folded in; the next start does it.
      await transactions.checkpoint().catch(() => undefined)
      connection.close()
      lock.release()
      say({ is: 'closed' })
      port.close()
    }

    let company: NodeJS.Timeout | undefined
    const begin = (): void => {
      clearTimeout(company)
      company = undefined
      if (working) return
      working = true
      // Messages that have arrived already are handed over before an immediate runs: they join this commit.
      setImmediate(() => void drain())
    }
    port.on('message', (message: ToThread) => {
      if (message.is === 'call') {
        waiting.push({ id: message.id, call: message.call })
        if (!working && isPatient(message.call)) {
          company ??= setTimeout(begin, COMPANY_MS)
          return
        }
      } else if (message.is === 'close') closing = true
      else asides.push(message)
      begin()
    })
    say({ is: 'ready' })
  } catch (error) {
    say({ is: 'failed', failure: carriedFailure(error) })
    port.close()
  }
}
