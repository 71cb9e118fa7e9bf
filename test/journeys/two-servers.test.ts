import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, type TestContext, test } from 'vitest'
import { signWebhook } from '../../src/callbacks/index.ts'
import { bucket, jobXml, region, send, textAt } from '../support/house.ts'
import { freshLedger, journeysRunOn, type LedgerForTests } from '../support/ledger.ts'
import { jpeg } from '../support/pictures.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { ServerGroup } from '../support/server-group.ts'

interface Server {
  readonly url: string
  readonly group: ServerGroup
  /** What it has logged so far. */
  readonly log: string[]
}

/** Servers on one ledger and one blob folder, with a receiver, for one test. */
interface Stage {
  readonly folder: string
  readonly ledger: LedgerForTests
  readonly receiver: Receiver
  start(): Promise<Server>
  submit(server: Server, n: number): Promise<string>
  /** Every story that was told of each job, until all have one. */
  storiesOf(ids: readonly string[]): Promise<Map<string, Set<string>>>
}

async function stageFor(context: TestContext): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-two-'))
  const ledger = await freshLedger('postgres')
  const receiver = await startReceiver()
  const running: ServerGroup[] = []
  context.onTestFinished(async () => {
    for (const group of running) await group.kill()
    await receiver.close()
    await ledger.drop()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    folder,
    ledger,
    receiver,

    async start() {
      const log: string[] = []
      const group = new ServerGroup({
        dataDir: join(folder, 'data'),
        environment: {
          PIXMILL_LOG_LEVEL: 'debug',
          PIXMILL_UNSAFE_SHARED_BLOB_FOLDER: 'true',
          ...ledger.environment,
        },
        onLog: (line) => log.push(line),
      })
      running.push(group)
      return { url: await group.start(), group, log }
    },

    async submit(server, n) {
      const answer = await send(server.url, `${bucket}.ci.${region}.pixmill.test`, {
        method: 'POST',
        target: '/jobs',
        body: jobXml({
          callback: receiver.url,
          rule: 'imageMogr2/thumbnail/500x/format/webp',
          output: `out-${n}.webp`,
        }),
      })
      expect(answer.status, answer.text).toBe(200)
      return textAt(answer.xml(), 'JobsDetail/JobId')
    },

    async storiesOf(ids) {
      const told = new Map<string, Set<string>>()
      for (let index = 0; told.size < ids.length; index += 1) {
        const { body, headers } = await receiver.nth(index)
        const id = /<JobId>(\w+)<\/JobId>/.exec(body)![1]!
        told.set(id, (told.get(id) ?? new Set()).add(`${headers['webhook-id']} ${body}`))
      }
      return told
    },
  }
}

const cos = (server: Server, target: string, body?: Uint8Array) =>
  send(server.url, `${bucket}.cos.${region}.pixmill.test`, {
    method: body === undefined ? 'GET' : 'PUT',
    target,
    ...(body === undefined ? {} : { body }),
  })

/** How often each server settled a job: what its log says. */
const settledBy = (server: Server): string[] =>
  server.log.flatMap((line) => {
    const entry = JSON.parse(line) as { msg: string; jobId?: string }
    return entry.msg === 'a job is settled' ? [entry.jobId!] : []
  })

/** Both have beaten some times, so that whichever survives knows itself to be steady. */
async function bothSteady({ expect }: TestContext, { database }: LedgerForTests): Promise<void> {
  const steady = async () => (await database!.query('select id from workers where seen_at > started_at + 7000')).length
  await expect.poll(steady, { timeout: 30_000 }).toBe(2)
}

