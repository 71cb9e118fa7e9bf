import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startNameServer } from '../../test/support/name-server.ts'
import { type Received, type Receiver, startReceiver } from '../../test/support/receiver.ts'
import { type DeliveryId, type EventId, type Log, Signals, silentLog } from '../base/index.ts'
import { addressGuard } from '../network/index.ts'
import { Courier, type CourierOptions, type CourierSignal } from './courier.ts'
import type { AfterAttempt, Attempt, ClaimDueOptions, ClaimedDelivery, PutOff, PutOffLine } from './delivery-store.ts'
import { receiverOf } from './receiver-of.ts'
import { GIVE_UP_AFTER_MS } from './retry-schedule.ts'
import { newWebhookSecret, webhookRefusal } from './signature.ts'
import type { Sink, SinkAnswer } from './sink.ts'
import { httpSink } from './sinks/http.ts'

const START = Date.UTC(2026, 2, 2, 2, 11, 12)

interface Entry {
  delivery: ClaimedDelivery
  dueAt: number | null
  state: string
  attempts: Attempt[]
}

/** The ledger's far side of a courier: in memory, with the same promises as far as a courier can tell. */
class DeliveriesInMemory {
  readonly entries: Entry[] = []
  readonly claims: ClaimDueOptions[] = []
  failNext: 'claimDue' | 'recordAttempt' | null = null

  add(url: string, dueAt: number): string {
    const n = this.entries.length
    this.entries.push({
      delivery: {
        id: `dlv_${n}` as DeliveryId,
        eventId: `evt_${n}` as EventId,
        url,
        origin: receiverOf(url).origin,
        contentType: 'application/json',
        body: Buffer.from(`{"n":${n}}`),
        queueId: null,
        workflowId: null,
        byQueue: false,
        eventAt: dueAt,
        attemptsBefore: 0,
        leaseToken: '',
      },
      dueAt,
      state: 'Waiting',
      attempts: [],
    })
    return `dlv_${n}`
  }

  #mayFail(call: 'claimDue' | 'recordAttempt'): void {
    if (this.failNext !== call) return
    this.failNext = null
    throw new Error('the disk is away')
  }

  async claimDue(options: ClaimDueOptions): Promise<ClaimedDelivery[]> {
    this.claims.push(options)
    this.#mayFail('claimDue')
    const counts: Record<string, number> = { ...options.busy }
    const claimed: ClaimedDelivery[] = []
    for (const entry of this.entries) {
      const { origin } = entry.delivery
      if (entry.dueAt === null || entry.dueAt > options.now || claimed.length >= options.limit) continue
      if ((counts[origin] ?? 0) >= options.perOrigin) continue
      counts[origin] = (counts[origin] ?? 0) + 1
      entry.dueAt = null
      entry.state = 'Sending'
      entry.delivery = {
        ...entry.delivery,
        leaseToken: `lease ${this.claims.length}`,
        attemptsBefore: entry.attempts.length,
      }
      claimed.push(entry.delivery)
    }
    return claimed
  }

  async recordAttempt(id: DeliveryId, leaseToken: string, attempt: Attempt, after: AfterAttempt): Promise<boolean> {
    this.#mayFail('recordAttempt')
    const entry = this.entries.find(({ delivery }) => delivery.id === id)!
    if (entry.state !== 'Sending' || entry.delivery.leaseToken !== leaseToken) return false
    entry.attempts.push(attempt)
    entry.state = after.state
    entry.dueAt = after.state === 'Waiting' ? after.dueAt : null
    return true
  }

  async returnUntried(id: DeliveryId, _leaseToken: string, dueAt: number): Promise<void> {
    const entry = this.entries.find(({ delivery }) => delivery.id === id)!
    entry.state = 'Waiting'
    entry.dueAt = dueAt
  }

  async putOff(deliveries: readonly PutOff[]): Promise<void> {
    for (const { id, leaseToken, dueAt } of deliveries) await this.returnUntried(id as DeliveryId, leaseToken, dueAt)
  }

  async putOffLine({ origin, receiver, dueBy, until, limit }: PutOffLine): Promise<number> {
    const line = this.entries
      .filter(({ delivery, dueAt }) => delivery.origin === origin && dueAt !== null && dueAt <= dueBy)
      .filter(({ delivery }) => receiver === null || receiverOf(delivery.url).id === receiver)
      .filter(({ delivery }) => delivery.eventAt + GIVE_UP_AFTER_MS > dueBy)
      .slice(0, limit)
    for (const entry of line) entry.dueAt = Math.min(until, entry.delivery.eventAt + GIVE_UP_AFTER_MS)
    return line.length
  }

  async nextDueAt(): Promise<number | null> {
    const times = this.entries.flatMap(({ dueAt }) => dueAt ?? [])
    return times.length === 0 ? null : Math.min(...times)
  }
}

