import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JobId, QueueId, TemplateId } from '../base/index.ts'
import type { DeliveryStore } from '../callbacks/index.ts'
import type { ObjectStore } from '../objects/index.ts'
import type { ClaimedJob, JobQuery, JobStore, NewJob, SubmitOptions } from './job-store.ts'
import { MAX_QUEUES, type QueueStore, type TemplateStore } from './queue-store.ts'

/** A ledger to put to the test. Its events go to the URL that a job names, with the job's final state as body. */
export interface LedgerUnderTest {
  readonly stores: {
    readonly jobs: JobStore
    readonly queues: QueueStore
    readonly templates: TemplateStore
    readonly objects: ObjectStore
    readonly deliveries: DeliveryStore
  }
  /** Moves the ledger's clock. */
  pass(ms: number): void
  now(): number
  /** How often a commit has announced that jobs have ended. */
  endsAnnounced(): number
  /** The server that made the calls so far ends uncleanly, and comes back as another. */
  serverDies(): Promise<void>
  /** Makes a job one of a batch, as far as its place in the line goes. */
  rankBehind(id: JobId): Promise<void>
  close(): Promise<void>
}

const bucket = 'album-1250000000'
const options: SubmitOptions = { openService: true, queueDefaults: { maxSize: 10_000, maxConcurrent: 1_000 } }

function newJob(changes: Partial<NewJob> = {}): NewJob {
  return {
    bucket,
    queueId: null,
    level: 0,
    inputObject: 'raw/cat.png',
    output: { bucket, region: 'ap-test', object: 'thumb/cat.webp' },
    templateId: null,
    inline: { isPicInfo: true, processRule: 'imageMogr2/thumbnail/320x' },
    userData: null,
    callback: { url: 'http://receiver.test/hook', format: null },
    origin: null,
    ...changes,
  }
}

function success(job: ClaimedJob) {
  return {
    state: 'Success' as const,
    result: {
      objectName: job.output.object,
      source: { etag: 'aa', facts: null },
      output: { etag: 'bb', format: 'webp', width: 320, height: 240, quality: 75, size: 9 },
    },
    output: {
      bucket: job.output.bucket,
      key: job.output.object,
      blobId: `blob-of-${job.id}` as never,
      size: 9,
      etag: 'bb',
      crc64: '1',
      contentType: 'image/webp',
      headers: {},
      requestId: 'r',
      eventName: 'cos:ObjectCreated:Put',
      origin: 'job' as const,
    },
  }
}

const everyJob: JobQuery = {
  bucket,
  queueId: null,
  inputObject: null,
  workflowId: null,
  batchId: null,
  states: [],
  createdFrom: null,
  createdTo: null,
  order: 'Asc',
  after: null,
  limit: 100,
}

