import type { ClientBase } from 'pg'
import { Failure } from '../../base/index.ts'
import { migrations, newestSchema } from '../migrations/index.ts'
import { lockKeys } from './lock-keys.ts'

/**
 * Brings the tables of a database to what this program needs, in one transaction and under a lock: of servers that
 * start together, one does it and the others find it done. A newer schema is refused: its rows may mean something this
 * program does not know.
 */
export async function migratePostgres(client: ClientBase, place: string): Promise<void> {
  await client.query('begin isolation level read committed')
  try {
    // A migration of a large table takes its time, and so does waiting for somebody else's.
    await client.query('set local statement_timeout = 0')
    await client.query('set local idle_in_transaction_session_timeout = 0')
    await client.query('select pg_advisory_xact_lock($1, hashtext(current_schema()))', [lockKeys.migration])
    await client.query(`create table if not exists migrations (
      number integer primary key,
      name text not null,
      done_at timestamptz not null default now()
    )`)
    const { rows } = await client.query<{ present: number }>(
      'select coalesce(max(number), 0) as present from migrations',
    )
    const present = rows[0]!.present
    if (present > newestSchema) {
      throw new Failure(
        'InvalidArgument',
        `The ledger at ${place} has schema ${present}; this program knows schemas up to ${newestSchema}. Start it with the newer program that wrote it.`,
      )
    }
    for (const { number, name, postgres } of migrations) {
      if (number <= present) continue
      await client.query(postgres).catch((cause: unknown) => {
        throw new Failure('InternalError', `Migration ${number} (${name}) failed.`, { cause })
      })
      await client.query('insert into migrations (number, name) values ($1, $2)', [number, name])
    }
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}
