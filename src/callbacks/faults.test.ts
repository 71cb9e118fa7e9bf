import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteWithEvents, type SqliteWithEvents } from '../../test/support/sqlite-with-events.ts'
import { type Log, Signals, silentLog } from '../base/index.ts'
import { addressGuard } from '../network/index.ts'
import { Courier, type CourierOptions, type CourierSignal } from './courier.ts'
import { receiverOf } from './receiver-of.ts'
import { GIVE_UP_AFTER_MS } from './retry-schedule.ts'
import { httpSink } from './sinks/http.ts'
import { switchReceiverOn } from './switch-receiver.ts'

const START = Date.UTC(2026, 2, 2, 2, 11, 12)
const HOUR = 3_600_000

let now: number
let ledger: SqliteWithEvents
let signals: Signals<CourierSignal>
let subjects = 0
const ends: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  now = START
  ledger = await openSqliteWithEvents(() => now)
  ends.push(() => ledger.close())
  signals = new Signals()
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function courierWith(options: Partial<CourierOptions> = {}): Promise<Courier> {
  const sink = httpSink({ guard: addressGuard({ allowLoopback: true }) })
  ends.push(() => sink.close())
  const courier = new Courier({
    store: ledger.stores.deliveries,
    receivers: ledger.stores.receivers,
    sink,
    secrets: () => [],
    log: silentLog,
    signals,
    clock: { now: () => now },
    random: () => 0.5,
    stopGraceMs: 0,
    // No timer looks: time passes when the test says so.
    pollMs: 2_000_000_000,
    ...options,
  })
  ends.push(() => courier.stop())
  await courier.start()
  return courier
}

/** A server on loopback, as many addresses of which are origins of their own as one likes. */
async function serverWith(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { port = 0, host = '127.0.0.1' } = {},
): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    request.on('error', () => undefined)
    request.resume().on('end', () => answer(request, response))
  })
  server.listen(port, host)
  await once(server, 'listening')
  ends.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { server, port: (server.address() as AddressInfo).port }
}

async function add(url: string, at = now): Promise<string> {
  const subject = `c${++subjects}`
  const body = Buffer.from(`{"subject":"${subject}"}`)
  const deliveries = [{ url, contentType: 'application/json', body }] as const
  await ledger.add({ name: 'TaskFinish', subject, bucket: 'b', deliveries }, at)
  return subject
}

const deliveryOf = async (subject: string) => (await ledger.stores.deliveries.deliveriesOf(subject))[0]!

/** Lets time pass until the delivery is due again, attempt by attempt, up to a time or its end. */
async function pass(courier: Courier, subject: string, until: number): Promise<void> {
  for (;;) {
    const { dueAt } = await deliveryOf(subject)
    if (dueAt === null || dueAt > until) return
    now = Math.max(now, dueAt)
    const recorded = signals.next('attempt recorded')
    courier.wake()
    await recorded
  }
}

