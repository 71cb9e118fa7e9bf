import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ledger } from './ledger.ts'
import { openSqlite, type SqliteConnection } from './sqlite/connection.ts'
import { migrateSqlite } from './sqlite/migrate.ts'
import { statement } from './statement.ts'

// What statements give is asserted by the stores' suites, on both engines; here stands how they are built.

let folder: string
let connection: SqliteConnection
let ledger: Ledger

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-statement-'))
  connection = openSqlite(join(folder, 'ledger.db'))
  await migrateSqlite(connection, folder)
  ledger = {
    db: connection.db,
    execute: connection.execute,
    now: Date.now,
    wake: () => undefined,
    concurrent: false,
    roomNoted: null,
    workerId: () => null,
  }
})
afterAll(async () => {
  connection.close()
  await rm(folder, { recursive: true })
})

describe('a statement', () => {
  test('finds what is there after the same text found nothing, however it was asked', async () => {
    const named = statement(({ db }, { name }: { name: string }) =>
      db.selectFrom('buckets').select('name').where('name', '=', name),
    )
    const there = { name: 'there-1250000000' }
    await connection.db
      .insertInto('buckets')
      .values({ ...there, region: 'x', created_at: 1 })
      .execute()
    const byBuilder = (name: string) =>
      connection.db.selectFrom('buckets').select('name').where('name', '=', name).execute()
    const ways = [
      async (name: string) => (await byBuilder(name)).length,
      async (name: string) => ((await named.first(ledger, { name })) === undefined ? 0 : 1),
      async (name: string) => (await named.all(ledger, { name })).length,
    ]
    for (const before of ways) {
      for (const after of ways) expect([await before('none'), await after(there.name)]).toEqual([0, 1])
    }
  })

  test('is built once, and for lists once per length, whatever the values are', async () => {
    let built = 0
    const insert = statement(({ db }, { rows }: { rows: readonly { name: string; at: number }[] }) => {
      built += 1
      return db
        .insertInto('buckets')
        .values(rows.map(({ name, at }) => ({ name, region: 'somewhere', created_at: at, cors_json: null })))
    })
    expect(await insert.run(ledger, { rows: [{ name: 'one-1', at: 1 }] })).toBe(1)
    expect(
      await insert.run(ledger, {
        rows: [
          { name: 'two-1', at: 2 },
          { name: 'three-1', at: 3 },
        ],
      }),
    ).toBe(2)
    expect(await insert.run(ledger, { rows: [{ name: 'four-1', at: 4 }] })).toBe(1)
    expect(built).toBe(2)

    const named = statement(({ db }, { names, from }: { names: readonly string[]; from: number }) =>
      db
        .selectFrom('buckets')
        .select(['name', 'cors_json'])
        .where('name', 'in', names)
        .where('created_at', '>=', from)
        .orderBy('name'),
    )
    expect(await named.all(ledger, { names: ['one-1', 'four-1'], from: 2 })).toEqual([
      { name: 'four-1', cors_json: null },
    ])
    expect(await named.all(ledger, { names: ['three-1', 'one-1'], from: 1 })).toEqual([
      { name: 'one-1', cors_json: null },
      { name: 'three-1', cors_json: null },
    ])
    expect(await named.first(ledger, { names: ['two-1'], from: 0 })).toEqual({ name: 'two-1', cors_json: null })
    expect(await named.first(ledger, { names: ['nobody-1'], from: 0 })).toBeUndefined()
  })

  test('is given bytes and nothing as they are', async () => {
    const echo = statement(({ db }, { body, none }: { body: Uint8Array; none: string | null }) =>
      db.selectNoFrom((eb) => [eb.val(body).as('body'), eb.val(none).as('none')]),
    )
    const row = await echo.first(ledger, { body: new Uint8Array([0, 255, 7]), none: null })
    expect([...row!.body]).toEqual([0, 255, 7])
    expect(row!.none).toBeNull()
    const other = await echo.first(ledger, { body: new Uint8Array(0), none: 'something' })
    expect([...other!.body]).toEqual([])
    expect(other!.none).toBe('something')
  })

  test('that decides something by a value is refused', async () => {
    const looks = statement(({ db }, { name }: { name: string }) =>
      db.selectFrom('buckets').selectAll().where('name', '=', `${name}-1`),
    )
    await expect(looks.all(ledger, { name: 'one' })).rejects.toThrow(/may not look at them/)
    const writes = statement(({ db }, { about }: { about: readonly { name: string }[] }) =>
      db.selectFrom('buckets').selectAll().where('cors_json', '=', JSON.stringify(about)),
    )
    await expect(writes.all(ledger, { about: [{ name: 'one' }] })).rejects.toThrow(/may not look at them/)
  })

  test('that fails in the database fails the call', async () => {
    const insert = statement(({ db }, { name }: { name: string }) =>
      db.insertInto('buckets').values({ name, region: 'somewhere', created_at: 1 }),
    )
    await insert.run(ledger, { name: 'twice-1' })
    await expect(insert.run(ledger, { name: 'twice-1' })).rejects.toMatchObject({
      code: 'SQLITE_CONSTRAINT_PRIMARYKEY',
    })
  })
})
