import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { followOptions } from '../../../test/support/what-follows.ts'
import { type BlobId, compiledProgram } from '../../base/index.ts'
import type { ClaimedJob, NewJob } from '../../jobs/index.ts'
import type { OpenLedger } from '../open-ledger.ts'
import { openSqlite } from './connection.ts'
import { openSqliteInProcess } from './open-in-process.ts'
import { openSqliteLedger } from './open-ledger.ts'

let folder: string
const open: OpenLedger[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-ledger-'))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((ledger) => ledger.close()))
  await rm(folder, { recursive: true, force: true })
})

async function openLedger(): Promise<OpenLedger> {
  const ledger = await openSqliteLedger({
    file: join(folder, 'ledger.db'),
    lockFile: join(folder, 'lock.db'),
    program: compiledProgram('app/ledger-thread.js'),
    readsProgram: compiledProgram('app/reads-thread.js'),
    blobsFolder: join(folder, 'blobs'),
    followOptions,
  })
  open.push(ledger)
  return ledger
}

const bucket = 'album-1250000000'
const newJob: NewJob = {
  bucket,
  queueId: null,
  level: 0,
  inputObject: 'a',
  output: { bucket, region: 'ap-test', object: 'b' },
  templateId: null,
  inline: { isPicInfo: false, processRule: 'imageMogr2/strip' },
  userData: null,
  callback: { url: null, format: null },
  origin: null,
}