/** Nobody is ever switched off here; that is shown with a real ledger. */
const notedOnly: CourierOptions['receivers'] = {
  noteReceivers: async () => [],
  switchOff: () => Promise.reject(new Error('nobody fails for five days here')),
  holdWaiting: async () => 0,
}

/** A sink that answers when the test says so. */
class SinkInHand implements Sink {
  readonly open: {
    url: string
    answer(status: number, headers?: Readonly<Record<string, string>>): void
    refuse(): void
    hangUp(): void
  }[] = []
  started = 0
  most = 0

  send({ url }: { url: string }, signal: AbortSignal): Promise<SinkAnswer> {
    this.started += 1
    return new Promise((resolve) => {
      const end = (
        status: number | null,
        error: string | null,
        reached = status !== null,
        headers: Readonly<Record<string, string>> = {},
      ) => {
        this.open.splice(this.open.indexOf(one), 1)
        resolve({ address: '10.0.0.5', reached, status, headers, answer: '', error })
      }
      const one = {
        url,
        answer: (status: number, headers: Readonly<Record<string, string>> = {}) => end(status, null, true, headers),
        refuse: () => end(null, 'connection refused', false),
        hangUp: () => end(null, 'no complete answer', true),
      }
      this.open.push(one)
      this.most = Math.max(this.most, this.open.length)
      signal.addEventListener('abort', () => end(null, 'stopped'))
    })
  }

  async close(): Promise<void> {}
}

let now = START
let store: DeliveriesInMemory
let signals: Signals<CourierSignal>
const ends: (() => Promise<void>)[] = []
beforeEach(() => {
  now = START
  store = new DeliveriesInMemory()
  signals = new Signals()
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function courierWith(options: Partial<CourierOptions> & Pick<CourierOptions, 'sink'>): Promise<Courier> {
  const courier = new Courier({
    store,
    receivers: notedOnly,
    secrets: () => [],
    log: silentLog,
    signals,
    clock: { now: () => now },
    random: () => 0.5,
    stopGraceMs: 0,
    ...options,
  })
  ends.push(() => courier.stop())
  await courier.start()
  return courier
}

function httpSinkOfTest(): Sink {
  const sink = httpSink({ guard: addressGuard({ allowLoopback: true }) })
  ends.push(() => sink.close())
  return sink
}

async function receiverOfTest(): Promise<Receiver> {
  const it = await startReceiver()
  ends.push(() => it.close())
  return it
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: import('node:http').ServerResponse) =>
    void response.writeHead(code, headers).end('so it is')
const idle = () => signals.next('idle')
const turn = () => new Promise((resolve) => setImmediate(resolve))
/** Until nothing more happens without the far side. */
const settled = async () => {
  for (let n = 0; n < 10; n++) await turn()
}

describe('what is handed over when it is made', () => {
  test('is sent without a claim, and recorded', async () => {
    const it = await receiverOfTest()
    const courier = await courierWith({ sink: httpSinkOfTest() })
    await settled()
    const claims = store.claims.length
    store.add(`${it.url}/hook`, now)
    const handed = await store.claimDue({ ...courier.offer()!, now })
    courier.take(handed)
    await idle()
    expect(it.received.map(({ body }) => body)).toEqual(['{"n":0}'])
    expect(store.entries[0]).toMatchObject({ state: 'Delivered', attempts: [{ status: 200 }] })
    expect(store.claims).toHaveLength(claims + 1)
  })

  test('is counted with what is in hand: an origin gets no more than its room', async () => {
    const sink = new SinkInHand()
    const courier = await courierWith({ sink, maxPerOrigin: 1 })
    await settled()
    for (let n = 0; n < 3; n++) store.add('http://a.example/', now)
    courier.take(await store.claimDue({ ...courier.offer()!, now }))
    await settled()
    expect(sink.open).toHaveLength(1)
    expect(courier.offer()).toMatchObject({ perOrigin: 4, busy: {} })
    store.add('http://a.example/', now)
    courier.take(await store.claimDue({ ...courier.offer()!, now }))
    await settled()
    expect(courier.offer()).toMatchObject({ perOrigin: 4, busy: { 'http://a.example': 4 } })
    while (sink.open.length > 0) {
      sink.open[0]!.answer(200)
      await settled()
    }
    expect(sink).toMatchObject({ started: 4, most: 1 })
  })

  test('is nothing while more is due than there was room for: that comes first', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 5; n++) store.add('http://a.example/', START)
    const courier = await courierWith({ sink, maxPerOrigin: 1 })
    await settled()
    expect(store.entries.filter(({ state }) => state === 'Waiting')).toHaveLength(1)
    expect(courier.offer()).toBeNull()
    while (sink.open.length > 0) {
      sink.open[0]!.answer(200)
      await settled()
    }
    expect(sink.started).toBe(5)
    expect(courier.offer()).toMatchObject({ busy: {} })
  })

  test('is put off when nothing goes to its receiver now', async () => {
    const sink = new SinkInHand()
    const courier = await courierWith({ sink, opensAfter: 1 })
    store.add('http://a.example/', START)
    courier.wake()
    await settled()
    sink.open[0]!.refuse()
    await settled()
    const another = store.add('http://a.example/', START)
    courier.take((await store.claimDue({ ...courier.offer()!, now })).filter(({ id }) => id === another))
    await settled()
    expect(sink.started).toBe(1)
    expect(store.entries[1]).toMatchObject({ state: 'Waiting', dueAt: expect.any(Number), attempts: [] })
    expect(store.entries[1]!.dueAt).toBeGreaterThan(START)
  })
})

