import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DeliveryId, EventId } from '../base/index.ts'
import type { DeliveryCursor, DeliveryDesk, DeliveryFilter } from './delivery-desk.ts'
import type { AfterAttempt, Attempt, ClaimedDelivery, DeliveryStore, NewEvent } from './delivery-store.ts'
import { receiverOf } from './receiver-of.ts'
import type { ReceiverStore } from './receiver-store.ts'

export interface DeliveryDeskUnderTest {
  readonly desk: DeliveryDesk
  readonly store: DeliveryStore
  readonly receivers: ReceiverStore
  readonly retention: { emptyDeliveredBodies(deliveredBefore: number, limit: number): Promise<number> }
  add(event: NewEvent, at: number): Promise<EventId>
  close(): Promise<void>
}

const everything: DeliveryFilter = {
  states: null,
  queueId: null,
  subject: null,
  receiver: null,
  from: null,
  until: null,
}

const attempt: Attempt = {
  startedAt: 5_000,
  durationMs: 20,
  address: '10.0.0.5',
  status: 500,
  answer: 'not today',
  error: 'answered 500',
}

/** Every desk does this. */
export function keepsTheDeliveryDeskContract(open: (now?: () => number) => Promise<DeliveryDeskUnderTest>): void {
  let it: DeliveryDeskUnderTest
  let now: number
  let subjects = 0
  beforeEach(async () => {
    now = 10_000
    it = await open(() => now)
  })
  afterEach(() => it.close())

  const add = async (url: string, at: number, facts: Partial<NewEvent> = {}): Promise<string> => {
    const subject = `c${++subjects}`
    await it.add(
      {
        name: 'TaskFinish',
        subject,
        bucket: 'album-1250000000',
        deliveries: [{ url, contentType: 'application/xml', body: Buffer.from(`<${subject}>`) }],
        ...facts,
      },
      at,
    )
    return subject
  }
  const claim = () => it.store.claimDue({ limit: 100, perOrigin: 100, busy: {}, leaseMs: 60_000, now })
  const end = async (after: AfterAttempt, delivery?: ClaimedDelivery): Promise<ClaimedDelivery> => {
    const one = delivery ?? (await claim())[0]!
    expect(await it.store.recordAttempt(one.id, one.leaseToken, attempt, after)).toBe(true)
    return one
  }
  const idOf = async (subject: string): Promise<DeliveryId> => (await it.store.deliveriesOf(subject))[0]!.id
  const subjectsOf = async (filter: Partial<DeliveryFilter>, limit = 100): Promise<string[]> => {
    const found: string[] = []
    let after: DeliveryCursor | null = null
    do {
      const page = await it.desk.listDeliveries({ ...everything, ...filter }, after, limit)
      found.push(...page.items.map(({ subject }) => subject))
      after = page.next
    } while (after !== null)
    return found
  }

  describe('a list of deliveries', () => {
    test('has the newest first, each once, however small the pages', async () => {
      const added: string[] = []
      for (const at of [1_000, 2_000, 2_000, 3_000, 2_000]) added.push(await add('http://a.example/', at))
      const whole = await subjectsOf({})
      expect(whole.toSorted()).toEqual(added.toSorted())
      expect([whole[0], whole.at(-1)]).toEqual([added[3], added[0]])
      for (const limit of [1, 2, 3]) expect(await subjectsOf({}, limit)).toEqual(whole)
    })

    test('says where each comes from and goes, and what came of it last', async () => {
      const subject = await add('http://a.example/hook?token=1', 1_000, { queueId: 'p1', workflowId: 'w1' })
      await end({ state: 'Waiting', dueAt: 9_000 })
      const { items } = await it.desk.listDeliveries(everything, null, 10)
      expect(items).toEqual([
        {
          id: await idOf(subject),
          eventId: expect.stringMatching(/^evt_/),
          eventName: 'TaskFinish',
          subject,
          url: 'http://a.example/hook?token=1',
          receiver: receiverOf('http://a.example/hook').id,
          queueId: 'p1',
          workflowId: 'w1',
          contentType: 'application/xml',
          state: 'Waiting',
          createdAt: 1_000,
          dueAt: 9_000,
          endedAt: null,
          attempts: 1,
          lastAttempt: attempt,
        },
      ])
    })

    test('is narrowed by state, queue, subject, receiver and time, and by all of them', async () => {
      const one = await add('http://a.example/one', 1_000, { queueId: 'p1' })
      const dead = await end({ state: 'Dead' })
      const two = await add('http://a.example/two?x=1', 2_000, { queueId: 'p2' })
      const three = await add('http://a.example/two?x=2', 3_000, { queueId: 'p1' })
      expect(await subjectsOf({ states: ['Dead'] })).toEqual([one])
      expect(await subjectsOf({ states: ['Waiting'] })).toEqual([three, two])
      expect(await subjectsOf({ states: ['Dead', 'Waiting'] })).toEqual([three, two, one])
      expect(await subjectsOf({ states: ['Delivered'] })).toEqual([])
      expect(await subjectsOf({ queueId: 'p1' })).toEqual([three, one])
      expect(await subjectsOf({ subject: two })).toEqual([two])
      expect(await subjectsOf({ receiver: receiverOf('http://a.example/two').id })).toEqual([three, two])
      expect(await subjectsOf({ from: 2_000 })).toEqual([three, two])
      expect(await subjectsOf({ until: 2_000 })).toEqual([one])
      expect(await subjectsOf({ from: 2_000, until: 3_000 })).toEqual([two])
      const all = { states: ['Dead'], queueId: 'p1', subject: one, receiver: receiverOf(dead.url).id } as const
      expect(await subjectsOf({ ...all, from: 1_000, until: 1_001 })).toEqual([one])
      expect(await subjectsOf({ ...all, queueId: 'p2' })).toEqual([])
    })
  })

  describe('one delivery', () => {
    test('is shown with all its attempts and the bytes that are sent', async () => {
      const subject = await add('http://a.example/', 1_000)
      await end({ state: 'Waiting', dueAt: 2_000 })
      await end({ state: 'Dead' })
      const found = await it.desk.findDelivery(await idOf(subject))
      expect(found).toMatchObject({ subject, state: 'Dead', endedAt: 5_020, attempts: [attempt, attempt] })
      expect(Buffer.from(found!.body!).toString()).toBe(`<${subject}>`)
      expect(await it.desk.findDelivery('dlv_0' as DeliveryId)).toBeNull()
    })
  })

  describe('sending again', () => {
    test.each(['Dead', 'Delivered'] as const)('begins a round of its own for one that is %s', async (state) => {
      const subject = await add('http://a.example/', 1_000)
      const before = await end({ state: 'Waiting', dueAt: 2_000 })
      await end({ state })
      const id = await idOf(subject)
      now = 700_000_000
      expect(await it.desk.resendDelivery(id)).toMatchObject({ id, state: 'Waiting', dueAt: now, endedAt: null })
      const [claimed] = await claim()
      expect(claimed).toMatchObject({ id, eventId: before.eventId, eventAt: now, attemptsBefore: 0 })
      expect(Buffer.from(claimed!.body)).toEqual(Buffer.from(before.body))
      await end({ state: 'Waiting', dueAt: now + 1 }, claimed)
      now += 1
      expect(await claim()).toMatchObject([{ id, eventAt: now - 1, attemptsBefore: 1 }])
      expect((await it.desk.findDelivery(id))!.attempts).toHaveLength(3)
    })

    test('takes one that waits out of its wait', async () => {
      const subject = await add('http://a.example/', 1_000)
      await end({ state: 'Waiting', dueAt: 99_000_000 })
      await it.desk.resendDelivery(await idOf(subject))
      expect(await claim()).toMatchObject([{ attemptsBefore: 0 }])
    })

    test('is refused for one that does not exist, is being sent, or has no body any more', async () => {
      await expect(it.desk.resendDelivery('dlv_0' as DeliveryId)).rejects.toMatchObject({ code: 'DeliveryNotFound' })
      const subject = await add('http://a.example/', 1_000)
      const [claimed] = await claim()
      await expect(it.desk.resendDelivery(claimed!.id)).rejects.toMatchObject({
        code: 'DeliveryNotResendable',
        message: `The delivery ${claimed!.id} is being sent right now.`,
      })
      await end({ state: 'Delivered' }, claimed)
      expect(await it.retention.emptyDeliveredBodies(now, 10)).toBe(1)
      await expect(it.desk.resendDelivery(claimed!.id)).rejects.toMatchObject({ code: 'DeliveryNotResendable' })
      expect((await it.desk.findDelivery(await idOf(subject)))!.body).toBeNull()
    })

    test('is refused while its receiver is off', async () => {
      const subject = await add('http://a.example/', 1_000)
      await end({ state: 'Dead' })
      const receiver = receiverOf('http://a.example/')
      await it.receivers.noteReceivers([
        {
          ...receiver,
          attemptAt: 5_000,
          successAt: null,
          failures: 1,
          failingSince: 5_000,
          error: 'answered 500',
          restsUntil: null,
          restsBecause: null,
        },
      ])
      await it.receivers.switchOff(receiver.id, 'by hand')
      const id = await idOf(subject)
      await expect(it.desk.resendDelivery(id)).rejects.toMatchObject({
        code: 'DeliveryNotResendable',
        message: `The delivery ${id} goes to ${receiver.id}, which is switched off; switch that on first.`,
      })
    })

    test('of all that are dead since a time goes through them once, in steps, and leaves the others alone', async () => {
      for (let n = 0; n < 5; n++) {
        await add(`http://a.example/${n}`, 1_000 + n)
        await end({ state: 'Dead' })
      }
      await add('http://a.example/delivered', 1_003)
      await end({ state: 'Delivered' })
      const filter: DeliveryFilter = { ...everything, states: ['Dead'], from: 1_002 }
      let after: DeliveryCursor | null = null
      let resent = 0
      do {
        const step = await it.desk.resendDeliveries(filter, after, 2)
        expect(step.resent).toBeLessThanOrEqual(2)
        resent += step.resent
        after = step.next
      } while (after !== null)
      expect(resent).toBe(3)
      expect((await claim()).map(({ url }) => url)).toEqual([2, 3, 4].map((n) => `http://a.example/${n}`))
      expect(await subjectsOf({ states: ['Dead'] })).toHaveLength(2)
    })

    test('of many passes over what is being sent', async () => {
      await add('http://a.example/', 1_000)
      const [claimed] = await claim()
      expect(await it.desk.resendDeliveries(everything, null, 10)).toEqual({ resent: 0, passedOver: 1, next: null })
      expect(await it.store.recordAttempt(claimed!.id, claimed!.leaseToken, attempt, { state: 'Delivered' })).toBe(true)
    })
  })

  describe('giving up by hand', () => {
    test('ends what waits, for good, and can be taken back', async () => {
      const subject = await add('http://a.example/', 1_000)
      const id = await idOf(subject)
      expect(await it.desk.cancelDelivery(id)).toMatchObject({ state: 'Cancelled', dueAt: null, endedAt: now })
      expect(await claim()).toEqual([])
      now += 5
      expect(await it.desk.cancelDelivery(id)).toMatchObject({ state: 'Cancelled', endedAt: now - 5 })
      await it.desk.resendDelivery(id)
      expect(await claim()).toMatchObject([{ id }])
    })

    test('leaves what is dead as it is, and is refused for what is on its way or has arrived', async () => {
      await expect(it.desk.cancelDelivery('dlv_0' as DeliveryId)).rejects.toMatchObject({ code: 'DeliveryNotFound' })
      const dead = await idOf(await add('http://a.example/', 1_000))
      await end({ state: 'Dead' })
      expect(await it.desk.cancelDelivery(dead)).toMatchObject({ state: 'Dead' })
      const other = await idOf(await add('http://a.example/', 1_000))
      const [claimed] = await claim()
      await expect(it.desk.cancelDelivery(other)).rejects.toMatchObject({ code: 'DeliveryNotCancellable' })
      await end({ state: 'Delivered' }, claimed)
      await expect(it.desk.cancelDelivery(other)).rejects.toMatchObject({
        code: 'DeliveryNotCancellable',
        message: `The delivery ${other} was delivered.`,
      })
    })
  })
}
