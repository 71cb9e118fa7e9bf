import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BlobId, UploadId } from '../base/index.ts'
import { compareKeys, groupOf } from './key-order.ts'
import type { NewObject } from './object.ts'
import type { ObjectStore } from './object-store.ts'
import type { MultipartUpload, NewPart, UploadPlace, UploadQuery, UploadStore } from './upload-store.ts'

/** Stores without a bucket, and their clock, which stands still until it is set. */
export interface OpenUploadStore {
  readonly uploads: UploadStore
  readonly objects: ObjectStore
  setNow(ms: number): void
}

const BUCKET = 'demo-1250000000'
const START = Date.UTC(2026, 0, 1)

/** What every adapter of the upload store keeps. `open` gives stores without buckets; called once for each test. */
export function keepsTheUploadStoreContract(open: () => Promise<OpenUploadStore>): void {
  const openWithBucket = async (): Promise<OpenUploadStore> => {
    const store = await open()
    await store.objects.createBucket({ name: BUCKET, region: 'ap-test' })
    return store
  }
  const begun = async (uploads: UploadStore, key = 'a.bin'): Promise<UploadPlace & { upload: MultipartUpload }> => {
    const upload = await uploads.startUpload({
      bucket: BUCKET,
      key,
      contentType: 'image/png',
      headers: { 'x-cos-meta-a': 'b' },
      acl: 'public-read',
    })
    return { bucket: BUCKET, key, uploadId: upload.id, upload }
  }

  describe('keeps the upload store contract', () => {
    test('an upload keeps what was said at its beginning', async () => {
      const { uploads } = await openWithBucket()
      const { upload, ...place } = await begun(uploads, 'ünïcode/😀 %2F')
      expect(upload).toMatchObject({
        key: 'ünïcode/😀 %2F',
        contentType: 'image/png',
        headers: { 'x-cos-meta-a': 'b' },
        acl: 'public-read',
        startedAt: START,
        completed: null,
      })
      expect(await uploads.findUpload(place)).toEqual(upload)
    })

    test('needs a bucket', async () => {
      const { uploads } = await open()
      await expect(begun(uploads)).rejects.toMatchObject({ code: 'BucketNotFound' })
    })

    test('an id is good for its own bucket and key only', async () => {
      const { uploads, objects } = await openWithBucket()
      await objects.createBucket({ name: 'other-1', region: 'ap-test' })
      const { uploadId } = await begun(uploads)
      for (const place of [
        { bucket: 'other-1', key: 'a.bin', uploadId },
        { bucket: BUCKET, key: 'b.bin', uploadId },
        { bucket: BUCKET, key: 'a.bin', uploadId: 'x' as UploadId },
      ]) {
        expect(await uploads.findUpload(place)).toBeNull()
        for (const attempt of [
          () => uploads.keepPart(place, part(1)),
          () => uploads.listParts(place, 0, 9),
          () => uploads.abortUpload(place),
          () => uploads.completeUpload(place, [], objectOf(place)),
        ]) {
          await expect(attempt()).rejects.toMatchObject({ code: 'UploadNotFound' })
        }
      }
    })

    test('parts are listed by number, and one of the same number takes the place of another', async () => {
      const { uploads, objects, setNow } = await openWithBucket()
      const place = await begun(uploads)
      for (const number of [10_000, 2, 1]) {
        expect(await uploads.keepPart(place, part(number))).toEqual({ replaced: null, lastModified: START })
      }
      setNow(START + 5)
      const again = { ...part(2), blobId: blob('2b'), size: 5 * 1024 ** 3, crc64: '18446744073709551615' }
      expect(await uploads.keepPart(place, again)).toEqual({ replaced: blob('2'), lastModified: START + 5 })
      expect(await uploads.listParts(place, 0, 9)).toEqual([
        { ...part(1), lastModified: START },
        { ...again, lastModified: START + 5 },
        { ...part(10_000), lastModified: START },
      ])
      expect((await uploads.listParts(place, 1, 1)).map(({ number }) => number)).toEqual([2])
      expect(await objects.namedAmong([blob('1'), blob('2'), blob('2b'), blob('3')])).toEqual(
        expect.arrayContaining([blob('1'), blob('2b')]),
      )
      expect(await objects.namedAmong([blob('2'), blob('3')])).toEqual([])
    })

    test('a completion publishes the object and ends the upload in one step', async () => {
      const { uploads, objects } = await openWithBucket()
      const { upload, ...place } = await begun(uploads)
      for (const number of [1, 2, 3]) await uploads.keepPart(place, part(number))
      const whole = objectOf(place)
      const { object, released } = await uploads.completeUpload(place, [part(1), part(2)], whole)
      expect(object).toMatchObject(whole)
      expect([...released].sort()).toEqual([blob('1'), blob('2'), blob('3')])
      expect(await objects.findObject(BUCKET, 'a.bin')).toEqual(object)
      const completed = { etag: whole.etag, crc64: whole.crc64 }
      expect(await uploads.findUpload(place)).toEqual({ ...upload, completed })
      expect((await uploads.listUploads(query({}))).uploads).toEqual([])
      await expect(uploads.keepPart(place, part(4))).rejects.toMatchObject({ code: 'UploadNotFound' })
      await expect(uploads.abortUpload(place)).rejects.toMatchObject({ code: 'UploadNotFound' })
      await expect(uploads.completeUpload(place, [], whole)).rejects.toMatchObject({ code: 'UploadNotFound' })
    })

    test('a single part that becomes the object is not released', async () => {
      const { uploads } = await openWithBucket()
      const place = await begun(uploads)
      await uploads.keepPart(place, part(1))
      await uploads.keepPart(place, part(2))
      const { released } = await uploads.completeUpload(place, [part(1)], { ...objectOf(place), blobId: blob('1') })
      expect(released).toEqual([blob('2')])
    })

    test('a part that was uploaded anew meanwhile stops a completion, and nothing has happened', async () => {
      const { uploads, objects } = await openWithBucket()
      const place = await begun(uploads)
      await uploads.keepPart(place, part(1))
      const attempt = (parts: NewPart[]) => uploads.completeUpload(place, parts, objectOf(place))
      await expect(attempt([{ ...part(1), blobId: blob('9') }])).rejects.toMatchObject({ code: 'PartInvalid' })
      await expect(attempt([part(2)])).rejects.toMatchObject({ code: 'PartInvalid' })
      expect(await objects.findObject(BUCKET, 'a.bin')).toBeNull()
      expect(await uploads.listParts(place, 0, 9)).toHaveLength(1)
    })

    test('a completion that must not overwrite does not, and the upload stays open', async () => {
      const { uploads, objects } = await openWithBucket()
      const place = await begun(uploads)
      await uploads.keepPart(place, part(1))
      const before = await objects.publishObject(objectOf(place))
      const attempt = uploads.completeUpload(
        place,
        [part(1)],
        { ...objectOf(place), size: 1 },
        { forbidsOverwrite: true },
      )
      await expect(attempt).rejects.toMatchObject({ code: 'ObjectExists' })
      expect(await objects.findObject(BUCKET, 'a.bin')).toEqual(before)
      expect((await uploads.listUploads(query({}))).uploads).toHaveLength(1)
    })

    test('of many completions of one upload, one publishes', async () => {
      const { uploads } = await openWithBucket()
      const place = await begun(uploads)
      await uploads.keepPart(place, part(1))
      const attempts = Array.from({ length: 8 }, () => uploads.completeUpload(place, [part(1)], objectOf(place)))
      const outcomes = (await Promise.allSettled(attempts)).map((one) =>
        one.status === 'fulfilled' ? 'published' : one.reason.code,
      )
      expect(outcomes.sort()).toEqual([...Array.from({ length: 7 }, () => 'UploadNotFound'), 'published'].sort())
    })

    test('of parts of one number that come at once, one stays and every other is given back', async () => {
      const { uploads } = await openWithBucket()
      const place = await begun(uploads)
      const parts = Array.from({ length: 8 }, (_, n) => ({ ...part(1), blobId: blob(`c${n}`) }))
      const replaced = (await Promise.all(parts.map((one) => uploads.keepPart(place, one)))).map((one) => one.replaced)
      const left = (await uploads.listParts(place, 0, 9)).map(({ blobId }) => blobId)
      expect(left).toHaveLength(1)
      expect([...replaced.filter((id) => id !== null), ...left].sort()).toEqual(
        parts.map(({ blobId }) => blobId).sort(),
      )
    })

    test('an abort gives the blobs of the parts, and the upload is gone', async () => {
      const { uploads, objects } = await openWithBucket()
      const place = await begun(uploads)
      await uploads.keepPart(place, part(1))
      await uploads.keepPart(place, part(2))
      expect([...(await uploads.abortUpload(place))].sort()).toEqual([blob('1'), blob('2')])
      expect(await uploads.findUpload(place)).toBeNull()
      await expect(uploads.keepPart(place, part(1))).rejects.toMatchObject({ code: 'UploadNotFound' })
      expect(await objects.namedAmong([blob('1'), blob('2')])).toEqual([])
    })

    test('what nobody goes on with is forgotten, and so is what was completed', async () => {
      const { uploads, setNow } = await openWithBucket()
      const old = await begun(uploads, 'old')
      const touched = await begun(uploads, 'touched')
      const done = await begun(uploads, 'done')
      await uploads.keepPart(done, part(1))
      await uploads.completeUpload(done, [part(1)], objectOf(done))
      setNow(START + 1_000)
      await uploads.keepPart(touched, part(2))
      const before = { touched: START + 1_000, completed: START }
      expect(await uploads.removeUploads(before, 9)).toBe(1)
      expect(await uploads.findUpload(old)).toBeNull()
      expect(await uploads.findUpload(done)).not.toBeNull()
      expect(await uploads.removeUploads({ touched: START + 1_001, completed: START + 1 }, 1)).toBe(1)
      expect(await uploads.removeUploads({ touched: START + 1_001, completed: START + 1 }, 1)).toBe(1)
      expect(await uploads.removeUploads({ touched: START + 9_999, completed: START + 9_999 }, 1)).toBe(0)
      expect(await uploads.findUpload(touched)).toBeNull()
    })

    test('a bucket with an open upload is not empty, and one with a completed upload may go', async () => {
      const { uploads, objects } = await openWithBucket()
      const place = await begun(uploads)
      await expect(objects.removeBucket(BUCKET)).rejects.toMatchObject({ code: 'BucketNotEmpty' })
      await uploads.keepPart(place, part(1))
      await uploads.completeUpload(place, [part(1)], objectOf(place))
      await objects.removeObject(BUCKET, place.key)
      await objects.removeBucket(BUCKET)
      expect(await objects.findBucket(BUCKET)).toBeNull()
      expect(await uploads.findUpload(place)).toBeNull()
    })

    describe('lists', () => {
      test('uploads of one key in the order of their beginning, page by page', async () => {
        const { uploads, setNow } = await openWithBucket()
        const ids: string[] = []
        for (let n = 0; n < 3; n++) {
          setNow(START + n)
          ids.push((await begun(uploads, 'a')).uploadId)
        }
        const first = await uploads.listUploads(query({ maxUploads: 2 }))
        expect(first.uploads.map(({ id }) => id)).toEqual(ids.slice(0, 2))
        expect(first.next).toEqual({ key: 'a', uploadId: ids[1] })
        const second = await uploads.listUploads(query({ maxUploads: 2, keyMarker: 'a', uploadIdMarker: ids[1]! }))
        expect(second.uploads.map(({ id }) => id)).toEqual(ids.slice(2))
        expect(second.next).toBeNull()
        expect((await uploads.listUploads(query({ keyMarker: 'a' }))).uploads).toEqual([])
        expect((await uploads.listUploads(query({ maxUploads: 0 }))).next).toBeNull()
      })

      test('a complete walk tells everything once and in order, whatever the keys and pages', async () => {
        const piece = fc.constantFrom('a', 'b', '/', '夏', '😀')
        const text = (maxLength: number) => fc.string({ unit: piece, maxLength })
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.string({ unit: piece, minLength: 1, maxLength: 4 }), { maxLength: 12 }),
            text(1),
            fc.constantFrom('', '/'),
            fc.integer({ min: 1, max: 4 }),
            async (keys, prefix, delimiter, maxUploads) => {
              const { uploads } = await openWithBucket()
              const made = []
              for (const key of keys) made.push((await begun(uploads, key)).upload)
              const walked: string[] = []
              let next: { key: string; uploadId: string } | null = { key: '', uploadId: '' }
              while (next !== null) {
                const asked: UploadQuery = query({
                  prefix,
                  delimiter,
                  maxUploads,
                  keyMarker: next.key,
                  uploadIdMarker: next.uploadId,
                })
                const page = await uploads.listUploads(asked)
                const entries = [...page.uploads.map(nameOf), ...page.commonPrefixes].sort(compareKeys)
                expect(entries.length).toBeLessThanOrEqual(maxUploads)
                walked.push(...entries)
                next = page.next
              }
              const entries = made
                .filter(({ key }) => key.startsWith(prefix))
                .map((upload) => groupOf(upload.key, prefix, delimiter) ?? nameOf(upload))
              expect(walked).toEqual([...new Set(entries)].sort(compareKeys))
            },
          ),
          { numRuns: 40 },
        )
      })
    })
  })
}

/** Key and id in one text that sorts as the two do: no key holds NUL. */
function nameOf({ key, id }: MultipartUpload): string {
  return `${key}\0${id}`
}

function query(asked: Partial<UploadQuery>): UploadQuery {
  return { bucket: BUCKET, prefix: '', delimiter: '', keyMarker: '', uploadIdMarker: '', maxUploads: 1_000, ...asked }
}

function part(number: number): NewPart {
  return { number, blobId: blob(String(number)), size: 3, md5: '900150983cd24fb0d6963f7d28e17f72', crc64: '7' }
}

function objectOf({ bucket, key }: UploadPlace): NewObject {
  return {
    bucket,
    key,
    blobId: blob('whole'),
    size: 9,
    etag: `${'a'.repeat(32)}-3`,
    crc64: '9',
    contentType: 'image/png',
    headers: {},
    requestId: 'r',
    eventName: 'cos:ObjectCreated:CompleteMultipartUpload',
    origin: 'client',
  }
}

function blob(name: string): BlobId {
  return name.padStart(32, '0') as BlobId
}
