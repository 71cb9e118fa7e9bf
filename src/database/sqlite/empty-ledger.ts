import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite, type SqliteConnection } from './connection.ts'
import { migrateSqlite } from './migrate.ts'

/** The file of a ledger that holds nothing yet; made once in a process. */
let empty: Promise<Buffer> | null = null

/**
 * A new ledger for tests of stores, at a hundredth of the price: the tables are copied, not made, and nothing waits for
 * the disk, since what is tested is who sees what. A file that is there already is brought up to date.
 */
export async function openEmptySqlite(file: string): Promise<SqliteConnection> {
  empty ??= makeEmpty()
  await writeFile(file, await empty, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const connection = openSqlite(file)
  connection.exec('pragma synchronous = off')
  await migrateSqlite(connection, file)
  return connection
}

async function makeEmpty(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-empty-'))
  try {
    const file = join(folder, 'ledger.db')
    const connection = openSqlite(file)
    await migrateSqlite(connection, file)
    // Out of the log, which is a file of its own.
    connection.exec('pragma wal_checkpoint(truncate)')
    connection.close()
    return await readFile(file)
  } finally {
    await rm(folder, { recursive: true })
  }
}
