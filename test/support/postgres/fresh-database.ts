import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { afterAll, inject } from 'vitest'

/** Whether there is a PostgreSQL for the tests. When there is none, the run has said why at its beginning. */
export const hasPostgres = inject('postgresDoor') !== null

/**
 * A database that nobody else has, for one test or one file: with the tables of the ledger, unless it is to be bare.
 */
export interface FreshDatabase {
  readonly url: string
  /** A connection of the test's own, to look at tables or to end connections; ended with the database. */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>
  /** Ends every connection to it, as a restart of the database does. The number of them. */
  endConnections(): Promise<number>
  drop(): Promise<void>
}

let server: Promise<string> | undefined

/** The address of the database `postgres` of the server of this run; the first to ask starts it. */
async function serverUrl(): Promise<string> {
  const door = inject('postgresDoor')
  if (door === null) throw new Error('there is no PostgreSQL for the tests')
  const answer = await text(connect(door))
  if (answer.startsWith('failed: ')) throw new Error(`PostgreSQL did not start: ${answer.slice('failed: '.length)}`)
  return answer
}

/** Makes a database. @param bare without tables, as it is before a first start */
export async function freshDatabase({ bare = false } = {}): Promise<FreshDatabase> {
  server ??= serverUrl()
  const admin = new pg.Client(await server)
  await admin.connect()
  const name = `t_${randomBytes(8).toString('hex')}`
  await admin.query(`create database ${name}${bare ? '' : ` template ${inject('postgresTables')}`}`)
  const url = new URL(await server)
  url.pathname = `/${name}`
  let client: pg.Client | null = null
  // One after the other: a client carries out one query at a time.
  let last: Promise<unknown> = Promise.resolve()
  return {
    url: url.href,
    query<Row extends pg.QueryResultRow>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
      const rows = last.then(async () => {
        if (client === null) {
          client = new pg.Client(url.href)
          client.on('error', () => undefined)
          await client.connect()
        }
        return (await client.query<Row>(sql, [...parameters])).rows
      })
      last = rows.catch(() => undefined)
      return rows
    },
    async endConnections() {
      const { rowCount } = await admin.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
        [name],
      )
      client = null
      return rowCount ?? 0
    },
    async drop() {
      await client?.end().catch(() => undefined)
      await admin.query(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}

/**
 * One database for all tests of a file, emptied for each: making one takes some tenths of a second. Called once in a
 * file; dropped at its end.
 */
export function emptiedDatabase(): () => Promise<{ readonly url: string }> {
  let database: FreshDatabase | null = null
  afterAll(() => database?.drop())
  return async () => {
    database ??= await freshDatabase()
    await database.query(`do $$ declare name text; is_filled boolean; filled text; begin
      -- Few of them are; and each takes its time, with all its indexes.
      for name in select quote_ident(tablename) from pg_tables
        where schemaname = current_schema() and tablename not in ('migrations', 'event_feed')
      loop
        execute 'select exists (select from ' || name || ')' into is_filled;
        if is_filled then filled := concat_ws(', ', filled, name); end if;
      end loop;
      if filled is not null then execute 'truncate ' || filled || ' cascade'; end if;
      -- Its one row is made with the table.
      if to_regclass('event_feed') is not null then update event_feed set last = 0, removed_through = 0; end if;
    end $$`)
    return database
  }
}
