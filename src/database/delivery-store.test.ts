import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { emptiedDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import type { EventId } from '../base/index.ts'
import { type DeliveryStoreUnderTest, keepsTheDeliveryStoreContract } from '../callbacks/delivery-store.contract.ts'
import type { NewEvent } from '../callbacks/index.ts'
import { sqlDeliveryStore } from './delivery-store.ts'
import { writeEvent } from './event-writer.ts'
import type { Ledger } from './ledger.ts'
import { openPostgresInProcess } from './postgres/open-in-process.ts'
import { openSqlite, type SqliteConnection } from './sqlite/connection.ts'
import { migrateSqlite } from './sqlite/migrate.ts'

async function openStore(): Promise<DeliveryStoreUnderTest & { connection: SqliteConnection; wakes: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-deliveries-'))
  const connection = openSqlite(join(folder, 'ledger.db'))
  await migrateSqlite(connection, folder)
  const wakes: string[] = []
  const ledger: Ledger = {
    db: connection.db,
    now: Date.now,
    wake: (channel) => wakes.push(channel),
    concurrent: false,
    roomNoted: null,
    workerId: () => null,
  }
  // Port calls are transactions one after another, as in the ledger's thread.
  let last: Promise<unknown> = Promise.resolve()
  const inOrder = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const result = last.then(async () => {
      connection.exec('begin immediate')
      try {
        const value = await work()
        connection.exec('commit')
        return value
      } catch (error) {
        connection.exec('rollback')
        throw error
      }
    })
    last = result.catch(() => undefined)
    return result
  }
  const store = sqlDeliveryStore(ledger)
  return {
    connection,
    wakes,
    store: {
      claimDue: (options) => inOrder(() => store.claimDue(options)),
      recordAttempt: (...args) => inOrder(() => store.recordAttempt(...args)),
      returnUntried: (...args) => inOrder(() => store.returnUntried(...args)),
      nextDueAt: () => inOrder(() => store.nextDueAt()),
      deliveriesOf: (subject) => inOrder(() => store.deliveriesOf(subject)),
      rescueDeliveries: () => inOrder(() => store.rescueDeliveries()),
    },
    add: (event: NewEvent, at: number): Promise<EventId> => inOrder(() => writeEvent(ledger, event, at)),
    serverDies: async () => undefined,
    async close() {
      await last
      connection.close()
      await rm(folder, { recursive: true })
    },
  }
}

describe.skipIf(!hasPostgres)('deliveries in PostgreSQL', () => {
  const emptied = emptiedDatabase()
  keepsTheDeliveryStoreContract(async () => {
    const { url } = await emptied()
    const ledger = await openPostgresInProcess({ url })
    return {
      store: ledger.stores.deliveries,
      add: (event, at) => ledger.transaction((handle) => writeEvent(handle, event, at)),
      serverDies: () => ledger.dieAndComeBack(),
      async close() {
        await ledger.close()
      },
    }
  })
})

describe('deliveries in SQLite', () => {
  keepsTheDeliveryStoreContract(openStore)

  test('couriers are woken by events that go somewhere, and by a rescue', async () => {
    const it = await openStore()
    await it.add({ name: 'TaskFinish', subject: 'c1', bucket: 'b', deliveries: [] }, 1)
    expect(it.wakes).toEqual([])
    const deliveries = [{ url: 'http://a/', contentType: 'application/xml', body: Buffer.from('<a/>') }] as const
    await it.add({ name: 'TaskFinish', subject: 'c2', bucket: 'b', deliveries }, 1)
    expect(it.wakes).toEqual(['deliveries'])
    await it.store.claimDue({ limit: 1, perOrigin: 1, busy: {}, leaseMs: 1, now: 1 })
    await it.store.rescueDeliveries()
    expect(it.wakes).toEqual(['deliveries', 'deliveries'])
    await it.close()
  })

  test.each([
    [
      'the line of an origin',
      `select id from deliveries where state = 'Waiting' and origin = 'x' and due_at <= 1 order by due_at, id limit 8`,
      'deliveries_due_by_origin (origin=? AND due_at<?)',
    ],
    [
      'the next origin',
      `select min(origin) from deliveries where state = 'Waiting' and origin > 'x'`,
      'deliveries_due_by_origin (origin>?)',
    ],
    ['the next due time', `select min(due_at) from deliveries where state = 'Waiting'`, 'deliveries_due'],
    [
      'ended leases',
      `update deliveries set due_at = 1 where state = 'Sending' and lease_until <= 1`,
      'deliveries_leased',
    ],
  ])('%s is read from its index', async (_what, query, index) => {
    const it = await openStore()
    const { rows } = await sql<{ detail: string }>`explain query plan ${sql.raw(query)}`.execute(it.connection.db)
    expect(rows.map(({ detail }) => detail).join('\n')).toContain(`INDEX ${index}`)
    expect(rows.map(({ detail }) => detail).join('\n')).not.toContain('TEMP B-TREE')
    await it.close()
  })

  test('a long line at one origin does not keep another from its turn', async () => {
    const it = await openStore()
    await it.add({ name: 'TaskFinish', subject: 'c0', bucket: 'b', deliveries: [] }, 1)
    it.connection.exec(`
      insert into deliveries (id, event_id, event_name, subject, url, origin, content_type, body, state, created_at, due_at)
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 50000)
      select 'd' || i, (select id from events), 'TaskFinish', 's', 'http://slow/', 'http://slow', 'application/xml', x'00', 'Waiting', i, i from n
    `)
    const url = 'http://fast/'
    const deliveries = [{ url, contentType: 'application/xml', body: Buffer.from('<a/>') }] as const
    await it.add({ name: 'TaskFinish', subject: 'c1', bucket: 'b', deliveries }, 60_000)
    const options = { limit: 256, perOrigin: 8, busy: { 'http://slow': 8 }, leaseMs: 1_000, now: 70_000 }
    const claimed = await it.store.claimDue(options)
    expect(claimed.map((one) => one.url)).toEqual([url])
    await it.close()
  })
})
