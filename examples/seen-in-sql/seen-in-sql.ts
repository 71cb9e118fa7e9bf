import type { SeenEvents } from '@pixmill/receiver'

/**
 * Which events were handled, in a table that all processes of a receiver share. The same statements do on PostgreSQL and on
 * SQLite 3.35 or newer.
 *
 * Remove old rows now and then, but none that a sender may still send: `delete from seen_events where claimed_until < …`
 * with the milliseconds of a week ago.
 */
export const schema = `
  create table if not exists seen_events (
    key text primary key,
    is_done integer not null default 0,
    claimed_until bigint not null
  )`

export interface Options {
  /** How long a claim lasts when its process dies; more than handling an event ever takes. Default a minute. */
  readonly claimMs?: number
  /** UTC milliseconds. */
  readonly clock?: () => number
}

/** Runs one statement with its parameters `$1`, `$2`… and gives the rows. */
type Query = (text: string, values: readonly (string | number)[]) => Promise<readonly unknown[]>

export function seenInSql(query: Query, { claimMs = 60_000, clock = Date.now }: Options = {}): SeenEvents {
  return {
    async claim(key) {
      const now = clock()
      // One statement, so nobody can come between. It gives a row only when the claim is ours: the key was not there, or
      // its claim has ended.
      const mine = await query(
        `insert into seen_events (key, claimed_until) values ($1, $2)
         on conflict (key) do update set claimed_until = excluded.claimed_until
           where seen_events.is_done = 0 and seen_events.claimed_until <= $3
         returning key`,
        [key, now + claimMs, now],
      )
      if (mine.length > 0) return 'mine'
      const done = await query('select key from seen_events where key = $1 and is_done = 1', [key])
      return done.length > 0 ? 'done' : 'busy'
    },
    async done(key) {
      await query(
        `insert into seen_events (key, is_done, claimed_until) values ($1, 1, $2)
         on conflict (key) do update set is_done = 1`,
        [key, clock()],
      )
    },
    async release(key) {
      await query('delete from seen_events where key = $1 and is_done = 0', [key])
    },
  }
}

/** With a pool of `pg`. */
export function seenInPostgres(pool: PostgresPool, options?: Options): SeenEvents {
  return seenInSql(async (text, values) => (await pool.query(text, [...values])).rows, options)
}

interface PostgresPool {
  query(text: string, values: (string | number)[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** With a database of `better-sqlite3` or `libsql`. */
export function seenInSqlite(database: SqliteDatabase, options?: Options): SeenEvents {
  return seenInSql(async (text, values) => {
    // SQLite writes its numbered parameters with question marks.
    const statement = database.prepare(text.replaceAll(/\$(\d)/g, '?$1'))
    if (statement.reader) return statement.all(...values)
    statement.run(...values)
    return []
  }, options)
}

interface SqliteDatabase {
  prepare(text: string): {
    /** Whether it gives rows. */
    readonly reader: boolean
    all(...values: unknown[]): readonly unknown[]
    run(...values: unknown[]): unknown
  }
}
