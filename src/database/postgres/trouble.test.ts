import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase, hasPostgres } from '../../../test/support/postgres/fresh-database.ts'
import { Failure } from '../../base/index.ts'
import { postgresFailure } from './failures.ts'
import { openPostgresInProcess, type PostgresInProcess } from './open-in-process.ts'

const bucket = 'album-1250000000'

describe.skipIf(!hasPostgres)('a database that is in trouble', () => {
  let database: FreshDatabase
  let server: PostgresInProcess

  beforeEach(async () => {
    database = await freshDatabase()
    server = await openPostgresInProcess({ url: database.url })
    await server.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
  })
  afterEach(async () => {
    await server.close()
    await database.drop()
  })

  test('connections that were ended while they rested are replaced without anybody noticing', async () => {
    expect(await database.endConnections()).toBeGreaterThan(0)
    expect(await Promise.all(Array.from({ length: 8 }, () => server.stores.objects.findBucket(bucket)))).toHaveLength(8)
  })

  test('a transaction whose connection breaks before the commit is carried out on another, once', async () => {
    let runs = 0
    await server.transaction(async ({ db }) => {
      runs += 1
      await db
        .insertInto('secrets')
        .values({ purpose: 'test', value: `run ${runs}`, created_at: 1 })
        .execute()
      if (runs === 1)
        await database.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and state = 'idle in transaction'`)
      await db.selectFrom('buckets').selectAll().execute()
    })
    expect(runs).toBe(2)
    expect(await database.query('select value from secrets')).toEqual([{ value: 'run 2' }])
  })

  test('two transactions that lock each other out both come through', async () => {
    await server.stores.objects.createBucket({ name: 'other-1250000000', region: 'ap-test' })
    let meet: () => void = () => undefined
    let arrived = 0
    const both = new Promise<void>((resolve) => {
      meet = resolve
    })
    const lockInOrder = (names: string[]) =>
      server.transaction(async ({ db }) => {
        for (const name of names) {
          await db.updateTable('buckets').set({ region: 'r' }).where('name', '=', name).execute()
          arrived += 1
          if (arrived === 2) meet()
          await both
        }
      })
    await Promise.all([lockInOrder([bucket, 'other-1250000000']), lockInOrder(['other-1250000000', bucket])])
    expect(arrived).toBeGreaterThan(4)
  })

  test('a failure of the house rolls its transaction back and leaves the connection in order', async () => {
    await expect(
      server.transaction(async ({ db }) => {
        await db.deleteFrom('buckets').execute()
        throw new Failure('QueueFull')
      }),
    ).rejects.toMatchObject({ code: 'QueueFull' })
    expect(await server.stores.objects.findBucket(bucket)).not.toBeNull()
  })

  test('NUL, which PostgreSQL keeps in no text, is refused where it is asked for, and replaced where a stranger sends it', async () => {
    await expect(server.stores.objects.findObject(bucket, 'a\0b')).rejects.toMatchObject({ code: 'InvalidArgument' })
    const { writeEvent } = await import('../event-writer.ts')
    const deliveries = [
      { url: 'http://a.example/', contentType: 'application/xml', body: Buffer.from('<a/>') },
    ] as const
    await server.transaction((ledger) =>
      writeEvent(ledger, { name: 'TaskFinish', subject: 'c1', bucket, deliveries }, 1),
    )
    const store = server.stores.deliveries
    const [one] = await store.claimDue({ limit: 1, perOrigin: 1, busy: {}, leaseMs: 1_000, now: 2 })
    const attempt = { startedAt: 1, durationMs: 1, address: null, status: 500, answer: 'a\0b', error: 'c\0d' }
    expect(await store.recordAttempt(one!.id, one!.leaseToken, attempt, { state: 'Dead' })).toBe(true)
    expect((await store.deliveriesOf('c1'))[0]!.attempts[0]).toMatchObject({
      answer: 'a\u{fffd}b',
      error: 'c\u{fffd}d',
    })
  })

  test('times beyond 2^31 and sizes beyond 2^32 come back as numbers', async () => {
    const object = {
      bucket,
      key: 'big',
      blobId: 'b' as never,
      size: 5 * 2 ** 32,
      etag: 'e',
      crc64: '18446744073709551615',
      contentType: 'x/y',
      headers: {},
      requestId: 'r',
      eventName: 'e',
      origin: 'client' as const,
    }
    const { lastModified } = await server.stores.objects.publishObject(object)
    expect(Math.abs(lastModified - Date.now())).toBeLessThan(60_000)
    expect(await server.stores.objects.findObject(bucket, 'big')).toMatchObject({ size: 5 * 2 ** 32, lastModified })
  })
})

describe('what PostgreSQL says, as the house knows it', () => {
  const said = (code: string) => Object.assign(new Error('says it'), { code })
  test.each([
    ['a full disk', said('53100'), 'StorageFull'],
    ['a shut down', said('57P01'), 'StorageUnavailable'],
    ['too many connections', said('53300'), 'StorageUnavailable'],
    ['a statement that took too long', said('57014'), 'StorageUnavailable'],
    ['a database that only reads', said('25006'), 'StorageUnavailable'],
    ['nobody at the address', said('ECONNREFUSED'), 'StorageUnavailable'],
    ['a connection that ended', new Error('Connection terminated unexpectedly'), 'StorageUnavailable'],
    ['a constraint that does not hold', said('23514'), 'InternalError'],
    ['our own failure', new Failure('JobNotFound', 'no connection to it'), 'JobNotFound'],
  ])('%s', (_what, error, code) => {
    expect(postgresFailure(error).code).toBe(code)
  })
})
