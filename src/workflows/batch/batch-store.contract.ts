import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { topologyOf, workflowOf } from '../../../test/support/workflows.ts'
import type { ClaimedJob, JobQuery, JobStore, QueueStore, RetentionStore, TemplateStore } from '../../jobs/index.ts'
import type { NewObject, ObjectStore } from '../../objects/index.ts'
import type { BatchJob, WorkflowTopology } from '../../wire/index.ts'
import type { WorkflowStore } from '../index.ts'
import type { Batch } from './batch.ts'
import type { BatchQuery, BatchStore, CreateBatchOptions, NewBatch, OpenBatch, Settled } from './batch-store.ts'
import type { ListEntry, Place } from './inputs/input-reader.ts'
import { prefixReader } from './inputs/prefix-reader.ts'

/** A ledger to put to the test. */
export interface LedgerOfBatches {
  readonly stores: {
    readonly batches: BatchStore
    readonly jobs: JobStore
    readonly queues: QueueStore
    readonly templates: TemplateStore
    readonly objects: ObjectStore
    readonly retention: RetentionStore
    readonly workflows: WorkflowStore
  }
  /** Moves the ledger's clock. */
  pass(ms: number): void
  now(): number
  close(): Promise<void>
}

const bucket = 'album-1250000000'
const options: CreateBatchOptions = {
  submit: { openService: true, queueDefaults: { maxSize: 10_000, maxConcurrent: 1_000 } },
  maxOpen: 10,
}
const job: BatchJob = {
  templateId: null,
  inline: { isPicInfo: false, processRule: 'imageMogr2/thumbnail/320x' },
  output: { bucket, region: 'ap-test', object: 'out/${InputName}.webp' },
  queueId: null,
  level: 0,
  userData: 'march',
  callback: { to: 'nobody' },
  callbackFormat: 'JSON',
}

function newBatch(changes: Partial<NewBatch> = {}): NewBatch {
  return {
    bucket,
    name: 'march-import',
    type: 'Job',
    input: { kind: 'Prefix', value: 'raw/' },
    workflowIds: [],
    job,
    timeInterval: { startMs: null, endMs: null },
    ...changes,
  }
}

function object(key: string, changes: Partial<NewObject> = {}): NewObject {
  return {
    bucket,
    key,
    blobId: 'a-blob' as never,
    size: 1,
    etag: 'e',
    crc64: '0',
    contentType: 'image/png',
    headers: {},
    requestId: 'r',
    eventName: 'cos:ObjectCreated:Put',
    origin: 'client',
    ...changes,
  }
}

/** The end of a job that wrote `key`. */
function success(claimed: ClaimedJob, key: string) {
  return {
    state: 'Success' as const,
    result: {
      objectName: key,
      source: { etag: 'aa', facts: null },
      output: { etag: 'bb', format: 'webp', width: 320, height: 240, quality: 75, size: 9 },
    },
    output: object(key, { origin: 'job', batchId: claimed.batchId }),
  }
}

const everyBatch: BatchQuery = {
  bucket,
  type: null,
  states: [],
  id: null,
  workflowId: null,
  name: null,
  createdFrom: null,
  createdTo: null,
  order: 'Asc',
  after: null,
  limit: 100,
}

