import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase, hasPostgres } from '../../../test/support/postgres/fresh-database.ts'
import { followOptions } from '../../../test/support/what-follows.ts'
import { topologyOf, workflowOf } from '../../../test/support/workflows.ts'
import { whatFollowsWith } from '../../app/what-follows.ts'
import type { NewJob, SubmitOptions } from '../../jobs/index.ts'
import { openPostgresInProcess, type PostgresInProcess } from './open-in-process.ts'

const bucket = 'album-1250000000'
const whatFollows = whatFollowsWith(followOptions)
const job: NewJob = {
  bucket,
  queueId: null,
  level: 0,
  inputObject: 'in.png',
  output: { bucket, region: 'ap-test', object: 'out.png' },
  templateId: null,
  inline: { isPicInfo: false, processRule: 'imageMogr2/strip' },
  userData: null,
  callback: { url: 'http://a.example/', format: null },
  origin: null,
}
const withLimits = (maxSize: number, maxConcurrent: number): SubmitOptions => ({
  openService: true,
  queueDefaults: { maxSize, maxConcurrent },
})

describe.skipIf(!hasPostgres)('many at once on PostgreSQL', () => {
  let database: FreshDatabase
  let servers: PostgresInProcess[]

  beforeEach(async () => {
    database = await freshDatabase({ bare: true })
    servers = []
    // One after the other: each finds the tables that the first one made.
    for (let n = 0; n < 2; n += 1)
      servers.push(await openPostgresInProcess({ url: database.url, connections: 5, whatFollows }))
    await servers[0]!.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
  })
  afterEach(async () => {
    for (const server of servers) await server.close()
    await database.drop()
  })

  const jobsOf = (n: number) => servers[n % servers.length]!.stores.jobs
  const countJobs = async (state: string): Promise<number> =>
    (await database.query<{ count: number }>('select count(*)::integer from jobs where state = $1', [state]))[0]!.count

  test('eight claimers on two servers never get the same job, and together get them all', async () => {
    await Promise.all(Array.from({ length: 120 }, (_, n) => jobsOf(n).submitJob(job, withLimits(10_000, 1_000))))
    const claimed: string[] = []
    const claimer = async (n: number): Promise<void> => {
      for (;;) {
        const some = await jobsOf(n).claimJobs(1 + (n % 4))
        if (some.length === 0) return
        claimed.push(...some.map(({ id }) => id))
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, n) => claimer(n)))
    expect(claimed).toHaveLength(120)
    expect(new Set(claimed).size).toBe(120)
    const tokens = await database.query('select distinct lease_token from jobs')
    expect(tokens).toHaveLength(120)
  })

  test('MaxConcurrent holds over all of them, while jobs end and others begin', async () => {
    for (let n = 0; n < 60; n += 1) await jobsOf(n).submitJob(job, withLimits(1_000, 3))
    let running = 0
    let most = 0
    let ended = 0
    const claimer = async (n: number): Promise<void> => {
      while (ended < 60) {
        for (const one of await jobsOf(n).claimJobs(3)) {
          running += 1
          most = Math.max(most, running)
          expect(await countJobs('Running')).toBeLessThanOrEqual(3)
          // Counted down before it is told: another may be claimed the moment it is.
          running -= 1
          await jobsOf(n + 1).completeJob(one.id, one.leaseToken, { state: 'Failed', code: 'X', message: '' })
          ended += 1
        }
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, n) => claimer(n)))
    expect(most).toBeLessThanOrEqual(3)
    expect(await countJobs('Failed')).toBe(60)
  })

  test('a queue takes no more than it may hold, however many submit at once', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, n) => jobsOf(n).submitJob(job, withLimits(25, 10))),
    )
    const codes = results.map((result) => (result.status === 'fulfilled' ? 'ok' : result.reason.code))
    expect(codes.filter((code) => code === 'ok')).toHaveLength(25)
    expect(codes.filter((code) => code === 'QueueFull')).toHaveLength(15)
    expect(await countJobs('Submitted')).toBe(25)
  })

  test('a service that many open at once has one queue; a name that many want is taken once; a first secret is one', async () => {
    await Promise.all(Array.from({ length: 10 }, (_, n) => jobsOf(n).submitJob(job, withLimits(100, 10))))
    expect(await database.query('select id from queues')).toHaveLength(1)

    const body = { name: 'web', picProcess: { isPicInfo: false, processRule: 'imageMogr2/strip' } }
    const made = await Promise.allSettled(
      servers.flatMap(({ stores }) => [1, 2, 3].map(() => stores.templates.createTemplate(bucket, body))),
    )
    const codes = made.map((one) => (one.status === 'fulfilled' ? 'ok' : one.reason.code))
    expect(codes.toSorted()).toEqual([...Array(5).fill('TemplateNameTaken'), 'ok'])

    const secrets = await Promise.all(servers.map(({ stores }, n) => stores.secrets.secretsFor('webhook', `s${n}`)))
    expect(secrets[0]).toEqual(secrets[1])
  })

  test('a job that is submitted while its service is closed is cancelled, refused, or in a new queue: never forgotten', async () => {
    for (let round = 0; round < 10; round += 1) {
      await servers[0]!.stores.queues.openService(bucket, { maxSize: 100, maxConcurrent: 10 })
      const strict = { ...withLimits(100, 10), openService: false }
      await Promise.allSettled([
        ...Array.from({ length: 6 }, (_, n) => jobsOf(n).submitJob(job, strict)),
        servers[1]!.stores.queues.closeService(bucket),
      ])
    }
    const forgotten = await database.query(
      `select id from jobs where state = 'Submitted' and queue_id not in (select id from queues)`,
    )
    expect(forgotten).toEqual([])
  })

  test('a list by numbers of pages only grows at its end, however many add to it at once', async () => {
    const storesOf = (n: number) => servers[n % 2]!.stores
    const options = { maxSize: 10, maxConcurrent: 10 }
    const rule = { isPicInfo: false, processRule: 'imageMogr2/strip' }
    const others = Array.from({ length: 24 }, (_, n) => `b${n}-1250000000`)
    for (const name of others) await storesOf(0).objects.createBucket({ name, region: 'ap-test' })
    const all = { offset: 0, limit: 100 }
    const lists = {
      templates: {
        add: (n: number) => storesOf(n).templates.createTemplate(bucket, { name: `t${n}`, picProcess: rule }),
        read: async (n: number) =>
          (await storesOf(n).templates.listTemplates({ bucket, prefix: null, ...all })).items.map(({ id }) => id),
      },
      workflows: {
        add: (n: number) =>
          storesOf(n).workflows.createWorkflow(bucket, workflowOf(topologyOf({ Start: ['a'] })), { maxWorkflows: 100 }),
        read: async (n: number) =>
          (await storesOf(n).workflows.listWorkflows({ bucket, name: null, ...all })).items.map(({ id }) => id),
      },
      queues: {
        add: (n: number) => storesOf(n).queues.createQueue(bucket, { name: `q${n}` }, options),
        read: async (n: number) =>
          (await storesOf(n).queues.listQueues({ bucket, state: null, ...all })).items.map(({ id }) => id),
      },
      opened: {
        add: (n: number) => storesOf(n).queues.openService(others[n]!, options),
        read: async (n: number) =>
          (await storesOf(n).queues.listOpened({ names: null, prefix: 'b', regions: null, ...all })).items.map(
            (one) => one.bucket,
          ),
      },
    }
    for (const [what, { add, read }] of Object.entries(lists)) {
      let adding = true
      const seen: string[][] = []
      const reader = async (n: number): Promise<void> => {
        while (adding) seen.push(await read(n))
      }
      const readers = [reader(0), reader(1)]
      await Promise.all(others.map((_, n) => add(n)))
      adding = false
      await Promise.all(readers)
      const last = (await read(0)).slice()
      for (const one of seen) expect({ what, list: one }).toEqual({ what, list: last.slice(0, one.length) })
    }
  })

  test('an object that many write at once has one version, and its list one entry', async () => {
    const write = (n: number) =>
      servers[n % 2]!.stores.objects.publishObject({
        bucket,
        key: 'k',
        blobId: `blob-${n}` as never,
        size: n,
        etag: `${n}`,
        crc64: '0',
        contentType: 'x/y',
        headers: {},
        requestId: 'r',
        eventName: 'cos:ObjectCreated:Put',
        origin: 'client',
      })
    await Promise.all(Array.from({ length: 12 }, (_, n) => write(n)))
    const page = await servers[0]!.stores.objects.listObjects({
      bucket,
      prefix: '',
      delimiter: '',
      marker: '',
      maxKeys: 10,
    })
    expect(page.objects).toHaveLength(1)
  })

  test('of eight couriers on two servers no two get the same delivery', async () => {
    const deliveries = [
      { url: 'http://a.example/', contentType: 'application/xml' as const, body: Buffer.from('<a/>') },
      { url: 'http://b.example/', contentType: 'application/xml' as const, body: Buffer.from('<b/>') },
    ]
    const { writeEvent } = await import('../event-writer.ts')
    for (let n = 0; n < 40; n += 1) {
      const event = { name: 'TaskFinish' as const, subject: `c${n}`, bucket, deliveries }
      await servers[0]!.transaction((ledger) => writeEvent(ledger, event, 1_000))
    }
    const claimed: string[] = []
    const courier = async (n: number): Promise<void> => {
      const store = servers[n % 2]!.stores.deliveries
      for (;;) {
        const some = await store.claimDue({ limit: 6, perOrigin: 3, busy: {}, leaseMs: 60_000, now: 2_000 })
        if (some.length === 0) return
        claimed.push(...some.map(({ id }) => id))
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, n) => courier(n)))
    expect(claimed).toHaveLength(80)
    expect(new Set(claimed).size).toBe(80)
  })

  test('the rescue of a dead server is done once, by whoever comes first', async () => {
    for (let n = 0; n < 20; n += 1) await jobsOf(n).submitJob(job, withLimits(100, 100))
    expect(await jobsOf(0).claimJobs(20)).toHaveLength(20)
    await servers[0]!.dieAndComeBack()
    const rescued = await Promise.all(Array.from({ length: 6 }, (_, n) => jobsOf(n).rescueJobs(10)))
    expect(rescued.reduce((sum, one) => sum + one.returned, 0)).toBe(20)
    const again = await jobsOf(1).claimJobs(30)
    expect(again.map((one) => one.uncleanEnds)).toEqual(Array(20).fill(1))
  })

  describe('runs', () => {
    const topology = topologyOf(
      { Start: ['a', 'b', 'c', 'd'] },
      {},
      {
        notify: {
          state: null,
          events: ['TaskFinish', 'WorkflowFinish'],
          resultFormat: 'JSON',
          url: 'http://receiver.test/',
          type: 'Url',
        },
      },
    )
    const failed = { state: 'Failed', code: 'X', message: '' } as const
    const begin = async () => {
      const { workflows } = servers[0]!.stores
      const { id } = await workflows.createWorkflow(bucket, workflowOf(topology), { maxWorkflows: 1_000 })
      return (await workflows.startRun(bucket, id, 'in.png')).id
    }
    const finishes = (run: string) =>
      database.query<{ due_at: string; state: string }>(
        `select due_at, state from deliveries where subject = $1 and event_name = 'WorkflowFinish'`,
        [run],
      )

    test('whose last jobs end at the same moment on two servers end once', async () => {
      for (let round = 0; round < 25; round += 1) {
        const run = await begin()
        const held = await jobsOf(0).claimJobs(4)
        await Promise.all(held.map((one, n) => jobsOf(n).completeJob(one.id, one.leaseToken, failed)))
        expect(await servers[1]!.stores.workflows.findRun(bucket, run)).toMatchObject({ state: 'Failed' })
        expect(await finishes(run)).toHaveLength(1)
      }
    })

    test('that end while the last callback is being recorded are not held back by it', async () => {
      for (let round = 0; round < 25; round += 1) {
        const run = await begin()
        const tasks = (await servers[0]!.stores.workflows.findRun(bucket, run))!.tasks
        const last = tasks.at(-1)!.job.id
        for (const { job } of tasks.slice(1, -1)) await jobsOf(0).cancelJob(bucket, job.id)
        const [one] = await jobsOf(0).claimJobs(1)
        await jobsOf(0).completeJob(one!.id, one!.leaseToken, failed)
        const { deliveries } = servers[0]!.stores
        const options = { limit: 9, perOrigin: 9, busy: {}, leaseMs: 60_000 }
        const due = await deliveries.claimDue({ ...options, now: Date.now() + 60_000 })
        const told = due.find((delivery) => JSON.parse(String(Buffer.from(delivery.body))).EventName === 'TaskFinish')!
        const attempt = { startedAt: 0, durationMs: 1, address: null, status: 200, answer: '', error: null }
        await Promise.all([
          deliveries.recordAttempt(told.id, told.leaseToken, attempt, { state: 'Delivered' }),
          jobsOf(1).cancelJob(bucket, last),
        ])
        const [finish, ...more] = await finishes(run)
        expect(more).toEqual([])
        expect(Number(finish!.due_at)).toBeLessThan(Date.now() + 60_000)
        await deliveries.claimDue({ ...options, now: Date.now() + 60_000 })
      }
    })
  })
})
