import { createHash, randomBytes } from 'node:crypto'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Grant, makeTemporaryKey } from '../../src/keys/index.ts'
import { slowCrc64 } from '../chaos/crc64.ts'
import { bucket as Bucket, type House, jobXml, region as Region, secretId, secretKey } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { suiteOf } from './kit.ts'
import type { Kit } from './operations.ts'

// biome-ignore lint/suspicious/noExplicitAny: what the kit gives, as it gives it
type Given = any

/** One of the two official SDKs in JavaScript, wherever it runs. */
export interface JavaScriptKit {
  readonly house: House
  /** A second bucket, whose settings are tried. A page can reach it. */
  readonly spare: string
  /** What a page must be allowed, as a rule of the bucket; none where nobody asks. */
  readonly corsRules: readonly object[]
  /** Calls a method of the SDK's object. Bytes go and come as `Buffer`; an error has the SDK's own fields. */
  call(method: string, params: object): Promise<Given>
  /** What `getObjectUrl` gives. */
  objectUrl(params: object): Promise<string>
  /** Sends to a URL as the environment of the SDK does: `fetch`. */
  fetch(url: string, options: { method: string; body?: string }): Promise<{ status: number; body: Buffer }>
  /** The same SDK with temporary keys. */
  withKeys(keys: { SecretId: string; SecretKey: string; SecurityToken: string }): Promise<JavaScriptKit['call']>
  close(): Promise<void>
}

