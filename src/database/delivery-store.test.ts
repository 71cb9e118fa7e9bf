import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { emptiedDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { openSqliteWithEvents } from '../../test/support/sqlite-with-events.ts'
import { keepsTheDeliveryDeskContract } from '../callbacks/delivery-desk.contract.ts'
import { keepsTheDeliveryStoreContract } from '../callbacks/delivery-store.contract.ts'
import type { NewEvent } from '../callbacks/index.ts'
import { keepsTheReceiverStoreContract } from '../callbacks/receiver-store.contract.ts'
import { keepsTheSigningStoreContract } from '../callbacks/signing-store.contract.ts'
import { writeEvent } from './event-writer.ts'
import { openPostgresInProcess } from './postgres/open-in-process.ts'

describe.skipIf(!hasPostgres)('deliveries in PostgreSQL', () => {
  const emptied = emptiedDatabase()
  const open = async (now?: () => number) => {
    const { url } = await emptied()
    const ledger = await openPostgresInProcess({ url, now })
    const { deliveries, deliveryDesk, receivers, retention, signing, queues, objects, secrets, workflows } =
      ledger.stores
    return {
      store: deliveries,
      desk: deliveryDesk,
      receivers,
      retention,
      signing,
      queues,
      objects,
      secrets,
      workflows,
      add: (event: NewEvent, at: number) => ledger.transaction((handle) => writeEvent(handle, event, at)),
      serverDies: () => ledger.dieAndComeBack(),
      close: () => ledger.close(),
    }
  }
  keepsTheDeliveryStoreContract(open)
  keepsTheDeliveryDeskContract(open)
  keepsTheReceiverStoreContract(open)
  keepsTheSigningStoreContract(open)
})

describe('deliveries in SQLite', () => {
  const open = async (now?: () => number) => {
    const ledger = await openSqliteWithEvents(now)
    const { deliveries, deliveryDesk, receivers, retention, signing, queues, objects, secrets, workflows } =
      ledger.stores
    return {
      ...ledger,
      store: deliveries,
      desk: deliveryDesk,
      receivers,
      retention,
      signing,
      queues,
      objects,
      secrets,
      workflows,
      serverDies: async () => undefined,
    }
  }
  keepsTheDeliveryStoreContract(open)
  keepsTheDeliveryDeskContract(open)
  keepsTheReceiverStoreContract(open)
  keepsTheSigningStoreContract(open)

  test('couriers are woken by events that go somewhere, and by a rescue', async () => {
    const it = await open()
    await it.add({ name: 'TaskFinish', subject: 'c1', bucket: 'b', deliveries: [] }, 1)
    expect(it.wakes).toEqual(['events'])
    const deliveries = [{ url: 'http://a/', contentType: 'application/xml', body: Buffer.from('<a/>') }] as const
    await it.add({ name: 'TaskFinish', subject: 'c2', bucket: 'b', deliveries }, 1)
    expect(it.wakes).toEqual(['events', 'events', 'deliveries'])
    await it.store.claimDue({ limit: 1, perOrigin: 1, busy: {}, leaseMs: 1, now: 1 })
    await it.store.rescueDeliveries()
    expect(it.wakes).toEqual(['events', 'events', 'deliveries', 'deliveries'])
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
    [
      'the list of all',
      'select id from deliveries where created_at >= 1 order by created_at desc, id desc limit 9',
      'deliveries_by_time',
    ],
    [
      'the list of a receiver',
      `select id from deliveries where receiver = 'x' and created_at >= 1 order by created_at desc, id desc limit 9`,
      'deliveries_by_receiver (receiver=? AND created_at>?)',
    ],
    [
      'the list of the dead',
      `select id from deliveries where state = 'Dead' and created_at >= 1 order by created_at desc, id desc limit 9`,
      'deliveries_dead (created_at>?)',
    ],
    [
      'what is held',
      `select id from deliveries where receiver = 'x' and state = 'Held' order by created_at, id limit 9`,
      'deliveries_held (receiver=?)',
    ],
    ['receivers that are off', 'select id from receivers where is_enabled = 0 order by address', 'receivers_off'],
  ])('%s is read from its index', async (_what, query, index) => {
    const it = await open()
    const { rows } = await sql<{ detail: string }>`explain query plan ${sql.raw(query)}`.execute(it.connection.db)
    expect(rows.map(({ detail }) => detail).join('\n')).toContain(`INDEX ${index}`)
    expect(rows.map(({ detail }) => detail).join('\n')).not.toContain('TEMP B-TREE')
    await it.close()
  })

  test('a long line at one origin does not keep another from its turn', async () => {
    const it = await open()
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
