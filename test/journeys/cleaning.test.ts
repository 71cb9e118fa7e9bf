import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { AttemptFolders } from '../../src/app/attempt-folders.ts'
import { BlobsInHand } from '../../src/app/blobs-in-hand.ts'
import { emptyFolder } from '../../src/app/empty-folder.ts'
import { type BlobId, Failure, silentLog } from '../../src/base/index.ts'
import { openSqliteInProcess } from '../../src/database/sqlite/index.ts'
import type { JobStore } from '../../src/jobs/index.ts'
import { openFilesystemBlobStore } from '../../src/objects/filesystem/index.ts'
import {
  BlobCleaner,
  type BlobStore,
  Multipart,
  type ObjectStore,
  publishUpload,
  UploadCleaner,
  type UploadStore,
} from '../../src/objects/index.ts'

const bucket = 'album-1250000000'
const GRACE = 3_600_000
const MINUTE = 60_000
const KEEP_UPLOADS = 7 * 24 * 60 * MINUTE

let folder: string
// Goes on from test to test: ids are never made for a time before the last one.
let now = Date.now()
let ledger: Awaited<ReturnType<typeof openSqliteInProcess>>
let inHand: BlobsInHand
let blobs: BlobStore
let objects: ObjectStore
let cleaner: BlobCleaner
let uploads: UploadStore
let multipart: Multipart
let uploadCleaner: UploadCleaner

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-cleaning-'))
  now += 100 * GRACE
  const clock = { now: () => now }
  ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db'), now: () => now })
  inHand = new BlobsInHand()
  blobs = inHand.made(await openFilesystemBlobStore({ folder: join(folder, 'blobs'), clock }))
  objects = inHand.published(ledger.stores.objects)
  await objects.createBucket({ name: bucket, region: 'ap-test' })
  cleaner = new BlobCleaner({
    blobs,
    objects,
    isInHand: (id) => inHand.has(id),
    graceMs: GRACE,
    everyMs: GRACE,
    clock,
    log: silentLog,
  })
  uploads = inHand.uploaded(ledger.stores.uploads)
  const discard = (ids: readonly BlobId[]) => cleaner.discard(ids)
  multipart = new Multipart({ uploads, blobs, discard, minPartBytes: 1 })
  uploadCleaner = new UploadCleaner({ uploads, keepMs: KEEP_UPLOADS, everyMs: GRACE, clock, log: silentLog })
})
afterEach(async () => {
  await cleaner.stop()
  await ledger.close()
  await rm(folder, { recursive: true, force: true })
})

const bytes = (text: string) => Readable.from([Buffer.from(text)])
const upload = (key: string, text: string) =>
  publishUpload(
    { objects, blobs },
    { bucket, key, contentType: 'text/plain', headers: {}, requestId: 'r', source: bytes(text) },
  )
const inFolder = async (): Promise<string[]> => {
  const shards = (await readdir(join(folder, 'blobs'))).filter((name) => name !== '.writing')
  const names = await Promise.all(shards.map((shard) => readdir(join(folder, 'blobs', shard))))
  return names.flat().sort()
}
const text = async (id: BlobId) => (await buffer(await blobs.read(id))).toString()

/** Every look that removes something has one before it that saw the same. */
async function sweepUntilClean(): Promise<number> {
  const removed = await cleaner.sweep()
  now += MINUTE
  return removed + (await cleaner.sweep())
}

describe('multipart uploads', () => {
  const begun = async (key: string) => {
    const upload = await uploads.startUpload({ bucket, key, contentType: 'a/b', headers: {}, acl: 'default' })
    return { bucket, key, uploadId: upload.id }
  }

  test('parts stay as long as their upload does, however old they are', async () => {
    const place = await begun('a')
    const { blobId } = await multipart.putPart(place, { number: 1, source: bytes('part') })
    now += 3 * GRACE
    expect(await sweepUntilClean()).toBe(0)
    expect(await text(blobId)).toBe('part')
  })

  test('an upload that nobody goes on with is forgotten, and its parts are removed; others go on', async () => {
    const old = await begun('old')
    await multipart.putPart(old, { number: 1, source: bytes('old') })
    now += KEEP_UPLOADS - 1
    const going = await begun('going')
    const { blobId } = await multipart.putPart(going, { number: 1, source: bytes('going') })
    expect(await uploadCleaner.sweep()).toBe(0)
    now += 2
    expect(await uploadCleaner.sweep()).toBe(1)
    expect(await uploads.findUpload(old)).toBeNull()
    now += GRACE
    expect(await sweepUntilClean()).toBe(1)
    expect(await inFolder()).toEqual([blobId])
  })

  test('what an upload was completed as is remembered for a quarter of an hour', async () => {
    const place = await begun('a')
    const { md5 } = await multipart.putPart(place, { number: 1, source: bytes('x') })
    const completed = await multipart.complete(place, { parts: [{ number: 1, etag: md5 }], requestId: 'r' })
    now += 15 * MINUTE
    expect(await uploadCleaner.sweep()).toBe(0)
    expect(await multipart.complete(place, { parts: [], requestId: 'r' })).toEqual(completed)
    now += 1
    expect(await uploadCleaner.sweep()).toBe(1)
    await expect(multipart.complete(place, { parts: [], requestId: 'r' })).rejects.toMatchObject({
      code: 'UploadNotFound',
    })
    expect((await objects.findObject(bucket, 'a'))?.etag).toBe(completed.etag)
  })

  test('parts that have become an object are removed at once, unless somebody reads all blobs just then', async () => {
    const complete = async (key: string) => {
      const place = await begun(key)
      const parts = []
      for (const number of [1, 2]) {
        const { md5 } = await multipart.putPart(place, { number, source: bytes(`${key} ${number};`) })
        parts.push({ number, etag: md5 })
      }
      await multipart.complete(place, { parts, requestId: 'r' })
      return (await objects.findObject(bucket, key))!.blobId
    }
    const first = await complete('a')
    await (await cleaner.hold())()
    expect(await inFolder()).toEqual([first])
    const release = await cleaner.hold()
    const second = await complete('b')
    await (await cleaner.hold())()
    expect(await inFolder()).toHaveLength(4)
    release()
    now += GRACE + 1
    expect(await sweepUntilClean()).toBe(2)
    expect(await inFolder()).toEqual([first, second].sort())
    expect(await text(second)).toBe('b 1;b 2;')
  })
})

