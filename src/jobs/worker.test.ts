import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Failure, type FailureCode, Signals, silentLog } from '../base/index.ts'
// The real ledger: a worker is only as good as what it leaves there.
import { openSqliteInProcess } from '../database/sqlite/open-in-process.ts'
import type { ClaimedJob } from './job-store.ts'
import { type DoJob, Worker, type WorkerOptions, type WorkerSignal, type WorkOptions } from './worker.ts'

const bucket = 'album-1250000000'
let folder: string
let ledger: Awaited<ReturnType<typeof openSqliteInProcess>>
let worker: Worker | null = null
let now = Date.UTC(2026, 2, 2)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-worker-'))
  ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db'), now: () => now })
  await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
})
afterEach(async () => {
  await worker?.stop()
  worker = null
  await ledger.close()
  await rm(folder, { recursive: true, force: true })
})

async function submit(inputObject: string): Promise<string> {
  const job = await ledger.stores.jobs.submitJob(
    {
      bucket,
      queueId: null,
      level: 0,
      inputObject,
      output: { bucket, region: 'ap-test', object: `out/${inputObject}` },
      templateId: null,
      inline: { isPicInfo: false, processRule: 'imageMogr2/strip' },
      userData: null,
      callback: { url: null, format: null },
      origin: null,
    },
    { openService: true, queueDefaults: { maxSize: 1_000, maxConcurrent: 1_000 } },
  )
  return job.id
}

function start(doJob: DoJob, options: Partial<WorkerOptions> = {}): Signals<WorkerSignal> {
  const signals = new Signals<WorkerSignal>()
  worker = new Worker({
    store: ledger.stores.jobs,
    doJob,
    slots: 2,
    retryWaitsMs: [1_000, 5_000],
    maxBlames: 3,
    aloneFromUncleanEnds: 2,
    stopGraceMs: 0,
    pollMs: 60_000,
    log: silentLog,
    signals,
    ...options,
  })
  ledger.wakes.on('jobs', () => worker?.wake())
  void worker.start()
  return signals
}

const done = (job: ClaimedJob): Awaited<ReturnType<DoJob>> => ({
  result: {
    objectName: job.output.object,
    source: { etag: 'aa', facts: null },
    output: { etag: 'bb', format: 'jpeg', width: 1, height: 1, quality: 75, size: 9 },
  },
  output: {
    bucket,
    key: job.output.object,
    blobId: `b-${job.id}` as never,
    size: 9,
    etag: 'bb',
    crc64: '1',
    contentType: 'image/jpeg',
    headers: {},
    requestId: 'r',
    eventName: 'cos:ObjectCreated:Put',
    origin: 'job',
  },
})

const stateOf = async (id: string) => (await ledger.stores.jobs.findJobs(bucket, [id]))[0]!
const isAbout = (id: string) => (facts: unknown) => (facts as { jobId: string }).jobId === id

/** Work that goes on until it is let go, and says when it has begun. */
function held(): { doJob: DoJob; begun: string[]; options: WorkOptions[]; letGo(): void; next(): Promise<void> } {
  const begun: string[] = []
  const options: WorkOptions[] = []
  const signals = new Signals<'begun'>()
  let letGo = (): void => undefined
  const free = new Promise<void>((resolve) => {
    letGo = resolve
  })
  return {
    begun,
    options,
    letGo: () => letGo(),
    next: async () => void (await signals.next('begun')),
    doJob: async (job, how) => {
      begun.push(job.inputObject)
      options.push(how)
      signals.announce('begun')
      const aborted = new Promise<never>((_resolve, reject) => {
        how.signal.addEventListener('abort', () => reject(how.signal.reason))
      })
      await Promise.race([free, aborted])
      return done(job)
    },
  }
}

