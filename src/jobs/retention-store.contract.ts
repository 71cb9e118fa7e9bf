import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { topologyOf, workflowOf } from '../../test/support/workflows.ts'
import type { DeliveryStore } from '../callbacks/index.ts'
import type { ObjectStore } from '../objects/index.ts'
import type { WorkflowStore } from '../workflows/index.ts'
import type { ClaimedJob, JobStore } from './job-store.ts'
import type { EndedCursor, RetentionStore } from './retention-store.ts'

/** A ledger to put to the test. Each ended job has one event, with one delivery to the URL that the
 * job names; a run has one at its end. */
export interface RetentionLedgerUnderTest {
  readonly stores: {
    readonly jobs: JobStore
    readonly objects: ObjectStore
    readonly deliveries: DeliveryStore
    readonly retention: RetentionStore
    readonly workflows: WorkflowStore
  }
  /** Moves the ledger's clock. */
  pass(ms: number): void
  now(): number
  close(): Promise<void>
}

const bucket = 'album-1250000000'
const everything: EndedCursor = { endedAt: Number.MAX_SAFE_INTEGER, id: '' }

/** What every adapter of `RetentionStore` keeps. */
export function keepsTheRetentionStoreContract(open: () => Promise<RetentionLedgerUnderTest>): void {
  let ledger: RetentionLedgerUnderTest
  let retention: RetentionStore

  beforeEach(async () => {
    ledger = await open()
    ;({ retention } = ledger.stores)
    await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
  })
  afterEach(() => ledger.close())

  const submit = () =>
    ledger.stores.jobs.submitJob(
      {
        bucket,
        queueId: null,
        level: 0,
        inputObject: 'in.png',
        output: { bucket, region: 'ap-test', object: 'out.png' },
        templateId: null,
        inline: { isPicInfo: false, processRule: 'imageMogr2/strip' },
        userData: null,
        callback: { url: 'http://receiver.test/hook', format: null },
        origin: null,
      },
      { openService: true, queueDefaults: { maxSize: 10_000, maxConcurrent: 1_000 } },
    )

  /** A job that has just ended; its callback is due. */
  async function ended(): Promise<ClaimedJob> {
    await submit()
    const [job] = await ledger.stores.jobs.claimJobs(1)
    await ledger.stores.jobs.completeJob(job!.id, job!.leaseToken, { state: 'Failed', code: 'X', message: '' })
    return job!
  }

  /** Sends whatever is due; the receiver says 200, or never again. */
  async function send(state: 'Delivered' | 'Dead'): Promise<void> {
    const { deliveries } = ledger.stores
    const now = ledger.now()
    for (const one of await deliveries.claimDue({ limit: 100, perOrigin: 100, busy: {}, leaseMs: 60_000, now })) {
      const attempt = { startedAt: now, durationMs: 0, address: null, status: 200, answer: '', error: null }
      await deliveries.recordAttempt(one.id, one.leaseToken, attempt, { state })
    }
  }

  const ids = async (...jobs: readonly { id: string }[]) =>
    (
      await ledger.stores.jobs.findJobs(
        bucket,
        jobs.map(({ id }) => id),
      )
    ).map(({ id }) => id)

  describe('removing ended jobs', () => {
    test('a job goes with its event, its deliveries and their attempts', async () => {
      const job = await ended()
      await send('Delivered')
      const removed = await retention.removeEndedJobs({ after: null, before: everything, limit: 10 })
      expect(removed).toEqual({ removed: 1, kept: 0, next: null })
      expect(await ids(job)).toEqual([])
      expect(await ledger.stores.deliveries.deliveriesOf(job.id)).toEqual([])
    })

    test.each(['Delivered', 'Dead'] as const)('a job whose callback is %s may go', async (state) => {
      const job = await ended()
      await send(state)
      await retention.removeEndedJobs({ after: null, before: everything, limit: 10 })
      expect(await ids(job)).toEqual([])
    })

    test('a job whose callback waits or is being sent stays, and is passed over', async () => {
      const waiting = await ended()
      ledger.pass(1)
      const sending = await ended()
      await ledger.stores.deliveries.claimDue({
        limit: 1,
        perOrigin: 1,
        busy: {},
        leaseMs: 60_000,
        now: ledger.now(),
      })
      const first = await retention.removeEndedJobs({ after: null, before: everything, limit: 1 })
      expect(first).toMatchObject({ removed: 0, kept: 1, next: { id: waiting.id } })
      const second = await retention.removeEndedJobs({ after: first.next, before: everything, limit: 1 })
      expect(second).toMatchObject({ removed: 0, kept: 1, next: { id: sending.id } })
      const third = await retention.removeEndedJobs({ after: second.next, before: everything, limit: 1 })
      expect(third).toEqual({ removed: 0, kept: 0, next: null })
      expect(await ids(waiting, sending)).toEqual([waiting.id, sending.id])
    })

    test('a job that has not ended stays, however old', async () => {
      const [running, waiting] = [await submit(), await submit()]
      await ledger.stores.jobs.claimJobs(1)
      ledger.pass(1_000_000)
      expect(await retention.removeEndedJobs({ after: null, before: everything, limit: 10 })).toMatchObject({
        removed: 0,
      })
      expect(await ids(running, waiting)).toEqual([running.id, waiting.id])
    })

    test('a cancelled job, of which nobody is told, goes too', async () => {
      const job = await submit()
      await ledger.stores.jobs.cancelJob(bucket, job.id)
      await retention.removeEndedJobs({ after: null, before: everything, limit: 10 })
      expect(await ids(job)).toEqual([])
    })

    test('only what ended before the bound goes, the oldest first, up to the limit', async () => {
      const jobs: ClaimedJob[] = []
      const ends: number[] = []
      for (let n = 0; n < 4; n += 1) {
        ledger.pass(1_000)
        ends.push(ledger.now())
        jobs.push(await ended())
      }
      await send('Delivered')
      const before = { endedAt: ends[3]!, id: '' }
      const first = await retention.removeEndedJobs({ after: null, before, limit: 2 })
      expect(first).toEqual({ removed: 2, kept: 0, next: { endedAt: ends[1], id: jobs[1]!.id } })
      expect(await ids(...jobs)).toEqual([jobs[2]!.id, jobs[3]!.id])
      const second = await retention.removeEndedJobs({ after: first.next, before, limit: 2 })
      expect(second).toEqual({ removed: 1, kept: 0, next: null })
      expect(await ids(...jobs)).toEqual([jobs[3]!.id])
    })

    test('the output of a removed job stays: it is an object like any other', async () => {
      await submit()
      const [job] = await ledger.stores.jobs.claimJobs(1)
      await ledger.stores.jobs.completeJob(job!.id, job!.leaseToken, {
        state: 'Success',
        result: {
          objectName: 'out.png',
          source: { etag: 'aa', facts: null },
          output: { etag: 'bb', format: 'png', width: 1, height: 1, quality: 100, size: 9 },
        },
        output: {
          bucket,
          key: 'out.png',
          blobId: '0'.repeat(32) as never,
          size: 9,
          etag: 'bb',
          crc64: '1',
          contentType: 'image/png',
          headers: {},
          requestId: 'r',
          eventName: 'cos:ObjectCreated:Put',
          origin: 'job',
        },
      })
      await send('Delivered')
      await retention.removeEndedJobs({ after: null, before: everything, limit: 10 })
      expect(await ids(job!)).toEqual([])
      expect(await ledger.stores.objects.findObject(bucket, 'out.png')).toMatchObject({ size: 9 })
    })
  })

  describe('removing ended runs', () => {
    const inChain = topologyOf({ Start: ['a'], a: ['b'] })
    const begun = async (): Promise<string> => {
      const { workflows } = ledger.stores
      const { id } = await workflows.createWorkflow(bucket, workflowOf(inChain), { maxWorkflows: 9 })
      return (await workflows.startRun(bucket, id, 'in.png')).id
    }
    /** Ends the next job of the run that waits. */
    const end = async (): Promise<void> => {
      const [job] = await ledger.stores.jobs.claimJobs(1)
      const objectName = `${job!.id}.png`
      await ledger.stores.jobs.completeJob(job!.id, job!.leaseToken, {
        state: 'Success',
        result: {
          objectName,
          source: { etag: 'aa', facts: null },
          output: { etag: 'bb', format: 'png', width: 1, height: 1, quality: 100, size: 9 },
        },
        output: {
          bucket,
          key: objectName,
          blobId: '0'.repeat(32) as never,
          size: 9,
          etag: 'bb',
          crc64: '1',
          contentType: 'image/png',
          headers: {},
          requestId: 'r',
          eventName: 'cos:ObjectCreated:Put',
          origin: 'job',
        },
      })
    }
    const tasksOf = async (run: string) => (await ledger.stores.workflows.findRun(bucket, run))?.tasks.length ?? null

    test('a run goes after its jobs, when all of it has been told', async () => {
      const run = await begun()
      await end()
      await end()
      const bounds = { after: null, before: everything, limit: 10 }
      expect(await retention.removeEndedRuns(bounds)).toEqual({ removed: 0, kept: 1, next: null })
      await send('Delivered')
      expect(await retention.removeEndedRuns(bounds)).toEqual({ removed: 0, kept: 1, next: null })
      expect(await retention.removeEndedJobs(bounds)).toEqual({ removed: 2, kept: 0, next: null })
      // Its own end was held back until the last job's had been tried.
      expect(await retention.removeEndedRuns(bounds)).toEqual({ removed: 0, kept: 1, next: null })
      await send('Delivered')
      expect(await retention.removeEndedRuns(bounds)).toEqual({ removed: 1, kept: 0, next: null })
      expect(await tasksOf(run)).toBeNull()
      expect(await ledger.stores.deliveries.deliveriesOf(run)).toEqual([])
    })

    test('the jobs of a run that goes on stay, however old: nothing of it is done again', async () => {
      const run = await begun()
      await end()
      await send('Delivered')
      ledger.pass(1_000_000)
      expect(await retention.removeEndedJobs({ after: null, before: everything, limit: 10 })).toEqual({
        removed: 0,
        kept: 1,
        next: null,
      })
      await end()
      expect(await ledger.stores.workflows.findRun(bucket, run)).toMatchObject({ state: 'Success' })
      expect(await tasksOf(run)).toBe(2)
    })

    test('a run stays whole until the end of it is old enough', async () => {
      const run = await begun()
      await end()
      ledger.pass(1_000)
      const before = { endedAt: ledger.now(), id: '' }
      await end()
      await send('Delivered')
      await send('Delivered')
      expect(await retention.removeEndedJobs({ after: null, before, limit: 10 })).toMatchObject({ removed: 0 })
      expect(await retention.removeEndedRuns({ after: null, before, limit: 10 })).toMatchObject({ removed: 0 })
      expect(await tasksOf(run)).toBe(2)
      const later = { endedAt: ledger.now() + 1, id: '' }
      expect(await retention.removeEndedJobs({ after: null, before: later, limit: 10 })).toMatchObject({ removed: 2 })
      expect(await retention.removeEndedRuns({ after: null, before: later, limit: 10 })).toMatchObject({ removed: 1 })
    })
  })

  describe('the line of ended jobs', () => {
    test('is stepped over from its newest end', async () => {
      const jobs: ClaimedJob[] = []
      for (let n = 0; n < 3; n += 1) {
        ledger.pass(1_000)
        jobs.push(await ended())
      }
      const second = await retention.endedJobBehind(null, 2)
      expect(second).toMatchObject({ id: jobs[1]!.id })
      expect(await retention.endedJobBehind(second, 1)).toMatchObject({ id: jobs[0]!.id })
      expect(await retention.endedJobBehind(second, 2)).toBeNull()
      expect(await retention.endedJobBehind(null, 4)).toBeNull()
    })

    test('has an order among jobs that ended together', async () => {
      const jobs = [await ended(), await ended(), await ended()]
      await send('Delivered')
      const bound = await retention.endedJobBehind(null, 2)
      await retention.removeEndedJobs({ after: null, before: bound!, limit: 10 })
      expect((await ids(...jobs)).length).toBe(2)
    })
  })

  describe('emptying bodies', () => {
    test('the body of what was delivered before the time goes; the delivery and its attempts stay', async () => {
      const job = await ended()
      await send('Delivered')
      expect(await retention.emptyDeliveredBodies(ledger.now(), 10)).toBe(0)
      ledger.pass(1)
      expect(await retention.emptyDeliveredBodies(ledger.now(), 10)).toBe(1)
      expect(await retention.emptyDeliveredBodies(ledger.now(), 10)).toBe(0)
      const [delivery] = await ledger.stores.deliveries.deliveriesOf(job.id)
      expect(delivery).toMatchObject({ state: 'Delivered', attempts: [{ status: 200 }] })
    })

    test('up to the limit at a time', async () => {
      for (let n = 0; n < 3; n += 1) await ended()
      await send('Delivered')
      ledger.pass(1)
      expect(await retention.emptyDeliveredBodies(ledger.now(), 2)).toBe(2)
      expect(await retention.emptyDeliveredBodies(ledger.now(), 2)).toBe(1)
    })

    test('what waits or was given up keeps its body: it may be sent again', async () => {
      await ended()
      await send('Dead')
      await ended()
      ledger.pass(1_000_000)
      expect(await retention.emptyDeliveredBodies(ledger.now(), 10)).toBe(0)
      const [claimed] = await ledger.stores.deliveries.claimDue({
        limit: 1,
        perOrigin: 1,
        busy: {},
        leaseMs: 1,
        now: ledger.now(),
      })
      expect(claimed!.body.length).toBeGreaterThan(0)
    })
  })
}