// On SQLite a second server is refused; `restart.test.ts` and `serve.test.ts` say so.
describe.skipIf(journeysRunOn === 'sqlite')('two servers on one ledger and one blob folder', () => {
  test('share the work: each job is done once, and both did some', async (context) => {
    const { folder, ledger, receiver, start, submit, storiesOf } = await stageFor(context)
    const servers = [await start(), await start()] as const
    await cos(servers[0], '/in.jpg', await jpeg(1200, 900))
    const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => submit(servers[n % 2]!, n)))
    // However long one of them takes to have an engine, while the other is at work.
    while (servers.some((server) => settledBy(server).length === 0)) {
      ids.push(await submit(servers[ids.length % 2]!, ids.length))
    }
    const told = await storiesOf(ids)
    expect([...told.keys()].sort()).toEqual([...ids].sort())

    // What is told is written to the log a moment later.
    await expect.poll(() => servers.flatMap(settledBy).length).toBe(ids.length)
    expect(servers.flatMap(settledBy).sort()).toEqual([...ids].sort())
    const once = await ledger.database!.query(
      `select count(*)::integer as jobs, sum(tries + blames + unclean_ends)::integer as again from jobs where state = 'Success'`,
    )
    expect(once).toEqual([{ jobs: ids.length, again: 0 }])
    // Either serves what the other made.
    for (const server of servers) expect((await cos(server, '/out-0.webp')).status).toBe(200)
    expect(receiver.received).toHaveLength(ids.length)

    for (const { group } of servers) await group.terminate()
    expect(await ledger.database!.query('select id from workers')).toEqual([])
    expect(await readdir(join(folder, 'data', 'servers'))).toEqual([])
  })

  test('what becomes of a key, of the secret of a queue and of its headers on one holds on the other, and an event is told by both', async (context) => {
    const { receiver, start, submit } = await stageFor(context)
    const [first, second] = [await start(), await start()]
    const told = async (method: string, target: string, body?: unknown) => {
      const answer = await send(first.url, 'localhost', {
        method,
        target: `/-/api${target}`,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      expect(answer.status, answer.text).toBeLessThan(300)
      return answer.text === '' ? null : JSON.parse(answer.text)
    }
    const made = await told('POST', '/keys', { name: 'shared', buckets: [bucket], permissions: ['read'] })
    const key = { secretId: made.id as string, secretKey: made.secretKey as string }
    const asked = async () =>
      (await send(second.url, `${bucket}.cos.${region}.pixmill.test`, { target: '/', key })).status
    // Announced at once; when that is lost, the other one looks by itself every five seconds.
    const soon = { timeout: 30_000, interval: 200 }

    await expect.poll(asked, soon).toBe(200)
    await told('PATCH', `/keys/${made.id}`, { disabled: true })
    await expect.poll(asked, soon).toBe(403)
    await told('PATCH', `/keys/${made.id}`, { disabled: false })
    await expect.poll(asked, soon).toBe(200)
    await told('DELETE', `/keys/${made.id}`)
    await expect.poll(asked, soon).toBe(403)

    const reading = async (query: string) => {
      const answer = await send(second.url, 'localhost', { target: `/-/api/events?${query}` })
      expect(answer.status, answer.text).toBe(200)
      return JSON.parse(answer.text)
    }
    const { next } = await reading('after=newest')
    const waiting = reading(`after=${next}&wait=60s`)
    const jobId = await submit(first, 0)
    expect((await waiting).events).toMatchObject([{ subject: jobId, asSent: true }])

    const { queues } = await told('GET', `/queues?bucket=${bucket}`)
    const { queueId } = queues[0]
    const { secret } = await told('POST', '/secrets/rotate', { queue: queueId })
    const knows = async () => {
      const [id, timestamp, body] = ['evt_1', String(Math.floor(Date.now() / 1000)), Buffer.from('x')]
      const signature = signWebhook({ id, timestampSeconds: Number(timestamp), body }, [secret])
      const asked = { id, timestamp, signature, body: body.toString('base64') }
      const answer = await send(second.url, 'localhost', {
        method: 'POST',
        target: '/-/api/secrets/verify',
        body: JSON.stringify(asked),
      })
      return JSON.parse(answer.text).verified
    }
    await expect.poll(knows, soon).toBe(true)
    await told('POST', '/secrets/remove', { queue: queueId })
    await expect.poll(knows, soon).toBe(false)

    await told('PATCH', `/queues/${queueId}?bucket=${bucket}`, {
      callbacks: { headers: [{ name: 'X-Api-Key', value: 's3cret' }] },
      notify: { url: `${receiver.url}/own` },
    })
    const headerSent = async () => {
      const from = receiver.received.length
      const tested = await send(second.url, 'localhost', {
        method: 'POST',
        target: '/-/api/receivers/test',
        body: JSON.stringify({ queue: queueId }),
      })
      expect(tested.status, tested.text).toBe(200)
      return receiver.received.slice(from).find(({ path }) => path === '/own')?.headers['x-api-key']
    }
    await expect.poll(headerSent, soon).toBe('s3cret')
  })

  // These two mostly wait: for beats, and for the time after which a server is taken for dead. What they poll is of their
  // own test, whichever of the two ends first.
  test.concurrent('one is killed in the middle: the other ends everything within the time of a take-over', async (context) => {
    const { expect } = context
    const { folder, ledger, start, submit, storiesOf } = await stageFor(context)
    const [first, second] = [await start(), await start()]
    await bothSteady(context, ledger)
    await cos(first, '/in.jpg', await jpeg(1200, 900))
    const ids = await Promise.all(Array.from({ length: 60 }, (_, n) => submit(n % 2 === 0 ? first : second, n)))
    await expect.poll(() => settledBy(first).length, { interval: 5 }).toBeGreaterThan(0)
    await first.group.kill()

    // Whatever the dead one held is held by nobody, or by the living one.
    await expect
      .poll(
        async () =>
          (
            await ledger.database!.query(`select id from jobs where state = 'Running'
              and worker_id not in (select id from workers where seen_at > (select max(seen_at) - 1000 from workers))`)
          ).length,
        { timeout: 40_000, interval: 100 },
      )
      .toBe(0)

    const told = await storiesOf(ids)
    for (const stories of told.values()) expect(stories.size).toBe(1)
    const states = await ledger.database!.query('select state, count(*)::integer from jobs group by state')
    expect(states).toEqual([{ state: 'Success', count: 60 }])
    const outputs = await Promise.all(ids.map((_, n) => cos(second, `/out-${n}.webp`)))
    expect(outputs.every(({ status }) => status === 200)).toBe(true)

    // A third one clears away what the dead one left in the data folder.
    const third = await start()
    expect(await readdir(join(folder, 'data', 'servers'))).toHaveLength(2)
    await third.group.terminate()
    await second.group.terminate()
    expect(await readdir(join(folder, 'data', 'servers'))).toEqual([])
  })

  test.concurrent('a server that hangs is taken for dead; when it goes on it writes nothing of what it had, and works again', async (context) => {
    const { expect } = context
    const { ledger, start, submit, storiesOf } = await stageFor(context)
    const [first, second] = [await start(), await start()]
    await bothSteady(context, ledger)
    await cos(first, '/in.jpg', await jpeg(1200, 900))
    const ids = await Promise.all(Array.from({ length: 30 }, (_, n) => submit(second, n)))
    await expect.poll(() => settledBy(first).length, { interval: 5 }).toBeGreaterThan(0)
    process.kill(-first.group.pid, 'SIGSTOP')
    const told = await storiesOf(ids)
    expect(told.size).toBe(30)
    process.kill(-first.group.pid, 'SIGCONT')
    await expect
      .poll(async () => (await ledger.database!.query('select id from workers')).length, { timeout: 15_000 })
      .toBe(2)
    const more = await Promise.all(Array.from({ length: 20 }, (_, n) => submit(first, 100 + n)))
    const all = await storiesOf([...ids, ...more])
    for (const stories of all.values()) expect(stories.size).toBe(1)
    const states = await ledger.database!.query('select state, count(*)::integer from jobs group by state')
    expect(states).toEqual([{ state: 'Success', count: 50 }])
  })
})
