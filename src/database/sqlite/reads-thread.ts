import { parentPort, workerData } from 'node:worker_threads'
import { sqlStores } from '../stores.ts'
import { carryOut } from '../stores-by-call.ts'
import { nothingFollows } from '../what-follows.ts'
import { openSqliteForReading } from './connection.ts'
import { carriedFailure, type FromThread, type ReadsThreadData, type ToThread } from './messages.ts'
import { sqliteFailure } from './transactions.ts'

// The program of the thread that only asks. The log of SQLite lets it read beside the one that writes, so an answer never
// waits for a sync of the disk.
const port = parentPort!
const say = (message: FromThread) => port.postMessage(message)
const connection = openSqliteForReading((workerData as ReadsThreadData).file)
const stores = sqlStores(
  {
    db: connection.db,
    execute: connection.execute,
    now: Date.now,
    wake: () => undefined,
    concurrent: false,
    roomNoted: new Map(),
    workerId: () => null,
  },
  nothingFollows,
)

/** One call after another: a transaction is one call's, and sees one state of the ledger. */
let last: Promise<void> = Promise.resolve()
port.on('message', (message: ToThread) => {
  last = last.then(async () => {
    if (message.is === 'call') {
      const { id, call } = message
      connection.exec('begin')
      try {
        const value = await carryOut(stores, call)
        say({ is: 'answers', wakes: [], answers: [{ id, value }] })
      } catch (error) {
        say({ is: 'answers', wakes: [], answers: [{ id, failure: carriedFailure(sqliteFailure(error)) }] })
      } finally {
        connection.exec('rollback')
      }
    } else if (message.is === 'close') {
      connection.close()
      say({ is: 'closed' })
      port.close()
    }
  })
})
say({ is: 'ready' })
