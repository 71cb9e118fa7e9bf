import Database from 'libsql'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchHandler } from '../packages/receiver/src/index.ts'
import { keepsTheSeenEventsContract } from '../packages/receiver/src/seen.contract.ts'
import { deliveryOf, requestTo, taskSucceeded } from '../packages/receiver/src/testing/index.ts'
import { type FreshDatabase, freshDatabase, hasPostgres } from '../test/support/postgres/fresh-database.ts'
import { schema, seenInPostgres, seenInSqlite } from './seen-in-sql/seen-in-sql.ts'

describe('handled events in SQLite', () => {
  keepsTheSeenEventsContract(async (clock) => {
    const database = new Database(':memory:')
    database.exec(schema)
    return seenInSqlite(database, { clock })
  })

  test('outlive the process that handled them', async () => {
    const secrets = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
    const database = new Database(':memory:')
    database.exec(schema)
    let handled = 0
    const onEvent = () => {
      handled += 1
    }
    const delivery = await deliveryOf(taskSucceeded(), { secrets })
    for (const _process of [1, 2]) {
      const handle = fetchHandler({ secrets, onEvent, seen: seenInSqlite(database) })
      expect((await handle(requestTo('http://r/', delivery))).status).toBe(200)
    }
    expect(handled).toBe(1)
  })
})

describe.skipIf(!hasPostgres)('handled events in PostgreSQL', () => {
  let database: FreshDatabase
  let pool: pg.Pool
  beforeAll(async () => {
    database = await freshDatabase()
    pool = new pg.Pool({ connectionString: database.url, max: 8 })
    // The pool says that it has ended before its connections have, and the drop of the database ends those.
    pool.on('error', () => undefined)
    await pool.query(schema)
  })
  afterAll(async () => {
    await pool?.end()
    await database?.drop()
  })

  keepsTheSeenEventsContract(async (clock) => {
    await pool.query('delete from seen_events')
    return seenInPostgres(pool, { clock })
  })
})