const place = { Bucket, Region }
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')
const list = (value: Given): Given[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

/** What both have in common: they have the same methods, and the same program runs on either. */
export function javaScriptSuite(
  kit: Extract<Kit, 'Node' | 'Browser'>,
  open: () => Promise<JavaScriptKit>,
  more: (shows: Parameters<Parameters<typeof suiteOf>[1]>[0], kit: () => JavaScriptKit) => void = () => {},
): void {
  suiteOf(kit, (shows) => {
    let house: House
    let sdk: JavaScriptKit
    const call = (method: string, params: object = {}) => sdk.call(method, { ...place, ...params })
    const put = (Key: string, Body: unknown, params: object = {}) => call('putObject', { Key, Body, ...params })
    const refusal = async (calling: Promise<unknown>) =>
      calling.then(
        () => 'no error',
        (error: Given) => error.code as string,
      )
    const ci = async (Method: string, path: string, params: object = {}): Promise<Given> =>
      (
        await call('request', {
          Method,
          Key: path,
          Url: `http://${Bucket}.ci.${Region}.myqcloud.com/${path}`,
          ...params,
        })
      ).Response
    const xml = (Body: string) => ({ Body, ContentType: 'application/xml' })

    beforeAll(async () => {
      sdk = await open()
      house = sdk.house
      await house.put('pic.jpg', await jpeg(320, 200))
    })
    afterAll(() => sdk?.close())

    shows('Head Bucket', () => {
      test('one that is there, and one that is not', async () => {
        expect((await call('headBucket')).statusCode).toBe(200)
        await expect(sdk.call('headBucket', { Bucket: 'nobody-1250000000', Region })).rejects.toMatchObject({
          statusCode: 404,
        })
      })
    })

    shows('Get Bucket (list objects)', () => {
      test('prefix, delimiter, pages and names beyond ASCII', async () => {
        const names = ['l/a.txt', 'l/b/1.txt', 'l/b/2.txt', 'l/c 中+&.txt']
        for (const name of names) await put(name, name)
        const folded = await call('getBucket', { Prefix: 'l/', Delimiter: '/' })
        expect(list(folded.Contents).map((one) => one.Key)).toEqual(['l/a.txt', 'l/c 中+&.txt'])
        expect(list(folded.CommonPrefixes).map((one) => one.Prefix)).toEqual(['l/b/'])
        const encoded = await call('getBucket', { Prefix: 'l/', EncodingType: 'url' })
        expect(list(encoded.Contents).map((one) => decodeURIComponent(one.Key))).toEqual(names)
        const seen: string[] = []
        for (let Marker = ''; ; ) {
          const page = await call('getBucket', { Prefix: 'l/', MaxKeys: 2, Marker })
          seen.push(...list(page.Contents).map((one) => one.Key))
          if (String(page.IsTruncated) !== 'true') break
          Marker = page.NextMarker
        }
        expect(seen).toEqual(names)
      })
    })

    shows('Put and Get Bucket ACL', () => {
      test('public-read is written and read', async () => {
        const spare = { Bucket: sdk.spare, Region }
        await sdk.call('putBucketAcl', { ...spare, ACL: 'public-read' })
        expect((await sdk.call('getBucketAcl', spare)).ACL).toBe('public-read')
        await sdk.call('putObject', { ...spare, Key: 'free.txt', Body: 'free' })
        const host = `${sdk.spare}.cos.${Region}.pixmill.test`
        const anonymous = await house.send(host, { target: '/free.txt', signed: false })
        expect([anonymous.status, anonymous.text]).toEqual([200, 'free'])
      })
    })

    shows('Put, Get and Delete Bucket CORS', () => {
      test('rules are written, read and taken away', async () => {
        const spare = { Bucket: sdk.spare, Region }
        const rule = {
          AllowedOrigins: ['https://a.test', 'https://*.b.test'],
          AllowedMethods: ['GET', 'PUT'],
          AllowedHeaders: ['*'],
          ExposeHeaders: ['ETag'],
          MaxAgeSeconds: '600',
        }
        await sdk.call('putBucketCors', { ...spare, CORSRules: [...sdk.corsRules, rule] })
        const { CORSRules } = await sdk.call('getBucketCors', spare)
        expect(list(CORSRules).at(-1)).toMatchObject(rule)
        await sdk.call('deleteBucketCors', spare)
        const none = await house.send(`${sdk.spare}.cos.${Region}.pixmill.test`, { target: '/?cors' })
        expect([none.status, none.text]).toEqual([404, expect.stringContaining('NoSuchCORSConfiguration')])
        // The SDK takes that for "none" and gives an empty list.
        if (kit === 'Node') expect(list((await sdk.call('getBucketCors', spare)).CORSRules)).toEqual([])
      })
    })

    shows('Put Object', () => {
      test('text and bytes, with type and metadata', async () => {
        const Body = randomBytes(10_000)
        const stored = await put('o/bytes.bin', Body, {
          ContentType: 'application/x-own',
          Headers: { 'x-cos-meta-author': 'me' },
        })
        expect(stored.ETag).toBe(`"${md5(Body)}"`)
        const { headers } = await call('headObject', { Key: 'o/bytes.bin' })
        expect(headers).toMatchObject({ 'content-type': 'application/x-own', 'x-cos-meta-author': 'me' })
        expect(headers['x-cos-hash-crc64ecma']).toBe(slowCrc64(Body))
        expect((await put('o/text.txt', 'hello')).ETag).toBe(`"${md5(Buffer.from('hello'))}"`)
        await put('o/empty', '')
        expect((await call('headObject', { Key: 'o/empty' })).headers['content-length']).toBe('0')
      })
    })

    shows('Get Object', () => {
      test('what was put comes back', async () => {
        const Body = randomBytes(300_000)
        await put('g/big.bin', Body)
        expect(((await call('getObject', { Key: 'g/big.bin' })).Body as Buffer).equals(Body)).toBe(true)
        await expect(call('getObject', { Key: 'g/none' })).rejects.toMatchObject({ statusCode: 404 })
      })
    })

    shows('Get Object in ranges', () => {
      test('a part, the end, and a range outside', async () => {
        // An object each: a browser that has a part of one in its cache asks for other ranges than were signed.
        const text = async (name: string, Range: string) => {
          await put(name, '0123456789')
          return String((await call('getObject', { Key: name, Range })).Body)
        }
        expect(await text('g/range', 'bytes=2-4')).toBe('234')
        expect(await text('g/range of the end', 'bytes=-3')).toBe('789')
        await put('g/range outside', '0123456789')
        const outside = call('getObject', { Key: 'g/range outside', Range: 'bytes=20-30' })
        await expect(outside).rejects.toMatchObject({ statusCode: 416 })
      })
    })

    shows('Get Object with conditions', () => {
      test('If-Match and If-None-Match', async () => {
        const { ETag } = await put('g/conditions', 'as it was')
        expect(String((await call('getObject', { Key: 'g/conditions', IfMatch: ETag })).Body)).toBe('as it was')
        await expect(call('getObject', { Key: 'g/conditions', IfMatch: '"other"' })).rejects.toMatchObject({
          statusCode: 412,
        })
        await expect(call('getObject', { Key: 'g/conditions', IfNoneMatch: ETag })).rejects.toMatchObject({
          statusCode: 304,
        })
      })
    })

    shows('Get Object with other headers (response-*)', () => {
      test('type and disposition of the answer', async () => {
        await put('g/other', 'x')
        const { headers } = await call('getObject', {
          Key: 'g/other',
          ResponseContentType: 'text/x-own',
          ResponseContentDisposition: 'attachment; filename="a b+c.txt"',
        })
        expect(headers['content-type']).toContain('text/x-own')
        // A browser shows a page what CORS exposes, and this is not among it.
        if (kit === 'Node') expect(headers['content-disposition']).toBe('attachment; filename="a b+c.txt"')
      })
    })

    shows('Head Object', () => {
      test('the facts of one that is there, and 404', async () => {
        await put('h/a', 'four')
        expect((await call('headObject', { Key: 'h/a' })).headers).toMatchObject({
          'content-length': '4',
          etag: `"${md5(Buffer.from('four'))}"`,
        })
        await expect(call('headObject', { Key: 'h/none' })).rejects.toMatchObject({ statusCode: 404 })
      })
    })

    shows('Delete Object', () => {
      test('gone, and once more is no error', async () => {
        await put('d/a', 'x')
        await call('deleteObject', { Key: 'd/a' })
        await expect(call('headObject', { Key: 'd/a' })).rejects.toMatchObject({ statusCode: 404 })
        expect((await call('deleteObject', { Key: 'd/a' })).statusCode).toBe(204)
      })
    })

    shows('Delete Multiple Objects', () => {
      test('all of them, also one that was not there, also names that XML must write as references', async () => {
        const names = ['m/a', 'm/b 中', 'm/c&<d>.txt']
        for (const name of names) await put(name, 'x')
        const told = await call('deleteMultipleObject', { Objects: [...names, 'm/none'].map((Key) => ({ Key })) })
        expect(list(told.Deleted).map((one) => one.Key)).toEqual([...names, 'm/none'])
        expect(list((await call('getBucket', { Prefix: 'm/' })).Contents)).toEqual([])
      })
    })

    shows('Put Object - Copy', () => {
      test('bytes and metadata, or other metadata', async () => {
        await put('c/from 中.txt', 'copied', { Headers: { 'x-cos-meta-author': 'me' } })
        const CopySource = `${Bucket}.cos.${Region}.myqcloud.com/${encodeURIComponent('c/from 中.txt')}`
        const told = await call('putObjectCopy', { Key: 'c/to.txt', CopySource })
        expect(told.ETag).toBe(`"${md5(Buffer.from('copied'))}"`)
        expect((await call('headObject', { Key: 'c/to.txt' })).headers['x-cos-meta-author']).toBe('me')
        await call('putObjectCopy', {
          Key: 'c/other.txt',
          CopySource,
          MetadataDirective: 'Replaced',
          Headers: { 'x-cos-meta-author': 'you' },
        })
        expect((await call('headObject', { Key: 'c/other.txt' })).headers['x-cos-meta-author']).toBe('you')
        expect(await refusal(call('putObjectCopy', { Key: 'c/x', CopySource: `${CopySource}.none` }))).toBe('NoSuchKey')
      })
    })

    shows('Put and Get Object ACL', () => {
      test('public-read is written and read', async () => {
        await put('acl/free.txt', 'free')
        await call('putObjectAcl', { Key: 'acl/free.txt', ACL: 'public-read' })
        expect((await call('getObjectAcl', { Key: 'acl/free.txt' })).ACL).toBe('public-read')
        expect((await house.cos({ target: '/acl/free.txt', signed: false })).text).toBe('free')
        expect((await house.cos({ target: '/pic.jpg', signed: false })).status).toBe(403)
      })
    })

    shows('Metadata and keys beyond ASCII', () => {
      test('they come back as they were', async () => {
        const Key = "k/ä 中😀+%25&!(x)'*~#?=;:@,$[].txt"
        await put(Key, 'x', { Headers: { 'x-cos-meta-note': encodeURIComponent('grüße 中') } })
        const head = await call('headObject', { Key })
        expect(decodeURIComponent(head.headers['x-cos-meta-note'])).toBe('grüße 中')
        expect(list((await call('getBucket', { Prefix: 'k/' })).Contents).map((one) => one.Key)).toEqual([Key])
      })
    })

    shows('Pre-signed GET', () => {
      test('also with a rule, also with parameters for the answer', async () => {
        await put('s/a b.txt', 'signed')
        const url = await sdk.objectUrl({ ...place, Key: 's/a b.txt', Sign: true })
        expect(String((await sdk.fetch(url, { method: 'GET' })).body)).toBe('signed')
        const small = await sdk.objectUrl({
          ...place,
          Key: 'pic.jpg',
          Sign: true,
          Query: { 'imageMogr2/thumbnail/40x|imageMogr2/format/png': '' },
        })
        const { body } = await sdk.fetch(small, { method: 'GET' })
        expect(await sharp(body).metadata()).toMatchObject({ format: 'png', width: 40 })
        const broken = url.replace(/q-signature=\w/, (start) => `q-signature=${start.endsWith('0') ? '1' : '0'}`)
        expect((await sdk.fetch(broken, { method: 'GET' })).status).toBe(403)
      })
    })

    shows('Pre-signed PUT', () => {
      test('an upload without the keys', async () => {
        const url = await sdk.objectUrl({ ...place, Key: 's/up.txt', Sign: true, Method: 'PUT' })
        expect((await sdk.fetch(url, { method: 'PUT', body: 'uploaded' })).status).toBe(200)
        expect(String((await call('getObject', { Key: 's/up.txt' })).Body)).toBe('uploaded')
        expect((await sdk.fetch(url, { method: 'GET' })).status).toBe(403)
      })
    })

    shows('Initiate, Upload Part, Complete', () => {
      test('parts in any order make one object', async () => {
        const parts = [randomBytes(1024 * 1024), randomBytes(1024 * 1024), randomBytes(1000)]
        const { UploadId } = await call('multipartInit', { Key: 'p/a.bin', Headers: { 'x-cos-meta-author': 'me' } })
        const tags: { PartNumber: number; ETag: string }[] = []
        for (const PartNumber of [3, 1, 2]) {
          const Body = parts[PartNumber - 1]!
          const { ETag } = await call('multipartUpload', { Key: 'p/a.bin', UploadId, PartNumber, Body })
          expect(ETag).toBe(`"${md5(Body)}"`)
          tags.push({ PartNumber, ETag })
        }
        const Parts = tags.sort((one, other) => one.PartNumber - other.PartNumber)
        const done = await call('multipartComplete', { Key: 'p/a.bin', UploadId, Parts })
        const joined = createHash('md5')
          .update(Buffer.from(parts.map(md5).join(''), 'hex'))
          .digest('hex')
        expect(done.ETag).toBe(`"${joined}-3"`)
        const head = await call('headObject', { Key: 'p/a.bin' })
        expect(head.headers).toMatchObject({
          'x-cos-meta-author': 'me',
          'x-cos-hash-crc64ecma': slowCrc64(Buffer.concat(parts)),
        })
      })
    })

    shows('Abort Multipart Upload', () => {
      test('it is gone, and its parts with it', async () => {
        const { UploadId } = await call('multipartInit', { Key: 'p/gone.bin' })
        await call('multipartUpload', { Key: 'p/gone.bin', UploadId, PartNumber: 1, Body: 'x' })
        await call('multipartAbort', { Key: 'p/gone.bin', UploadId })
        expect(await refusal(call('multipartListPart', { Key: 'p/gone.bin', UploadId }))).toBe('NoSuchUpload')
      })
    })

    shows('List Parts', () => {
      test('what is there so far, in pages', async () => {
        const { UploadId } = await call('multipartInit', { Key: 'p/parts.bin' })
        for (const PartNumber of [1, 2, 5]) {
          await call('multipartUpload', { Key: 'p/parts.bin', UploadId, PartNumber, Body: `part ${PartNumber}` })
        }
        const all = await call('multipartListPart', { Key: 'p/parts.bin', UploadId })
        expect(list(all.Part).map((one) => [one.PartNumber, one.Size])).toEqual([
          ['1', '6'],
          ['2', '6'],
          ['5', '6'],
        ])
        const first = await call('multipartListPart', { Key: 'p/parts.bin', UploadId, MaxParts: 2 })
        expect([String(first.IsTruncated), String(first.NextPartNumberMarker)]).toEqual(['true', '2'])
      })
    })

    shows('List Multipart Uploads', () => {
      test('those that are under way', async () => {
        const { UploadId } = await call('multipartInit', { Key: 'q/under way.bin' })
        const { Upload } = await call('multipartList', { Prefix: 'q/', EncodingType: 'url' })
        expect(list(Upload)).toEqual([expect.objectContaining({ UploadId, Initiated: expect.any(String) })])
        expect(decodeURIComponent(list(Upload)[0].Key)).toBe('q/under way.bin')
      })
    })

    shows('Upload Part - Copy', () => {
      test('a range of another object as a part', async () => {
        await put('p/source.txt', '0123456789')
        const { UploadId } = await call('multipartInit', { Key: 'p/of copies.txt' })
        const { ETag } = await call('uploadPartCopy', {
          Key: 'p/of copies.txt',
          UploadId,
          PartNumber: 1,
          CopySource: `${Bucket}.cos.${Region}.myqcloud.com/p/source.txt`,
          CopySourceRange: 'bytes=2-5',
        })
        await call('multipartComplete', { Key: 'p/of copies.txt', UploadId, Parts: [{ PartNumber: 1, ETag }] })
        expect(String((await call('getObject', { Key: 'p/of copies.txt' })).Body)).toBe('2345')
      })
    })

    shows('Picture by a rule in the URL', () => {
      test('as a signed query and as plain text', async () => {
        const signed = await call('getObject', { Key: 'pic.jpg', Query: { 'imageMogr2/thumbnail/!50p': '' } })
        expect(await sharp(signed.Body).metadata()).toMatchObject({ width: 160, height: 100 })
        const plain = await call('getObject', { Key: 'pic.jpg', QueryString: 'imageMogr2/thumbnail/80x/format/png' })
        expect(await sharp(plain.Body).metadata()).toMatchObject({ format: 'png', width: 80 })
      })
    })

    shows('imageInfo', () => {
      test('the facts of a picture', async () => {
        const { Body } = await call('getObject', { Key: 'pic.jpg', QueryString: 'imageInfo' })
        expect(JSON.parse(String(Body))).toMatchObject({ format: 'jpeg', width: '320', height: '200' })
      })
    })

    const rules = JSON.stringify({
      is_pic_info: 1,
      rules: [{ fileid: '/po/small.webp', rule: 'imageMogr2/thumbnail/100x/format/webp' }],
    })

    shows('Pic-Operations on upload', () => {
      test('the picture is made, and the answer tells of it', async () => {
        const told = await put('po/in.jpg', await jpeg(200, 100), { Headers: { 'Pic-Operations': rules } })
        const { OriginalInfo, ProcessResults } = told.UploadResult
        expect(OriginalInfo).toMatchObject({ Key: 'po/in.jpg', ImageInfo: { Width: '200', Height: '100' } })
        expect(list(ProcessResults.Object)).toEqual([
          expect.objectContaining({ Key: 'po/small.webp', Width: '100', Height: '50' }),
        ])
        const made = await call('getObject', { Key: 'po/small.webp' })
        expect(await sharp(made.Body).metadata()).toMatchObject({ format: 'webp', width: 100 })
      })
    })

    shows('Pic-Operations on a stored object', () => {
      test('the same of an object that is there', async () => {
        const told = await call('request', {
          Key: 'pic.jpg',
          Method: 'POST',
          Action: 'image_process',
          Headers: { 'Pic-Operations': rules.replace('small', 'stored') },
        })
        expect(told.UploadResult.ProcessResults.Object).toMatchObject({ Key: 'po/stored.webp', Width: '100' })
      })
    })

    shows('Pic-Operations on an upload in parts', () => {
      test('the rules run once, when it is complete', async () => {
        const Headers = { 'Pic-Operations': rules.replace('small', 'parts') }
        const { UploadId } = await call('multipartInit', { Key: 'po/parts.jpg', Headers })
        const Body = await jpeg(200, 100)
        const { ETag } = await call('multipartUpload', { Key: 'po/parts.jpg', UploadId, PartNumber: 1, Body })
        await expect(call('headObject', { Key: 'po/parts.webp' })).rejects.toMatchObject({ statusCode: 404 })
        const told = await call('multipartComplete', {
          Key: 'po/parts.jpg',
          UploadId,
          Parts: [{ PartNumber: 1, ETag }],
          Headers,
        })
        expect(told.UploadResult.ProcessResults.Object).toMatchObject({ Key: 'po/parts.webp', Width: '100' })
      })
    })

    const job = (output: string, fields: object = {}) =>
      xml(jobXml({ input: 'pic.jpg', rule: 'imageMogr2/thumbnail/32x', output, ...fields }))
    const submitted = async (output: string, fields: object = {}): Promise<Given> =>
      (await ci('POST', 'jobs', job(output, fields))).JobsDetail

    shows('Open the service (picbucket)', () => {
      test('it is open, and may be opened again', async () => {
        expect((await ci('POST', 'picbucket')).PicBucket).toMatchObject({ Name: Bucket, Region })
        await ci('POST', 'picbucket')
      })
    })

    shows('Submit a job', () => {
      test('done, and the picture is there', async () => {
        const { JobId, State } = await submitted('j/a.jpg')
        expect(State).toBe('Submitted')
        await house.ended(JobId)
        expect(await sharp((await call('getObject', { Key: 'j/a.jpg' })).Body).metadata()).toMatchObject({ width: 32 })
      })
      test('a rule that is none is refused by name', async () => {
        await expect(ci('POST', 'jobs', job('j/x.jpg', { rule: 'imageMogr9/thumbnail/32x' }))).rejects.toMatchObject({
          code: expect.any(String),
          message: expect.stringContaining('imageMogr9'),
        })
      })
    })

    shows('Describe a job', () => {
      test('its story', async () => {
        const { JobId } = await submitted('j/b.jpg')
        await house.ended(JobId)
        const { JobsDetail } = await ci('GET', `jobs/${JobId}`)
        expect(JobsDetail).toMatchObject({ JobId, State: 'Success', Tag: 'PicProcess' })
      })
    })

    shows('Describe several jobs', () => {
      test('those that are there, and the names of those that are not', async () => {
        const one = await submitted('j/c.jpg')
        const other = await submitted('j/d.jpg')
        const none = `c${'0'.repeat(32)}`
        const told = await ci('GET', `jobs/${one.JobId},${other.JobId},${none}`)
        expect(
          list(told.JobsDetail)
            .map((each) => each.JobId)
            .sort(),
        ).toEqual([one.JobId, other.JobId].sort())
        expect(list(told.NonExistJobIds)).toEqual([none])
      })
    })

    const queue = async (): Promise<Given> => list((await ci('GET', 'picqueue')).QueueList)[0]
    const setQueue = async (State: string, notify: string): Promise<Given> => {
      const { QueueId, Name } = await queue()
      const body = `<Request><Name>${Name}</Name><State>${State}</State><NotifyConfig>${notify}</NotifyConfig></Request>`
      return (await ci('PUT', `picqueue/${QueueId}`, xml(body))).Queue
    }
    const silent = '<State>Off</State>'

    shows('List jobs', () => {
      test('by state and queue, page by page', async () => {
        const { QueueId } = await queue()
        const Query = { tag: 'PicProcess', queueId: QueueId, orderByTime: 'Desc', states: 'All', size: '2' }
        const first = await ci('GET', 'jobs', { Query })
        expect(list(first.JobsDetail)).toHaveLength(2)
        const next = await ci('GET', 'jobs', { Query: { ...Query, nextToken: first.NextToken } })
        const ids = [...list(first.JobsDetail), ...list(next.JobsDetail)].map((each) => each.JobId)
        expect(new Set(ids).size).toBe(ids.length)
      })
    })

    shows('Cancel a job', () => {
      test('one that waits', async () => {
        await setQueue('Paused', silent)
        const { JobId } = await submitted('j/never.jpg')
        await ci('PUT', `jobs/${JobId}`, { Query: { cancel: '' } })
        expect((await ci('GET', `jobs/${JobId}`)).JobsDetail.State).toBe('Cancel')
        await setQueue('Active', silent)
      })
    })

    shows('List queues', () => {
      test('the one of the bucket', async () => {
        expect(await queue()).toMatchObject({ QueueId: expect.stringMatching(/^p/), State: 'Active' })
      })
    })

    shows('Pause a queue', () => {
      test('paused, and active again', async () => {
        expect((await setQueue('Paused', silent)).State).toBe('Paused')
        expect((await setQueue('Active', silent)).State).toBe('Active')
      })
    })

    shows('Change the callback of a queue', () => {
      test('a job of it is told to the new address', async () => {
        const notify = `<Url>${house.receiver.url}</Url><State>On</State><Type>Url</Type><Event>TaskFinish</Event><ResultFormat>JSON</ResultFormat>`
        expect((await setQueue('Active', notify)).NotifyConfig).toMatchObject({ Url: house.receiver.url, State: 'On' })
        const { JobId } = await submitted('j/told.jpg')
        // Jobs of before may still be on their way, and are told there, too.
        expect(JSON.parse((await house.receiver.about(JobId)).body).EventName).toBe('TaskFinish')
        await setQueue('Active', silent)
      })
    })

    shows('Create, list, update and delete templates', () => {
      test('from its making to its end', async () => {
        const body = (width: number) =>
          xml(
            `<Request><Tag>PicProcess</Tag><Name>small-${kit}</Name><PicProcess><IsPicInfo>true</IsPicInfo><ProcessRule>imageMogr2/thumbnail/${width}x</ProcessRule></PicProcess></Request>`,
          )
        const { TemplateId } = (await ci('POST', 'template', body(64))).Template
        const found = await ci('GET', 'template', { Query: { ids: TemplateId } })
        expect(list(found.TemplateList)).toEqual([expect.objectContaining({ TemplateId, Name: `small-${kit}` })])
        await ci('PUT', `template/${TemplateId}`, body(48))
        const { JobId } = (
          await ci('POST', 'jobs', xml(jobXml({ input: 'pic.jpg', templateId: TemplateId, output: 't/48.jpg' })))
        ).JobsDetail
        await house.ended(JobId)
        expect((await sharp((await call('getObject', { Key: 't/48.jpg' })).Body).metadata()).width).toBe(48)
        const named = await ci('GET', 'template', { Query: { name: 'small', pageNumber: '1', pageSize: '10' } })
        expect([list(named.TemplateList).map((one) => one.TemplateId), named.TotalCount]).toEqual([[TemplateId], '1'])
        await ci('DELETE', `template/${TemplateId}`)
        expect(list((await ci('GET', 'template', { Query: { ids: TemplateId } })).TemplateList)).toEqual([])
      })
    })

    const workflowXml = (name: string, prefix: string, state = 'Active') =>
      xml(
        `<Request><MediaWorkflow><Name>${name}</Name><State>${state}</State><Topology><Dependencies><Start>PicProcess_1</Start><PicProcess_1>End</PicProcess_1></Dependencies><Nodes><Start><Type>Start</Type><Input><ObjectPrefix>${prefix}</ObjectPrefix></Input></Start><PicProcess_1><Type>PicProcess</Type><Operation><PicProcess><ProcessRule>imageMogr2/thumbnail/20x</ProcessRule></PicProcess><Output><Region>${Region}</Region><Bucket>${Bucket}</Bucket><Object>flow-out/\${RunId}/\${InputName}.jpg</Object></Output></Operation></PicProcess_1></Nodes></Topology></MediaWorkflow></Request>`,
      )
    const made = async (name: string, prefix: string, state?: string): Promise<Given> =>
      (await ci('POST', 'workflow', workflowXml(name, prefix, state))).MediaWorkflow

    shows('Update a workflow', () => {
      test('one that is paused; an active one is refused', async () => {
        const { WorkflowId } = await made(`before-${kit}`, 'flow-before/', 'Paused')
        const body = workflowXml(`after-${kit}`, 'flow-after/', 'Active')
        const changed = (await ci('PUT', `workflow/${WorkflowId}`, body)).MediaWorkflow
        expect(changed).toMatchObject({ WorkflowId, Name: `after-${kit}`, State: 'Active' })
        expect(changed.Topology.Nodes.Start.Input.ObjectPrefix).toBe('flow-after/')
        expect(await refusal(ci('PUT', `workflow/${WorkflowId}`, body))).toBe('ActiveWorkflowForbiddenUpdate')
      })
    })

    shows('Create a workflow', () => {
      test('an upload below its prefix starts it', async () => {
        const { WorkflowId } = await made(`made-${kit}`, 'flow-in/')
        await put('flow-in/a.jpg', await jpeg(100, 100))
        const Query = { workflowId: WorkflowId }
        let runs: Given[] = []
        while (runs[0]?.State !== 'Success') {
          runs = list((await ci('GET', 'workflowexecution', { Query })).WorkflowExecutionList)
          expect(['Success', 'Running', 'Submitted', undefined]).toContain(runs[0]?.State)
        }
        expect(runs).toHaveLength(1)
      })
    })

    shows('Activate and pause a workflow', () => {
      test('by parameter', async () => {
        const { WorkflowId } = await made(`paused-${kit}`, 'flow-paused/', 'Paused')
        const state = async () =>
          list((await ci('GET', 'workflow', { Query: { ids: WorkflowId } })).MediaWorkflowList)[0].State
        await ci('PUT', `workflow/${WorkflowId}`, { Query: { active: '' } })
        expect(await state()).toBe('Active')
        await ci('PUT', `workflow/${WorkflowId}`, { Query: { paused: '' } })
        expect(await state()).toBe('Paused')
      })
    })

    shows('List workflows', () => {
      test('all of the bucket', async () => {
        const { WorkflowId } = await made(`listed-${kit}`, 'flow-listed/', 'Paused')
        const told = await ci('GET', 'workflow', { Query: { pageNumber: '1', pageSize: '100' } })
        expect(list(told.MediaWorkflowList).map((one) => one.WorkflowId)).toContain(WorkflowId)
      })
    })

    shows('Trigger a workflow, read its runs', () => {
      test('over an object that is there', async () => {
        const { WorkflowId } = await made(`triggered-${kit}`, 'flow-none/')
        const Query = { workflowId: WorkflowId, object: 'pic.jpg' }
        const { InstanceId } = await ci('POST', 'triggerworkflow', { Query })
        let run: Given
        do {
          run = (await ci('GET', `workflowexecution/${InstanceId}`)).WorkflowExecution
        } while (run.State === 'Running' || run.State === 'Submitted')
        expect(run).toMatchObject({ RunId: InstanceId, WorkflowId, State: 'Success' })
        expect(list(run.Tasks).map((task) => task.State)).toEqual(['Success'])
      })
    })

    shows('Delete a workflow', () => {
      test('one that is paused', async () => {
        const { WorkflowId } = await made(`deleted-${kit}`, 'flow-deleted/', 'Paused')
        await ci('DELETE', `workflow/${WorkflowId}`)
        const told = await ci('GET', 'workflow', { Query: { ids: WorkflowId } })
        expect(list(told.MediaWorkflowList)).toEqual([])
      })
    })

    shows('Start and cancel a batch', () => {
      test('over a prefix', async () => {
        for (const name of ['a', 'b']) await house.put(`batch/${name}.jpg`, await jpeg(40, 40))
        const body = `<Request><Name>all</Name><Type>Job</Type><Input><Prefix>batch/</Prefix></Input><Operation><Tag>PicProcess</Tag><JobParam><PicProcess><ProcessRule>imageMogr2/thumbnail/10x</ProcessRule></PicProcess></JobParam><Output><Region>${Region}</Region><Bucket>${Bucket}</Bucket><Object>batch-out/\${InputName}.jpg</Object></Output></Operation></Request>`
        const { JobId } = (await ci('POST', 'inventorytriggerjob', xml(body))).JobsDetail
        let batch: Given
        do {
          batch = (await ci('GET', `inventorytriggerjob/${JobId}`)).JobsDetail
        } while (batch.State === 'Submitted' || batch.State === 'Running')
        expect(batch.State).toBe('Success')
        expect(list((await call('getBucket', { Prefix: 'batch-out/' })).Contents)).toHaveLength(2)
        await setQueue('Paused', silent)
        const other = (await ci('POST', 'inventorytriggerjob', xml(body))).JobsDetail.JobId
        await ci('PUT', `inventorytriggerjob/${other}`, { Query: { cancel: '' } })
        expect((await ci('GET', `inventorytriggerjob/${other}`)).JobsDetail.State).toBe('Cancel')
        await setQueue('Active', silent)
      })
    })

    shows('Temporary keys', () => {
      test('they do what they are for, and nothing else', async () => {
        const grant: Grant = { buckets: [Bucket], permissions: ['read'] }
        const parent = {
          id: secretId,
          secret: secretKey,
          grant: { buckets: ['*'], permissions: ['administer'] } as Grant,
        }
        const {
          secretId: SecretId,
          secretKey: SecretKey,
          token,
        } = makeTemporaryKey(parent, grant, Date.now() + 600_000)
        const other = await sdk.withKeys({ SecretId, SecretKey, SecurityToken: token })
        expect((await other('headObject', { ...place, Key: 'pic.jpg' })).statusCode).toBe(200)
        expect(await refusal(other('putObject', { ...place, Key: 'x', Body: 'x' }))).toBe('AccessDenied')
        const mistaken = await sdk.withKeys({ SecretId, SecretKey, SecurityToken: `${token}x` })
        await expect(mistaken('getBucket', place)).rejects.toMatchObject({ statusCode: 403 })
      })
    })

    shows('Get Service (list buckets)', () => {
      test('the bucket is there, with its region', async () => {
        const { Buckets } = await sdk.call('getService', {})
        expect(list(Buckets)).toContainEqual(expect.objectContaining({ Name: Bucket, Location: Region }))
      })
    })

    shows('Put Bucket', () => {
      test('a bucket is made; again it is told that it is ours', async () => {
        const one = { Bucket: 'made-1250000000', Region }
        await sdk.call('putBucket', one)
        await expect(sdk.call('putBucket', one)).rejects.toMatchObject({ code: 'BucketAlreadyOwnedByYou' })
      })
    })

    shows('Delete Bucket', () => {
      test('an empty one goes, one with objects stays', async () => {
        const gone = { Bucket: 'gone-1250000000', Region }
        await sdk.call('putBucket', gone)
        await sdk.call('putObject', { ...gone, Key: 'a', Body: 'a' })
        await expect(sdk.call('deleteBucket', gone)).rejects.toMatchObject({ code: 'BucketNotEmpty' })
        await sdk.call('deleteObject', { ...gone, Key: 'a' })
        await sdk.call('deleteBucket', gone)
        await expect(sdk.call('headBucket', gone)).rejects.toMatchObject({ statusCode: 404 })
      })
    })

    more(shows, () => sdk)
  })
}

export const keys = { SecretId: secretId, SecretKey: secretKey }