describe('with a real receiver', () => {
  test('what is due is sent, signed with every valid secret, and recorded as delivered', async () => {
    const it = await receiverOfTest()
    const secrets = [newWebhookSecret(), newWebhookSecret()]
    store.add(`${it.url}/hook?token=1`, START)
    const delivered = signals.next('delivered')
    await courierWith({ sink: httpSinkOfTest(), secrets: () => secrets })
    expect(await delivered).toMatchObject({ deliveryId: 'dlv_0', eventId: 'evt_0', origin: it.url })
    const [request] = it.received
    expect(request).toMatchObject({ method: 'POST', path: '/hook?token=1', body: '{"n":0}' })
    expect(request!.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '7',
      'user-agent': 'Pixmill',
      'webhook-id': 'evt_0',
      'webhook-timestamp': String(START / 1000),
    })
    for (const secret of secrets) {
      expect(webhookRefusal(asWebhook(request!), { secrets: [secret], nowMs: now })).toBeNull()
    }
    expect(store.entries[0]).toMatchObject({
      state: 'Delivered',
      attempts: [{ startedAt: START, status: 200, address: '127.0.0.1', error: null, answer: '' }],
    })
  })

  test('500 twice, then 200: same id and bytes, new time and signature, after 5 s and 30 s', async () => {
    const it = await receiverOfTest()
    it.answerWith([status(500), status(500)])
    const secrets = [newWebhookSecret()]
    store.add(it.url, START)
    let recorded = signals.next('attempt recorded')
    const courier = await courierWith({ sink: httpSinkOfTest(), secrets: () => secrets })
    for (const seconds of [5, 30]) {
      await recorded
      expect(store.entries[0]).toMatchObject({ state: 'Waiting', dueAt: now + seconds * 1000 })
      now += seconds * 1000
      recorded = signals.next('attempt recorded')
      courier.wake()
    }
    await recorded
    expect(store.entries[0]!.state).toBe('Delivered')
    expect(store.entries[0]!.attempts.map(({ status, error, answer }) => [status, error, answer])).toEqual([
      [500, 'answered 500', 'so it is'],
      [500, 'answered 500', 'so it is'],
      [200, null, ''],
    ])
    const times = it.received.map(({ headers }) => headers['webhook-timestamp'])
    expect(times).toEqual([0, 5, 35].map((seconds) => String(START / 1000 + seconds)))
    expect(new Set(it.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(new Set(it.received.map(({ body }) => body)).size).toBe(1)
    for (const [n, request] of it.received.entries()) {
      expect(webhookRefusal(asWebhook(request), { secrets, nowMs: Number(times[n]) * 1000 })).toBeNull()
    }
  })

  test.each<[string, (response: import('node:http').ServerResponse) => void, string, number | null]>([
    ['410', status(410), 'Dead', null],
    ['a redirect', status(302, { Location: 'http://127.0.0.1:1/' }), 'Waiting', 5],
    ['Retry-After in seconds', status(503, { 'Retry-After': '77' }), 'Waiting', 77],
    ['Retry-After as a date', status(503, { 'Retry-After': new Date(START + 99_000).toUTCString() }), 'Waiting', 99],
    ['a reset', (response) => void response.socket!.resetAndDestroy(), 'Waiting', 5],
  ])('%s is acted upon', async (_what, answer, state, waitSeconds) => {
    const it = await receiverOfTest()
    it.answerWith([answer])
    store.add(it.url, START)
    const recorded = signals.next('attempt recorded')
    await courierWith({ sink: httpSinkOfTest() })
    await recorded
    expect(store.entries[0]).toMatchObject({
      state,
      dueAt: waitSeconds === null ? null : START + waitSeconds * 1000,
    })
  })

  test('after five days it is dead, and stays so', async () => {
    const it = await receiverOfTest()
    it.answerWith([status(500)])
    store.add(it.url, START)
    now = START + GIVE_UP_AFTER_MS
    const dead = signals.next('dead')
    const courier = await courierWith({ sink: httpSinkOfTest() })
    await dead
    courier.wake()
    await idle()
    expect(it.received).toHaveLength(1)
    expect(store.entries[0]).toMatchObject({ state: 'Dead', dueAt: null })
  })

  test('a delivery that becomes due later is sent by a timer, without being woken', async () => {
    const it = await receiverOfTest()
    store.add(it.url, Date.now() + 30)
    const delivered = signals.next('delivered')
    await courierWith({ sink: httpSinkOfTest(), clock: { now: () => Date.now() } })
    await delivered
    expect(it.received).toHaveLength(1)
  })

  test('a thousand deliveries arrive, each once', async () => {
    const it = await receiverOfTest()
    for (let n = 0; n < 1000; n++) store.add(`${it.url}/${n}`, START)
    const done = idle()
    await courierWith({ sink: httpSinkOfTest() })
    await done
    expect(new Set(it.received.map(({ path }) => path)).size).toBe(1000)
    expect(it.received).toHaveLength(1000)
    expect(store.entries.every(({ state }) => state === 'Delivered')).toBe(true)
  })
})

describe('with many at once', () => {
  test('no more than eight to one origin, and each end starts the next', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 30; n++) store.add(`http://a.example/${n}`, START)
    await courierWith({ sink })
    await settled()
    expect(sink.open).toHaveLength(8)
    while (sink.open.length > 0) {
      sink.open[0]!.answer(200)
      await settled()
    }
    expect(sink.started).toBe(30)
    expect(sink.most).toBe(8)
  })

  test('a lane that empties while the ledger is asked is filled again without waiting for a timer', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 200; n++) store.add(`http://a.example/${n}`, START)
    const answerAll = async (): Promise<void> => {
      while (sink.open.length > 0) {
        sink.open[0]!.answer(200)
        await settled()
      }
    }
    const slow: CourierOptions['store'] = {
      claimDue: async (options) => {
        const claimed = await store.claimDue(options)
        // A slow ledger and a quick receiver: everything in hand is gone when the answer comes.
        await answerAll()
        return claimed
      },
      recordAttempt: (...args) => store.recordAttempt(...args),
      returnUntried: (...args) => store.returnUntried(...args),
      putOff: (...args) => store.putOff(...args),
      putOffLine: (...args) => store.putOffLine(...args),
      // No timer will help.
      nextDueAt: async () => null,
    }
    await courierWith({ sink, store: slow, pollMs: 2_000_000_000 })
    for (let round = 0; round < 30; round++) {
      await settled()
      await answerAll()
    }
    expect(sink.started).toBe(200)
  })

  test('no more than the limit in all', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 40; n++) store.add(`http://${n}.example/`, START)
    await courierWith({ sink, maxInFlight: 10 })
    await settled()
    expect(sink.open).toHaveLength(10)
    while (sink.open.length > 0) {
      sink.open[0]!.answer(200)
      await settled()
    }
    expect(sink.started).toBe(40)
    expect(sink.most).toBe(10)
  })

  test('an origin that hangs, with a long line, keeps no other waiting', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 2000; n++) store.add(`http://slow.example/${n}`, START)
    const courier = await courierWith({ sink })
    await settled()
    store.add('http://fast.example/', START)
    courier.wake()
    await settled()
    expect(sink.open.filter(({ url }) => url.startsWith('http://fast'))).toHaveLength(1)
    expect(sink.open.filter(({ url }) => url.startsWith('http://slow'))).toHaveLength(8)
    const inHand = store.entries.filter(({ state }) => state === 'Sending').length
    expect(inHand).toBeLessThanOrEqual(33)
  })

  test('nothing is asked of the ledger while nothing can be started', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 100; n++) store.add(`http://slow.example/${n}`, START)
    await courierWith({ sink })
    await settled()
    const before = store.claims.length
    await settled()
    expect(store.claims.length).toBe(before)
    expect(before).toBeLessThan(5)
  })

  test('one delivery costs one claim', async () => {
    const sink = new SinkInHand()
    const courier = await courierWith({ sink })
    await settled()
    const before = store.claims.length
    store.add('http://a.example/', START)
    courier.wake()
    await settled()
    const done = idle()
    sink.open[0]!.answer(200)
    await done
    expect(store.claims.length).toBe(before + 1)
  })
})

