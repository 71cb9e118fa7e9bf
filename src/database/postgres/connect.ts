import pg from 'pg'
import type { Log } from '../../base/index.ts'

/** The oid of `int8`: counts, sizes and times. All of ours are far below 2^53. */
const INT8 = 20

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    (oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')) as (value: string) => unknown,
}

/** How long to wait for a connection, be it from the pool or from the database. */
const CONNECT_MS = 10_000
/** A statement that takes longer stands before a lock nobody lets go of; the transaction is given up. */
const STATEMENT_MS = 30_000
/** A transaction whose server says nothing for so long (it hangs, or its machine is gone) is ended, and its locks with it. */
const SILENT_TRANSACTION_MS = 5_000
/** When the database itself says nothing: after that the connection is given up. Longer than it may take to say no. */
const ANSWER_MS = STATEMENT_MS + 5_000

export interface ConnectionTimes {
  readonly connectMs?: number
  readonly statementMs?: number
}

function connectionConfig(url: string, name: string, { connectMs, statementMs }: ConnectionTimes): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: name,
    types,
    keepAlive: true,
    connectionTimeoutMillis: connectMs ?? CONNECT_MS,
    statement_timeout: statementMs ?? STATEMENT_MS,
    query_timeout: statementMs === undefined ? ANSWER_MS : statementMs + 1_000,
    idle_in_transaction_session_timeout: SILENT_TRANSACTION_MS,
  }
}

/** A connection of its own, not yet open. What happens to it while nobody asks anything is told to `onLost`, once. */
export function lonelyClient(
  url: string,
  name: string,
  onLost: (error: Error) => void,
  times: ConnectionTimes = {},
): pg.Client {
  const client = new pg.Client(connectionConfig(url, name, times))
  let isLost = false
  const lost = (error: Error): void => {
    if (isLost) return
    isLost = true
    onLost(error)
  }
  client.on('error', lost)
  client.on('end', () => lost(new Error('the connection ended')))
  return client
}

/** The connections that port calls share. */
export function openPool(url: string, name: string, connections: number, log: Log): pg.Pool {
  const pool = new pg.Pool({
    ...connectionConfig(url, name, {}),
    max: connections,
    idleTimeoutMillis: 60_000,
  })
  // A connection that breaks is found out by whoever uses it; nobody listening would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('error', (error) => log.warn({ err: error }, 'a connection to the database was lost'))
  return pool
}

/** Where a database is, without the password: for messages and the log. */
export function placeOf(url: string): string {
  const { host, port, database } = new pg.Client({ connectionString: url })
  return host.startsWith('/') ? `${host} (${database})` : `${host}:${port}/${database}`
}
