import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure, hasErrno } from '../base/index.ts'
import type { SecretStore } from '../database/index.ts'
import { keepFile } from './keep-file.ts'

/**
 * Which ledger the blobs of a data folder belong to, when that is one in PostgreSQL. A blob that no row of the ledger
 * names is removed in time, so a folder that is opened with another ledger would be empty an hour later: a forgotten or
 * mistaken `PIXMILL_DATABASE_URL` must not do that.
 */
const MARK = 'ledger.id'

/** Before a SQLite ledger is opened: the blobs must not be somebody else's. */
export async function refuseFolderOfPostgres(dataDir: string): Promise<void> {
  if ((await readMark(dataDir)) === null) return
  throw new Failure(
    'InvalidArgument',
    `The blobs in ${dataDir} belong to a ledger in PostgreSQL (${MARK} says so), and PIXMILL_DATABASE_URL is not given. With another ledger they would be removed as unnamed; give the URL, or another PIXMILL_DATA_DIR.`,
  )
}

/** After a PostgreSQL ledger was opened: the folder is marked as its own, or was before. */
export async function bindFolderToLedger(dataDir: string, secrets: SecretStore): Promise<void> {
  const [ledgerId] = await secrets.secretsFor('ledger id', randomBytes(16).toString('hex'))
  const mark = await readMark(dataDir)
  if (mark === ledgerId) return
  if (mark !== null) {
    throw new Failure(
      'InvalidArgument',
      `The blobs in ${dataDir} belong to another ledger than that of PIXMILL_DATABASE_URL (${MARK} says so); with this one they would be removed as unnamed. Give the URL of theirs, or another PIXMILL_DATA_DIR.`,
    )
  }
  if (await exists(join(dataDir, 'ledger.db'))) {
    throw new Failure(
      'InvalidArgument',
      `The blobs in ${dataDir} belong to the SQLite ledger beside them (ledger.db), and PIXMILL_DATABASE_URL names another. With that one they would be removed as unnamed; take the URL away, or give another PIXMILL_DATA_DIR.`,
    )
  }
  await keepFile(join(dataDir, MARK), `${ledgerId}\n`)
}

async function readMark(dataDir: string): Promise<string | null> {
  try {
    return (await readFile(join(dataDir, MARK), 'utf8')).trim()
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null
    throw error
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false
    throw error
  }
}