describe('with receivers that fail', () => {
  const fail = async (sink: SinkInHand, how: (one: SinkInHand['open'][number]) => void, count: number) => {
    for (let n = 0; n < count; n++) {
      how(sink.open[0]!)
      await settled()
    }
  }
  const waiting = () => store.entries.filter(({ state }) => state === 'Waiting')
  /** The next wait of a circuit, with chance in the middle. */
  const inSeconds = (seconds: number) => START + seconds * 1000

  test('five refused connections shut the line of the origin, until one probe goes well', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 40; n++) store.add(`http://down.example/${n}`, START)
    const courier = await courierWith({ sink })
    await settled()
    await fail(sink, (one) => one.refuse(), 5)
    expect(courier.openCircuits).toEqual({ origins: 1, receivers: 0 })
    // Those that were on their way go on; nothing else starts, and what waits has used up no attempt.
    expect(sink.open).toHaveLength(7)
    await fail(sink, (one) => one.refuse(), 7)
    expect(sink.open).toHaveLength(0)
    expect(sink.started).toBe(12)
    expect(waiting()).toHaveLength(40)
    expect(store.entries.filter(({ attempts }) => attempts.length === 0)).toHaveLength(28)
    expect(new Set(store.entries.filter(({ attempts }) => attempts.length === 0).map(({ dueAt }) => dueAt))).toEqual(
      new Set([inSeconds(5)]),
    )

    now = inSeconds(5)
    courier.wake()
    await settled()
    expect(sink.open).toHaveLength(1)
    sink.open[0]!.refuse()
    await settled()
    expect(sink.open).toHaveLength(0)
    now = inSeconds(15)
    courier.wake()
    await settled()
    expect(sink.open).toHaveLength(1)
    sink.open[0]!.answer(200)
    await settled()
    expect(courier.openCircuits).toEqual({ origins: 0, receivers: 0 })
    expect(sink.open).toHaveLength(8)
    // The probe that failed has its own wait before it.
    now = inSeconds(60)
    courier.wake()
    await settled()
    while (sink.open.length > 0) {
      sink.open[0]!.answer(200)
      await settled()
    }
    expect(store.entries.filter(({ state }) => state === 'Delivered')).toHaveLength(40)
  })

  test.each<[string, (one: SinkInHand['open'][number]) => void]>([
    ['500', (one) => one.answer(500)],
    ['a redirect', (one) => one.answer(302)],
    ['no answer', (one) => one.hangUp()],
  ])('%s, five times, shuts the line of that receiver and no other at its origin', async (_what, how) => {
    const sink = new SinkInHand()
    for (let n = 0; n < 20; n++) store.add(`http://a.example/bad?${n}`, START)
    const courier = await courierWith({ sink })
    await settled()
    while (sink.open.length > 0) await fail(sink, how, 1)
    // Eight, and one more for each of the first four failures.
    expect(sink.started).toBe(12)
    expect(courier.openCircuits).toEqual({ origins: 0, receivers: 1 })
    store.add('http://a.example/good', START)
    courier.wake()
    await settled()
    expect(sink.open.map(({ url }) => url)).toEqual(['http://a.example/good'])
    sink.open[0]!.answer(200)
    await settled()
    // That the neighbour works says nothing of this one.
    expect(courier.openCircuits).toEqual({ origins: 0, receivers: 1 })
  })

  test('while a receiver is probed, its line waits, and its neighbours at the origin go on', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 5; n++) store.add(`http://a.example/bad?${n}`, START)
    const courier = await courierWith({ sink })
    await settled()
    await fail(sink, (one) => one.answer(500), 5)
    for (let n = 5; n < 9; n++) store.add(`http://a.example/bad?${n}`, START)
    for (let n = 0; n < 3; n++) store.add(`http://a.example/good?${n}`, inSeconds(6))
    now = inSeconds(6)
    courier.wake()
    await settled()
    expect(sink.open.map(({ url }) => url).filter((url) => url.includes('bad'))).toHaveLength(1)
    expect(sink.open.map(({ url }) => url).filter((url) => url.includes('good'))).toHaveLength(3)
    sink.open.find(({ url }) => url.includes('bad'))!.answer(204)
    await settled()
    expect(sink.open.map(({ url }) => url).filter((url) => url.includes('bad')).length).toBeGreaterThan(1)
  })

  test('a receiver that asks for a rest is left alone by everybody, but not for long', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 20; n++) store.add(`http://a.example/hook?${n}`, START)
    const courier = await courierWith({ sink })
    await settled()
    sink.open[0]!.answer(429, { 'retry-after': '28000' })
    await settled()
    expect(sink.open).toHaveLength(7)
    while (sink.open.length > 0) sink.open[0]!.hangUp()
    await settled()
    expect(sink.started).toBe(8)
    // The one that was refused waits as long as it was told; the others go on after the longest wait of a circuit.
    const dueTimes = store.entries.map(({ dueAt }) => dueAt!)
    expect(Math.max(...dueTimes)).toBe(inSeconds(28_000))
    expect(dueTimes.filter((at) => at === inSeconds(600)).length).toBeGreaterThanOrEqual(12)
    now = inSeconds(600)
    courier.wake()
    await settled()
    expect(sink.open).toHaveLength(1)
  })

  test('410 speaks of one event, and shuts no line', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 20; n++) store.add('http://a.example/hook', START)
    await courierWith({ sink })
    await settled()
    while (sink.open.length > 0) {
      sink.open[0]!.answer(410)
      await settled()
    }
    expect(store.entries.every(({ state }) => state === 'Dead')).toBe(true)
  })

  test('at the end of its five days a delivery passes an open circuit, once', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 5; n++) store.add('http://down.example/', START)
    const courier = await courierWith({ sink })
    await settled()
    await fail(sink, (one) => one.refuse(), 5)
    const old = store.add('http://down.example/', now - GIVE_UP_AFTER_MS)
    const young = store.add('http://down.example/', now - GIVE_UP_AFTER_MS + 1_000)
    courier.wake()
    await settled()
    expect(sink.open).toHaveLength(1)
    sink.open[0]!.refuse()
    await settled()
    expect(store.entries.find(({ delivery }) => delivery.id === old)).toMatchObject({ state: 'Dead' })
    // Put off, but not beyond its end: then it has its last attempt too, whatever the circuit says.
    expect(store.entries.find(({ delivery }) => delivery.id === young)).toMatchObject({ dueAt: now + 1_000 })
    now += 1_000
    courier.wake()
    await settled()
    expect(sink.open).toHaveLength(1)
  })

  test('a probe that is broken off by a stop leaves no line shut for good', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 6; n++) store.add('http://down.example/', START)
    const courier = await courierWith({ sink })
    await settled()
    await fail(sink, (one) => one.refuse(), 6)
    now = inSeconds(5)
    courier.wake()
    await settled()
    await courier.stop()
    expect(waiting()).toHaveLength(6)
  })
})

