import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BlobId } from '../base/index.ts'
import type { CorsRule } from './cors-rule.ts'
import { compareKeys, groupOf } from './key-order.ts'
import type { NewObject } from './object.ts'
import type { ObjectQuery, ObjectStore } from './object-store.ts'
import type { WriteConditions } from './write-conditions.ts'

/** A store without objects, and its clock, which stands still until it is set. */
export interface OpenObjectStore {
  readonly objects: ObjectStore
  setNow(ms: number): void
}

const BUCKET = 'demo-1250000000'
const strangeKeys = [
  'a.png',
  'deep/er/a.png',
  '/',
  '//',
  '../../etc/passwd',
  '.',
  'folder/',
  'a b+c%2F&=?#.png',
  'it\'s a "key"',
  '%_\\',
  'ünïcode 夏 😀.png',
  '\u{10ffff}',
  'line\nbreak\t',
  'x'.repeat(850),
]

/** What every adapter of the object store keeps. `open` gives a store without buckets; called once for each test. */
export function keepsTheObjectStoreContract(open: () => Promise<OpenObjectStore>): void {
  const openWithBucket = async (): Promise<OpenObjectStore> => {
    const store = await open()
    await store.objects.createBucket({ name: BUCKET, region: 'ap-test' })
    return store
  }

  describe('keeps the object store contract', () => {
    test('a bucket is made once, and the second time left as it is', async () => {
      const { objects, setNow } = await open()
      setNow(1_000)
      expect(await objects.createBucket({ name: BUCKET, region: 'ap-test' })).toBe(true)
      setNow(2_000)
      expect(await objects.createBucket({ name: BUCKET, region: 'elsewhere' })).toBe(false)
      expect(await objects.findBucket(BUCKET)).toEqual({
        name: BUCKET,
        region: 'ap-test',
        createdAt: 1_000,
        acl: 'private',
      })
      expect(await objects.findBucket('other-1')).toBeNull()
    })

    test('who wants to read is told of bucket and object at once, or which of them is missing', async () => {
      const { objects } = await openWithBucket()
      const stored = await objects.publishObject(newObject({ key: 'a.png', acl: 'public-read' }))
      await objects.setBucketAcl(BUCKET, 'public-read')
      const bucket = { ...(await objects.findBucket(BUCKET))!, isOriginProtected: false }
      expect(bucket.acl).toBe('public-read')
      // No blob lies anywhere here, so there are no bytes to bring along.
      expect(await objects.findToRead(BUCKET, 'a.png', 1_000)).toEqual({ bucket, object: stored, bytes: null })
      expect(await objects.findToRead(BUCKET, 'A.png', 1_000)).toEqual({ bucket, object: null, bytes: null })
      expect(await objects.findToRead('other-1', 'a.png', 1_000)).toBeNull()
    })

    describe('results of an object', () => {
      const originOf = { origin: 'operation' } as const

      test('are published together, in their order where two have one place', async () => {
        const { objects } = await openWithBucket()
        await objects.createBucket({ name: 'other-1', region: 'ap-test' })
        const source = await objects.publishObject(newObject({ key: 'a.png' }))
        await objects.publishResults(
          [
            newObject({ key: 'z.png', blobId: blob('2'), ...originOf }),
            newObject({ bucket: 'other-1', key: 'b.png', blobId: blob('3'), ...originOf }),
            newObject({ key: 'z.png', blobId: blob('4'), ...originOf }),
          ],
          source,
        )
        expect(await objects.findObject(BUCKET, 'z.png')).toMatchObject({ blobId: blob('4'), ...originOf })
        expect(await objects.findObject('other-1', 'b.png')).toMatchObject({ blobId: blob('3') })
        expect(await objects.findObject(BUCKET, 'a.png')).toEqual(source)
      })

      test('are all there, or none of them', async () => {
        const { objects } = await openWithBucket()
        const source = await objects.publishObject(newObject({ key: 'a.png' }))
        const results = [newObject({ key: 'b.png' }), newObject({ bucket: 'zzz-1', key: 'b.png' })]
        await expect(objects.publishResults(results, source)).rejects.toMatchObject({ code: 'BucketNotFound' })
        expect(await objects.findObject(BUCKET, 'b.png')).toBeNull()
      })

      test('take the place of their source, the last of them stays', async () => {
        const { objects } = await openWithBucket()
        const source = await objects.publishObject(newObject({ key: 'a.png' }))
        const results = [blob('2'), blob('3')].map((blobId) => newObject({ key: 'a.png', blobId, ...originOf }))
        await objects.publishResults(results, source)
        const now = await objects.findObject(BUCKET, 'a.png')
        expect(now).toMatchObject({ blobId: blob('3'), ...originOf })
        expect(now?.version).not.toBe(source.version)
      })

      test('leave alone what was put in the place of their source, or removed from it', async () => {
        const { objects } = await openWithBucket()
        const source = await objects.publishObject(newObject({ key: 'a.png' }))
        const newer = await objects.publishObject(newObject({ key: 'a.png', blobId: blob('2') }))
        const results = [newObject({ key: 'a.png', blobId: blob('3') }), newObject({ key: 'b.png', blobId: blob('4') })]
        await objects.publishResults(results, source)
        expect(await objects.findObject(BUCKET, 'a.png')).toEqual(newer)
        expect(await objects.findObject(BUCKET, 'b.png')).toMatchObject({ blobId: blob('4') })
        await objects.removeObject(BUCKET, 'a.png')
        await objects.publishResults(results, newer)
        expect(await objects.findObject(BUCKET, 'a.png')).toBeNull()
      })
    })

    test('buckets are listed by name', async () => {
      const { objects } = await open()
      for (const name of ['b-1', 'c-1', 'a-1']) await objects.createBucket({ name, region: 'ap-test' })
      expect((await objects.listBuckets()).map(({ name }) => name)).toEqual(['a-1', 'b-1', 'c-1'])
    })

    test.each(strangeKeys)('finds again what was published under %j, and removes it', async (key) => {
      const { objects, setNow } = await openWithBucket()
      setNow(1_234)
      const object = newObject({ key })
      const stored = await objects.publishObject(object)
      expect(stored).toEqual({
        ...object,
        version: stored.version,
        lastModified: 1_234,
        acl: 'default',
        batchId: null,
      })
      expect(await objects.findObject(BUCKET, key)).toEqual(stored)
      expect((await objects.listObjects(query({ prefix: key }))).objects).toEqual([stored])
      expect(await objects.removeObject(BUCKET, key)).toBe(true)
      expect(await objects.removeObject(BUCKET, key)).toBe(false)
      expect(await objects.findObject(BUCKET, key)).toBeNull()
    })

    test('all strange keys stand side by side, in bytewise order', async () => {
      const { objects } = await openWithBucket()
      for (const key of strangeKeys) await objects.publishObject(newObject({ key }))
      const page = await objects.listObjects(query({}))
      expect(page.objects.map(({ key }) => key)).toEqual([...strangeKeys].sort(compareKeys))
    })

    test('keeps every field', async () => {
      const { objects } = await openWithBucket()
      const object = newObject({
        size: 5 * 1024 ** 3,
        etag: `${'a'.repeat(32)}-7`,
        crc64: '18446744073709551615',
        contentType: 'text/plain; charset=x',
        headers: { 'cache-control': 'no-cache', 'x-cos-meta-author': 'b\u00e4r', 'x-cos-meta-__proto__': '"' },
        eventName: 'cos:ObjectCreated:CompleteMultipartUpload',
        origin: 'job',
        acl: 'public-read',
        batchId: 'b0',
      })
      expect(await objects.publishObject(object)).toMatchObject(object)
      expect(await objects.findObject(BUCKET, object.key)).toMatchObject(object)
    })

    test('publishing again replaces everything, in one step and with another version', async () => {
      const { objects } = await openWithBucket()
      const first = await objects.publishObject(newObject({ headers: { expires: 'never' } }))
      const second = await objects.publishObject(newObject({ blobId: blob('2'), headers: {}, size: 9 }))
      expect(second.version).not.toBe(first.version)
      expect(await objects.findObject(BUCKET, first.key)).toEqual(second)
    })

    test('of many that publish one key at once, one wins whole', async () => {
      const { objects } = await openWithBucket()
      const all = Array.from({ length: 20 }, (_, n) => newObject({ blobId: blob(String(n)), size: n, etag: `e${n}` }))
      const stored = await Promise.all(all.map((object) => objects.publishObject(object)))
      expect(new Set(stored.map(({ version }) => version)).size).toBe(20)
      expect(stored).toContainEqual(await objects.findObject(BUCKET, all[0]!.key))
    })

    test('a bucket that does not exist takes no objects', async () => {
      const { objects } = await open()
      await expect(objects.publishObject(newObject({}))).rejects.toMatchObject({ code: 'BucketNotFound' })
      expect(await objects.findObject(BUCKET, 'a.png')).toBeNull()
    })

    describe('writes with conditions', () => {
      const failure = (code: string) => expect.objectContaining({ code })

      test('one that must not overwrite finds nothing, or fails', async () => {
        const { objects } = await openWithBucket()
        const first = await objects.publishObject(newObject({}), { forbidsOverwrite: true })
        const second = objects.publishObject(newObject({ size: 9 }), { forbidsOverwrite: true })
        await expect(second).rejects.toEqual(failure('ObjectExists'))
        expect(await objects.findObject(BUCKET, first.key)).toEqual(first)
      })

      test('of many that must not overwrite, one writes', async () => {
        const { objects } = await openWithBucket()
        const attempts = Array.from({ length: 10 }, (_, n) =>
          objects.publishObject(newObject({ size: n }), { ifNoneMatch: '*' }),
        )
        const outcomes = await Promise.allSettled(attempts)
        const written = outcomes.filter((one) => one.status === 'fulfilled').map((one) => one.value)
        expect(written).toEqual([await objects.findObject(BUCKET, 'a.png')])
        for (const one of outcomes) {
          if (one.status === 'rejected') expect(one.reason).toEqual(failure('PreconditionFailed'))
        }
      })

      test('of many that replace the same version, one does', async () => {
        const { objects } = await openWithBucket()
        await objects.publishObject(newObject({ etag: 'first' }))
        const attempts = Array.from({ length: 10 }, (_, n) =>
          objects.publishObject(newObject({ etag: `e${n}` }), { ifMatch: '"first"' }),
        )
        const written = (await Promise.allSettled(attempts)).filter((one) => one.status === 'fulfilled')
        expect(written.map((one) => one.value)).toEqual([await objects.findObject(BUCKET, 'a.png')])
      })

      test('by ETag and by date', async () => {
        const { objects, setNow } = await openWithBucket()
        setNow(5_400)
        const write = (conditions: WriteConditions) => objects.publishObject(newObject({ etag: 'e' }), conditions)
        await expect(write({ ifMatch: '*' })).rejects.toEqual(failure('PreconditionFailed'))
        await write({ ifNoneMatch: '"x"', unmodifiedSince: 1 })
        await expect(write({ ifMatch: '"x"' })).rejects.toEqual(failure('PreconditionFailed'))
        await expect(write({ ifNoneMatch: '"x", "e"' })).rejects.toEqual(failure('PreconditionFailed'))
        await expect(write({ unmodifiedSince: 4 })).rejects.toEqual(failure('PreconditionFailed'))
        await write({ unmodifiedSince: 5 })
        await write({ ifMatch: '"x", e', unmodifiedSince: 4 })
      })
    })

    describe('copies', () => {
      const to = (key: string) => {
        const { blobId, size, etag, crc64, ...described } = newObject({ key, headers: { expires: 'x' } })
        return { ...described, eventName: 'cos:ObjectCreated:Copy' }
      }

      test('name the same blob, and say of it what they are told', async () => {
        const { objects } = await openWithBucket()
        const from = await objects.publishObject(newObject({ blobId: blob('7'), size: 7, etag: 'e7', crc64: '77' }))
        const copy = await objects.copyObject({ from, to: to('copy.png') })
        expect(copy).toMatchObject({ ...to('copy.png'), blobId: blob('7'), size: 7, etag: 'e7', crc64: '77' })
        expect(await objects.findObject(BUCKET, 'copy.png')).toEqual(copy)
        await objects.removeObject(BUCKET, from.key)
        expect(await objects.namedAmong([blob('7')])).toEqual([blob('7')])
      })

      test('are made of the version that is meant, or of none', async () => {
        const { objects } = await openWithBucket()
        const from = await objects.publishObject(newObject({}))
        await objects.publishObject(newObject({ blobId: blob('8') }))
        expect(await objects.copyObject({ from, to: to('copy.png') })).toBeNull()
        expect(await objects.findObject(BUCKET, 'copy.png')).toBeNull()
      })

      test('onto themselves, and not against their conditions', async () => {
        const { objects } = await openWithBucket()
        const from = await objects.publishObject(newObject({}))
        const again = await objects.copyObject({ from, to: to(from.key) })
        expect(again).toMatchObject({ blobId: from.blobId, headers: { expires: 'x' } })
        const refused = objects.copyObject({ from: again!, to: to(from.key), conditions: { forbidsOverwrite: true } })
        await expect(refused).rejects.toMatchObject({ code: 'ObjectExists' })
      })

      test('need a bucket', async () => {
        const { objects } = await openWithBucket()
        const from = await objects.publishObject(newObject({}))
        const attempt = objects.copyObject({ from, to: { ...to('a'), bucket: 'none-1' } })
        await expect(attempt).rejects.toMatchObject({ code: 'BucketNotFound' })
      })
    })

    test('many objects go in one step, and those of other buckets stay', async () => {
      const { objects } = await openWithBucket()
      await objects.createBucket({ name: 'other-1', region: 'ap-test' })
      for (const key of ['a', 'b', 'c']) await objects.publishObject(newObject({ key }))
      await objects.publishObject(newObject({ bucket: 'other-1', key: 'a' }))
      await objects.removeObjects(BUCKET, ['a', 'c', 'not there', ...Array.from({ length: 997 }, (_, n) => `x${n}`)])
      await objects.removeObjects(BUCKET, [])
      expect((await objects.listObjects(query({}))).objects.map(({ key }) => key)).toEqual(['b'])
      expect(await objects.findObject('other-1', 'a')).not.toBeNull()
    })

    test('an empty bucket goes, with what was set for it', async () => {
      const { objects } = await openWithBucket()
      await objects.publishObject(newObject({}))
      await expect(objects.removeBucket(BUCKET)).rejects.toMatchObject({ code: 'BucketNotEmpty' })
      expect(await objects.findBucket(BUCKET)).not.toBeNull()
      await objects.removeObject(BUCKET, 'a.png')
      await objects.removeBucket(BUCKET)
      await expect(objects.removeBucket(BUCKET)).rejects.toMatchObject({ code: 'BucketNotFound' })
      expect(await objects.createBucket({ name: BUCKET, region: 'ap-new', acl: 'public-read' })).toBe(true)
      expect(await objects.findBucket(BUCKET)).toMatchObject({ region: 'ap-new', acl: 'public-read' })
    })

    test('who may read without a signature is kept, for buckets and objects', async () => {
      const { objects } = await openWithBucket()
      await objects.setBucketAcl(BUCKET, 'public-read-write')
      expect(await objects.findBucket(BUCKET)).toMatchObject({ acl: 'public-read-write' })
      await expect(objects.setBucketAcl('none-1', 'private')).rejects.toMatchObject({ code: 'BucketNotFound' })
      const stored = await objects.publishObject(newObject({ acl: 'private' }))
      expect(await objects.setObjectAcl(BUCKET, stored.key, 'public-read')).toBe(true)
      expect(await objects.findObject(BUCKET, stored.key)).toEqual({ ...stored, acl: 'public-read' })
      expect(await objects.setObjectAcl(BUCKET, 'none', 'public-read')).toBe(false)
    })

    test('CORS rules are replaced as a whole', async () => {
      const { objects } = await openWithBucket()
      const rule: CorsRule = {
        id: 'one',
        origins: ['https://a.test'],
        methods: ['GET'],
        headers: ['*'],
        exposeHeaders: ['ETag'],
        maxAgeSeconds: 5,
      }
      expect(await objects.findCorsRules(BUCKET)).toEqual([])
      await objects.setCorsRules(BUCKET, [rule, { ...rule, id: null }])
      await objects.setCorsRules(BUCKET, [rule])
      expect(await objects.findCorsRules(BUCKET)).toEqual([rule])
      await objects.setCorsRules(BUCKET, [])
      expect(await objects.findCorsRules(BUCKET)).toEqual([])
      expect(await objects.findCorsRules('none-1')).toEqual([])
      await expect(objects.setCorsRules('none-1', [])).rejects.toMatchObject({ code: 'BucketNotFound' })
    })

    test('buckets do not see each other', async () => {
      const { objects } = await openWithBucket()
      await objects.createBucket({ name: 'other-1', region: 'ap-test' })
      await objects.publishObject(newObject({ bucket: 'other-1' }))
      expect(await objects.findObject(BUCKET, 'a.png')).toBeNull()
      expect((await objects.listObjects(query({}))).objects).toEqual([])
      expect(await objects.removeObject(BUCKET, 'a.png')).toBe(false)
    })

    test('tells which blobs are named', async () => {
      const { objects } = await openWithBucket()
      await objects.publishObject(newObject({ key: 'a', blobId: blob('1') }))
      await objects.publishObject(newObject({ key: 'b', blobId: blob('2') }))
      await objects.publishObject(newObject({ key: 'c', blobId: blob('2') }))
      await objects.publishObject(newObject({ key: 'a', blobId: blob('3') }))
      const many = Array.from({ length: 2_500 }, (_, n) => blob(String(n + 10)))
      const named = await objects.namedAmong([blob('1'), ...many, blob('2'), blob('3')])
      expect([...named].sort()).toEqual([blob('2'), blob('3')])
      expect(await objects.namedAmong([])).toEqual([])
    })

    describe('lists', () => {
      const published = async (keys: readonly string[]): Promise<ObjectStore> => {
        const { objects } = await openWithBucket()
        for (const key of keys) await objects.publishObject(newObject({ key }))
        return objects
      }
      const told = async (objects: ObjectStore, asked: Partial<ObjectQuery>) => {
        const page = await objects.listObjects(query(asked))
        return [page.objects.map(({ key }) => key), page.commonPrefixes, page.nextMarker]
      }

      test('what an empty bucket has', async () => {
        expect(await told(await published([]), { delimiter: '/' })).toEqual([[], [], null])
      })

      test('groups beside keys', async () => {
        const objects = await published(['a', 'b/1', 'b/2', 'c', 'd/1'])
        expect(await told(objects, { delimiter: '/' })).toEqual([['a', 'c'], ['b/', 'd/'], null])
        expect(await told(objects, { delimiter: '/', prefix: 'b' })).toEqual([[], ['b/'], null])
        expect(await told(objects, { delimiter: '/', prefix: 'b/' })).toEqual([['b/1', 'b/2'], [], null])
      })

      test('pages of one, which count keys and groups alike', async () => {
        const objects = await published(['a', 'b/1', 'b/2', 'c'])
        const page = (marker: string) => told(objects, { delimiter: '/', maxKeys: 1, marker })
        expect(await page('')).toEqual([['a'], [], 'a'])
        expect(await page('a')).toEqual([[], ['b/'], 'b/'])
        expect(await page('b/')).toEqual([['c'], [], null])
      })

      test('nothing for a page of none', async () => {
        expect(await told(await published(['a']), { maxKeys: 0 })).toEqual([[], [], null])
      })

      test('no further page when the last is exactly full', async () => {
        expect(await told(await published(['a', 'b']), { maxKeys: 2 })).toEqual([['a', 'b'], [], null])
      })

      test('a marker within a group skips the rest of the group, for the group is not after the marker', async () => {
        expect(await told(await published(['b/1', 'b/2', 'c']), { delimiter: '/', marker: 'b/1' })).toEqual([
          ['c'],
          [],
          null,
        ])
      })

      test('a marker that is no key, before and after the prefix', async () => {
        const objects = await published(['a/1', 'a/2', 'b/1'])
        expect(await told(objects, { prefix: 'a/', marker: 'Z' })).toEqual([['a/1', 'a/2'], [], null])
        expect(await told(objects, { prefix: 'a/', marker: 'a/11' })).toEqual([['a/2'], [], null])
        expect(await told(objects, { prefix: 'a/', marker: 'b' })).toEqual([[], [], null])
      })

      test('a complete walk tells everything once and in order, whatever the keys and pages', async () => {
        const piece = fc.constantFrom('a', 'b', '/', '-', '夏', '\uffef', '\u{10ffff}', '😀')
        const text = (maxLength: number) => fc.string({ unit: piece, maxLength })
        await fc.assert(
          fc.asyncProperty(
            fc.uniqueArray(fc.string({ unit: piece, minLength: 1, maxLength: 6 }), { maxLength: 25 }),
            text(2),
            fc.oneof(fc.constant(''), fc.constant('/'), text(2)),
            text(4),
            fc.integer({ min: 1, max: 6 }),
            async (keys, prefix, delimiter, marker, maxKeys) => {
              const objects = await published(keys)
              const walked: string[] = []
              let next: string | null = marker
              while (next !== null) {
                const page = await objects.listObjects(query({ prefix, delimiter, marker: next, maxKeys }))
                const entries = [...page.objects.map(({ key }) => key), ...page.commonPrefixes].sort(compareKeys)
                expect(entries.length).toBeLessThanOrEqual(maxKeys)
                if (page.nextMarker !== null) expect(page.nextMarker).toBe(entries.at(-1))
                walked.push(...entries)
                next = page.nextMarker
              }
              expect(walked).toEqual(modelWalk(keys, prefix, delimiter, marker))
            },
          ),
          { numRuns: 60 },
        )
      })
    })
  })
}

/** The same list by looking at every key. */
function modelWalk(keys: readonly string[], prefix: string, delimiter: string, marker: string): string[] {
  const entries = keys.filter((key) => key.startsWith(prefix)).map((key) => groupOf(key, prefix, delimiter) ?? key)
  return [...new Set(entries)].sort(compareKeys).filter((entry) => compareKeys(entry, marker) > 0)
}

function query(asked: Partial<ObjectQuery>): ObjectQuery {
  return { bucket: BUCKET, prefix: '', delimiter: '', marker: '', maxKeys: 1_000, ...asked }
}

function newObject(facts: Partial<NewObject>): NewObject {
  return {
    bucket: BUCKET,
    key: 'a.png',
    blobId: blob('1'),
    size: 3,
    etag: '900150983cd24fb0d6963f7d28e17f72',
    crc64: '0',
    contentType: 'image/png',
    headers: {},
    requestId: 'r',
    eventName: 'cos:ObjectCreated:Put',
    origin: 'client',
    ...facts,
  }
}

function blob(name: string): BlobId {
  return name.padStart(32, '0') as BlobId
}
