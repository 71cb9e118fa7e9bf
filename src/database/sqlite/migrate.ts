import { sql } from 'kysely'
import { Failure } from '../../base/index.ts'
import { migrations, newestSchema } from '../migrations/index.ts'
import type { SqliteConnection } from './connection.ts'

/**
 * Brings the tables of a file to what this program needs, one transaction per migration. A file from a newer program
 * is refused: its rows may mean something this program does not know.
 */
export async function migrateSqlite(connection: SqliteConnection, file: string): Promise<void> {
  const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(connection.db)
  const present = rows[0]?.user_version ?? 0
  if (present > newestSchema) {
    throw new Failure(
      'InvalidArgument',
      `The ledger ${file} has schema ${present}; this program knows schemas up to ${newestSchema}. Start it with the newer program that wrote it.`,
    )
  }
  for (const migration of migrations) {
    if (migration.number <= present) continue
    connection.exec('begin immediate')
    try {
      connection.exec(migration.sqlite)
      connection.exec(`pragma user_version = ${migration.number}`)
      connection.exec('commit')
    } catch (cause) {
      connection.exec('rollback')
      throw new Failure('InternalError', `Migration ${migration.number} (${migration.name}) failed.`, { cause })
    }
  }
}