describe('the thread that owns the ledger', () => {
  test('what was written is there after closing and opening again', async () => {
    const first = await openLedger()
    await first.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    await first.close()
    const second = await openLedger()
    expect(await second.stores.objects.findBucket(bucket)).toMatchObject({ name: bucket, region: 'ap-test' })
  })

  test('who wants to read a small object gets its bytes with the answer', async () => {
    const { objects } = (await openLedger()).stores
    await objects.createBucket({ name: bucket, region: 'ap-test' })
    const blobId = 'a'.repeat(32) as BlobId
    await mkdir(join(folder, 'blobs', 'aa'), { recursive: true })
    await writeFile(join(folder, 'blobs', 'aa', blobId), 'abc')
    const said = { size: 3, etag: 'e', crc64: '0', contentType: 'text/plain', headers: {}, requestId: 'r' } as const
    const place = { bucket, key: 'k', blobId, eventName: 'cos:ObjectCreated:Put', origin: 'client' } as const
    const object = await objects.publishObject({ ...place, ...said })
    const found = await objects.findToRead(bucket, 'k', 3)
    expect(found).toMatchObject({ bucket: { name: bucket, isOriginProtected: false }, object })
    expect(Buffer.from(found!.bytes!).toString()).toBe('abc')
    expect(await objects.findToRead(bucket, 'k', 2)).toEqual({ ...found, bytes: null })
  })

  test('what a picture is made of is asked for once for as long as nothing is written', async () => {
    const { objects, styles } = (await openLedger()).stores
    await objects.createBucket({ name: bucket, region: 'ap-test' })
    const said = { size: 3, etag: 'e', crc64: '0', contentType: 'text/plain', requestId: 'r' } as const
    const place = { bucket, key: 'k', blobId: 'a'.repeat(32) as BlobId, eventName: 'cos:ObjectCreated:Put' } as const
    const publish = (headers: Record<string, string>) =>
      objects.publishObject({ ...place, ...said, headers, origin: 'client' })
    await publish({ 'cache-control': 'no-cache' })
    await styles.saveStyle(bucket, { name: 'small', body: 'imageMogr2/thumbnail/10x' }, 10)

    const questions = {
      findToRead: () => objects.findToRead(bucket, 'k', 0),
      findObject: () => objects.findObject(bucket, 'k'),
      findBucket: () => objects.findBucket(bucket),
      findStyles: () => styles.findStyles(bucket, ['small']),
    }
    for (const [name, ask] of Object.entries(questions)) {
      const first = await ask()
      expect(first, name).not.toBeNull()
      expect(await ask(), name).toBe(first)
    }
    const shared = (await questions.findToRead())!
    expect(() => Object.assign(shared.object!.headers, { 'cache-control': 'other' })).toThrow(TypeError)

    const published = await publish({ 'cache-control': 'max-age=5' })
    expect(await questions.findToRead()).toMatchObject({ object: published })
    await objects.setBucketAcl(bucket, 'public-read')
    expect(await questions.findBucket()).toMatchObject({ acl: 'public-read' })
    await styles.saveStyle(bucket, { name: 'small', body: 'imageMogr2/thumbnail/20x' }, 10)
    expect(await questions.findStyles()).toEqual([{ name: 'small', body: 'imageMogr2/thumbnail/20x' }])
    await objects.removeObject(bucket, 'k')
    expect(await questions.findObject()).toBeNull()
  })

  test('whoever was told that something is written finds it, however many ask meanwhile', async () => {
    const { objects } = (await openLedger()).stores
    await objects.createBucket({ name: bucket, region: 'ap-test' })
    const said = { size: 3, crc64: '0', contentType: 'text/plain', headers: {}, requestId: 'r' } as const
    const place = { bucket, key: 'k', blobId: 'a'.repeat(32) as BlobId, eventName: 'cos:ObjectCreated:Put' } as const
    let written = -1
    let isOver = false
    const askOften = async () => {
      while (!isOver) {
        const least = written
        const found = await objects.findToRead(bucket, 'k', 0)
        expect(Number(found?.object?.etag ?? -1)).toBeGreaterThanOrEqual(least)
        // What is known is answered at once, and others have to get on.
        await new Promise(setImmediate)
      }
    }
    const asking = [askOften(), askOften(), askOften()]
    for (let n = 0; n < 100; n += 1) {
      await objects.publishObject({ ...place, ...said, etag: String(n), origin: 'client' })
      written = n
      // Now and then nobody writes for long enough that an answer is kept.
      if (n % 3 === 0) await objects.findToRead(bucket, 'k', 0)
    }
    isOver = true
    await Promise.all(asking)
    expect((await objects.findToRead(bucket, 'k', 0))?.object?.etag).toBe('99')
  })

  test('a second server on the same folder is refused, and may come when the first is gone', async () => {
    const first = await openLedger()
    await expect(openLedger()).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining('Another Pixmill server'),
    })
    await first.close()
    await openLedger()
  })

  test('a ledger of a newer program is refused', async () => {
    const ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db') })
    ledger.exec('pragma user_version = 999')
    await ledger.close()
    await expect(openLedger()).rejects.toMatchObject({ message: expect.stringContaining('schema 999') })
  })

  test('a file that is no ledger is refused', async () => {
    const { writeFile } = await import('node:fs/promises')
    await writeFile(
      join(folder, 'ledger.db'),
      'this is no database, but it is long enough to be looked at as one'.repeat(50),
    )
    await expect(openLedger()).rejects.toThrow()
  })

  test('calls made together are answered each on its own; one that fails takes nothing of the others with it', async () => {
    const ledger = await openLedger()
    const results = await Promise.allSettled([
      ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' }),
      ledger.stores.templates.createTemplate(bucket, { name: 'a', picProcess: { isPicInfo: false, processRule: 'r' } }),
      ledger.stores.templates.createTemplate(bucket, { name: 'a', picProcess: { isPicInfo: false, processRule: 'r' } }),
      ledger.stores.templates.createTemplate('none-1', {
        name: 'a',
        picProcess: { isPicInfo: false, processRule: 'r' },
      }),
      ledger.stores.templates.createTemplate(bucket, { name: 'b', picProcess: { isPicInfo: false, processRule: 'r' } }),
    ])
    expect(results.map((result) => (result.status === 'fulfilled' ? 'ok' : result.reason.code))).toEqual([
      'ok',
      'ok',
      'TemplateNameTaken',
      'BucketNotFound',
      'ok',
    ])
    const { items } = await ledger.stores.templates.listTemplates({ bucket, prefix: null, offset: 0, limit: 10 })
    expect(items.map((template) => template.name).sort()).toEqual(['a', 'b'])
  })

  test('a wake is announced after the commit that made the work, and not for work that failed', async () => {
    const ledger = await openLedger()
    await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    const woken = ledger.wakes.next('jobs')
    const options = { openService: true, queueDefaults: { maxSize: 1, maxConcurrent: 1 } }
    await ledger.stores.jobs.submitJob(newJob, options)
    await woken
    let wakes = 0
    ledger.wakes.on('jobs', () => {
      wakes += 1
    })
    await expect(ledger.stores.jobs.submitJob(newJob, options)).rejects.toMatchObject({ code: 'QueueFull' })
    expect(wakes).toBe(0)
  })

  test('a submit is told of when it is sent, and who claims then takes its job, once', async () => {
    const ledger = await openLedger()
    await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    const claims: Promise<readonly ClaimedJob[]>[] = []
    const claim = () => void claims.push(ledger.stores.jobs.claimJobs(1))
    ledger.underWay.on('jobs', claim)
    const options = { openService: true, queueDefaults: { maxSize: 9, maxConcurrent: 9 } }
    const first = await ledger.stores.jobs.submitJob(newJob, options)
    // Whether such a call makes work is known from the one before.
    expect(claims).toHaveLength(0)
    expect((await ledger.stores.jobs.claimJobs(1)).map((job) => job.id)).toEqual([first.id])
    const submitting = ledger.stores.jobs.submitJob(newJob, options)
    expect(claims).toHaveLength(1)
    const { id } = await submitting
    expect((await claims[0]!).map((job) => job.id)).toEqual([id])
    expect(await ledger.stores.jobs.claimJobs(1)).toEqual([])
  })

  test('who only asks is answered while a commit cannot get on', async () => {
    const ledger = await openLedger()
    await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    const other = openSqlite(join(folder, 'ledger.db'))
    other.exec('begin immediate')
    let isWritten = false
    const writing = ledger.stores.objects.createBucket({ name: 'other-1250000000', region: 'ap-test' }).then(() => {
      isWritten = true
    })
    // The thread that asks comes up with those who would have to wait; what was asked before waits with the commit.
    let found: unknown = null
    while (found === null && !isWritten) {
      found = await Promise.race([ledger.stores.objects.findBucket(bucket), pause(20, null)])
    }
    expect(found).toMatchObject({ name: bucket })
    expect(isWritten).toBe(false)
    other.exec('rollback')
    other.close()
    await writing
    expect(await ledger.stores.objects.findBucket('other-1250000000')).toMatchObject({ name: 'other-1250000000' })
  })

  test('after closing, a call is refused; closing twice is fine', async () => {
    const ledger = await openLedger()
    await Promise.all([ledger.close(), ledger.close()])
    await expect(ledger.stores.objects.listBuckets()).rejects.toMatchObject({ code: 'ServerStopping' })
  })

  test('calls that were made before closing are carried out', async () => {
    const ledger = await openLedger()
    const made = ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    await ledger.close()
    expect(await made).toBe(true)
  })
})
