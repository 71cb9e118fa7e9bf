import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FreshDatabase, freshDatabase, hasPostgres } from '../../../test/support/postgres/fresh-database.ts'
import { compiledProgram, silentLog } from '../../base/index.ts'
import type { NewJob } from '../../jobs/index.ts'
import { newestSchema } from '../migrations/index.ts'
import type { OpenLedger } from '../open-ledger.ts'
import { nothingFollows } from '../what-follows.ts'
import { openPostgresLedger, type PostgresLedgerOptions } from './open-ledger.ts'

const bucket = 'album-1250000000'
const job: NewJob = {
  bucket,
  queueId: null,
  level: 0,
  inputObject: 'in.png',
  output: { bucket, region: 'ap-test', object: 'out.png' },
  templateId: null,
  inline: { isPicInfo: false, processRule: 'imageMogr2/strip' },
  userData: null,
  callback: { url: null, format: null },
  origin: null,
}
const options = { openService: true, queueDefaults: { maxSize: 100, maxConcurrent: 10 } }

describe.skipIf(!hasPostgres)('the ledger in PostgreSQL', () => {
  let database: FreshDatabase
  const opened: OpenLedger[] = []

  beforeEach(async () => {
    database = await freshDatabase({ bare: true })
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((ledger) => ledger.close()))
    await database.drop()
  })

  async function open(changes: Partial<PostgresLedgerOptions> = {}): Promise<OpenLedger> {
    const ledger = await openPostgresLedger({
      url: database.url,
      connections: 3,
      folderUse: 'alone',
      heartbeatProgram: compiledProgram('app/heartbeat-thread.js'),
      whatFollows: nothingFollows,
      log: silentLog,
      ...changes,
    })
    opened.push(ledger)
    return ledger
  }
  const workers = () => database.query<{ id: string }>('select id from workers order by started_at')

  test('what was written is there after closing and opening again; nobody is written down in between', async () => {
    const first = await open()
    await first.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    expect(await workers()).toHaveLength(1)
    await first.close()
    await first.close()
    await expect(first.stores.objects.listBuckets()).rejects.toMatchObject({ code: 'ServerStopping' })
    expect(await workers()).toEqual([])
    const second = await open()
    expect(await second.stores.objects.findBucket(bucket)).toMatchObject({ region: 'ap-test' })
  })

  test('a second server is refused while the first lives, and taken when it is gone; sharing does not go with alone', async () => {
    const first = await open()
    const refused = { code: 'InvalidArgument', message: expect.stringContaining('Another Pixmill server') }
    // Each asks for three seconds, for as long as a lock may outlive its server.
    await Promise.all([
      expect(open()).rejects.toMatchObject(refused),
      expect(open({ folderUse: 'sharing' })).rejects.toMatchObject(refused),
    ])
    await first.close()
    await Promise.all([open({ folderUse: 'sharing' }), open({ folderUse: 'sharing' })])
    await expect(open()).rejects.toMatchObject(refused)
  })

  test('servers that start together on an empty database make its tables once', async () => {
    await Promise.all([1, 2, 3].map(() => open({ folderUse: 'sharing' })))
    expect(await database.query('select number from migrations')).toHaveLength(newestSchema)
  })

  test('a ledger of a newer program is refused, and left as it is', async () => {
    await (await open()).close()
    await database.query(`insert into migrations (number, name) values (999, 'from the future')`)
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining('schema 999') })
  })

  test('a database that is not there is told with its place and without its password', async () => {
    const url = 'postgres://somebody:very-secret@127.0.0.1:1/nothing'
    const failed = await open({ url }).catch((error: Error) => error)
    expect(failed).toMatchObject({
      code: 'StorageUnavailable',
      message: expect.stringContaining('127.0.0.1:1/nothing'),
    })
    expect(`${(failed as Error).stack} ${(failed as Error).cause}`).not.toContain('very-secret')
  })

  test('work that one server writes wakes the other', async () => {
    const [here, there] = [await open({ folderUse: 'sharing' }), await open({ folderUse: 'sharing' })]
    await here.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    const woken = [here.wakes.next('jobs'), there.wakes.next('jobs')]
    await here.stores.jobs.submitJob(job, options)
    await Promise.all(woken)
  })

  test('a database that ends every connection is found again: calls, wakes and the lock', async () => {
    const ledger = await open()
    await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    // Whoever listens again looks at once, since wakes may have been missed.
    const lookedAgain = ledger.wakes.next('deliveries')
    expect(await database.endConnections()).toBeGreaterThan(2)
    expect(await ledger.stores.objects.findBucket(bucket)).not.toBeNull()
    await lookedAgain
    await vi.waitFor(() => expect(ledger.isUp()).toBe(true))
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining('Another Pixmill server') })
    expect(await workers()).toHaveLength(1)
  })

  test('a server whose row is gone is told so, and works on under a new name', async () => {
    const ledger = await open()
    await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    await ledger.stores.jobs.submitJob(job, options)
    const before = await workers()
    const told = ledger.takenForDead.next('taken for dead')
    await database.query('delete from workers')
    // Taken for dead: what it would claim now would be taken from it a moment later.
    expect(await ledger.stores.jobs.claimJobs(1)).toEqual([])
    await told
    expect(await ledger.stores.jobs.claimJobs(1)).toHaveLength(1)
    expect(await workers()).not.toEqual(before)
  })

  test('a server that is silent is dead after seven seconds, unless whoever looks has just been silent itself', async () => {
    const ledger = await open({ folderUse: 'sharing' })
    await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    await ledger.stores.jobs.submitJob(job, options)
    await ledger.stores.jobs.claimJobs(1)
    const age = (ms: number) =>
      database.query(`with now as (select floor(extract(epoch from clock_timestamp()) * 1000)::int8 as at)
        insert into workers select 'silent', 'elsewhere', at - 100000, at - ${ms}, at - 100000 from now
        on conflict (id) do update set seen_at = excluded.seen_at`)
    await age(6_000)
    await database.query(`update jobs set worker_id = 'silent'`)
    await database.query('update workers set steady_since = 0')
    expect(await ledger.stores.jobs.rescueJobs(10)).toEqual({ returned: 0, failed: 0 })
    await age(7_500)
    await database.query(`update workers set steady_since = seen_at where id <> 'silent'`)
    expect(await ledger.stores.jobs.rescueJobs(10)).toEqual({ returned: 0, failed: 0 })
    await database.query('update workers set steady_since = 0')
    expect(await ledger.stores.jobs.rescueJobs(10)).toEqual({ returned: 1, failed: 0 })
    expect(await workers()).toHaveLength(1)
  })

  test('its times are those of the database, and its clock is near them', async () => {
    const ledger = await open()
    await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    const before = ledger.clock.now()
    const [{ at }] = (await database.query<{ at: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as at',
    )) as [{ at: number }]
    // How far apart the two are is not known better than the way there and back was long when it was measured.
    expect(at).toBeGreaterThan(before - 1_000)
    expect(at).toBeLessThan(ledger.clock.now() + 1_000)
    await vi.waitFor(async () => expect((await ledger.stores.objects.listBuckets())[0]!.createdAt).toBeLessThan(at + 1))
  })
})
