import { Kysely, SqliteDialect } from 'kysely'
import Database from 'libsql'
import type { Answer, BuiltStatement, Wanted } from '../statement.ts'
import type { Tables } from '../tables.ts'

type LibsqlDatabase = InstanceType<typeof Database>
/** libsql's own types give statements one fixed argument list; these are the calls used here, as they are. */
interface LibsqlStatement {
  readonly reader: boolean
  /** From now on a row is the list of its values. */
  raw(): void
  columns(): { name: string }[]
  all(parameters: readonly unknown[]): unknown[][]
  run(parameters: readonly unknown[]): { changes: number; lastInsertRowid: number | bigint }
}

/** A connection to the ledger of an embedded installation, and a query builder on it. */
export interface SqliteConnection {
  readonly db: Kysely<Tables>
  /** Runs a statement that was built before. */
  execute(statement: BuiltStatement, parameters: readonly unknown[], wanted: Wanted): Answer
  /** Runs statements that give nothing back. */
  exec(sql: string): void
  close(): void
}

/**
 * How long the log grows before it is folded in: 16 MB, four times SQLite's default. Folding in costs two more syncs in
 * the middle of a commit, and everybody waits for them; this way that is felt by less than one in a hundred.
 */
export const PAGES_BEFORE_CHECKPOINT = 4_000

/** For how long one connection waits for another, which only happens while the log is folded in, milliseconds. */
const PATIENCE_MS = 10_000

/**
 * Opens the ledger file. WAL with `synchronous=FULL`: a commit is on disk when it returns. Exactly one connection that
 * writes may be open on a file at a time: the SQLite inside libsql 0.5 loses writes when two connections checkpoint at
 * once.
 */
export function openSqlite(file: string): SqliteConnection {
  const database = new Database(file)
  database.pragma(`busy_timeout = ${PATIENCE_MS}`)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  database.pragma('temp_store = MEMORY')
  database.pragma(`wal_autocheckpoint = ${PAGES_BEFORE_CHECKPOINT}`)
  return connectionOn(database)
}

/** A second connection to a ledger that is open, which never writes: neither rows nor the log into the file. */
export function openSqliteForReading(file: string): SqliteConnection {
  const database = new Database(file)
  database.pragma(`busy_timeout = ${PATIENCE_MS}`)
  database.pragma('wal_autocheckpoint = 0')
  database.pragma('temp_store = MEMORY')
  database.pragma('query_only = ON')
  return connectionOn(database)
}

function connectionOn(database: LibsqlDatabase): SqliteConnection {
  const statements = new StatementCache(database)
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: statements }) })
  return {
    db,
    execute: (statement, parameters, wanted) => statements.of(statement).answer(parameters, wanted),
    exec: (sql) => void database.exec(sql),
    close: () => database.close(),
  }
}

/** How many prepared statements are kept; texts beyond that are prepared again when they come back. */
const KEPT_STATEMENTS = 500

/**
 * What Kysely's SQLite dialect needs of a database, over libsql: statements prepared once per text, and rows as
 * Kysely's users expect them.
 */
class StatementCache {
  readonly #database: LibsqlDatabase
  readonly #statements = new Map<string, PreparedStatement>()
  /** Those of statements that are built once: found without looking at their text. */
  readonly #ofBuilt = new WeakMap<BuiltStatement, PreparedStatement>()

  constructor(database: LibsqlDatabase) {
    this.#database = database
  }

  of(built: BuiltStatement): PreparedStatement {
    let statement = this.#ofBuilt.get(built)
    if (statement === undefined) {
      statement = this.prepare(built.sql)
      this.#ofBuilt.set(built, statement)
    }
    return statement
  }

  prepare(sql: string): PreparedStatement {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = new PreparedStatement(this.#database.prepare(sql) as unknown as LibsqlStatement)
      if (this.#statements.size >= KEPT_STATEMENTS) {
        const oldest = this.#statements.keys().next().value
        if (oldest !== undefined) this.#statements.delete(oldest)
      }
      this.#statements.set(sql, statement)
    }
    return statement
  }

  close(): void {
    this.#database.close()
  }
}

const NO_ROWS: readonly unknown[] = []

/**
 * A statement whose rows come as lists of values and are made into objects here: that is half the price of having libsql make
 * them, which looks up the name of every column for every row.
 */
class PreparedStatement {
  readonly #statement: LibsqlStatement
  readonly #columns: readonly string[]
  readonly reader: boolean

  constructor(statement: LibsqlStatement) {
    this.#statement = statement
    this.reader = statement.reader
    this.#columns = this.reader ? statement.columns().map(({ name }) => name) : []
    if (this.reader) statement.raw()
  }

  answer(parameters: readonly unknown[], wanted: Wanted): Answer {
    if (wanted === 'none') return { rows: NO_ROWS, changes: this.#statement.run(parameters).changes }
    // Not libsql's `get` for the first one: after an `all` that found nothing it finds nothing either, once, and after a
    // failure it fails once more.
    return { rows: this.all(parameters), changes: 0 }
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#statement.all(parameters).map((values) => this.#rowOf(values))
  }

  run(parameters: readonly unknown[]): { changes: number; lastInsertRowid: number } {
    const { changes, lastInsertRowid } = this.#statement.run(parameters)
    return { changes, lastInsertRowid: Number(lastInsertRowid) }
  }

  *iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    yield* this.all(parameters)
  }

  #rowOf(values: readonly unknown[]): Record<string, unknown> {
    const row: Record<string, unknown> = {}
    for (let index = 0; index < values.length; index += 1) row[this.#columns[index]!] = values[index]
    return row
  }
}
