import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventId, ReceiverId } from '../base/index.ts'
import type { DeliveryDesk } from './delivery-desk.ts'
import type { DeliveryStore, NewEvent } from './delivery-store.ts'
import { receiverOf } from './receiver-of.ts'
import type { ReceiverNote, ReceiverQuery, ReceiverStore } from './receiver-store.ts'
import { ONLY_FAILED, switchReceiverOff, switchReceiverOn } from './switch-receiver.ts'

export interface ReceiverStoreUnderTest {
  readonly receivers: ReceiverStore
  readonly store: DeliveryStore
  readonly desk: DeliveryDesk
  add(event: NewEvent, at: number): Promise<EventId>
  close(): Promise<void>
}

const all: ReceiverQuery = { which: 'all', prefix: null, after: null, limit: 100 }

/** Every store of receivers does this. */
export function keepsTheReceiverStoreContract(open: (now?: () => number) => Promise<ReceiverStoreUnderTest>): void {
  let it: ReceiverStoreUnderTest
  let now: number
  let subjects = 0
  beforeEach(async () => {
    now = 10_000
    it = await open(() => now)
  })
  afterEach(() => it.close())

  const note = (url: string, facts: Partial<ReceiverNote> = {}): ReceiverNote => ({
    ...receiverOf(url),
    attemptAt: 1_000,
    successAt: null,
    failures: 0,
    failingSince: null,
    error: null,
    restsUntil: null,
    restsBecause: null,
    ...facts,
  })
  const failed = (url: string, at: number, failures = 1) =>
    note(url, { attemptAt: at, failures, failingSince: at, error: `answered ${500 + failures}` })
  const worked = (url: string, at: number) => note(url, { attemptAt: at, successAt: at })
  const add = (url: string, at: number) =>
    it.add(
      {
        name: 'TaskFinish',
        subject: `r${++subjects}`,
        bucket: 'album-1250000000',
        deliveries: [{ url, contentType: 'application/xml', body: Buffer.from('<a/>') }],
      },
      at,
    )
  const claim = (limit = 100) => it.store.claimDue({ limit, perOrigin: 100, busy: {}, leaseMs: 60_000, now })
  const statesOf = async (url: string) =>
    (
      await it.desk.listDeliveries(
        { states: null, queueId: null, subject: null, receiver: receiverOf(url).id, from: null, until: null },
        null,
        100,
      )
    ).items.map(({ state }) => state)

  describe('what is known of receivers', () => {
    test('is what was noted, and nothing secret of the address', async () => {
      await it.receivers.noteReceivers([worked('http://us:pass@A.example:80/hook?token=1', 1_000)])
      const { items, next } = await it.receivers.listReceivers(all)
      expect(next).toBeNull()
      expect(items).toEqual([
        {
          id: receiverOf('http://a.example/hook').id,
          address: 'http://a.example/hook',
          origin: 'http://a.example',
          isEnabled: true,
          switchedAt: null,
          offBecause: null,
          firstSeenAt: 1_000,
          lastAttemptAt: 1_000,
          lastSuccessAt: 1_000,
          failingSince: null,
          failures: 0,
          lastError: null,
          restsUntil: null,
          restsBecause: null,
        },
      ])
    })

    test('adds failures up from the first on, until a success makes an end of them', async () => {
      const url = 'http://a.example/'
      const { id } = receiverOf(url)
      expect(await it.receivers.noteReceivers([failed(url, 1_000)])).toEqual([
        { id, isEnabled: true, failingSince: 1_000, failures: 1 },
      ])
      expect(await it.receivers.noteReceivers([failed(url, 2_000, 3)])).toEqual([
        { id, isEnabled: true, failingSince: 1_000, failures: 4 },
      ])
      expect(await it.receivers.findReceiver(id)).toMatchObject({ lastAttemptAt: 2_000, lastError: 'answered 503' })
      const both = note(url, { attemptAt: 4_000, successAt: 3_000, failures: 1, failingSince: 4_000, error: 'reset' })
      expect(await it.receivers.noteReceivers([both])).toEqual([
        { id, isEnabled: true, failingSince: 4_000, failures: 1 },
      ])
      expect(await it.receivers.noteReceivers([worked(url, 5_000)])).toEqual([])
      expect(await it.receivers.findReceiver(id)).toMatchObject({
        firstSeenAt: 1_000,
        lastSuccessAt: 5_000,
        failures: 0,
        failingSince: null,
        lastError: null,
      })
    })

    test('is listed by address, in pages, and narrowed', async () => {
      const urls = ['http://a.example/1', 'http://a.example/2', 'http://b.example/', 'https://a.example/']
      await it.receivers.noteReceivers(urls.map((url, n) => (n === 1 ? failed(url, 1_000) : worked(url, 1_000))))
      await it.receivers.switchOff(receiverOf(urls[2]!).id, 'by hand')
      const addresses = async (query: Partial<ReceiverQuery>) =>
        (await it.receivers.listReceivers({ ...all, ...query })).items.map(({ address }) => address)
      expect(await addresses({})).toEqual(urls)
      expect(await addresses({ which: 'on' })).toEqual([urls[0], urls[1], urls[3]])
      expect(await addresses({ which: 'off' })).toEqual([urls[2]])
      expect(await addresses({ which: 'failing' })).toEqual([urls[1]])
      expect(await addresses({ prefix: 'http://a.example' })).toEqual([urls[0], urls[1]])
      expect(await addresses({ prefix: 'http://A' })).toEqual([])
      const first = await it.receivers.listReceivers({ ...all, limit: 3 })
      expect(first.items.map(({ address }) => address)).toEqual(urls.slice(0, 3))
      expect(await it.receivers.listReceivers({ ...all, limit: 3, after: first.next })).toMatchObject({
        items: [{ address: urls[3] }],
        next: null,
      })
    })

    test('goes when nothing was sent there for long, but not while something is held, or somebody wants it off', async () => {
      const urls = ['http://a.example/', 'http://b.example/', 'http://c.example/', 'http://d.example/']
      await it.receivers.noteReceivers(urls.map((url) => worked(url, 1_000)))
      await it.receivers.noteReceivers([worked('http://e.example/', 9_000)])
      await add('http://b.example/', 1_000)
      for (const url of ['http://b.example/', 'http://c.example/']) {
        await switchReceiverOff(it.receivers, receiverOf(url).id, ONLY_FAILED)
      }
      await switchReceiverOff(it.receivers, receiverOf('http://d.example/').id, 'by hand')
      expect(await it.receivers.forgetReceivers(5_000, 10)).toBe(2)
      expect((await it.receivers.listReceivers(all)).items.map(({ address }) => address)).toEqual([
        'http://b.example/',
        'http://d.example/',
        'http://e.example/',
      ])
    })
  })

  describe('a receiver that is switched off', () => {
    const url = 'http://a.example/off'
    const { id } = receiverOf(url)
    beforeEach(() => it.receivers.noteReceivers([failed(url, 1_000)]))

    test('keeps what waits for it, held, with its neighbours at the origin going on', async () => {
      await add(`${url}?1`, 1_000)
      await add('http://a.example/on', 1_000)
      expect(await switchReceiverOff(it.receivers, id, 'too noisy')).toMatchObject({
        receiver: { isEnabled: false, offBecause: 'too noisy', switchedAt: now },
        held: 1,
      })
      await add(`${url}?2`, 1_000)
      expect((await claim()).map((one) => one.url)).toEqual(['http://a.example/on'])
      expect(await statesOf(url)).toEqual(['Held', 'Held'])
      expect(await it.store.nextDueAt()).toBe(now + 60_000)
      expect(await it.receivers.findReceiver(id)).toMatchObject({ held: 2, newestUrl: `${url}?2` })
    })

    test('gives its turns to others, however long its line', async () => {
      await it.receivers.switchOff(id, 'by hand')
      for (let n = 0; n < 20; n++) await add(url, 1_000 + n)
      await add('http://a.example/on', 2_000)
      expect((await claim(2)).map((one) => one.url)).toEqual(['http://a.example/on'])
      expect(await statesOf(url)).toEqual(Array(20).fill('Held'))
    })

    test('gets everything, the oldest first, when it is switched on again, and with a clean record', async () => {
      for (const at of [1_000, 2_000, 3_000]) await add(`${url}?${at}`, at)
      await switchReceiverOff(it.receivers, id, 'by hand')
      now = 20_000
      expect(await switchReceiverOn(it.receivers, id)).toMatchObject({
        receiver: { isEnabled: true, offBecause: null, switchedAt: now, failures: 0, failingSince: null },
        released: 3,
      })
      expect((await claim()).map((one) => [one.url, one.eventAt])).toEqual(
        [1_000, 2_000, 3_000].map((at) => [`${url}?${at}`, at]),
      )
    })

    test('gets what a server did not release that died in the middle of it', async () => {
      await add(url, 1_000)
      await switchReceiverOff(it.receivers, id, 'by hand')
      expect(await it.receivers.releaseStranded(10)).toBe(0)
      await it.receivers.switchOn(id)
      expect(await claim()).toEqual([])
      expect(await it.receivers.releaseStranded(10)).toBe(1)
      expect(await claim()).toHaveLength(1)
    })

    test('can be given what is held for it up', async () => {
      await add(url, 1_000)
      await switchReceiverOff(it.receivers, id, 'by hand')
      const [held] = (
        await it.desk.listDeliveries(
          { states: ['Held'], queueId: null, subject: null, receiver: id, from: null, until: null },
          null,
          10,
        )
      ).items
      expect(await it.desk.cancelDelivery(held!.id)).toMatchObject({ state: 'Cancelled' })
      expect(await switchReceiverOn(it.receivers, id)).toMatchObject({ released: 0 })
    })

    test('stays as it is when it is switched off again, and on when it is on', async () => {
      await it.receivers.switchOff(id, 'first')
      now += 1
      expect(await it.receivers.switchOff(id, 'second')).toMatchObject({ offBecause: 'first', switchedAt: now - 1 })
      await it.receivers.switchOn(id)
      now += 1
      expect(await it.receivers.switchOn(id)).toMatchObject({ switchedAt: now - 1 })
      expect(await it.receivers.holdWaiting(id, 10)).toBe(0)
    })

    test('is refused when nobody knows it', async () => {
      const nobody = 'rcv_0' as ReceiverId
      await expect(it.receivers.switchOff(nobody, 'x')).rejects.toMatchObject({ code: 'ReceiverNotFound' })
      await expect(it.receivers.switchOn(nobody)).rejects.toMatchObject({ code: 'ReceiverNotFound' })
      expect(await it.receivers.findReceiver(nobody)).toBeNull()
    })
  })
}