describe('with a limit on the rate', () => {
  test('a receiver gets no more than it should, in order, and its neighbours are not held up', async () => {
    const sink = new SinkInHand()
    const started: number[] = []
    const send = sink.send.bind(sink)
    const allStarted = new Promise<void>((resolve) => {
      sink.send = (message, signal) => {
        if (started.push(Date.now()) === 31) resolve()
        return send(message, signal)
      }
    })
    const begun = Date.now()
    for (let n = 0; n < 30; n++) store.add(`http://a.example/slow?${n}`, begun)
    store.add('http://a.example/other', begun)
    await courierWith({ sink, clock: { now: () => Date.now() }, attemptsPerSecond: 20, maxPerOrigin: 40 })
    await settled()
    // One second's worth at once, and the neighbour.
    expect(sink.open.filter(({ url }) => url.includes('slow')).length).toBeGreaterThanOrEqual(20)
    expect(sink.open.filter(({ url }) => url.includes('other'))).toHaveLength(1)
    await allStarted
    expect(sink.open.map(({ url }) => url).filter((url) => url.includes('slow'))).toEqual(
      Array.from({ length: 30 }, (_, n) => `http://a.example/slow?${n}`),
    )
    for (const [n, at] of started.filter((_, index) => index !== 20).entries()) {
      expect(at - begun).toBeGreaterThanOrEqual(((n - 20) / 20) * 1000 - 1)
    }
  })
})