describe('a receiver that is down', () => {
  /** A port that nobody listens on. */
  const freePort = async (): Promise<number> => {
    const { server, port } = await serverWith(() => undefined)
    await new Promise((resolve) => server.close(resolve))
    return port
  }

  test('for the whole of five days and up for the last attempt gets the event then', async () => {
    const port = await freePort()
    const subject = await add(`http://127.0.0.1:${port}/hook`)
    const recorded = signals.next('attempt recorded')
    const courier = await courierWith()
    await recorded
    await pass(courier, subject, START + GIVE_UP_AFTER_MS - 1)
    const before = await deliveryOf(subject)
    expect(before).toMatchObject({ state: 'Waiting', dueAt: START + GIVE_UP_AFTER_MS })
    const waits = before.attempts.map(({ startedAt }, n, all) => (startedAt - (all[n - 1]?.startedAt ?? START)) / 1000)
    expect(waits.slice(0, 10)).toEqual([0, 5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800])
    expect(before.attempts.length).toBeGreaterThan(20)
    expect(before.attempts.every(({ error, address }) => address === '127.0.0.1' && error?.includes('REFUSED'))).toBe(
      true,
    )

    const ids: unknown[] = []
    await serverWith(
      (request, response) => {
        ids.push(request.headers['webhook-id'])
        response.end()
      },
      { port },
    )
    await pass(courier, subject, START + GIVE_UP_AFTER_MS)
    expect(await deliveryOf(subject)).toMatchObject({ state: 'Delivered' })
    expect(ids).toEqual([before.eventId])
  })

  test('for five days and more is switched off, and gets what came meanwhile when it is switched on', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/hook`
    const said: string[] = []
    const log: Log = { ...silentLog, warn: (facts, message) => void said.push(`${message} ${JSON.stringify(facts)}`) }
    const first = await add(`${url}?token=s3cret`)
    const recorded = signals.next('attempt recorded')
    const courier = await courierWith({ log })
    await recorded
    await pass(courier, first, START + GIVE_UP_AFTER_MS - HOUR)
    const second = await add(url)
    const noted = signals.next('receivers noted')
    await pass(courier, first, START + GIVE_UP_AFTER_MS)
    expect(await deliveryOf(first)).toMatchObject({ state: 'Dead' })
    await noted
    const { id } = receiverOf(url)
    // What is written down may be from before the end; the next note has it.
    await courier.stop()
    expect(await ledger.stores.receivers.findReceiver(id)).toMatchObject({
      isEnabled: false,
      offBecause: 'it has only failed for five days',
    })
    expect(await deliveryOf(second)).toMatchObject({ state: 'Held' })
    expect(said.filter((line) => line.includes('is switched off'))).toHaveLength(1)
    expect(said.join()).not.toContain('s3cret')

    const got: unknown[] = []
    await serverWith(
      (request, response) => {
        got.push(request.url)
        response.end()
      },
      { port },
    )
    now += 30 * 24 * HOUR
    await switchReceiverOn(ledger.stores.receivers, id)
    const delivered = signals.next('delivered')
    await courierWith()
    await delivered
    expect(await deliveryOf(second)).toMatchObject({ state: 'Delivered' })
    expect(got).toEqual(['/hook'])
  })
})

describe('answers that are broken', () => {
  test.each<[string, (response: ServerResponse) => void, string]>([
    [
      'a reset in the middle of the head',
      (response) => void response.socket!.write('HTTP/1.1 200 O', () => response.socket!.resetAndDestroy()),
      'Waiting',
    ],
    [
      'a reset in the middle of the body',
      (response) => {
        response.writeHead(200, { 'Content-Length': '100000' })
        response.write('x'.repeat(500), () => setImmediate(() => response.socket!.resetAndDestroy()))
      },
      'Delivered',
    ],
    [
      'a body without end',
      (response) => {
        response.writeHead(500)
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(10_000))) {}
          if (!response.destroyed) response.once('drain', more)
        }
        more()
      },
      'Waiting',
    ],
    [
      'a head without end',
      (response) => {
        const line = `x-${'a'.repeat(1_000)}: b\r\n`
        const { socket } = response
        socket!.on('error', () => undefined)
        socket!.write('HTTP/1.1 200 OK\r\n')
        const more = () => {
          while (!socket!.destroyed && socket!.write(line)) {}
          if (!socket!.destroyed) socket!.once('drain', more)
        }
        more()
      },
      'Waiting',
    ],
  ])('%s is an attempt like any other', async (_what, answer, state) => {
    const { port } = await serverWith((_request, response) => answer(response))
    const subject = await add(`http://127.0.0.1:${port}/`)
    const recorded = signals.next('attempt recorded')
    await courierWith()
    await recorded
    const { attempts, ...delivery } = await deliveryOf(subject)
    expect(delivery.state).toBe(state)
    expect(attempts).toHaveLength(1)
    expect(attempts[0]!.answer.length).toBeLessThanOrEqual(1_024)
  })
})