describe('blobs that nothing names', () => {
  test('are removed once they are old and have had no name for a while; the others stay', async () => {
    const kept = await upload('a', 'kept')
    await upload('b', 'replaced')
    const replacing = await upload('b', 'replacing')
    await upload('c', 'deleted')
    await objects.removeObject(bucket, 'c')
    now += GRACE + 1
    expect(await cleaner.sweep()).toBe(0)
    now += MINUTE - 1
    expect(await cleaner.sweep()).toBe(0)
    now += 1
    expect(await cleaner.sweep()).toBe(2)
    expect(await inFolder()).toEqual([kept.blobId, replacing.blobId].sort())
    expect(await text(kept.blobId)).toBe('kept')
  })

  test('are left alone while they are young', async () => {
    await upload('a', 'deleted')
    await objects.removeObject(bucket, 'a')
    now += GRACE - 2 * MINUTE
    expect(await sweepUntilClean()).toBe(0)
    expect(await inFolder()).toHaveLength(1)
  })

  test('a reader that has looked an old object up may open it after it was deleted and swept', async () => {
    await upload('a', 'old')
    now += GRACE + 1
    const found = await objects.findObject(bucket, 'a')
    await objects.removeObject(bucket, 'a')
    expect(await cleaner.sweep()).toBe(0)
    expect(await text(found!.blobId)).toBe('old')
    const source = join(folder, 'source')
    await blobs.placeInto(found!.blobId, source)
    expect(await readFile(source, 'utf8')).toBe('old')
  })

  test('a reader in the middle of a blob gets the whole of it, though it is removed meanwhile', async () => {
    const big = Buffer.alloc(4 * 1024 * 1024, 'x')
    await publishUpload(
      { objects, blobs },
      { bucket, key: 'big', contentType: '', headers: {}, requestId: 'r', source: Readable.from([big]) },
    )
    const { blobId } = (await objects.findObject(bucket, 'big'))!
    const reader = await blobs.read(blobId)
    const source = join(folder, 'source')
    await blobs.placeInto(blobId, source)
    const pieces = reader[Symbol.asyncIterator]()
    const first = (await pieces.next()).value as Buffer
    await objects.removeObject(bucket, 'big')
    now += GRACE + 1
    expect(await sweepUntilClean()).toBe(1)
    expect(await inFolder()).toEqual([])
    let size = first.length
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) size += (next.value as Buffer).length
    expect(size).toBe(big.length)
    // What was linked into the folder of an attempt stays there too.
    expect((await stat(source)).size).toBe(big.length)
  })

  test('one that has a name again at the second look begins anew', async () => {
    const { blobId, ...object } = await upload('a', 'back')
    await objects.removeObject(bucket, 'a')
    now += GRACE + 1
    await cleaner.sweep()
    await objects.publishObject({ ...object, blobId })
    now += MINUTE
    await cleaner.sweep()
    await objects.removeObject(bucket, 'a')
    now += MINUTE
    expect(await cleaner.sweep()).toBe(0)
    expect(await inFolder()).toEqual([blobId])
  })

  test('nothing is removed while somebody reads them all', async () => {
    await upload('a', 'deleted')
    await objects.removeObject(bucket, 'a')
    now += GRACE + 1
    await cleaner.sweep()
    now += MINUTE
    const letGo = await cleaner.hold()
    expect(await cleaner.sweep()).toBe(0)
    expect(await inFolder()).toHaveLength(1)
    letGo()
    letGo()
    expect(await cleaner.sweep()).toBe(1)
  })
})

