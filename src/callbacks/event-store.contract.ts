import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { topologyOf, workflowOf } from '../../test/support/workflows.ts'
import type { JobStore, QueueStore, RetentionStore } from '../jobs/index.ts'
import type { ObjectStore } from '../objects/index.ts'
import type { WorkflowStore } from '../workflows/index.ts'
import type { DeliveryStore } from './delivery-store.ts'
import type { EventPage, EventQuery, EventStore, FeedEvent } from './event-store.ts'

/** A ledger to put to the test. What follows from jobs and runs is what follows in the house. */
export interface EventLedgerUnderTest {
  readonly stores: {
    readonly events: EventStore
    readonly jobs: JobStore
    readonly objects: ObjectStore
    readonly queues: QueueStore
    readonly deliveries: DeliveryStore
    readonly retention: RetentionStore
    readonly workflows: WorkflowStore
  }
  pass(ms: number): void
  now(): number
  close(): Promise<void>
}

const bucket = 'album-1250000000'
const otherBucket = 'other-1250000000'
const everything = { endedAt: Number.MAX_SAFE_INTEGER, id: '' }

/** What every adapter of `EventStore` keeps. */
export function keepsTheEventStoreContract(open: () => Promise<EventLedgerUnderTest>): void {
  let ledger: EventLedgerUnderTest
  let events: EventStore

  beforeEach(async () => {
    ledger = await open()
    ;({ events } = ledger.stores)
    for (const name of [bucket, otherBucket]) await ledger.stores.objects.createBucket({ name, region: 'ap-test' })
  })
  afterEach(() => ledger.close())

  /** Gives the id of a job that has just ended, and made an event. */
  async function ended(url: string | null = null, inBucket = bucket): Promise<string> {
    const job = await ledger.stores.jobs.submitJob(
      {
        bucket: inBucket,
        queueId: null,
        level: 0,
        inputObject: 'in.png',
        output: { bucket: inBucket, region: 'ap-test', object: 'out.png' },
        templateId: null,
        inline: { isPicInfo: false, processRule: 'imageMogr2/strip' },
        userData: null,
        callback: { url, format: null },
        origin: null,
      },
      { openService: true, queueDefaults: { maxSize: 10_000, maxConcurrent: 1_000 } },
    )
    for (const { id, leaseToken } of await ledger.stores.jobs.claimJobs(100)) {
      await ledger.stores.jobs.completeJob(id, leaseToken, { state: 'Failed', code: 'X', message: 'so it is' })
    }
    return job.id
  }
  const read = (query: Partial<EventQuery> = {}): Promise<EventPage> =>
    events.eventsAfter({ after: null, limit: 100, bucket: null, names: [], subject: null, ...query })
  const subjects = (page: EventPage): string[] => page.events.map(({ subject }) => subject)
  async function send(): Promise<void> {
    const now = ledger.now()
    const due = { limit: 100, perOrigin: 100, busy: {}, leaseMs: 60_000, now }
    for (const { id, leaseToken } of await ledger.stores.deliveries.claimDue(due)) {
      const attempt = { startedAt: now, durationMs: 0, address: null, status: 200, answer: '', error: null }
      await ledger.stores.deliveries.recordAttempt(id, leaseToken, attempt, { state: 'Delivered' })
    }
  }

  test('there is nothing at first, and the place behind it is the one in front of what comes', async () => {
    const nothing = await read()
    expect(nothing).toMatchObject({ events: [], hasMore: false, next: { position: 0 } })
    const id = await ended()
    const page = await read({ after: nothing.next })
    expect(subjects(page)).toEqual([id])
    expect(page).toMatchObject({ hasMore: false, next: page.events[0]!.place })
    expect(await read({ after: page.next })).toMatchObject({ events: [], hasMore: false, next: page.next })
  })

  test('events are read page by page in their order, and the same again', async () => {
    const ids: string[] = []
    for (let n = 0; n < 5; n += 1) ids.push(await ended())
    const first = await read({ limit: 2 })
    const second = await read({ limit: 2, after: first.next })
    const third = await read({ limit: 2, after: second.next })
    expect([first, second, third].map(subjects)).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)])
    expect([first.hasMore, second.hasMore, third.hasMore]).toEqual([true, true, false])
    expect(subjects(await read())).toEqual(ids)
    expect(await read({ limit: 2 })).toEqual(first)
  })

  test('the newest place is behind everything', async () => {
    await ended()
    await ended()
    const newest = await events.newestPlace()
    expect(await read({ after: newest })).toMatchObject({ events: [], hasMore: false })
    const id = await ended()
    expect(subjects(await read({ after: newest }))).toEqual([id])
  })

  describe('what an event says', () => {
    test('is what is sent, byte for byte, before and after it was', async () => {
      const id = await ended('http://receiver.test/hook')
      const before = (await read()).events[0]!
      const [claimed] = await ledger.stores.deliveries.claimDue({
        limit: 1,
        perOrigin: 1,
        busy: {},
        leaseMs: 1,
        now: ledger.now(),
      })
      expect(before).toMatchObject({
        id: claimed!.eventId,
        name: 'TaskFinish',
        subject: id,
        bucket,
        createdAt: ledger.now(),
      })
      expect(before.document).toEqual({
        contentType: claimed!.contentType,
        body: Buffer.from(claimed!.body).toString(),
        isAsSent: true,
      })
      ledger.pass(10)
      await send()
      expect((await read()).events[0]).toEqual(before)
    })

    test('is written anew when it went to nobody, and when what was delivered is kept no longer', async () => {
      const toNobody = await ended('no')
      const sent = await ended('http://receiver.test/hook')
      await send()
      expect(await ledger.stores.retention.emptyDeliveredBodies(Number.MAX_SAFE_INTEGER, 10)).toBe(1)
      for (const [index, id] of [toNobody, sent].entries()) {
        const { document } = (await read()).events[index]!
        expect(document).toMatchObject({ contentType: 'application/json', isAsSent: false })
        expect(JSON.parse(document!.body)).toMatchObject({
          EventName: 'TaskFinish',
          JobsDetail: [{ JobId: id, State: 'Failed', Code: 'X', Message: 'so it is' }],
        })
      }
    })

    test('is written anew in the profile that the queue has now', async () => {
      const id = await ended('no')
      const { queueId } = (await ledger.stores.jobs.findJobs(bucket, [id]))[0]!
      const bodyNow = async () => JSON.parse((await read()).events[0]!.document!.body).JobsDetail
      expect(await bodyNow()).toMatchObject([{ JobId: id, Operation: { JobLevel: 0 } }])
      await ledger.stores.queues.updateQueue(bucket, queueId, { callbacks: { profile: 'live', headers: [] } })
      expect(await bodyNow()).toMatchObject([{ JobId: id, Operation: { JobLevel: '0' }, QueueType: 'PicProcess' }])
      await ledger.stores.queues.updateQueue(bucket, queueId, { callbacks: { profile: '2023', headers: [] } })
      expect(await bodyNow()).toMatchObject({ JobId: id })
    })

    test('of a run is told as it was when it began, and as it is at its end', async () => {
      const body = workflowOf(topologyOf({ Start: ['a', 'b'] }))
      const workflow = await ledger.stores.workflows.createWorkflow(bucket, body, { maxWorkflows: 10 })
      const run = await ledger.stores.workflows.startRun(bucket, workflow.id, 'raw/cat.png')
      for (const { id, leaseToken } of await ledger.stores.jobs.claimJobs(10)) {
        await ledger.stores.jobs.completeJob(id, leaseToken, { state: 'Failed', code: 'X', message: '' })
      }
      const page = await read()
      expect(page.events.map(({ name }) => name)).toEqual([
        'WorkflowStart',
        'TaskFinish',
        'TaskFinish',
        'WorkflowFinish',
      ])
      const documents = page.events.map(({ document }) => JSON.parse(document!.body))
      expect(documents[0].WorkflowExecution).toMatchObject({ RunId: run.id, State: 'Running' })
      expect(documents[0].WorkflowExecution.Tasks).toBeUndefined()
      expect(documents[1].JobsDetail[0].Workflow).toMatchObject({ RunId: run.id })
      expect(documents[3].WorkflowExecution).toMatchObject({ RunId: run.id, State: 'Failed' })
      expect(documents[3].WorkflowExecution.Tasks).toHaveLength(2)
    })
  })

  test('a filtered page has what it asks for, and goes on behind what it passed over', async () => {
    const mine = [await ended(), await ended(null, otherBucket), await ended()]
    expect(subjects(await read({ bucket: otherBucket }))).toEqual([mine[1]])
    expect(subjects(await read({ subject: mine[2]! }))).toEqual([mine[2]])
    expect(subjects(await read({ names: ['TaskFinish'] }))).toEqual(mine)
    const none = await read({ names: ['WorkflowStart', 'WorkflowFinish'] })
    expect(none).toMatchObject({ events: [], hasMore: false })
    const later = await ended(null, otherBucket)
    expect(subjects(await read({ after: none.next, bucket: otherBucket }))).toEqual([later])
    const first = await read({ bucket, limit: 1 })
    expect(first.hasMore).toBe(true)
    expect(subjects(await read({ bucket, limit: 1, after: first.next }))).toEqual([mine[2]])
  })

  test('whoever reads while others write sees everything once, in the order of everybody else', async () => {
    const writers = 4
    const each = 12
    const done = Promise.all(
      Array.from({ length: writers }, async () => {
        const ids: string[] = []
        for (let n = 0; n < each; n += 1) ids.push(await ended())
        return ids
      }),
    )
    const readAll = async (limit: number): Promise<FeedEvent[]> => {
      const seen: FeedEvent[] = []
      let { next: after } = await read({ limit })
      after = { position: 0, mark: '' }
      while (seen.length < writers * each) {
        const page = await read({ after, limit })
        seen.push(...page.events)
        after = page.next
      }
      return seen
    }
    const [ids, one, other] = await Promise.all([done, readAll(3), readAll(7)])
    expect(one.map(({ subject }) => subject).sort()).toEqual(ids.flat().sort())
    expect(other).toEqual(one)
  }, 120_000)

  describe('what was removed', () => {
    const remove = () => ledger.stores.retention.removeEndedJobs({ after: null, before: everything, limit: 100 })

    test('is told to whoever has not read it, and whoever has goes on', async () => {
      const start = (await read()).next
      await ended('no')
      const first = (await read()).next
      await ended('no')
      const second = (await read()).next
      await remove()
      const left = await ended('no')
      for (const after of [start, first]) {
        await expect(read({ after })).rejects.toMatchObject({
          code: 'CursorExpired',
          message: expect.stringContaining('have been removed'),
        })
      }
      expect(subjects(await read({ after: second }))).toEqual([left])
      // Whoever begins gets what is left.
      expect(subjects(await read())).toEqual([left])
    })

    test('is told when nobody had asked for it yet', async () => {
      await ended('no')
      const before = (await read()).next
      await ended('no')
      await remove()
      await expect(read({ after: before })).rejects.toMatchObject({ code: 'CursorExpired' })
      const newest = (await events.newestPlace())!
      expect(await read({ after: newest })).toMatchObject({ events: [], hasMore: false })
      const left = await ended('no')
      expect(subjects(await read({ after: newest }))).toEqual([left])
    })

    test('a place is not given out twice, when everything was removed', async () => {
      await ended('no')
      const before = (await read()).next
      await remove()
      await ended('no')
      expect((await read()).next.position).toBeGreaterThan(before.position)
    })
  })

  test.each([
    { what: 'of another ledger', change: { mark: 'ffffffff' } },
    { what: 'from after a backup was made', change: { position: 1_000 } },
  ])('a cursor $what is refused', async ({ change }) => {
    await ended()
    const { next } = await read()
    await expect(read({ after: { ...next, ...change } })).rejects.toMatchObject({
      code: 'CursorExpired',
      message: expect.stringContaining('not of this ledger'),
    })
  })
}
