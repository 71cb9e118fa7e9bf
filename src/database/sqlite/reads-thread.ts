import { parentPort, workerData } from 'node:worker_threads'
import type { Ledger } from '../ledger.ts'
import { isOneStatement } from '../reads.ts'
import { sqlStores } from '../stores.ts'
import { type Call, carryOut } from '../stores-by-call.ts'
import { nothingFollows } from '../what-follows.ts'
import { openSqliteForReading } from './connection.ts'
import { carriedFailure, type FromThread, type ReadsThreadData, type ToThread } from './messages.ts'
import { sqliteFailure } from './transactions.ts'

/** Makes what reads the small blobs of a folder, see `Ledger.blobAtHand`. */
export type MakeBlobsAtHand = (folder: string) => NonNullable<Ledger['blobAtHand']>

/**
 * The life of the thread that only asks. The log of SQLite lets it read beside the one that writes, so an answer never
 * waits for a sync of the disk.
 */
export function serveSqliteReads(makeBlobsAtHand: MakeBlobsAtHand): void {
  const port = parentPort!
  const { file, blobsFolder } = workerData as ReadsThreadData
  const say = (message: FromThread) => port.postMessage(message)
  const connection = openSqliteForReading(file)
  const stores = sqlStores(
    {
      db: connection.db,
      execute: connection.execute,
      now: Date.now,
      wake: () => undefined,
      concurrent: false,
      roomNoted: new Map(),
      workerId: () => null,
      ...(blobsFolder === null ? {} : { blobAtHand: makeBlobsAtHand(blobsFolder) }),
    },
    nothingFollows,
  )

  const answer = async (id: number, call: Call): Promise<void> => {
    const isAlone = isOneStatement(call)
    if (!isAlone) connection.exec('begin')
    try {
      const value = await carryOut(stores, call)
      say({ is: 'answers', wakes: [], answers: [{ id, value }] })
    } catch (error) {
      say({ is: 'answers', wakes: [], answers: [{ id, failure: carriedFailure(sqliteFailure(error)) }] })
    } finally {
      if (!isAlone) connection.exec('rollback')
    }
  }

  /** One call after another: a transaction is one call's, and sees one state of the ledger. */
  let last: Promise<void> = Promise.resolve()
  port.on('message', (message: ToThread) => {
    last = last.then(async () => {
      if (message.is === 'call') await answer(message.id, message.call)
      else if (message.is === 'close') {
        connection.close()
        say({ is: 'closed' })
        port.close()
      }
    })
  })
  say({ is: 'ready' })
}