describe('when it is stopped', () => {
  test('what waits in its hands goes back at once, what is on its way after the grace time', async () => {
    const sink = new SinkInHand()
    for (let n = 0; n < 20; n++) store.add(`http://a.example/${n}`, START)
    const courier = await courierWith({ sink, stopGraceMs: 20 })
    await settled()
    now += 1000
    const stopped = courier.stop()
    await settled()
    expect(store.entries.filter(({ state }) => state === 'Waiting')).toHaveLength(12)
    sink.open[0]!.answer(200)
    await stopped
    expect(store.entries.filter(({ state }) => state === 'Delivered')).toHaveLength(1)
    expect(store.entries.filter(({ dueAt }) => dueAt === now)).toHaveLength(19)
    expect(store.entries.flatMap(({ attempts }) => attempts)).toHaveLength(1)
    expect(sink.started).toBe(8)
  })

  test('what does not get to its receiver goes back untried, and what gets there and fails has been tried', async () => {
    const sink = new SinkInHand()
    for (const name of ['away', 'broken']) store.add(`http://${name}.example/`, START)
    const courier = await courierWith({ sink, stopGraceMs: 600_000 })
    await settled()
    const stopped = courier.stop()
    await settled()
    sink.open[1]!.hangUp()
    sink.open[0]!.refuse()
    await stopped
    expect(store.entries).toMatchObject([
      { state: 'Waiting', dueAt: START, attempts: [] },
      { state: 'Waiting', dueAt: START + 5_000, attempts: [{ error: 'no complete answer' }] },
    ])
  })

  test('what waits for a name that hangs goes back untried, long before the grace time', async () => {
    let isAsked = (): void => undefined
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve
    })
    const names = await startNameServer(() => {
      isAsked()
      return null
    })
    ends.push(() => names.close())
    const it = await receiverOfTest()
    let answer = (): void => undefined
    it.answerWith([
      (response) => {
        answer = () => response.end()
      },
    ])
    const sink = httpSink({
      guard: addressGuard({ allowLoopback: true }),
      lookUpName: names.lookUp,
      lookupPatienceMs: 1,
      connectTimeoutMs: 600_000,
      totalTimeoutMs: 600_000,
    })
    ends.push(() => sink.close())
    store.add('http://silent.test/', START)
    store.add(it.url, START)
    const courier = await courierWith({ sink, stopGraceMs: 600_000 })
    await Promise.all([it.nth(0), asked])
    const stopped = Promise.all([courier.stop(), sink.stopLookingUp()])
    // What is at its receiver is waited for.
    answer()
    await stopped
    expect(store.entries).toMatchObject([{ state: 'Waiting', dueAt: START, attempts: [] }, { state: 'Delivered' }])
  })

  test('a claim that was on its way goes back untried', async () => {
    const sink = new SinkInHand()
    store.add('http://a.example/', START)
    const slowly = Object.assign(Object.create(store) as DeliveriesInMemory, {
      claimDue: async (options: ClaimDueOptions) => {
        const claimed = await store.claimDue(options)
        await turn()
        return claimed
      },
    })
    const courier = await courierWith({ sink, store: slowly })
    await courier.stop()
    expect(store.entries[0]).toMatchObject({ state: 'Waiting', dueAt: START })
    expect(sink.started).toBe(0)
  })

  test('what is handed over while it stops goes back untried', async () => {
    const sink = new SinkInHand()
    const courier = await courierWith({ sink })
    store.add('http://a.example/', START)
    const handed = await store.claimDue({ ...courier.offer()!, now })
    const stopped = courier.stop()
    courier.take(handed)
    await stopped
    await settled()
    expect(store.entries[0]).toMatchObject({ state: 'Waiting', dueAt: START })
    expect(sink.started).toBe(0)
    expect(courier.offer()).toBeNull()
  })

  test('before it was started, and twice, nothing happens', async () => {
    const courier = new Courier({
      store,
      receivers: notedOnly,
      sink: new SinkInHand(),
      secrets: () => [],
      log: silentLog,
      signals,
    })
    expect(courier.offer()).toBeNull()
    await Promise.all([courier.stop(), courier.stop()])
    await courier.start()
    courier.wake()
    await settled()
    expect(store.claims).toEqual([])
  })
})