describe('many receivers', () => {
  test('ten of a hundred that hang hold none of the others up', async () => {
    const hanging: ServerResponse[] = []
    let open = 0
    let mostOpen = 0
    const { port } = await serverWith(
      (request, response) => {
        open += 1
        mostOpen = Math.max(mostOpen, open)
        response.on('close', () => {
          open -= 1
        })
        if (request.url === '/hangs') hanging.push(response)
        else response.end()
      },
      { host: '0.0.0.0' },
    )
    const HANGING = 10
    /** More than an origin has on its way. */
    const EACH_THAT_HANGS = 10
    const EACH = 3
    // Each address of loopback is an origin of its own.
    const urlOf = (host: number) => `http://127.0.1.${host}:${port}/${host <= HANGING ? 'hangs' : 'works'}`
    for (let n = 0; n < EACH_THAT_HANGS; n++) {
      for (let host = 1; host <= (n < EACH ? 100 : HANGING); host++) await add(urlOf(host))
    }
    const recorded: string[] = []
    signals.on('attempt recorded', (facts) => recorded.push((facts as { origin: string }).origin))
    const delivered = (count: number) =>
      new Promise<void>((resolve) => {
        const off = signals.on('delivered', () => {
          count -= 1
          if (count > 0) return
          off()
          resolve()
        })
      })
    const others = delivered((100 - HANGING) * EACH)
    // Nothing that hangs ever ends by itself: were anybody held up by it, this would not end either.
    const courier = await courierWith({ sink: patientSink() })
    await others
    expect(recorded.length).toBe((100 - HANGING) * EACH)
    expect(hanging.length).toBeLessThanOrEqual(HANGING * 8)
    expect(mostOpen).toBeLessThanOrEqual(256)

    // What comes now finds the same, however long the lines of those that hang have become.
    const later = await add(urlOf(100))
    const one = delivered(1)
    courier.wake()
    await one
    expect(await deliveryOf(later)).toMatchObject({ state: 'Delivered' })

    // And they have lost nothing: with a slow answer at last, their lines go on.
    const all = delivered(HANGING * EACH_THAT_HANGS)
    const { push } = hanging
    hanging.push = (...responses) => {
      for (const response of responses) response.end()
      return push.apply(hanging, responses)
    }
    for (const response of [...hanging]) response.end()
    await all
    expect(hanging.length).toBe(HANGING * EACH_THAT_HANGS)
  }, 180_000)

  test('a long line is sent in the order in which it is due, with few of it in hand', async () => {
    const paths: string[] = []
    const { port } = await serverWith((request, response) => {
      paths.push(request.url!)
      response.end()
    })
    const COUNT = 300
    // In another order than they are due.
    for (let n = 0; n < COUNT; n++)
      await add(`http://127.0.0.1:${port}/${(n * 7) % COUNT}`, START - COUNT + ((n * 7) % COUNT))
    const claimed: number[] = []
    signals.on('deliveries claimed', (deliveries) => claimed.push((deliveries as unknown[]).length))
    const idle = signals.next('idle')
    await courierWith({ maxPerOrigin: 1 })
    await idle
    expect(paths).toEqual(Array.from({ length: COUNT }, (_, n) => `/${n}`))
    expect(Math.max(...claimed)).toBeLessThanOrEqual(4)
  })

  test('a hundred thousand that wait are no more than a handful at a time, in the order in which they are due', async () => {
    const COUNT = 100_000
    const SENT = 400
    const IN_HAND = 4
    const paths: string[] = []
    const { port } = await serverWith((request, response) => {
      paths.push(request.url!)
      response.end()
    })
    const { address, origin, id } = receiverOf(`http://127.0.0.1:${port}/`)
    expect(address).toBe(`${origin}/`)
    // In another order than they are due: 7919 has no factor in common with the number of them.
    ledger.connection.exec(`
      insert into events (id, name, subject, bucket, created_at)
      with recursive n (i) as (select 0 union all select i + 1 from n where i < ${COUNT - 1})
      select printf('evt_%06d', i), 'TaskFinish', 'c' || i, 'b', ${START - COUNT} from n;
      insert into deliveries (id, event_id, event_name, subject, url, origin, receiver, content_type, body, state, due_at, created_at)
      with recursive n (i) as (select 0 union all select i + 1 from n where i < ${COUNT - 1})
      select printf('dlv_%06d', i), printf('evt_%06d', i), 'TaskFinish', 'c' || i, '${address}' || (i * 7919 % ${COUNT}), '${origin}', '${id}',
        'application/json', zeroblob(64), 'Waiting', ${START - COUNT} + (i * 7919 % ${COUNT}), ${START - COUNT} from n
    `)
    let inHand = 0
    let mostInHand = 0
    signals.on('deliveries claimed', (deliveries) => {
      inHand += (deliveries as unknown[]).length
      mostInHand = Math.max(mostInHand, inHand)
    })
    const enough = new Promise<void>((resolve) => {
      let sent = 0
      signals.on('delivered', () => {
        inHand -= 1
        sent += 1
        if (sent === SENT) resolve()
      })
    })
    const courier = await courierWith({ maxPerOrigin: 1 })
    await enough
    await courier.stop()
    expect(paths.slice(0, SENT)).toEqual(Array.from({ length: SENT }, (_, n) => `/${n}`))
    // One that has ended and is being recorded is in the hands of the ledger.
    expect(mostInHand).toBeLessThanOrEqual(2 * IN_HAND)
  }, 180_000)
})

/** One that waits for an answer as long as it takes. */
function patientSink() {
  const sink = httpSink({ guard: addressGuard({ allowLoopback: true }), totalTimeoutMs: 600_000 })
  ends.push(() => sink.close())
  return sink
}