describe('claiming', () => {
  test('as many as there are slots; the next when an engine is free, not when the result is stored', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await submit(name)
    const work = held()
    start(work.doJob)
    await work.next()
    if (work.begun.length < 2) await work.next()
    expect(work.begun).toEqual(['a', 'b'])
    const next = work.next()
    work.options[0]!.engineIsFree()
    await next
    expect(work.begun).toEqual(['a', 'b', 'c'])
    work.letGo()
  })

  test('tells whether more may wait than were claimed', async () => {
    for (const name of ['a', 'b', 'c']) await submit(name)
    const told: boolean[] = []
    const work = held()
    const signals = start(work.doJob, { tellWhetherJobsWait: (waiting) => told.push(waiting) })
    await signals.next('jobs claimed')
    expect(told).toEqual([true])
    const idle = signals.next('idle')
    work.letGo()
    await idle
    expect(told.at(-1)).toBe(false)
  })

  test('a job that is submitted while nothing is to do is begun at once', async () => {
    const signals = start(async (job) => done(job))
    await signals.next('idle')
    const ended = signals.next('job ended')
    const id = await submit('late')
    await ended
    expect((await stateOf(id)).state).toBe('Success')
  })

  test('a ledger that fails is asked again', async () => {
    const id = await submit('a')
    let failures = 0
    const store: WorkerOptions['store'] = {
      ...forwarding(),
      claimJobs: (limit) =>
        failures++ === 0 ? Promise.reject(new Failure('StorageUnavailable')) : ledger.stores.jobs.claimJobs(limit),
    }
    const signals = start(async (job) => done(job), { store })
    await signals.next('job ended', isAbout(id))
    expect(failures).toBeGreaterThan(1)
  })
})