/** What every adapter of the three ports `JobStore`, `QueueStore` and `TemplateStore` keeps. */
export function keepsTheJobStoreContract(open: () => Promise<LedgerUnderTest>): void {
  let ledger: LedgerUnderTest
  let jobs: JobStore
  let queues: QueueStore
  let templates: TemplateStore

  beforeEach(async () => {
    ledger = await open()
    ;({ jobs, queues, templates } = ledger.stores)
    await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    await ledger.stores.objects.createBucket({ name: 'other-1250000000', region: 'ap-test' })
  })
  afterEach(() => ledger.close())

  const submit = (changes?: Partial<NewJob>, how = options) => jobs.submitJob(newJob(changes), how)
  const theQueue = async () => (await queues.listQueues({ bucket, state: null, offset: 0, limit: 1 })).items[0]!

  describe('submit', () => {
    test('a submitted job is found with everything it was given', async () => {
      const job = await submit({ level: 2, userData: '资产=77 <&>', callback: { url: 'no', format: 'JSON' } })
      const [found] = await jobs.findJobs(bucket, [job.id])
      expect(found).toEqual(job)
      expect(job).toMatchObject({
        state: 'Submitted',
        code: 'Success',
        message: '',
        level: 2,
        userData: '资产=77 <&>',
        callback: { url: 'no', format: 'JSON' },
        startedAt: null,
        endedAt: null,
        result: null,
        rule: { isPicInfo: true, processRule: 'imageMogr2/thumbnail/320x', template: null },
      })
      expect(job.id).toMatch(/^c[0-9a-f]{32}$/)
    })

    test('a repeat finds the job of the first submit for ten minutes, and only its own', async () => {
      const send = (fingerprint: string, mayBeRepeat: boolean, changes?: Partial<NewJob>) =>
        jobs.submitJob(newJob(changes), options, { fingerprint, mayBeRepeat })
      const first = await send('a', false)
      expect((await send('a', true)).id).toBe(first.id)
      expect((await send('b', true)).id).not.toBe(first.id)
      expect((await send('a', true, { bucket: 'other-1250000000' })).id).not.toBe(first.id)
      // Not said to be a repeat: meant to be done twice.
      expect((await send('a', false)).id).not.toBe(first.id)
      await jobs.cancelJob(bucket, first.id)
      expect(await send('a', true)).toMatchObject({ id: first.id, state: 'Cancel' })
      ledger.pass(10 * 60_000)
      expect((await send('a', true)).id).not.toBe(first.id)
    })

    test('of repeats that come at the same moment one makes the job', async () => {
      const send = () => jobs.submitJob(newJob(), options, { fingerprint: 'a', mayBeRepeat: true })
      const made = await Promise.all(Array.from({ length: 8 }, send))
      expect(new Set(made.map(({ id }) => id)).size).toBe(1)
    })

    test('the first job opens the service, the next ones use the same queue', async () => {
      const [first, second] = [await submit(), await submit()]
      expect(first.queueId).toBe(second.queueId)
      expect(await theQueue()).toMatchObject({ id: first.queueId, name: 'queue-pic-process-1', state: 'Active' })
    })

    test('in strict mode a job for a closed service is refused and leaves nothing', async () => {
      await expect(submit({}, { ...options, openService: false })).rejects.toMatchObject({ code: 'ServiceNotOpen' })
      expect((await queues.listQueues({ bucket, state: null, offset: 0, limit: 1 })).total).toBe(0)
    })

    test.each([
      ['an unknown bucket', { bucket: 'nobody-1250000000' }, 'BucketNotFound', 'nobody-1250000000'],
      ['an unknown queue', { queueId: 'p0' as QueueId }, 'InvalidArgument', 'QueueId is "p0"'],
      ['an unknown template', { templateId: 't1x' as TemplateId }, 'InvalidArgument', 'Operation.TemplateId is "t1x"'],
      [
        'an unknown output bucket',
        { output: { bucket: 'gone-1250000000', region: 'x', object: 'a' } },
        'InvalidArgument',
        'Operation.Output.Bucket is "gone-1250000000"',
      ],
    ])('%s is refused by name', async (_what, changes, code, says) => {
      await expect(submit(changes as Partial<NewJob>)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(says),
      })
      expect((await jobs.listJobs(everyJob)).jobs).toEqual([])
    })

    test('a job keeps the template as it was when it was submitted', async () => {
      const before = await templates.createTemplate(bucket, {
        name: 'web-320',
        picProcess: { isPicInfo: true, processRule: 'imageMogr2/rotate/90' },
      })
      const job = await submit({ templateId: before.id, inline: null })
      await templates.replaceTemplate(bucket, before.id, {
        name: 'renamed',
        picProcess: { isPicInfo: false, processRule: 'imageMogr2/rotate/180' },
      })
      await templates.deleteTemplate(bucket, before.id)
      const [found] = await jobs.findJobs(bucket, [job.id])
      expect(found!.rule).toEqual({
        processRule: 'imageMogr2/rotate/90',
        isPicInfo: true,
        template: { id: before.id, name: 'web-320' },
        inline: null,
      })
    })

    test('a full queue refuses, and takes again when there is room', async () => {
      const small = { ...options, queueDefaults: { maxSize: 2, maxConcurrent: 1 } }
      const first = await submit({}, small)
      await submit({}, small)
      await expect(submit({}, small)).rejects.toMatchObject({ code: 'QueueFull' })
      await jobs.cancelJob(bucket, first.id)
      await submit({}, small)
      await expect(submit({}, small)).rejects.toMatchObject({ code: 'QueueFull' })
      await jobs.claimJobs(1)
      await submit({}, small)
      await expect(submit({}, small)).rejects.toMatchObject({ code: 'QueueFull' })
    })
  })

  describe('claim', () => {
    test('the highest level goes first, then the oldest; nothing is handed out twice', async () => {
      const a = await submit()
      ledger.pass(1)
      const b = await submit({ level: 1 })
      ledger.pass(1)
      const c = await submit({ level: 2 })
      ledger.pass(1)
      const d = await submit({ level: 1 })
      expect((await jobs.claimJobs(3)).map((job) => job.id)).toEqual([c.id, b.id, d.id])
      expect((await jobs.claimJobs(3)).map((job) => job.id)).toEqual([a.id])
      expect(await jobs.claimJobs(3)).toEqual([])
    })

    test('a claimed job carries the version of its source that stands there at that moment', async () => {
      const put = (blobId: string, inBucket = bucket) =>
        ledger.stores.objects.publishObject({
          ...success({ id: 'none', output: { bucket: inBucket, object: 'raw/cat.png' } } as ClaimedJob).output,
          blobId: blobId as never,
          headers: { 'x-cos-meta-who': 'me' },
          origin: 'client',
        })
      const present = await submit()
      const missing = await submit({ inputObject: 'raw/missing.png' })
      await put('first')
      const version = await put('second')
      await put('elsewhere', 'other-1250000000')
      const claimed = await jobs.claimJobs(5)
      expect(claimed.map(({ id, source }) => [id, source])).toEqual([
        [present.id, version],
        [missing.id, null],
      ])
    })

    test('jobs of batches come behind all others of their level, however old, and before those of a lower one', async () => {
      const made = []
      for (const [level, ofBatch] of [
        [0, true],
        [1, true],
        [0, false],
        [1, false],
        [0, true],
      ] as const) {
        const { id } = await submit({ level })
        if (ofBatch) await ledger.rankBehind(id)
        made.push(id)
        ledger.pass(1)
      }
      const [first, second, third, fourth, fifth] = made
      const claimed: JobId[] = []
      for (let n = 0; n < 5; n += 1) claimed.push(...(await jobs.claimJobs(1)).map(({ id }) => id))
      expect(claimed).toEqual([fourth, second, third, first, fifth])
    })

    test('jobs made in the same millisecond keep their order', async () => {
      const made = []
      for (let i = 0; i < 20; i += 1) made.push((await submit()).id)
      expect((await jobs.claimJobs(20)).map((job) => job.id)).toEqual(made)
    })

    test('a paused queue gives nothing, is shown as such, and goes on when it is active again', async () => {
      const job = await submit()
      await queues.updateQueue(bucket, job.queueId, { state: 'Paused' })
      expect(await jobs.claimJobs(5)).toEqual([])
      expect((await jobs.findJobs(bucket, [job.id]))[0]).toMatchObject({ state: 'Submitted', queuePaused: true })
      const later = await submit()
      expect(later.queuePaused).toBe(true)
      await queues.updateQueue(bucket, job.queueId, { state: 'Active' })
      expect((await jobs.claimJobs(5)).map((claimed) => claimed.id)).toEqual([job.id, later.id])
    })

    test('no more run at once than the queue allows', async () => {
      const narrow = { ...options, queueDefaults: { maxSize: 10, maxConcurrent: 2 } }
      for (let i = 0; i < 3; i += 1) await submit({}, narrow)
      const [first] = await jobs.claimJobs(10)
      expect(await jobs.claimJobs(10)).toEqual([])
      await jobs.completeJob(first!.id, first!.leaseToken, { state: 'Failed', code: 'InternalError', message: 'x' })
      expect(await jobs.claimJobs(10)).toHaveLength(1)
    })

    test('a narrow queue does not hold up another', async () => {
      const narrow = { ...options, queueDefaults: { maxSize: 10, maxConcurrent: 1 } }
      await submit({ level: 2 }, narrow)
      await submit({ level: 2 }, narrow)
      const other = await submit({ bucket: 'other-1250000000' })
      const claimed = await jobs.claimJobs(10)
      expect(claimed.map((job) => job.id)).toContain(other.id)
      expect(claimed).toHaveLength(2)
    })

    test('a claim for none takes none', async () => {
      await submit()
      expect(await jobs.claimJobs(0)).toEqual([])
    })
  })

  describe('the end of a job', () => {
    const claimOne = async (changes?: Partial<NewJob>) => {
      await submit(changes)
      ledger.pass(5)
      return (await jobs.claimJobs(1))[0]!
    }

    test('result, output, event and delivery appear together', async () => {
      const job = await claimOne()
      ledger.pass(7)
      expect(await jobs.completeJob(job.id, job.leaseToken, success(job))).toBe(true)
      const [ended] = await jobs.findJobs(bucket, [job.id])
      expect(ended).toMatchObject({
        state: 'Success',
        code: 'Success',
        endedAt: ledger.now(),
        startedAt: ledger.now() - 7,
        result: success(job).result,
      })
      expect(await ledger.stores.objects.findObject(bucket, 'thumb/cat.webp')).toMatchObject({
        blobId: `blob-of-${job.id}`,
        origin: 'job',
      })
      const deliveries = await ledger.stores.deliveries.deliveriesOf(job.id)
      expect(deliveries).toHaveLength(1)
      expect(deliveries[0]).toMatchObject({ eventName: 'TaskFinish', state: 'Waiting', dueAt: ledger.now() })
    })

    test('a failed job tells its code and message, and writes no object', async () => {
      const job = await claimOne()
      await jobs.completeJob(job.id, job.leaseToken, { state: 'Failed', code: 'ResourceNotFound', message: 'gone' })
      const [ended] = await jobs.findJobs(bucket, [job.id])
      expect(ended).toMatchObject({ state: 'Failed', code: 'ResourceNotFound', message: 'gone', result: null })
      expect(await ledger.stores.objects.findObject(bucket, 'thumb/cat.webp')).toBeNull()
    })

    test('it ends once: whoever lost the lease writes nothing', async () => {
      const job = await claimOne()
      expect(await jobs.completeJob(job.id, 'somebody-elses', success(job))).toBe(false)
      expect(await jobs.completeJob(job.id, job.leaseToken, success(job))).toBe(true)
      const late = { state: 'Failed' as const, code: 'InternalError', message: 'late' }
      expect(await jobs.completeJob(job.id, job.leaseToken, late)).toBe(false)
      expect(await jobs.returnJob(job.id, job.leaseToken, { why: 'stopping' })).toBe(false)
      expect((await jobs.findJobs(bucket, [job.id]))[0]!.state).toBe('Success')
      expect(await ledger.stores.deliveries.deliveriesOf(job.id)).toHaveLength(1)
    })

    test('a job that was returned is done again under a new lease; the old one is worth nothing', async () => {
      const old = await claimOne()
      await jobs.returnJob(old.id, old.leaseToken, { why: 'stopping' })
      const [again] = await jobs.claimJobs(1)
      expect(again).toMatchObject({ id: old.id, tries: 0, blames: 0 })
      expect(await jobs.completeJob(old.id, old.leaseToken, success(old))).toBe(false)
      expect(await jobs.completeJob(again!.id, again!.leaseToken, success(again!))).toBe(true)
    })

    test('a retry waits its time and is counted; a blame is counted and does not wait', async () => {
      const job = await claimOne()
      await jobs.returnJob(job.id, job.leaseToken, { why: 'retry', waitMs: 5_000 })
      expect(await jobs.claimJobs(1)).toEqual([])
      expect(await jobs.nextRetryAt()).toBe(ledger.now() + 5_000)
      await queues.updateQueue(bucket, job.queueId, { state: 'Paused' })
      expect(await jobs.nextRetryAt()).toBeNull()
      await queues.updateQueue(bucket, job.queueId, { state: 'Active' })
      ledger.pass(5_000)
      const [second] = await jobs.claimJobs(1)
      expect(second).toMatchObject({ tries: 1, blames: 0 })
      await jobs.returnJob(second!.id, second!.leaseToken, { why: 'blamed' })
      expect((await jobs.claimJobs(1))[0]).toMatchObject({ tries: 1, blames: 1 })
    })

    test('an output bucket that is gone refuses the result, and nothing of it stays', async () => {
      const job = await claimOne()
      const outcome = success(job)
      const nowhere = { ...outcome, output: { ...outcome.output, bucket: 'gone-1250000000' } }
      await expect(jobs.completeJob(job.id, job.leaseToken, nowhere)).rejects.toMatchObject({ code: 'OutputDenied' })
      expect((await jobs.findJobs(bucket, [job.id]))[0]!.state).toBe('Running')
      expect(await ledger.stores.deliveries.deliveriesOf(job.id)).toEqual([])
    })
  })

  describe('a claim that was not answered', () => {
    test('its jobs wait again, uncounted; those that are known stay', async () => {
      await submit()
      await submit()
      const [known] = await jobs.claimJobs(1)
      const [unknown] = await jobs.claimJobs(1)
      expect(await jobs.returnUnknown([known!.leaseToken])).toBe(1)
      expect(await jobs.returnUnknown([known!.leaseToken])).toBe(0)
      expect(await jobs.claimJobs(2)).toMatchObject([{ id: unknown!.id, tries: 0, blames: 0, uncleanEnds: 0 }])
      expect(await jobs.returnUnknown([])).toBe(2)
    })
  })

  describe('rescue', () => {
    test('what an earlier boot left running waits again, and counts', async () => {
      const job = await submit()
      await jobs.claimJobs(1)
      await ledger.serverDies()
      expect(await jobs.rescueJobs(10)).toEqual({ returned: 1, failed: 0 })
      expect(await jobs.rescueJobs(10)).toEqual({ returned: 0, failed: 0 })
      expect((await jobs.claimJobs(1))[0]).toMatchObject({ id: job.id, uncleanEnds: 1, tries: 0, blames: 0 })
    })

    test('a job that was running at too many unclean ends fails, and that is told', async () => {
      const job = await submit()
      for (let end = 1; end < 3; end += 1) {
        await jobs.claimJobs(1)
        await ledger.serverDies()
        expect(await jobs.rescueJobs(3)).toEqual({ returned: 1, failed: 0 })
      }
      await jobs.claimJobs(1)
      await ledger.serverDies()
      expect(await jobs.rescueJobs(3)).toEqual({ returned: 0, failed: 1 })
      expect((await jobs.findJobs(bucket, [job.id]))[0]).toMatchObject({ state: 'Failed', code: 'InternalError' })
      expect(await ledger.stores.deliveries.deliveriesOf(job.id)).toHaveLength(1)
    })
  })

  describe('cancel', () => {
    test('a waiting job ends, tells nobody, and is never run', async () => {
      const job = await submit()
      await jobs.cancelJob(bucket, job.id)
      expect((await jobs.findJobs(bucket, [job.id]))[0]).toMatchObject({ state: 'Cancel', endedAt: ledger.now() })
      expect(await jobs.claimJobs(1)).toEqual([])
      expect(await ledger.stores.deliveries.deliveriesOf(job.id)).toEqual([])
    })

    test('a job that runs or has ended stays as it is', async () => {
      const job = await submit()
      const [claimed] = await jobs.claimJobs(1)
      const refused = { code: 'JobNotCancellable', message: 'The job provided can not be modified.' }
      await expect(jobs.cancelJob(bucket, job.id)).rejects.toMatchObject(refused)
      await jobs.completeJob(claimed!.id, claimed!.leaseToken, success(claimed!))
      await expect(jobs.cancelJob(bucket, job.id)).rejects.toMatchObject(refused)
    })

    test('an unknown job, and one of another bucket, is not found', async () => {
      const job = await submit()
      await expect(jobs.cancelJob(bucket, 'c0')).rejects.toMatchObject({ code: 'JobNotFound' })
      await expect(jobs.cancelJob('other-1250000000', job.id)).rejects.toMatchObject({ code: 'JobNotFound' })
    })
  })

  describe('the end of jobs, for those who wait', () => {
    test('only those that have ended are found, of whatever bucket', async () => {
      const ids = [await submit(), await submit(), await submit(), await submit({ bucket: 'other-1250000000' })].map(
        (job) => job.id,
      )
      const [claimed] = await jobs.claimJobs(1)
      expect(claimed?.id).toBe(ids[0])
      expect(await jobs.findEnded(ids)).toEqual([])
      await jobs.completeJob(claimed!.id, claimed!.leaseToken, success(claimed!))
      await jobs.cancelJob('other-1250000000', ids[3]!)
      const found = await jobs.findEnded([...ids, 'c0' as JobId])
      expect(found.map(({ id, state }) => [id, state]).sort()).toEqual([
        [ids[0], 'Success'],
        [ids[3], 'Cancel'],
      ])
      expect(await jobs.findEnded([])).toEqual([])
    })

    test('every way to end is announced, and nothing else', async () => {
      const announced = async (work: () => Promise<unknown>): Promise<boolean> => {
        const before = ledger.endsAnnounced()
        await work()
        return ledger.endsAnnounced() > before
      }
      const first = await submit()
      await submit()
      const last = await submit()
      expect(await announced(() => submit())).toBe(false)
      const [done] = await jobs.claimJobs(1)
      expect(await announced(() => jobs.claimJobs(1))).toBe(false)
      expect(await announced(() => jobs.completeJob(first.id, 'another', success(done!)))).toBe(false)
      expect(await announced(() => jobs.completeJob(done!.id, done!.leaseToken, success(done!)))).toBe(true)
      expect(await announced(() => jobs.cancelJob(bucket, last.id))).toBe(true)
      expect(await announced(() => queues.closeService(bucket))).toBe(true)
    })
  })

  describe('find and list', () => {
    test('jobs come in the order asked for, without those of other buckets', async () => {
      const [a, b] = [await submit(), await submit()]
      const foreign = await submit({ bucket: 'other-1250000000' })
      const found = await jobs.findJobs(bucket, [b.id, 'c0', a.id, foreign.id])
      expect(found.map((job) => job.id)).toEqual([b.id, a.id])
      expect(await jobs.findJobs(bucket, [])).toEqual([])
    })

    test.each(['Asc', 'Desc'] as const)(
      'pages in order %s give each job once, while new ones come in',
      async (order) => {
        const made: JobId[] = []
        for (let i = 0; i < 12; i += 1) {
          made.push((await submit()).id)
          if (i % 3 === 0) ledger.pass(1)
        }
        const seen: string[] = []
        let after: JobQuery['after'] = null
        do {
          const page = await jobs.listJobs({ ...everyJob, order, after, limit: 5 })
          seen.push(...page.jobs.map((job) => job.id))
          after = page.next
          if (order === 'Desc') await submit({ inputObject: 'newcomer' })
        } while (after !== null)
        expect(seen).toEqual(order === 'Asc' ? made : made.reverse())
      },
    )

    test('filters: state, source, queue, time', async () => {
      const first = await submit({ inputObject: 'a' })
      ledger.pass(1_000)
      const second = await submit({ inputObject: 'b' })
      await jobs.cancelJob(bucket, second.id)
      ledger.pass(1_000)
      const third = await submit({ inputObject: 'b' })
      const ids = async (changes: Partial<JobQuery>) =>
        (await jobs.listJobs({ ...everyJob, ...changes })).jobs.map((job) => job.id)
      expect(await ids({ inputObject: 'b' })).toEqual([second.id, third.id])
      expect(await ids({ states: ['Cancel'] })).toEqual([second.id])
      expect(await ids({ states: ['Submitted', 'Cancel'] })).toEqual([first.id, second.id, third.id])
      expect(await ids({ states: ['Pause'] })).toEqual([])
      expect(await ids({ createdFrom: second.createdAt, createdTo: second.createdAt })).toEqual([second.id])
      expect(await ids({ queueId: 'p0' as QueueId })).toEqual([])
      await queues.updateQueue(bucket, first.queueId, { state: 'Paused' })
      expect(await ids({ states: ['Pause'] })).toEqual([first.id, third.id])
      expect(await ids({ states: ['Submitted'] })).toEqual([])
    })
  })

  describe('queues and the service', () => {
    const defaults = options.queueDefaults

    test('another queue comes after the first one, which is made with it', async () => {
      const other = await queues.createQueue(bucket, { name: 'fast', maxConcurrent: 7 }, defaults)
      expect(other).toMatchObject({ bucket, name: 'fast', state: 'Active', maxSize: 10_000, maxConcurrent: 7 })
      const { items } = await queues.listQueues({ bucket, state: null, offset: 0, limit: 10 })
      expect(items.map(({ name }) => name)).toEqual(['queue-pic-process-1', 'fast'])
      expect((await submit()).queueId).toBe(items[0]!.id)
      expect((await submit({ queueId: other.id })).queueId).toBe(other.id)
      const changed = await queues.updateQueue(bucket, other.id, { maxSize: 1, maxConcurrent: 2 })
      expect(changed).toMatchObject({ name: 'fast', maxSize: 1, maxConcurrent: 2 })
      await expect(submit({ queueId: other.id })).rejects.toMatchObject({ code: 'QueueFull' })
      await expect(queues.createQueue('no-1250000000', { name: 'x' }, defaults)).rejects.toMatchObject({
        code: 'BucketNotFound',
      })
    })

    test('a bucket has as many queues as it may have, and no more', async () => {
      await Promise.all(
        Array.from({ length: MAX_QUEUES - 1 }, (_, n) => queues.createQueue(bucket, { name: `q${n}` }, defaults)),
      )
      await expect(queues.createQueue(bucket, { name: 'more' }, defaults)).rejects.toMatchObject({
        code: 'QueueLimitReached',
        message: expect.stringContaining(`has ${MAX_QUEUES} queues`),
      })
    })

    test('opening twice is opening once; closing cancels what waits and ends the queue', async () => {
      const opened = await queues.openService(bucket, defaults)
      ledger.pass(10)
      expect(await queues.openService(bucket, defaults)).toEqual(opened)
      await expect(queues.openService(bucket, defaults, { onlyOnce: true })).rejects.toMatchObject({
        code: 'ServiceOpen',
      })
      const before = await theQueue()
      const [running, waiting] = [await submit(), await submit()]
      const [claimed] = await jobs.claimJobs(1)
      await queues.closeService(bucket)
      expect((await jobs.findJobs(bucket, [waiting.id]))[0]!.state).toBe('Cancel')
      expect(await jobs.completeJob(claimed!.id, claimed!.leaseToken, success(claimed!))).toBe(true)
      expect((await jobs.findJobs(bucket, [running.id]))[0]!.state).toBe('Success')
      await expect(queues.closeService(bucket)).rejects.toMatchObject({ code: 'ServiceNotOpen' })
      await queues.openService(bucket, defaults, { onlyOnce: true })
      expect((await theQueue()).id).not.toBe(before.id)
    })

    test('a change keeps what it does not name', async () => {
      await queues.openService(bucket, defaults)
      const before = await theQueue()
      ledger.pass(10)
      const notify = {
        state: 'On' as const,
        events: ['TaskFinish'] as const,
        resultFormat: 'JSON' as const,
        url: 'http://r.test/',
      }
      const after = await queues.updateQueue(bucket, before.id, { notify })
      expect(after).toEqual({ ...before, notify, updatedAt: ledger.now() })
      expect(await queues.updateQueue(bucket, before.id, { name: 'main' })).toEqual({ ...after, name: 'main' })
      await expect(queues.updateQueue('other-1250000000', before.id, {})).rejects.toMatchObject({
        code: 'QueueNotFound',
      })
    })

    test('new queues, and buckets that are opened, are behind the others, within a millisecond and by a clock set back', async () => {
      const names = Array.from({ length: 6 }, (_, n) => `q${n}`)
      for (const name of names) {
        await queues.createQueue(bucket, { name }, defaults)
        ledger.pass(name === 'q3' ? -60_000 : 0)
      }
      const { items } = await queues.listQueues({ bucket, state: null, offset: 1, limit: 10 })
      expect(items.map(({ name }) => name)).toEqual(names)
      await queues.openService('other-1250000000', defaults)
      const opened = await queues.listOpened({ names: null, prefix: null, regions: null, offset: 0, limit: 10 })
      expect(opened.items.map((one) => one.bucket)).toEqual([bucket, 'other-1250000000'])
    })

    test('opened buckets are listed by name, prefix and region', async () => {
      await queues.openService(bucket, defaults)
      await queues.openService('other-1250000000', defaults)
      const names = async (changes: object) =>
        (await queues.listOpened({ names: null, prefix: null, regions: null, offset: 0, limit: 10, ...changes })).items
          .map((item) => item.bucket)
          .sort()
      expect(await names({})).toEqual([bucket, 'other-1250000000'])
      expect(await names({ prefix: 'alb' })).toEqual([bucket])
      expect(await names({ prefix: '%' })).toEqual([])
      expect(await names({ names: ['other-1250000000'] })).toEqual(['other-1250000000'])
      expect(await names({ regions: ['elsewhere'] })).toEqual([])
      expect(await names({ names: [] })).toEqual([])
      expect((await queues.listOpened({ names: null, prefix: null, regions: null, offset: 1, limit: 10 })).total).toBe(
        2,
      )
    })
  })

  describe('templates', () => {
    const body = (name: string) => ({ name, picProcess: { isPicInfo: false, processRule: 'imageMogr2/strip' } })

    test('a name is taken once in a bucket', async () => {
      const first = await templates.createTemplate(bucket, body('one'))
      const second = await templates.createTemplate(bucket, body('two'))
      await templates.createTemplate('other-1250000000', body('one'))
      await expect(templates.createTemplate(bucket, body('one'))).rejects.toMatchObject({ code: 'TemplateNameTaken' })
      await expect(templates.replaceTemplate(bucket, second.id, body('one'))).rejects.toMatchObject({
        code: 'TemplateNameTaken',
      })
      expect(await templates.replaceTemplate(bucket, first.id, body('one'))).toMatchObject({ id: first.id })
    })

    test('replace keeps the time of creation, delete removes, and neither finds what is not there', async () => {
      const made = await templates.createTemplate(bucket, body('one'))
      ledger.pass(10)
      const replaced = await templates.replaceTemplate(bucket, made.id, body('uno'))
      expect(replaced).toEqual({ ...made, name: 'uno', updatedAt: ledger.now() })
      await templates.deleteTemplate(bucket, made.id)
      await expect(templates.deleteTemplate(bucket, made.id)).rejects.toMatchObject({ code: 'TemplateNotFound' })
      await expect(templates.replaceTemplate(bucket, made.id, body('x'))).rejects.toMatchObject({
        code: 'TemplateNotFound',
      })
    })

    test('a new one is behind the others, within a millisecond and by a clock set back', async () => {
      const names = Array.from({ length: 6 }, (_, n) => `web-${n}`)
      for (const name of names) {
        await templates.createTemplate(bucket, body(name))
        ledger.pass(name === 'web-3' ? -60_000 : 0)
      }
      const { items } = await templates.listTemplates({ bucket, prefix: 'web', offset: 0, limit: 10 })
      expect(items.map(({ name }) => name)).toEqual(names)
    })

    test('the list is oldest first, by pages, by the beginning of the name', async () => {
      for (const name of ['web-1', 'web-2', 'print-1', '网页-1']) {
        await templates.createTemplate(bucket, body(name))
        ledger.pass(1)
      }
      const names = async (query: { prefix: string | null; offset: number; limit: number }) =>
        (await templates.listTemplates({ bucket, ...query })).items.map((template) => template.name)
      expect(await names({ prefix: null, offset: 0, limit: 3 })).toEqual(['web-1', 'web-2', 'print-1'])
      expect(await names({ prefix: null, offset: 3, limit: 3 })).toEqual(['网页-1'])
      expect(await names({ prefix: 'web', offset: 0, limit: 9 })).toEqual(['web-1', 'web-2'])
      expect(await names({ prefix: '网', offset: 0, limit: 9 })).toEqual(['网页-1'])
      expect(await names({ prefix: '_', offset: 0, limit: 9 })).toEqual([])
      const [found] = await templates.findTemplates(bucket, [
        't1none',
        (await templates.listTemplates({ bucket, prefix: 'print', offset: 0, limit: 1 })).items[0]!.id,
      ])
      expect(found!.name).toBe('print-1')
    })
  })
}
