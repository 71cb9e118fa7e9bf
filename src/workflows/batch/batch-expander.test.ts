import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type BatchId, type BlobId, Failure, type Log, Signals, silentLog, systemClock } from '../../base/index.ts'
import { openSqliteInProcess } from '../../database/sqlite/index.ts'
import { blobFile } from '../../objects/filesystem/blob-files.ts'
import { openFilesystemBlobStore } from '../../objects/filesystem/index.ts'
import { type BlobStore, publishUpload } from '../../objects/index.ts'
import type { BatchInput } from '../../wire/index.ts'
import type { Batch } from './batch.ts'
import { BatchExpander, type BatchExpanderOptions, type BatchExpanderSignal } from './batch-expander.ts'
import { openInput } from './inputs/open-input.ts'

const bucket = 'album-1250000000'
const submit = { openService: true, queueDefaults: { maxSize: 10_000, maxConcurrent: 1_000 } }

let folder: string
let ledger: Awaited<ReturnType<typeof openSqliteInProcess>>
let blobs: BlobStore
let signals: Signals<BatchExpanderSignal>
const running: BatchExpander[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-expander-'))
  blobs = await openFilesystemBlobStore({ folder: join(folder, 'blobs'), clock: systemClock })
})
beforeEach(async () => {
  ledger = await openSqliteInProcess({ file: join(folder, `${Math.random()}.db`) })
  await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
  signals = new Signals()
})
afterEach(async () => {
  for (const expander of running.splice(0)) await expander.stop()
  await ledger.close()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function start(changes: Partial<BatchExpanderOptions> = {}): Promise<BatchExpander> {
  const { objects, batches } = ledger.stores
  const expander = new BatchExpander({
    store: batches,
    openReader: (batch) => openInput({ objects, batches, blobs, bucketOfHost: () => null }, batch),
    isHeldBack: () => false,
    maxWaiting: 500,
    stepSize: 5,
    pauseMs: 1,
    lookEveryMs: 5,
    pollMs: 60_000,
    retryWaitsMs: [1, 1],
    log: silentLog,
    signals,
    ...changes,
  })
  running.push(expander)
  ledger.wakes.on('batches', () => expander.wake())
  await expander.start()
  return expander
}

/** Objects without bytes: `raw/000` and so on, older than any batch. */
function addObjects(count: number, prefix = 'raw/'): string[] {
  ledger.exec(`
    with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < ${count})
    insert into objects (bucket, key, blob_id, size, etag, crc64, content_type, headers_json, version, request_id,
      event_name, origin, last_modified)
    select '${bucket}', '${prefix}' || printf('%03d', i), 'b', 1, 'e', '0', 't', '{}', 'v', 'r', 'e', 'client', 5 from n`)
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(3, '0')}`)
}

async function put(key: string, content: string): Promise<string> {
  const ports = { objects: ledger.stores.objects, blobs }
  const source = Readable.from([Buffer.from(content)])
  const described = { bucket, key, contentType: 'text/plain', headers: {}, requestId: 'r' }
  return (await publishUpload(ports, { ...described, source })).blobId
}

function create(input: BatchInput = { kind: 'Prefix', value: 'raw/' }): Promise<Batch> {
  return ledger.stores.batches.createBatch(
    {
      bucket,
      name: 'b',
      type: 'Job',
      input,
      workflowIds: [],
      job: {
        templateId: null,
        inline: { isPicInfo: false, processRule: 'imageMogr2/strip' },
        output: { bucket, region: 'ap-test', object: 'out/${InputName}' },
        queueId: null,
        level: 0,
        userData: null,
        callback: { to: 'nobody' },
        callbackFormat: null,
      },
      timeInterval: { startMs: null, endMs: null },
    },
    { submit, maxOpen: 10 },
  )
}

const find = async ({ id }: Pick<Batch, 'id'>) => (await ledger.stores.batches.findBatches(bucket, [id]))[0]!

/** The batch as soon as it is so, looked at whenever the expander has looked after it. */
async function until(batch: Batch, isIt: (batch: Batch) => boolean): Promise<Batch> {
  for (;;) {
    const settled = signals.next('batch settled')
    const found = await find(batch)
    if (isIt(found)) return found
    await settled
  }
}

async function jobsOf({ id }: Pick<Batch, 'id'>) {
  const { jobs } = await ledger.stores.jobs.listJobs({
    bucket,
    queueId: null,
    inputObject: null,
    workflowId: null,
    batchId: id,
    states: [],
    createdFrom: null,
    createdTo: null,
    order: 'Asc',
    after: null,
    limit: 100,
  })
  return jobs
}

/** Runs waiting jobs to their end. */
async function work(limit: number): Promise<number> {
  const claimed = await ledger.stores.jobs.claimJobs(limit)
  for (const { id, leaseToken } of claimed) {
    await ledger.stores.jobs.completeJob(id, leaseToken, { state: 'Failed', code: 'X', message: 'no picture' })
  }
  return claimed.length
}

test('a batch is made into jobs as there is room for them, and ends with the last of them', async () => {
  const keys = addObjects(53)
  await start({ maxWaiting: 20 })
  const batch = await create()
  const states: string[] = []
  let progress = 0
  for (let done = 0; done < keys.length; ) {
    const now = await until(batch, ({ counts }) => counts.created >= Math.min(keys.length, done + 20))
    expect((await jobsOf(batch)).filter(({ state }) => state === 'Submitted').length).toBeLessThanOrEqual(20)
    expect(now.progress).toBeGreaterThanOrEqual(progress)
    progress = now.progress
    states.push(now.state)
    done += await work(7)
  }
  expect(new Set(states)).toEqual(new Set(['Running']))
  expect(progress).toBeGreaterThan(50)
  expect(await until(batch, ({ state }) => state === 'Success')).toMatchObject({
    progress: 100,
    counts: { total: 53, listed: 53, created: 53, ended: 53, failed: 53 },
  })
  expect((await jobsOf(batch)).map(({ inputObject }) => inputObject)).toEqual(keys)
})

test('whoever comes after one that was stopped goes on, and several share the work', async () => {
  const keys = addObjects(60)
  const list = keys.map((key) => `${key}\n`).join('')
  await put('list.txt', list)
  const first = await start({ stepSize: 1 })
  const batch = await create({ kind: 'UrlFile', value: 'list.txt' })
  await until(batch, ({ counts }) => counts.created >= 3)
  await first.stop()
  const { counts } = await find(batch)
  expect(counts.created).toBeLessThan(60)
  await start({ stepSize: 1 })
  await start({ stepSize: 2 })
  await until(batch, (now) => now.counts.total === 60)
  expect((await jobsOf(batch)).map(({ inputObject }) => inputObject).sort()).toEqual(keys)
})

test('a cancelled batch makes no more, and what waits is cancelled without being asked for', async () => {
  addObjects(60)
  await start({ maxWaiting: 20 })
  const batch = await create()
  await until(batch, ({ counts }) => counts.created === 20)
  await ledger.stores.batches.cancelBatch(bucket, batch.id)
  expect((await until(batch, ({ counts }) => counts.ended === 20)).state).toBe('Cancel')
  expect((await jobsOf(batch)).map(({ state }) => state)).toEqual(Array.from({ length: 20 }, () => 'Cancel'))
})

test('a list that cannot be read ends its batch with what is wrong, and no other batch', async () => {
  addObjects(3)
  await put('manifest.json', '{"fileFormat":"ORC"}')
  await start()
  const [bad, good] = [await create({ kind: 'Manifest', value: 'manifest.json' }), await create()]
  expect(await until(bad, ({ endedAt }) => endedAt !== null)).toMatchObject({
    state: 'Failed',
    code: 'InvalidArgument',
    message: 'Input.Manifest is "manifest.json": fileFormat is "ORC", expected CSV.',
    counts: { created: 0 },
  })
  await until(good, ({ counts }) => counts.total === 3)
  const missing = await create({ kind: 'Object', value: 'raw/none' })
  expect(await until(missing, ({ endedAt }) => endedAt !== null)).toMatchObject({
    state: 'Failed',
    code: 'ResourceNotFound',
  })
})

test('bytes that are away for a while are waited for, and not for ever', async () => {
  addObjects(2)
  const blobId = await put('list.txt', 'raw/000\nraw/001\n')
  const file = blobFile(join(folder, 'blobs'), blobId as BlobId)
  const away = join(folder, 'away')
  await rename(file, away)
  let warnings = 0
  const log: Log = {
    ...silentLog,
    warn: () => {
      warnings += 1
      if (warnings === 2) void rename(away, file)
    },
  }
  await start({ log, retryWaitsMs: [1, 50, 50, 50, 50] })
  const batch = await create({ kind: 'UrlFile', value: 'list.txt' })
  await until(batch, ({ counts }) => counts.total === 2)
  expect(warnings).toBeGreaterThanOrEqual(2)

  await blobs.remove(blobId as BlobId)
  const hopeless = await create({ kind: 'UrlFile', value: 'list.txt' })
  expect(await until(hopeless, ({ endedAt }) => endedAt !== null)).toMatchObject({
    state: 'Failed',
    code: 'ResourceDownloadFailed',
  })
})

test('while the disk is full nothing is made', async () => {
  addObjects(3)
  let isFull = true
  const expander = await start({ isHeldBack: () => isFull })
  const batch = await create()
  await signals.next('batch settled')
  await signals.next('nothing to do')
  expect(await find(batch)).toEqual(batch)
  isFull = false
  expander.wake()
  await until(batch, ({ counts }) => counts.total === 3)
})

test('a list that takes long to read holds up no other batch, and ends with its batch or with the expander', async () => {
  addObjects(3)
  const { objects, batches } = ledger.stores
  const slow = new Set<BatchId>()
  const closed: BatchId[] = []
  const expander = await start({
    openReader: (batch) => {
      const reader = openInput({ objects, batches, blobs, bucketOfHost: () => null }, batch)
      if (batch.input.kind === 'Prefix') return reader
      let end: (failure: Failure) => void = () => undefined
      const never = new Promise<never>((_resolve, reject) => {
        end = reject
      })
      slow.add(batch.id)
      const close = async () => {
        closed.push(batch.id)
        end(new Failure('ServerStopping'))
      }
      return { ...reader, read: () => never, close }
    },
  })
  const [first, second] = [
    await create({ kind: 'Object', value: 'raw/000' }),
    await create({ kind: 'Object', value: 'raw/001' }),
  ]
  const quick = await create()
  await until(quick, ({ counts }) => counts.total === 3)
  expect(slow).toEqual(new Set([first.id, second.id]))
  await ledger.stores.batches.cancelBatch(bucket, first.id)
  while (!closed.includes(first.id)) await signals.next('batch settled')
  await expander.stop()
  expect(closed).toContain(second.id)
  expect((await find(second)).state).toBe('Submitted')
})

test('stopping twice, before starting too, is fine', async () => {
  const expander = await start()
  await Promise.all([expander.stop(), expander.stop()])
  await expander.start()
})
