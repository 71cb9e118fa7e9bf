import Database from 'libsql'
import { Failure } from '../../base/index.ts'

export interface HeldLock {
  release(): void
}

/**
 * Holds a file, by an exclusive transaction on it; the system frees it when the process dies, however it dies, so there
 * is never a stale lock to remove by hand. `null` when somebody else holds it.
 */
export function lockFile(file: string): HeldLock | null {
  const database = new Database(file)
  try {
    database.pragma('busy_timeout = 0')
    database.exec('begin exclusive')
  } catch (error) {
    database.close()
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return null
    throw error
  }
  return {
    release() {
      database.exec('rollback')
      database.close()
    },
  }
}

/** Keeps a second server out of a data folder. */
export function lockLedger(file: string): HeldLock {
  const lock = lockFile(file)
  if (lock !== null) return lock
  throw new Failure('InvalidArgument', `Another Pixmill server is using this data folder (${file} is locked).`)
}