/** What every adapter of `BatchStore` keeps. */
export function keepsTheBatchStoreContract(open: () => Promise<LedgerOfBatches>): void {
  let ledger: LedgerOfBatches
  let batches: BatchStore
  let jobs: JobStore
  let objects: ObjectStore

  beforeEach(async () => {
    ledger = await open()
    ;({ batches, jobs, objects } = ledger.stores)
    await objects.createBucket({ name: bucket, region: 'ap-test' })
    await objects.createBucket({ name: 'other-1250000000', region: 'ap-test' })
    // Whatever is put before is older than the batch.
    ledger.pass(1_000)
  })
  afterEach(() => ledger.close())

  const create = (changes?: Partial<NewBatch>, how = options) => batches.createBatch(newBatch(changes), how)
  const find = async (batch: Pick<Batch, 'id'>) => (await batches.findBatches(bucket, [batch.id]))[0]!
  const openOf = async (batch: Pick<Batch, 'id'>, maxWaiting = 500): Promise<OpenBatch | undefined> =>
    (await batches.openBatches(maxWaiting)).find((one) => one.batch.id === batch.id)
  const jobsOf = async (batch: Pick<Batch, 'id'>) => {
    const query: JobQuery = {
      bucket,
      queueId: null,
      inputObject: null,
      workflowId: null,
      batchId: batch.id,
      states: [],
      createdFrom: null,
      createdTo: null,
      order: 'Asc',
      after: null,
      limit: 100,
    }
    return (await jobs.listJobs(query)).jobs
  }
  async function put(...keys: string[]): Promise<void> {
    for (const key of keys) await objects.publishObject(object(key))
    ledger.pass(1)
  }
  const entriesOf = (...keys: string[]): ListEntry[] => keys.map((key) => ({ key }))
  const at = (read: number): Place => ({ after: `key ${read}`, read })
  /** Makes what stands in a list, from wherever the batch is. */
  async function advance(batch: Batch, entries: ListEntry[], { isLast = false, part = 0.5 as number | null } = {}) {
    const { place } = (await openOf(batch))!
    const read = place !== null && 'read' in place ? place.read : 0
    return batches.advanceBatch(batch.id, { from: place, entries, next: at(read + entries.length), isLast, part })
  }
  /** Looks after everything that the batch has made, in pieces. */
  async function settle(batch: Batch): Promise<Batch> {
    let settled: Settled = { next: null, isMore: true }
    while (settled.isMore || settled.next !== null) {
      settled = await batches.settleBatch(batch.id, { lookAt: 10, after: settled.next, cancel: 10 })
    }
    return find(batch)
  }
  /** Runs up to `limit` waiting jobs to their end. */
  async function work(limit: number, outcome: 'Success' | 'Failed' = 'Success'): Promise<void> {
    for (const claimed of await jobs.claimJobs(limit)) {
      const failed = { state: 'Failed' as const, code: 'ResourceNotSupported', message: 'no picture' }
      const ended = outcome === 'Success' ? success(claimed, `out/${claimed.id}`) : failed
      expect(await jobs.completeJob(claimed.id, claimed.leaseToken, ended)).toBe(true)
    }
  }

  describe('a new batch', () => {
    test('is found with everything it was given, and with the queue that its jobs will wait in', async () => {
      const timeInterval = { startMs: 5, endMs: ledger.now() + 1_000_000 }
      const batch = await create({ timeInterval, name: '三月' })
      expect(await find(batch)).toEqual(batch)
      const [queue] = (await ledger.stores.queues.listQueues({ bucket, state: null, offset: 0, limit: 1 })).items
      expect(batch).toMatchObject({
        ...newBatch({ timeInterval, name: '三月' }),
        job: { ...job, queueId: queue!.id },
        state: 'Submitted',
        code: 'Success',
        message: '',
        createdAt: ledger.now(),
        startedAt: null,
        endedAt: null,
        progress: 0,
        counts: { total: null, listed: 0, created: 0, ended: 0, failed: 0 },
        failures: [],
      })
      expect(batch.id).toMatch(/^b[0-9a-f]{32}$/)
      expect(await openOf(batch)).toMatchObject({ place: null, isListed: false, room: 500 })
    })

    test.each<[string, Partial<NewBatch>, string, string]>([
      ['bucket', { bucket: 'nobody-1250000000' }, 'BucketNotFound', 'nobody-1250000000'],
      ['queue', { job: { ...job, queueId: 'p0' } }, 'InvalidArgument', 'QueueId is "p0"'],
      ['template', { job: { ...job, inline: null, templateId: 't1x' } }, 'InvalidArgument', 'TemplateId is "t1x"'],
      [
        'output bucket',
        { job: { ...job, output: { bucket: 'gone-1250000000', region: 'x', object: 'a' } } },
        'InvalidArgument',
        'Output.Bucket is "gone-1250000000"',
      ],
      [
        'workflow',
        { type: 'Workflow', job: null, workflowIds: ['w0'] },
        'InvalidArgument',
        'Operation.WorkflowIds is "w0", expected a workflow of the bucket album-1250000000.',
      ],
    ])('with an unknown %s is refused by name', async (_what, changes, code, says) => {
      await expect(create(changes)).rejects.toMatchObject({ code, message: expect.stringContaining(says) })
      expect((await batches.listBatches(everyBatch)).batches).toEqual([])
    })

    test('in strict mode one for a closed service is refused', async () => {
      const strict = { ...options, submit: { ...options.submit, openService: false } }
      await expect(create({}, strict)).rejects.toMatchObject({ code: 'ServiceNotOpen' })
    })

    test('is refused while as many as may be are under way in the bucket', async () => {
      const narrow = { ...options, maxOpen: 2 }
      const first = await create({}, narrow)
      await create({}, narrow)
      await expect(create({}, narrow)).rejects.toMatchObject({
        code: 'QueueFull',
        message: 'The bucket album-1250000000 has 2 batch jobs that have not ended, as many as it may.',
      })
      await create({ bucket: 'other-1250000000' }, narrow)
      await batches.cancelBatch(bucket, first.id)
      await settle(first)
      await create({}, narrow)
    })
  })

  describe('lists', () => {
    test('page by time of creation, either way round, and new ones do not move the pages', async () => {
      const made = []
      for (let index = 0; index < 5; index += 1) made.push((await create({ name: `batch-${index}` })).id)
      await create({ bucket: 'other-1250000000' })
      for (const order of ['Asc', 'Desc'] as const) {
        const seen: string[] = []
        let after: BatchQuery['after'] = null
        do {
          const page = await batches.listBatches({ ...everyBatch, order, after, limit: 2 })
          seen.push(...page.batches.map(({ id }) => id))
          after = page.next
        } while (after !== null)
        expect(seen).toEqual(order === 'Asc' ? made : made.toReversed())
      }
    })

    test('filter by type, state, id, name, time and workflow', async () => {
      const first = await create({ name: 'one' })
      ledger.pass(10)
      const second = await create({ name: 'two' })
      await batches.cancelBatch(bucket, second.id)
      const ids = async (changes: Partial<BatchQuery>) =>
        (await batches.listBatches({ ...everyBatch, ...changes })).batches.map(({ id }) => id)
      expect(await ids({ type: 'Job' })).toEqual([first.id, second.id])
      expect(await ids({ type: 'Workflow' })).toEqual([])
      expect(await ids({ states: ['Cancel', 'Success'] })).toEqual([second.id])
      expect(await ids({ id: first.id })).toEqual([first.id])
      expect(await ids({ name: 'two' })).toEqual([second.id])
      expect(await ids({ createdFrom: first.createdAt + 1 })).toEqual([second.id])
      expect(await ids({ createdTo: first.createdAt })).toEqual([first.id])
      for (const workflowId of ['w0', '%', '_', '', '"']) expect(await ids({ workflowId })).toEqual([])
    })

    test('ids are found in the order asked for, and only in their bucket', async () => {
      const [one, two] = [await create(), await create()]
      const found = await batches.findBatches(bucket, [two.id, 'b0', one.id])
      expect(found.map(({ id }) => id)).toEqual([two.id, one.id])
      expect(await batches.findBatches('other-1250000000', [one.id])).toEqual([])
      expect(await batches.findBatches(bucket, [])).toEqual([])
    })
  })

  describe('a step', () => {
    test('makes a job for each object, and moves the place', async () => {
      await put('raw/1.png', 'raw/2.png')
      const batch = await create()
      ledger.pass(5)
      expect(await advance(batch, entriesOf('raw/1.png', 'raw/2.png'))).toBe(true)
      const made = await jobsOf(batch)
      expect(made.map(({ inputObject }) => inputObject)).toEqual(['raw/1.png', 'raw/2.png'])
      expect(made[0]).toMatchObject({
        state: 'Submitted',
        batchId: batch.id,
        queueId: batch.job!.queueId,
        output: job.output,
        userData: 'march',
        callback: { url: 'no', format: 'JSON' },
        rule: { processRule: 'imageMogr2/thumbnail/320x' },
        origin: null,
      })
      expect(await find(batch)).toMatchObject({
        state: 'Running',
        startedAt: ledger.now(),
        counts: { total: null, listed: 2, created: 2, ended: 0, failed: 0 },
      })
      expect(await openOf(batch)).toMatchObject({ place: at(2), isListed: false })
    })

    test('from a place where the batch is no more makes nothing', async () => {
      await put('raw/1.png', 'raw/2.png')
      const batch = await create()
      const step = { from: null, entries: entriesOf('raw/1.png'), next: at(1), isLast: false, part: 0 }
      expect(await batches.advanceBatch(batch.id, step)).toBe(true)
      expect(await batches.advanceBatch(batch.id, step)).toBe(false)
      expect(await batches.advanceBatch(batch.id, { ...step, from: at(2) })).toBe(false)
      expect(await batches.failBatch(batch.id, null, { code: 'X', message: 'x' })).toBe(false)
      expect(await jobsOf(batch)).toHaveLength(1)
      const last = { from: at(1), entries: entriesOf('raw/2.png'), next: at(2), isLast: true, part: 1 }
      expect(await batches.advanceBatch(batch.id, last)).toBe(true)
      expect(await batches.advanceBatch(batch.id, { ...last, from: at(2) })).toBe(false)
      expect((await find(batch)).counts).toMatchObject({ total: 2, created: 2 })
    })

    test('of which a part fails leaves nothing', async () => {
      await put('raw/1.png')
      const batch = await create()
      // The last thing that is written, and it cannot be.
      const next = { after: 1n as never, read: 1 }
      await expect(
        batches.advanceBatch(batch.id, { from: null, entries: entriesOf('raw/1.png'), next, isLast: false, part: 0 }),
      ).rejects.toThrow()
      expect(await jobsOf(batch)).toEqual([])
      expect(await find(batch)).toEqual(batch)
    })

    test('counts what is in a list and cannot be worked on, and keeps the first of it', async () => {
      await put('raw/1.png')
      const batch = await create({ input: { kind: 'UrlFile', value: 'list.txt' } })
      const refused = (line: number): ListEntry => ({
        refused: { object: `line ${line}`, code: 'InvalidArgument', message: 'no address' },
      })
      await advance(batch, [refused(1), { key: 'raw/1.png' }, { key: 'raw/gone.png' }])
      expect(await find(batch)).toMatchObject({
        counts: { listed: 3, created: 1, ended: 2, failed: 2 },
        failures: [
          { object: 'line 1', code: 'InvalidArgument', message: 'no address' },
          { object: 'raw/gone.png', code: 'ResourceNotFound', message: 'There is no object with this key.' },
        ],
      })
      await advance(
        batch,
        Array.from({ length: 150 }, (_, index) => refused(index + 2)),
        { isLast: true },
      )
      await work(1)
      const ended = await settle(batch)
      expect(ended).toMatchObject({
        state: 'Success',
        counts: { total: 153, listed: 153, created: 1, ended: 153, failed: 152 },
      })
      expect(ended.failures).toHaveLength(100)
      expect(ended.failures[99]!.object).toBe('line 99')
      expect((await batches.listBatches(everyBatch)).batches[0]!.failures).toEqual([])
    })

    test('of a prefix passes over what was deleted meanwhile', async () => {
      const batch = await create()
      await advance(batch, entriesOf('raw/gone.png'), { isLast: true })
      expect(await settle(batch)).toMatchObject({ state: 'Success', counts: { listed: 0, failed: 0 } })
    })

    test('takes what was there before the batch, and what stands within its interval', async () => {
      await put('raw/old.png')
      const startMs = ledger.now()
      await put('raw/1.png', 'raw/2.png')
      const batch = await create({ timeInterval: { startMs, endMs: null } })
      ledger.pass(1)
      await put('raw/2.png', 'raw/new.png')
      await advance(batch, entriesOf('raw/1.png', 'raw/2.png', 'raw/new.png', 'raw/old.png'))
      expect((await jobsOf(batch)).map(({ inputObject }) => inputObject)).toEqual(['raw/1.png'])
    })

    test('never takes what the batch wrote, nor what jobs wrote after it was made, whatever the interval', async () => {
      await put('raw/1.png')
      await objects.publishObject(object('raw/by-an-earlier-job.png', { origin: 'job' }))
      ledger.pass(1)
      const batch = await create({ timeInterval: { startMs: null, endMs: ledger.now() + 1_000_000 } })
      // A clock may be set back.
      ledger.pass(-500)
      await objects.publishObject(object('raw/own.png', { origin: 'job', batchId: batch.id }))
      ledger.pass(1_000)
      await objects.publishObject(object('raw/by-another-batch.png', { origin: 'job', batchId: 'b0' }))
      await put('raw/late-upload.png')
      const listed = ['raw/1.png', 'raw/by-an-earlier-job.png', 'raw/late-upload.png']
      await advance(batch, entriesOf(...listed, 'raw/own.png', 'raw/by-another-batch.png'))
      expect((await jobsOf(batch)).map(({ inputObject }) => inputObject)).toEqual(listed)
    })

    test('a client that overwrites a result makes it an upload again', async () => {
      await objects.publishObject(object('raw/1.png', { origin: 'job', batchId: 'b0' }))
      await objects.publishObject(object('raw/1.png'))
      expect(await objects.findObject(bucket, 'raw/1.png')).toMatchObject({ origin: 'client', batchId: null })
    })

    test('ends the batch when its template is gone', async () => {
      await put('raw/1.png')
      const template = await ledger.stores.templates.createTemplate(bucket, {
        name: 'web',
        picProcess: { isPicInfo: false, processRule: 'imageMogr2/strip' },
      })
      const batch = await create({ job: { ...job, inline: null, templateId: template.id } })
      await advance(batch, entriesOf('raw/1.png'))
      await ledger.stores.templates.deleteTemplate(bucket, template.id)
      await advance(batch, entriesOf('raw/1.png'))
      expect(await find(batch)).toMatchObject({
        state: 'Failed',
        code: 'InvalidArgument',
        message: `Operation.TemplateId is "${template.id}", expected a template of the bucket ${bucket}.`,
        counts: { listed: 1, created: 1 },
      })
    })

    test('ends the batch when its queue is gone, and opens no other', async () => {
      await put('raw/1.png')
      const batch = await create()
      await ledger.stores.queues.closeService(bucket)
      await advance(batch, entriesOf('raw/1.png'))
      expect(await find(batch)).toMatchObject({ state: 'Failed', code: 'InvalidArgument' })
      expect((await ledger.stores.queues.listQueues({ bucket, state: null, offset: 0, limit: 1 })).total).toBe(0)
    })
  })

  describe('jobs of a batch', () => {
    test('wait behind single jobs of their level, and before those of a lower one', async () => {
      await put('raw/1.png')
      const submit = (level: 0 | 1) =>
        jobs.submitJob(
          {
            bucket,
            queueId: null,
            level,
            inputObject: 'single.png',
            output: job.output,
            templateId: null,
            inline: job.inline,
            userData: null,
            callback: { url: null, format: null },
            origin: null,
          },
          options.submit,
        )
      const batch = await create({ job: { ...job, level: 1 } })
      await advance(batch, entriesOf('raw/1.png'))
      ledger.pass(10)
      const [low, high] = [await submit(0), await submit(1)]
      const [ofBatch] = await jobsOf(batch)
      expect((await jobs.claimJobs(3)).map(({ id }) => id)).toEqual([high.id, ofBatch!.id, low.id])
    })

    test('leave room for as many more as may wait, and share it with other batches of the bucket', async () => {
      await put('raw/1.png', 'raw/2.png', 'raw/3.png')
      const batch = await create()
      await advance(batch, entriesOf('raw/1.png', 'raw/2.png', 'raw/3.png'))
      expect((await openOf(batch, 10))!.room).toBe(7)
      expect((await openOf(batch, 3))!.room).toBe(0)
      expect((await openOf(batch, 2))!.room).toBe(0)
      await jobs.claimJobs(1)
      expect((await openOf(batch, 10))!.room).toBe(8)
      const other = await create()
      const elsewhere = await create({ bucket: 'other-1250000000', job: { ...job, output: { ...job.output } } })
      const open = await batches.openBatches(10)
      expect(open.map(({ batch: { id }, room }) => [id, room])).toEqual([
        [batch.id, 3],
        [other.id, 5],
        [elsewhere.id, 10],
      ])
      await advance(other, [], { isLast: true })
      expect((await openOf(batch, 10))!.room).toBe(8)
    })
  })

  describe('counting', () => {
    test('what ended is counted once, by how it ended, in bounded steps', async () => {
      const keys = Array.from({ length: 25 }, (_, index) => `raw/${index}.png`)
      await put(...keys)
      const batch = await create()
      await advance(batch, entriesOf(...keys), { isLast: true })
      await work(12)
      await work(3, 'Failed')
      const first = await batches.settleBatch(batch.id, { lookAt: 10, after: null, cancel: 10 })
      expect(first).toEqual({ next: (await jobsOf(batch))[9]!.id, isMore: true })
      expect((await find(batch)).counts).toMatchObject({ ended: 10 })
      const second = await batches.settleBatch(batch.id, { lookAt: 10, after: first.next, cancel: 10 })
      expect(second).toEqual({ next: (await jobsOf(batch))[19]!.id, isMore: true })
      const last = await batches.settleBatch(batch.id, { lookAt: 10, after: second.next, cancel: 10 })
      expect(last).toEqual({ next: null, isMore: false })
      expect(await settle(batch)).toMatchObject({
        state: 'Running',
        endedAt: null,
        counts: { total: 25, listed: 25, created: 25, ended: 15, failed: 3 },
        failures: Array.from({ length: 3 }, () => ({
          object: expect.stringMatching(/^raw\//),
          code: 'ResourceNotSupported',
          message: 'no picture',
        })),
      })
      const [waiting] = (await jobsOf(batch)).filter(({ state }) => state === 'Submitted')
      await jobs.cancelJob(bucket, waiting!.id)
      await work(100)
      ledger.pass(7)
      expect(await settle(batch)).toMatchObject({
        state: 'Success',
        code: 'Success',
        message: '',
        endedAt: ledger.now(),
        progress: 100,
        counts: { total: 25, created: 25, ended: 25, failed: 3 },
      })
      expect(await openOf(batch)).toBeUndefined()
      expect(await batches.settleBatch(batch.id, { lookAt: 10, after: null, cancel: 10 })).toEqual({
        next: null,
        isMore: false,
      })
    })

    test('a batch that found nothing succeeds, and says so', async () => {
      const batch = await create()
      expect((await settle(batch)).state).toBe('Submitted')
      await advance(batch, [], { isLast: true })
      expect(await settle(batch)).toMatchObject({
        state: 'Success',
        message: 'No object matched: nothing that the input names was last modified within the time interval.',
        progress: 100,
        counts: { total: 0, listed: 0, created: 0, ended: 0, failed: 0 },
      })
    })

    test('progress is how much of what was read is done, and only the end is 100', async () => {
      await put('raw/1.png', 'raw/2.png', 'raw/3.png', 'raw/4.png')
      const batch = await create()
      await advance(batch, entriesOf('raw/1.png', 'raw/2.png'), { part: null })
      await work(2)
      expect((await settle(batch)).progress).toBe(0)
      await advance(batch, [], { part: 0.5 })
      expect((await find(batch)).progress).toBe(50)
      await advance(batch, entriesOf('raw/3.png', 'raw/4.png'), { part: 0.9 })
      expect((await find(batch)).progress).toBe(50)
      await work(1)
      expect((await settle(batch)).progress).toBe(67)
      await advance(batch, [], { isLast: true, part: 7 })
      await work(1)
      expect((await settle(batch)).progress).toBe(100)
    })

    test('a job that was removed since is counted as ended', async () => {
      await put('raw/1.png')
      const batch = await create()
      await advance(batch, entriesOf('raw/1.png'), { isLast: true })
      await work(1)
      ledger.pass(1_000)
      await ledger.stores.retention.removeEndedJobs({
        after: null,
        before: { endedAt: ledger.now(), id: '' },
        limit: 10,
      })
      expect(await jobsOf(batch)).toEqual([])
      expect(await settle(batch)).toMatchObject({ state: 'Success', counts: { total: 1, ended: 1, failed: 0 } })
    })
  })

  describe('cancelling', () => {
    test('stops the making at once; what waits is cancelled in bounded steps, what runs goes on', async () => {
      const keys = Array.from({ length: 25 }, (_, index) => `raw/${index}.png`)
      await put(...keys, 'raw/more.png')
      const batch = await create()
      await advance(batch, entriesOf(...keys))
      const running = await jobs.claimJobs(2)
      ledger.pass(3)
      expect(await batches.cancelBatch(bucket, batch.id)).toMatchObject({ state: 'Cancel', endedAt: ledger.now() })
      const { place, room } = (await openOf(batch))!
      expect(room).toBe(0)
      const step = { from: place, entries: entriesOf('raw/more.png'), next: at(99), isLast: false, part: 1 }
      expect(await batches.advanceBatch(batch.id, step)).toBe(false)
      expect(await batches.failBatch(batch.id, place, { code: 'X', message: 'x' })).toBe(false)
      expect(await batches.settleBatch(batch.id, { lookAt: 100, after: null, cancel: 10 })).toEqual({
        next: null,
        isMore: true,
      })
      expect((await jobsOf(batch)).filter(({ state }) => state === 'Cancel')).toHaveLength(10)
      const states = async () => new Set((await jobsOf(batch)).map(({ state }) => state))
      expect((await settle(batch)).counts).toMatchObject({ total: null, created: 25, ended: 23, failed: 0 })
      expect(await states()).toEqual(new Set(['Cancel', 'Running']))
      for (const one of running) await jobs.completeJob(one.id, one.leaseToken, success(one, `out/${one.id}`))
      expect(await settle(batch)).toMatchObject({ state: 'Cancel', counts: { created: 25, ended: 25 } })
      expect(await openOf(batch)).toBeUndefined()
    })

    test('a job that goes back to wait after its batch was cancelled is cancelled too', async () => {
      await put('raw/1.png')
      const batch = await create()
      await advance(batch, entriesOf('raw/1.png'))
      const [running] = await jobs.claimJobs(1)
      await batches.cancelBatch(bucket, batch.id)
      await settle(batch)
      await jobs.returnJob(running!.id, running!.leaseToken, { why: 'retry', waitMs: 60_000 })
      await settle(batch)
      expect((await jobsOf(batch))[0]!.state).toBe('Cancel')
    })

    test('needs no queue', async () => {
      const batch = await create()
      await ledger.stores.queues.closeService(bucket)
      await batches.cancelBatch(bucket, batch.id)
      expect(await settle(batch)).toMatchObject({ state: 'Cancel' })
      expect(await openOf(batch)).toBeUndefined()
    })

    test('twice is once; another end, another bucket and no batch are told', async () => {
      const batch = await create()
      const cancelled = await batches.cancelBatch(bucket, batch.id)
      ledger.pass(10)
      expect(await batches.cancelBatch(bucket, batch.id)).toEqual(cancelled)
      const done = await create()
      await advance(done, [], { isLast: true })
      await settle(done)
      await expect(batches.cancelBatch(bucket, done.id)).rejects.toMatchObject({
        code: 'BatchNotCancellable',
        message: `The batch job ${done.id} has ended: its state is Success.`,
      })
      await expect(batches.cancelBatch('other-1250000000', batch.id)).rejects.toMatchObject({ code: 'BatchNotFound' })
      await expect(batches.cancelBatch(bucket, 'b0')).rejects.toMatchObject({ code: 'BatchNotFound' })
    })
  })

  describe('a batch of runs', () => {
    const two = topologyOf({ Start: ['small'], small: ['tiny'] })
    const createWorkflow = (topology: WorkflowTopology = two, state: 'Active' | 'Paused' = 'Paused') =>
      ledger.stores.workflows.createWorkflow(bucket, workflowOf(topology, { state }), { maxWorkflows: 10 })
    const createFor = (...workflowIds: string[]) => create({ type: 'Workflow', job: null, workflowIds })
    const runsOf = async (batch: Batch, workflowId: string) => {
      const query = { name: null, states: [], createdFrom: null, createdTo: null, after: null, limit: 100 }
      const { runs } = await ledger.stores.workflows.listRuns({
        ...query,
        bucket,
        workflowId,
        batchId: batch.id,
        order: 'Asc',
      })
      return runs
    }

    test('starts a run of each workflow for each object, of a paused one too and whatever an upload has started', async () => {
      const active = await createWorkflow(two, 'Active')
      await put('raw/1.png', 'elsewhere/2.txt')
      const paused = await createWorkflow(topologyOf({ Start: ['a', 'b', 'c'] }))
      const batch = await createFor(active.id, paused.id)
      expect(batch).toMatchObject({ type: 'Workflow', job: null, workflowIds: [active.id, paused.id] })
      expect(await openOf(batch, 12)).toMatchObject({ room: 2, jobsPerObject: 5 })
      expect(await advance(batch, entriesOf('raw/1.png', 'elsewhere/2.txt'))).toBe(true)
      for (const { id } of [active, paused]) {
        const runs = await runsOf(batch, id)
        expect(runs.map(({ object: key, state, cosHeaders }) => ({ key, state, cosHeaders }))).toEqual([
          { key: 'raw/1.png', state: 'Running', cosHeaders: [] },
          { key: 'elsewhere/2.txt', state: 'Running', cosHeaders: [] },
        ])
      }
      const made = await jobsOf(batch)
      expect(made.map(({ origin }) => origin!.workflow!.name)).toEqual(['small', 'a', 'b', 'c', 'small', 'a', 'b', 'c'])
      expect((await find(batch)).counts).toMatchObject({ listed: 4, created: 4, ended: 0 })
      expect((await openOf(batch, 12))!.room).toBe(0)
      const filtered = await batches.listBatches({ ...everyBatch, workflowId: paused.id })
      expect(filtered.batches.map(({ id }) => id)).toEqual([batch.id])
    })

    test('counts runs as they end, and says of a failed one which of its jobs failed', async () => {
      await put('raw/1.png', 'raw/2.png')
      const workflow = await createWorkflow()
      const batch = await createFor(workflow.id)
      await advance(batch, entriesOf('raw/1.png', 'raw/2.png'), { isLast: true })
      await work(1)
      await work(1, 'Failed')
      expect((await settle(batch)).counts).toMatchObject({ total: 2, created: 2, ended: 1, failed: 1 })
      await work(1)
      expect(await settle(batch)).toMatchObject({
        state: 'Success',
        counts: { total: 2, created: 2, ended: 2, failed: 1 },
        failures: [{ object: 'raw/2.png', code: 'ResourceNotSupported', message: 'small: no picture' }],
      })
      expect((await jobsOf(batch)).map(({ inputObject }) => inputObject)).toHaveLength(3)
    })

    test('is cancelled with its runs: what waits, and what would have followed', async () => {
      await put('raw/1.png', 'raw/2.png')
      const workflow = await createWorkflow()
      const batch = await createFor(workflow.id)
      await advance(batch, entriesOf('raw/1.png', 'raw/2.png'))
      const [running] = await jobs.claimJobs(1)
      await batches.cancelBatch(bucket, batch.id)
      expect((await settle(batch)).counts).toMatchObject({ created: 2, ended: 1 })
      expect((await runsOf(batch, workflow.id)).map(({ state }) => state)).toEqual(['Running', 'Cancel'])
      await jobs.completeJob(running!.id, running!.leaseToken, success(running!, 'out/1'))
      expect((await settle(batch)).counts).toMatchObject({ created: 2, ended: 2, failed: 0 })
      expect((await runsOf(batch, workflow.id)).map(({ state }) => state)).toEqual(['Cancel', 'Cancel'])
      expect(await openOf(batch)).toBeUndefined()
    })

    test('is forgotten after its runs', async () => {
      await put('raw/1.png')
      const workflow = await createWorkflow(topologyOf({ Start: ['small'] }))
      const batch = await createFor(workflow.id)
      await advance(batch, entriesOf('raw/1.png'), { isLast: true })
      await work(1)
      await settle(batch)
      ledger.pass(1)
      const bounds = { after: null, before: { endedAt: ledger.now(), id: '' }, limit: 10 }
      await ledger.stores.retention.removeEndedJobs(bounds)
      expect(await ledger.stores.retention.removeEndedBatches(bounds)).toMatchObject({ removed: 0, kept: 1 })
      await ledger.stores.retention.removeEndedRuns(bounds)
      expect(await ledger.stores.retention.removeEndedBatches(bounds)).toMatchObject({ removed: 1, kept: 0 })
    })

    test('ends when a workflow of it is gone, before it starts any more', async () => {
      await put('raw/1.png')
      const [stays, goes] = [await createWorkflow(), await createWorkflow()]
      const batch = await createFor(stays.id, goes.id)
      await ledger.stores.workflows.deleteWorkflow(bucket, goes.id)
      await advance(batch, entriesOf('raw/1.png'))
      expect(await find(batch)).toMatchObject({
        state: 'Failed',
        code: 'ResourceNotFound',
        message: `The workflow ${goes.id} of Operation.WorkflowIds does not exist any more.`,
        counts: { created: 0 },
      })
      expect(await runsOf(batch, stays.id)).toEqual([])
    })
  })

  test('a list that cannot be read ends its batch; the jobs made so far go on', async () => {
    await put('raw/1.png')
    const batch = await create()
    await advance(batch, entriesOf('raw/1.png'))
    expect(await batches.failBatch(batch.id, at(1), { code: 'InvalidArgument', message: 'row 2 …' })).toBe(true)
    expect(await settle(batch)).toMatchObject({
      state: 'Failed',
      code: 'InvalidArgument',
      message: 'row 2 …',
      endedAt: ledger.now(),
      counts: { created: 1, ended: 0 },
    })
    expect(await openOf(batch)).toMatchObject({ room: 0 })
    await work(1)
    expect(await settle(batch)).toMatchObject({ state: 'Failed', counts: { created: 1, ended: 1 } })
    expect(await openOf(batch)).toBeUndefined()
  })

  test('a batch that is over is forgotten when the last of its jobs is', async () => {
    await put('raw/1.png', 'raw/2.png')
    const { retention } = ledger.stores
    const batch = await create()
    await advance(batch, [
      ...entriesOf('raw/1.png', 'raw/2.png'),
      { refused: { object: 'x', code: 'X', message: 'x' } },
    ])
    await advance(batch, [], { isLast: true })
    const open = await create()
    const remove = (limit = 10) => {
      ledger.pass(1)
      const before = { endedAt: ledger.now(), id: '' }
      return retention.removeEndedBatches({ after: null, before, limit })
    }
    await work(2)
    expect(await remove()).toEqual({ removed: 0, kept: 0, next: null })
    const { endedAt } = await settle(batch)
    expect(await remove()).toEqual({ removed: 0, kept: 1, next: null })
    expect(await remove(1)).toEqual({ removed: 0, kept: 1, next: { endedAt, id: batch.id } })
    await retention.removeEndedJobs({ after: null, before: { endedAt: ledger.now(), id: '' }, limit: 10 })
    expect(
      await retention.removeEndedBatches({ after: null, before: { endedAt: endedAt!, id: '' }, limit: 10 }),
    ).toEqual({
      removed: 0,
      kept: 0,
      next: null,
    })
    expect(await remove()).toEqual({ removed: 1, kept: 0, next: null })
    expect((await batches.listBatches(everyBatch)).batches.map(({ id }) => id)).toEqual([open.id])
  })

  test('keys under a prefix are counted in pieces', async () => {
    await put('raw/1', 'raw/2', 'raw/3', 'raw/\u{10ffff}', 'raw0', 'a', '\u{10ffff}')
    const count = (prefix: string, after: string, limit: number) => batches.countKeys({ bucket, prefix, after, limit })
    expect(await count('raw/', '', 2)).toEqual({ count: 2, last: 'raw/2' })
    expect(await count('raw/', 'raw/2', 5)).toEqual({ count: 2, last: 'raw/\u{10ffff}' })
    expect(await count('raw/', 'raw/\u{10ffff}', 5)).toEqual({ count: 0, last: null })
    expect(await count('', '', 9)).toEqual({ count: 7, last: '\u{10ffff}' })
    expect(await count('\u{10ffff}', '', 9)).toEqual({ count: 1, last: '\u{10ffff}' })
  })

  type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never
  const keyName = fc.constantFrom(...Array.from({ length: 12 }, (_, index) => `raw/${index}`))
  const happening = fc.oneof(
    { weight: 6, arbitrary: fc.record({ is: fc.constant('step' as const), limit: fc.integer({ min: 1, max: 4 }) }) },
    fc.record({ is: fc.constant('step that is rolled back' as const), limit: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ is: fc.constant('step of somebody who is late' as const) }),
    { weight: 3, arbitrary: fc.record({ is: fc.constant('work' as const), limit: fc.integer({ min: 1, max: 3 }) }) },
    fc.record({ is: fc.constant('settle' as const), limit: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ is: fc.constant('upload' as const), key: keyName }),
    fc.record({ is: fc.constant('delete' as const), key: keyName }),
  )

  test('whatever happens in between, each object gets exactly one job, and no result gets any', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(keyName, { minLength: 1 }),
        fc.array(happening, { maxLength: 40 }),
        // Where results go: beside the uploads, so that they are met by the listing; or onto them.
        fc.constantFrom('raw/5-out/', 'raw/'),
        async (keys, happenings, outputs) => {
          const all = { bucket, prefix: '', delimiter: '', marker: '', maxKeys: 1_000 }
          for (const { key } of (await objects.listObjects(all)).objects) await objects.removeObject(bucket, key)
          await put(...keys)
          const endMs = ledger.now() + 1_000_000_000
          const batch = await create({ timeInterval: { startMs: null, endMs: outputs === 'raw/' ? null : endMs } })
          ledger.pass(1)
          /** Uploads that were changed by hand: they may have a job or not, but never two of one upload. */
          const changed = new Set<string>()
          let late: OpenBatch | null = null
          let progress = 0
          let written = 0

          const step = async ({ batch: { id }, place }: OpenBatch, limit: number, spoil = false) => {
            const reader = prefixReader({ objects, batches }, bucket, 'raw/', batch)
            const { entries, next, isLast } = await reader.read(place, limit)
            const target = spoil ? { after: 1n as never, read: 0 } : next
            return batches.advanceBatch(id, { from: place, entries, next: target, isLast, part: null })
          }
          const happen = async (what: Happening) => {
            const now = await openOf(batch)
            if (what.is === 'work') {
              for (const one of await jobs.claimJobs(what.limit)) {
                written += 1
                const key = outputs === 'raw/' ? `raw/${written % 12}` : `${outputs}${written}`
                if (outputs === 'raw/') changed.add(key)
                await jobs.completeJob(one.id, one.leaseToken, success(one, key))
              }
            } else if (what.is === 'upload') {
              changed.add(what.key)
              await put(what.key)
            } else if (what.is === 'delete') {
              changed.add(what.key)
              await objects.removeObject(bucket, what.key)
            } else if (what.is === 'settle')
              await batches.settleBatch(batch.id, { lookAt: what.limit, after: null, cancel: what.limit })
            else if (now === undefined || now.isListed) return
            else if (what.is === 'step') {
              expect(await step(now, what.limit)).toBe(true)
              late ??= now
            } else if (what.is === 'step that is rolled back') {
              await expect(step(now, what.limit, true)).rejects.toThrow()
            } else if (late !== null) {
              expect(await step(late, 1)).toBe(false)
            }
          }
          for (const what of happenings) {
            await happen(what)
            const found = await find(batch)
            expect(found.progress).toBeGreaterThanOrEqual(progress)
            expect(found.counts.ended).toBeLessThanOrEqual(found.counts.created)
            progress = found.progress
          }
          for (let round = 0; (await find(batch)).state !== 'Success'; round += 1) {
            expect(round).toBeLessThan(100)
            await happen({ is: 'step', limit: 5 })
            await happen({ is: 'work', limit: 5 })
            await happen({ is: 'settle', limit: 5 })
          }

          const made = (await jobsOf(batch)).map(({ inputObject }) => inputObject)
          const unchanged = keys.filter((key) => !changed.has(key)).sort()
          expect(made.filter((key) => !changed.has(key)).sort()).toEqual(unchanged)
          expect(new Set(made).size).toBe(made.length)
          expect(made.filter((key) => key.startsWith('raw/5-out/'))).toEqual([])
          expect((await find(batch)).counts).toEqual({
            total: made.length,
            listed: made.length,
            created: made.length,
            ended: made.length,
            failed: 0,
          })
        },
      ),
      { numRuns: 40 },
    )
  })
}
