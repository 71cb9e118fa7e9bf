import Database from 'libsql'
import { Failure } from '../../base/index.ts'

/**
 * Keeps a second server out of a data folder. A file of its own is held by an exclusive transaction; the system frees
 * it when the process dies, however it dies, so there is never a stale lock to remove by hand.
 */
export function lockLedger(file: string): { release(): void } {
  const database = new Database(file)
  try {
    database.pragma('busy_timeout = 0')
    database.exec('begin exclusive')
  } catch (cause) {
    database.close()
    throw new Failure('InvalidArgument', `Another Pixmill server is using this data folder (${file} is locked).`, {
      cause,
    })
  }
  return {
    release() {
      database.exec('rollback')
      database.close()
    },
  }
}
