import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventId } from '../base/index.ts'
import type { Attempt, ClaimDueOptions, DeliveryStore, NewEvent } from './delivery-store.ts'
import { receiverOf } from './receiver-of.ts'
import { GIVE_UP_AFTER_MS } from './retry-schedule.ts'

/** A store to try, and the transaction that makes deliveries, which is no part of the port. */
export interface DeliveryStoreUnderTest {
  readonly store: DeliveryStore
  /** Records an event at this time; its deliveries are due then. */
  add(event: NewEvent, at: number): Promise<EventId>
  /** The server that made the calls so far ends uncleanly, and comes back as another. */
  serverDies(): Promise<void>
  close(): Promise<void>
}

const attempt: Attempt = {
  startedAt: 1_000,
  durationMs: 20,
  address: '10.0.0.5',
  status: 500,
  answer: 'not today',
  error: 'answered 500',
}

/** Every store of deliveries does this. */
export function keepsTheDeliveryStoreContract(open: () => Promise<DeliveryStoreUnderTest>): void {
  let it: DeliveryStoreUnderTest
  let subjects = 0
  beforeEach(async () => {
    it = await open()
  })
  afterEach(() => it.close())

  const event = (...urls: string[]): NewEvent => ({
    name: 'TaskFinish',
    subject: `c${++subjects}`,
    bucket: 'album-1250000000',
    deliveries: urls.map((url) => ({ url, contentType: 'application/xml', body: Buffer.from(`<${url}>`) })),
  })
  const addOne = async (url: string, at: number): Promise<string> => {
    const one = event(url)
    await it.add(one, at)
    return one.subject
  }
  const claim = (options: Partial<ClaimDueOptions> & { now: number }) =>
    it.store.claimDue({ limit: 100, perOrigin: 100, busy: {}, leaseMs: 60_000, ...options })

  describe('a claim', () => {
    test('gives what is due, whole, once', async () => {
      const id = await it.add(event('http://a.example/hook?secret=1'), 1_000)
      const [claimed, ...others] = await claim({ now: 1_000 })
      expect(others).toEqual([])
      expect(claimed).toMatchObject({
        eventId: id,
        url: 'http://a.example/hook?secret=1',
        origin: 'http://a.example',
        contentType: 'application/xml',
        eventAt: 1_000,
        attemptsBefore: 0,
      })
      expect(Buffer.from(claimed!.body).toString()).toBe('<http://a.example/hook?secret=1>')
      expect(await claim({ now: 1_000 })).toEqual([])
    })

    test('keeps every byte of a body', async () => {
      const body = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      await it.add(
        { ...event(), deliveries: [{ url: 'http://a.example/', contentType: 'application/json', body }] },
        1_000,
      )
      const [claimed] = await claim({ now: 1_000 })
      expect(Uint8Array.from(claimed!.body)).toEqual(body)
    })

    test('gives nothing before it is due', async () => {
      await addOne('http://a.example/', 1_000)
      expect(await claim({ now: 999 })).toEqual([])
      expect(await it.store.nextDueAt()).toBe(1_000)
    })

    test('takes the oldest first within an origin, and no more than the limit', async () => {
      for (const at of [1_003, 1_001, 1_002]) await addOne(`http://a.example/${at}`, at)
      const claimed = await claim({ now: 2_000, limit: 2 })
      expect(claimed.map(({ url }) => url)).toEqual(['http://a.example/1001', 'http://a.example/1002'])
    })

    test('takes no more of one origin than there is room for, however long its line', async () => {
      for (let n = 0; n < 20; n++) await addOne(`http://slow.example/${n}`, 1_000 + n)
      await addOne('http://fast.example/', 1_900)
      const claimed = await claim({ now: 2_000, limit: 10, perOrigin: 4, busy: { 'http://slow.example': 1 } })
      expect(claimed.map(({ origin }) => origin)).toEqual([
        ...Array(3).fill('http://slow.example'),
        'http://fast.example',
      ])
      expect(await claim({ now: 2_000, perOrigin: 4, busy: { 'http://slow.example': 4 } })).toEqual([])
    })

    test('counts ports and schemes as origins of their own, and paths not', async () => {
      for (const url of [
        'http://a.example/1',
        'http://A.EXAMPLE:80/2',
        'http://a.example:8080/',
        'https://a.example/',
      ]) {
        await addOne(url, 1_000)
      }
      const origins = (await claim({ now: 1_000, perOrigin: 1 })).map(({ origin }) => origin)
      expect(origins.toSorted()).toEqual(['http://a.example', 'http://a.example:8080', 'https://a.example'])
    })

    test('makes an ended lease due again, and only then', async () => {
      await addOne('http://a.example/', 1_000)
      const [first] = await claim({ now: 1_000, leaseMs: 500 })
      expect(await it.store.nextDueAt()).toBe(1_500)
      expect(await claim({ now: 1_499 })).toEqual([])
      const [second] = await claim({ now: 1_500 })
      expect(second!.id).toBe(first!.id)
      expect(second!.leaseToken).not.toBe(first!.leaseToken)
      expect(second!.attemptsBefore).toBe(0)
    })

    test('never gives the same delivery to two', async () => {
      for (let n = 0; n < 30; n++) await addOne(`http://a.example/${n}`, 1_000)
      const claims = await Promise.all([1, 2, 3, 4].map(() => claim({ now: 1_000, limit: 10 })))
      const ids = claims.flat().map(({ id }) => id)
      expect(new Set(ids).size).toBe(30)
      expect(ids.length).toBe(30)
    })
  })

  describe('an attempt', () => {
    const claimOne = async () => {
      const subject = await addOne('http://a.example/', 1_000)
      const [claimed] = await claim({ now: 1_000 })
      return { subject, ...claimed! }
    }

    test('that failed makes the delivery due when it says so', async () => {
      const { id, leaseToken, subject } = await claimOne()
      expect(await it.store.recordAttempt(id, leaseToken, attempt, { state: 'Waiting', dueAt: 6_000 })).toBe(true)
      expect(await it.store.nextDueAt()).toBe(6_000)
      expect(await it.store.deliveriesOf(subject)).toMatchObject([
        { state: 'Waiting', dueAt: 6_000, endedAt: null, attempts: [attempt] },
      ])
      const [again] = await claim({ now: 6_000 })
      expect(again).toMatchObject({ id, attemptsBefore: 1, eventAt: 1_000 })
    })

    test.each(['Delivered', 'Dead'] as const)('that leaves it %s ends it', async (state) => {
      const { id, leaseToken, subject } = await claimOne()
      expect(await it.store.recordAttempt(id, leaseToken, attempt, { state })).toBe(true)
      expect(await it.store.nextDueAt()).toBeNull()
      expect(await claim({ now: 9_999_999 })).toEqual([])
      expect(await it.store.deliveriesOf(subject)).toMatchObject([{ id, state, dueAt: null, endedAt: 1_020 }])
    })

    test('is not recorded without the lease', async () => {
      const { id, leaseToken, subject } = await claimOne()
      expect(await it.store.recordAttempt(id, 'another', attempt, { state: 'Delivered' })).toBe(false)
      const [taken] = await claim({ now: 100_000 })
      expect(await it.store.recordAttempt(id, leaseToken, attempt, { state: 'Delivered' })).toBe(false)
      expect(await it.store.deliveriesOf(subject)).toMatchObject([{ state: 'Sending', attempts: [] }])
      expect(await it.store.recordAttempt(id, taken!.leaseToken, attempt, { state: 'Delivered' })).toBe(true)
      expect(await it.store.recordAttempt(id, taken!.leaseToken, attempt, { state: 'Delivered' })).toBe(false)
      expect((await it.store.deliveriesOf(subject))[0]!.attempts).toHaveLength(1)
    })

    test('keeps an answer in any language, and none', async () => {
      const { id, leaseToken, subject } = await claimOne()
      const first = { ...attempt, answer: 'ünïcode 🖼 \u0001', status: 302, error: 'answered 302' }
      await it.store.recordAttempt(id, leaseToken, first, { state: 'Waiting', dueAt: 2_000 })
      const [again] = await claim({ now: 2_000 })
      const second = { ...attempt, answer: '', status: null, address: null, error: 'connection refused' }
      await it.store.recordAttempt(id, again!.leaseToken, second, { state: 'Dead' })
      expect((await it.store.deliveriesOf(subject))[0]!.attempts).toEqual([first, second])
    })
  })

  describe('returning and rescuing', () => {
    test('a returned delivery is due again with no attempt counted', async () => {
      const subject = await addOne('http://a.example/', 1_000)
      const [claimed] = await claim({ now: 1_000 })
      await it.store.returnUntried(claimed!.id, 'another', 1_200)
      expect(await claim({ now: 1_300 })).toEqual([])
      await it.store.returnUntried(claimed!.id, claimed!.leaseToken, 1_200)
      expect(await it.store.deliveriesOf(subject)).toMatchObject([{ state: 'Waiting', dueAt: 1_200, attempts: [] }])
      expect(await claim({ now: 1_200 })).toMatchObject([{ id: claimed!.id, attemptsBefore: 0 }])
    })

    test('several are put off, each to its own time, and none whose lease is gone', async () => {
      const subjects = [await addOne('http://a.example/', 1_000), await addOne('http://a.example/', 1_000)]
      const [first, second] = await claim({ now: 1_000 })
      await it.store.putOff([
        { ...first!, dueAt: 2_000 },
        { ...second!, leaseToken: 'another', dueAt: 3_000 },
      ])
      const states = await Promise.all(subjects.map(async (subject) => (await it.store.deliveriesOf(subject))[0]!))
      expect(states.map(({ state, dueAt }) => [state, dueAt]).toSorted()).toEqual([
        ['Sending', null],
        ['Waiting', 2_000],
      ])
    })

    test('a line is put off in its order, as much as is said, and only what is due', async () => {
      for (const at of [1_002, 1_000, 1_001, 5_000]) await addOne(`http://a.example/hook?${at}`, at)
      await addOne('http://b.example/', 1_000)
      const line = { origin: 'http://a.example', receiver: null, dueBy: 2_000, until: 9_000 }
      expect(await it.store.putOffLine({ ...line, limit: 2 })).toBe(2)
      expect((await claim({ now: 2_000 })).map(({ url }) => url).toSorted()).toEqual([
        'http://a.example/hook?1002',
        'http://b.example/',
      ])
      expect(await it.store.putOffLine({ ...line, limit: 2 })).toBe(0)
      expect((await claim({ now: 9_000 })).map(({ url }) => url)).toEqual(
        [5_000, 1_000, 1_001].map((at) => `http://a.example/hook?${at}`),
      )
    })

    test('the line of one receiver is put off, and not its neighbours at the origin', async () => {
      await addOne('http://a.example/one?secret', 1_000)
      await addOne('http://a.example/two', 1_000)
      const { origin, id: receiver } = receiverOf('http://a.example/one')
      expect(await it.store.putOffLine({ origin, receiver, dueBy: 2_000, until: 9_000, limit: 10 })).toBe(1)
      expect((await claim({ now: 2_000 })).map(({ url }) => url)).toEqual(['http://a.example/two'])
    })

    test('nothing is put off beyond the end of its five days, and what has come there not at all', async () => {
      const end = 1_000 + GIVE_UP_AFTER_MS
      const subject = await addOne('http://a.example/', 1_000)
      const line = { origin: 'http://a.example', receiver: null, limit: 10 }
      expect(await it.store.putOffLine({ ...line, dueBy: end - 1, until: end + 1_000 })).toBe(1)
      expect(await it.store.deliveriesOf(subject)).toMatchObject([{ dueAt: end }])
      expect(await it.store.putOffLine({ ...line, dueBy: end, until: end + 1_000 })).toBe(0)
      expect(await claim({ now: end })).toHaveLength(1)
    })

    test('what was being sent when the server died is due at once', async () => {
      await addOne('http://a.example/', 1_000)
      await addOne('http://a.example/', 1_000)
      const [dead] = await claim({ now: 1_000, limit: 1 })
      await it.serverDies()
      expect(await it.store.rescueDeliveries()).toBe(1)
      expect(await it.store.rescueDeliveries()).toBe(0)
      const claimed = await claim({ now: Number.MAX_SAFE_INTEGER })
      expect(claimed.map(({ id }) => id)).toContain(dead!.id)
      expect(claimed).toHaveLength(2)
      expect(await it.store.recordAttempt(dead!.id, dead!.leaseToken, attempt, { state: 'Delivered' })).toBe(false)
    })
  })

  describe('an event', () => {
    test('that goes nowhere is recorded and gives nothing to do', async () => {
      const nowhere = event()
      await it.add(nowhere, 1_000)
      expect(await it.store.nextDueAt()).toBeNull()
      expect(await it.store.deliveriesOf(nowhere.subject)).toEqual([])
      await expect(it.add(nowhere, 1_000)).rejects.toThrow()
    })

    test('that goes to several gives a delivery to each, with one event id', async () => {
      const several = event('http://a.example/', 'http://b.example/')
      const eventId = await it.add(several, 1_000)
      const claimed = await claim({ now: 1_000 })
      expect(claimed.map((delivery) => delivery.eventId)).toEqual([eventId, eventId])
      expect(await it.store.deliveriesOf(several.subject)).toMatchObject([
        { eventId, eventName: 'TaskFinish', url: 'http://a.example/', createdAt: 1_000, dueAt: null },
        { eventId, eventName: 'TaskFinish', url: 'http://b.example/', createdAt: 1_000, dueAt: null },
      ])
    })

    test('whose address cannot be read is kept, so that its attempt can say so', async () => {
      await addOne('http://[nonsense', 1_000)
      expect(await claim({ now: 1_000 })).toMatchObject([{ url: 'http://[nonsense' }])
    })
  })
}