describe('when something else goes wrong', () => {
  const lines = (): { log: Log; text: () => string } => {
    const said: string[] = []
    const say = (facts: object, message: string) => void said.push(JSON.stringify({ ...facts, message }))
    return { log: { debug: say, info: say, warn: say, error: say }, text: () => said.join('\n') }
  }

  test('a ledger that fails to give is asked again', async () => {
    const it = await receiverOfTest()
    store.add(it.url, START)
    store.failNext = 'claimDue'
    const courier = await courierWith({ sink: httpSinkOfTest() })
    await settled()
    expect(store.claims).toHaveLength(1)
    const delivered = signals.next('delivered')
    courier.wake()
    await delivered
  })

  test('an attempt that cannot be recorded leaves the delivery to its lease', async () => {
    const sink = new SinkInHand()
    const { log, text } = lines()
    store.add('http://a.example/', START)
    await courierWith({ sink, log })
    await settled()
    store.failNext = 'recordAttempt'
    const done = idle()
    sink.open[0]!.answer(200)
    await done
    expect(store.entries[0]!.state).toBe('Sending')
    expect(text()).toContain('could not be recorded')
  })

  test('a secret that cannot be read costs an attempt, not the courier', async () => {
    const it = await receiverOfTest()
    store.add(it.url, START)
    const recorded = signals.next('attempt recorded')
    await courierWith({ sink: httpSinkOfTest(), secrets: () => ['nonsense'] })
    await recorded
    expect(store.entries[0]).toMatchObject({ state: 'Waiting', attempts: [{ status: null }] })
    expect(it.received).toEqual([])
  })

  test('no line of the log shows a query or a password', async () => {
    const { log, text } = lines()
    const sink = new SinkInHand()
    for (const code of [200, 500, 410]) store.add(`http://us:passw@a.example/${code}?token=t0p`, START)
    await courierWith({ sink, log })
    await settled()
    for (const one of [...sink.open]) one.answer(Number(/example\/(\d+)/.exec(one.url)![1]))
    await settled()
    expect(text()).toContain('http://***@a.example/500?***')
    expect(text().match(/callback/g)!.length).toBeGreaterThanOrEqual(3)
    expect(text()).not.toMatch(/t0p|passw/)
  })
})

function asWebhook({ headers, body }: Received) {
  return { headers, body: Buffer.from(body) }
}