describe('blobs in hand', () => {
  const outcome = (blobId: BlobId) => ({
    state: 'Success' as const,
    result: {} as never,
    output: { bucket, key: 'out', blobId, size: 3, etag: '', crc64: '' } as never,
  })

  async function adopted(): Promise<BlobId> {
    const file = join(folder, 'result')
    await writeFile(file, 'out')
    return blobs.adopt(file)
  }

  test('a result stays as long as its worker asks the ledger to take it, and is the cleaner’s when it was not taken', async () => {
    const id = await adopted()
    const answers: (() => boolean)[] = [
      () => {
        throw new Failure('StorageFull')
      },
      () => false,
    ]
    const jobs = inHand.completed({
      completeJob: async () => answers.shift()!(),
    } as unknown as JobStore)
    await expect(jobs.completeJob('c1' as never, 'lease', outcome(id))).rejects.toThrow()
    now += 10 * GRACE
    expect(await sweepUntilClean()).toBe(0)
    expect(await inFolder()).toEqual([id])
    expect(await jobs.completeJob('c1' as never, 'lease', outcome(id))).toBe(false)
    expect(await sweepUntilClean()).toBe(1)
  })

  test('a result that may never be published is let go of', async () => {
    const id = await adopted()
    const jobs = inHand.completed({
      completeJob: async () => {
        throw new Failure('OutputDenied')
      },
    } as unknown as JobStore)
    await expect(jobs.completeJob('c1' as never, 'lease', outcome(id))).rejects.toThrow()
    expect(inHand.has(id)).toBe(false)
  })

  test('an upload that cannot be published is let go of; for want of room it is removed at once', async () => {
    const failing = (code: 'StorageFull' | 'StorageUnavailable') =>
      publishUpload(
        {
          blobs,
          objects: inHand.published({
            findBucket: async () => ({}) as never,
            publishObject: async () => {
              throw new Failure(code)
            },
          } as unknown as ObjectStore),
        },
        { bucket, key: 'a', contentType: '', headers: {}, requestId: 'r', source: bytes('abc') },
      )
    await expect(failing('StorageFull')).rejects.toMatchObject({ code: 'StorageFull' })
    expect(await inFolder()).toEqual([])
    await expect(failing('StorageUnavailable')).rejects.toMatchObject({ code: 'StorageUnavailable' })
    const [id] = await inFolder()
    expect(inHand.has(id as BlobId)).toBe(false)
  })

  test('a stored object’s blob is in nobody’s hand', async () => {
    const { blobId } = await upload('a', 'abc')
    expect(inHand.has(blobId)).toBe(false)
  })
})

describe('left-overs', () => {
  test('an upload that is being written is none, however slowly its bytes come', async () => {
    const source = new PassThrough()
    const begun = blobs.write(source)
    while ((await readdir(join(folder, 'blobs/.writing'))).length === 0) await new Promise(setImmediate)
    now += 10 * GRACE
    expect(await sweepUntilClean()).toBe(0)
    source.end('abc')
    expect((await begun).size).toBe(3)
  })

  test('what a dead server was writing goes', async () => {
    const file = join(folder, 'blobs/.writing', 'a'.repeat(32))
    await writeFile(file, 'half')
    await utimes(file, new Date(now - 2 * GRACE), new Date(now - 2 * GRACE))
    expect(await sweepUntilClean()).toBe(1)
    expect(await readdir(join(folder, 'blobs/.writing'))).toEqual([])
  })

  test('folders of attempts go with the attempt, and those of an earlier boot at the next start', async () => {
    const root = join(folder, 'attempts')
    await mkdir(join(root, 'a-dead'), { recursive: true })
    await writeFile(join(root, 'a-dead/source'), 'x')
    await emptyFolder(root)
    expect(await readdir(root)).toEqual([])
    const folders = new AttemptFolders(root)
    const attempt = await folders.make(null)
    await writeFile(attempt.output, 'half a picture')
    attempt.remove()
    await folders.settled()
    expect(await readdir(root)).toEqual([])
  })

  // Root removes everything at once.
  test.skipIf(process.getuid?.() === 0)('a folder that cannot be removed now goes later', async () => {
    const root = join(folder, 'attempts')
    await emptyFolder(root)
    const folders = new AttemptFolders(root)
    const [first, second] = [await folders.make(null), await folders.make(null)]
    await writeFile(first.output, 'x')
    onTestFinished(() => chmod(join(first.output, '..'), 0o700).catch(() => undefined))
    await chmod(join(first.output, '..'), 0o500)
    first.remove()
    await folders.settled()
    expect(await readdir(root)).toHaveLength(2)
    await chmod(join(first.output, '..'), 0o700)
    second.remove()
    await folders.settled()
    expect(await readdir(root)).toEqual([])
  })
})