function deferred() {
  let resolve!: () => void
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** Engines whose pictures are finished when the test says so, and a disk that may be slow. */
function engines() {
  const finished = new Map<string, ReturnType<typeof deferred>>()
  const ofPicture = (name: string) => {
    const known = finished.get(name) ?? deferred()
    finished.set(name, known)
    return known
  }
  const disks = new Map<string, Promise<void>>()
  const stored: string[] = []
  const doJob: DoJob = async (job, { engineIsFree, signal }) => {
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
    await Promise.race([ofPicture(job.inputObject).promise, aborted])
    await engineIsFree()
    await disks.get(job.inputObject)
    stored.push(job.inputObject)
    return done(job)
  }
  return {
    doJob,
    stored,
    /** All that follows at once has happened when this resolves. */
    async finish(name: string) {
      ofPicture(name).resolve()
      await new Promise((resolve) => setImmediate(resolve))
    },
    /** Storing this one takes until the returned function is called. */
    slowDisk(name: string): () => void {
      const { promise, resolve } = deferred()
      disks.set(name, promise)
      return resolve
    },
  }
}

describe('together, while more jobs wait', () => {
  /** Jobs of which the first two are done: from then on the pace is known, and a line waits. */
  async function underWay(jobs: number, options: Partial<WorkerOptions> = {}) {
    const ids: string[] = []
    for (let index = 0; index < jobs; index += 1) ids.push(await submit(`${index}`))
    const work = engines()
    const calls: string[] = []
    const real = forwarding()
    const store: WorkerOptions['store'] = {
      ...real,
      claimJobs: (limit) => {
        calls.push(`claim ${limit}`)
        return real.claimJobs(limit)
      },
      completeJob: (id, leaseToken, outcome) => {
        calls.push('end')
        return real.completeJob(id, leaseToken, outcome)
      },
    }
    const signals = start(work.doJob, { slots: 2, ahead: 2, mostAtOnce: 3, monotonicMs: () => 0, store, ...options })
    await signals.next('jobs claimed')
    for (const name of ['0', '1']) {
      const next = Promise.all([signals.next('job ended'), signals.next('jobs claimed')])
      await work.finish(name)
      await next
    }
    calls.splice(0)
    return { ids, work, calls, signals }
  }

  test('several are stored, then ended, then as many claimed', async () => {
    const { work, calls, signals } = await underWay(15)
    const claimed = signals.next('jobs claimed')
    await work.finish('2')
    await work.finish('3')
    expect(work.stored).toEqual(['0', '1'])
    expect(calls).toEqual([])
    await work.finish('4')
    expect(work.stored).toEqual(['0', '1', '2', '3', '4'])
    expect(await claimed).toHaveLength(3)
    expect(calls).toEqual(['end', 'end', 'end', 'claim 3'])
  })

  test('they end together, however long each took to be stored', async () => {
    const { work, calls, signals } = await underWay(15)
    const isThere = work.slowDisk('3')
    for (const name of ['2', '3', '4']) await work.finish(name)
    expect(work.stored).toEqual(['0', '1', '2', '4'])
    expect(calls).toEqual([])
    const claimed = signals.next('jobs claimed')
    isThere()
    await claimed
    expect(calls).toEqual(['end', 'end', 'end', 'claim 3'])
  })

  test('the engines are not kept waiting by a disk that is slower than they', async () => {
    const { work, calls, signals } = await underWay(15)
    const isThere = work.slowDisk('3')
    for (const name of ['2', '3', '4']) await work.finish(name)
    const claimed = signals.next('jobs claimed')
    await work.finish('5')
    expect(await claimed).toHaveLength(4)
    expect(calls).toEqual(['claim 4'])
    isThere()
  })

  test('one waits for others for a moment only', async () => {
    const { work, signals, ids } = await underWay(15)
    const ended = signals.next('job ended', isAbout(ids[2]!))
    await work.finish('2')
    expect(work.stored).toEqual(['0', '1'])
    await ended
  })

  test('nobody waits when no more jobs do', async () => {
    const { work } = await underWay(6)
    await work.finish('2')
    expect(work.stored).toEqual(['0', '1', '2'])
  })

  test('at a slow pace each is stored and claimed for itself', async () => {
    let nowMs = 0
    const { work, signals } = await underWay(15, { monotonicMs: () => (nowMs += 60) })
    const claimed = signals.next('jobs claimed')
    await work.finish('2')
    expect(work.stored).toEqual(['0', '1', '2'])
    expect(await claimed).toHaveLength(1)
  })

  test('a stop makes them store what they have', async () => {
    const { work, ids } = await underWay(15, { stopGraceMs: 60_000 })
    await work.finish('2')
    expect(work.stored).toEqual(['0', '1'])
    const stopped = worker!.stop()
    for (const name of ['3', '4', '5', '6', '7']) await work.finish(name)
    await stopped
    for (const id of ids.slice(0, 8)) expect((await stateOf(id)).state).toBe('Success')
    for (const id of ids.slice(8)) expect((await stateOf(id)).state).toBe('Submitted')
  })
})

/** The real store, as an object of its own whose single methods can be replaced. */
function forwarding(): WorkerOptions['store'] {
  const { jobs } = ledger.stores
  return {
    claimJobs: (limit) => jobs.claimJobs(limit),
    completeJob: (id, leaseToken, outcome) => jobs.completeJob(id, leaseToken, outcome),
    returnJob: (id, leaseToken, reason) => jobs.returnJob(id, leaseToken, reason),
    returnUnknown: (known) => jobs.returnUnknown(known),
    nextRetryAt: () => jobs.nextRetryAt(),
  }
}

describe('what a failure makes of a job', () => {
  const codes: [FailureCode, string][] = [
    ['ObjectNotFound', 'ResourceNotFound'],
    ['PictureNotSupported', 'ResourceNotSupported'],
    ['PictureBroken', 'ResourceNotSupported'],
    ['PictureOverLimit', 'InvalidArgument'],
    ['DeadlinePassed', 'InvalidArgument'],
    ['RuleNotApplicable', 'InvalidArgument'],
    ['InternalError', 'InternalError'],
  ]
  test.each(codes)('%s ends it with %s', async (code, jobCode) => {
    const id = await submit('a')
    const signals = start(() => Promise.reject(new Failure(code, 'these words')))
    await signals.next('job ended')
    const job = await stateOf(id)
    expect([job.state, job.code]).toEqual(['Failed', jobCode])
    // What was not foreseen shows nothing of itself.
    expect(job.message).toBe(code === 'InternalError' ? 'We encountered an internal error.' : 'these words')
  })

  test('an unforeseen error is an InternalError that tells nothing', async () => {
    const id = await submit('a')
    const signals = start(() => Promise.reject(new TypeError('secret of the house')))
    await signals.next('job ended')
    expect(JSON.stringify(await stateOf(id))).not.toContain('secret of the house')
  })

  test('a failure that may pass is tried again after each wait, then it is final', async () => {
    const id = await submit('a')
    let tries = 0
    const signals = start(() => {
      tries += 1
      return Promise.reject(new Failure('StorageUnavailable', 'the disk is away'))
    })
    for (const waitMs of [1_000, 5_000]) {
      await signals.next('job returned', isAbout(id))
      expect((await stateOf(id)).state).toBe('Submitted')
      expect(await ledger.stores.jobs.nextRetryAt()).toBe(now + waitMs)
      now += waitMs
      worker!.wake()
    }
    await signals.next('job ended')
    expect(tries).toBe(3)
    expect(await stateOf(id)).toMatchObject({
      state: 'Failed',
      code: 'ResourceDownloadFailed',
      message: 'the disk is away',
    })
  })

  test('a picture that breaks its engine is tried alone, and fails at the third blame', async () => {
    const id = await submit('a')
    const alone: boolean[] = []
    const signals = start((_job, options) => {
      alone.push(options.alone)
      return Promise.reject(new Failure('PictureBrokeEngine'))
    })
    await signals.next('job ended')
    expect(alone).toEqual([false, true, true])
    expect(await stateOf(id)).toMatchObject({ state: 'Failed', code: 'ResourceNotSupported' })
  })

  test('a job that was running at two unclean ends runs alone', async () => {
    const id = await submit('a')
    for (let end = 0; end < 2; end += 1) {
      await ledger.stores.jobs.claimJobs(1)
      await ledger.stores.jobs.rescueJobs(10)
    }
    const alone: boolean[] = []
    const signals = start(async (job, options) => {
      alone.push(options.alone)
      return done(job)
    })
    await signals.next('job ended', isAbout(id))
    expect(alone).toEqual([true])
  })

  test('a result whose bucket is gone ends the job, and says so', async () => {
    const id = await submit('a')
    const signals = start(async (job) => {
      const result = done(job)
      return { ...result, output: { ...result.output, bucket: 'gone-1250000000' } }
    })
    await signals.next('job ended')
    expect(await stateOf(id)).toMatchObject({ state: 'Failed', code: 'WriteTargetBucketDenied' })
  })

  test('a ledger that cannot take the end of a job is asked until it can', async () => {
    const id = await submit('a')
    let refusals = 2
    const store: WorkerOptions['store'] = {
      ...forwarding(),
      completeJob: (...args) =>
        refusals-- > 0 ? Promise.reject(new Failure('StorageFull')) : ledger.stores.jobs.completeJob(...args),
    }
    const signals = start(async (job) => done(job), { store })
    await signals.next('job ended')
    expect((await stateOf(id)).state).toBe('Success')
  })
})

describe('work that changes hands', () => {
  test('a claim that was carried out and not answered leaves nothing running unknown', async () => {
    const ids = [await submit('a'), await submit('b')]
    let answers = 0
    const store: WorkerOptions['store'] = {
      ...forwarding(),
      claimJobs: async (limit) => {
        const jobs = await ledger.stores.jobs.claimJobs(limit)
        if (answers++ === 0) throw new Failure('StorageUnavailable')
        return jobs
      },
    }
    const signals = start(async (job) => done(job), { store })
    for (let n = 0; n < ids.length; n += 1) await signals.next('job ended')
    for (const id of ids) expect((await stateOf(id)).state).toBe('Success')
  })

  test('what a server had when it was taken for dead ends without a word; what comes next is its own', async () => {
    const id = await submit('a')
    const written: string[] = []
    const store: WorkerOptions['store'] = {
      ...forwarding(),
      completeJob: (...args) => {
        written.push('completed')
        return ledger.stores.jobs.completeJob(...args)
      },
      returnJob: (...args) => {
        written.push('returned')
        return ledger.stores.jobs.returnJob(...args)
      },
    }
    const work = held()
    const signals = start(work.doJob, { store })
    await work.next()
    await ledger.stores.jobs.rescueJobs(10)
    worker!.abandon()
    await work.next()
    expect(work.options[0]!.signal.aborted).toBe(true)
    expect(written).toEqual([])
    work.letGo()
    await signals.next('job ended', isAbout(id))
    expect(written).toEqual(['completed'])
    expect((await stateOf(id)).state).toBe('Success')
  })
})

describe('stopping', () => {
  test('what runs may end within the grace time', async () => {
    const id = await submit('a')
    const work = held()
    start(work.doJob, { stopGraceMs: 60_000 })
    await work.next()
    const stopped = worker!.stop()
    work.letGo()
    await stopped
    expect((await stateOf(id)).state).toBe('Success')
  })

  test('what does not end is returned uncounted, and nothing new is begun', async () => {
    const ids = [await submit('a'), await submit('b'), await submit('c')]
    const work = held()
    start(work.doJob)
    await work.next()
    if (work.begun.length < 2) await work.next()
    await worker!.stop()
    expect(work.begun).toEqual(['a', 'b'])
    for (const id of ids) expect((await stateOf(id)).state).toBe('Submitted')
    const [again] = await ledger.stores.jobs.claimJobs(1)
    expect(again).toMatchObject({ tries: 0, blames: 0, uncleanEnds: 0 })
  })

  test('twice, and before starting, is fine', async () => {
    start(async (job) => done(job))
    await Promise.all([worker!.stop(), worker!.stop()])
    const fresh = new Worker({
      store: ledger.stores.jobs,
      doJob: async (job) => done(job),
      slots: 1,
      retryWaitsMs: [],
      maxBlames: 3,
      aloneFromUncleanEnds: 2,
      stopGraceMs: 0,
      pollMs: 60_000,
      log: silentLog,
      signals: new Signals(),
    })
    await fresh.stop()
    await fresh.start()
    const id = await submit('a')
    expect((await stateOf(id)).state).toBe('Submitted')
  })
})
