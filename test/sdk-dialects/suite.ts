import { createHash, randomBytes } from 'node:crypto'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTemporaryKey } from '../../src/keys/index.ts'
import type { XmlElement } from '../../src/wire/index.ts'
import { slowCrc64 } from '../chaos/crc64.ts'
import { breakingProxy } from '../compatibility/breaking-proxy.ts'
import { suiteOf } from '../compatibility/kit.ts'
import { type Answer, bucket, type House, jobXml, region, secretId, secretKey, startHouse } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { type Asked, all, type Dialect, md5Base64, md5Hex, type Place, rawSend, sendAs, textOf } from './dialect.ts'
import { signatureFields } from './signer.ts'

/** What an SDK sends for each call where they differ. */
export interface Wire {
  list(prefix: string, delimiter: string): Asked
  put(key: string, body: Buffer): Asked
  remove(keys: readonly string[]): Asked
  initiate(key: string): Asked
  part(key: string, uploadId: string, number: number, body: Buffer): Asked
  complete(key: string, uploadId: string, parts: readonly { number: number; tag: string }[]): Asked
  listParts(key: string, uploadId: string): Asked
  listUploads(prefix: string): Asked
  picture(key: string, rule: string): Asked
  imageProcess(key: string, rules: string): Asked
  submit(body: string): Asked
  describe(id: string): Asked
  describeMany(ids: readonly string[]): Asked
  listJobs(queueId: string): Asked
  cancel(id: string): Asked
  listQueues(): Asked
  updateQueue(id: string, body: string): Asked
  createTemplate(body: string): Asked
  findTemplate(id: string): Asked
  /** `null` when the SDK has no such call. */
  createWorkflow: ((body: string) => Asked) | null
  setWorkflow: ((id: string, state: 'active' | 'paused') => Asked) | null
  listWorkflows(): Asked
  trigger(workflowId: string, object: string): Asked
  cancelBatch(id: string): Asked
  /** Of an object, separate fields in the query: how names of parameters and values are written. */
  presigned: 'separate' | 'merged'
  /** Which header the token goes in on the host of jobs. */
  readonly tokenOfCi: string
}

const fail = (answer: Answer): never => {
  throw new Error(`${answer.status} ${answer.text}`)
}

/** The requests of one SDK, as recorded, against a running server; what its parser needs is checked in each answer. */
export function dialectSuite(dialect: Dialect, wire: Wire): void {
  suiteOf(dialect.kit, (shows) => {
    let house: House
    const send = (asked: Asked) => sendAs(dialect, house, asked)
    const ok = async (asked: Asked): Promise<Answer> => {
      const answer = await send(asked)
      return answer.status < 300 ? answer : fail(answer)
    }
    const get = (key: string, more: Partial<Asked> = {}) => send({ method: 'GET', key, ...more })

    beforeAll(async () => {
      house = await startHouse()
      await house.put('pic.jpg', await jpeg(320, 200))
      await ok({ at: 'ci', method: 'POST', key: 'picbucket' })
    })
    afterAll(() => house?.close())

    shows('Get Service (list buckets)', () => {
      test('the bucket is there', async () => {
        // Python adds these to the URL after signing.
        const unsignedQuery = dialect.kit === 'Python' ? 'marker=&max-keys=2000' : ''
        const root = (await ok({ at: 'service', method: 'GET', unsignedQuery })).xml()
        const buckets = all(root.children.find(({ name }) => name === 'Buckets')!, 'Bucket')
        expect(buckets.map((one) => [textOf(one, 'Name'), textOf(one, 'Location')])).toContainEqual([bucket, region])
      })
    })

    shows('Put Bucket', () => {
      test('ours already', async () => {
        const answer = await send({ method: 'PUT', unsignedHeaders: [['Content-Length', '0']] })
        expect([answer.status, textOf(answer.xml(), 'Code')]).toEqual([409, 'BucketAlreadyOwnedByYou'])
      })
    })

    shows('Delete Bucket', () => {
      test('an empty one', async () => {
        const gone = { bucket: 'gone-1250000000' }
        await ok({ ...gone, method: 'PUT', headers: [['Content-Length', '0']] })
        expect((await send({ ...gone, method: 'DELETE' })).status).toBe(204)
        expect((await send({ ...gone, method: 'HEAD' })).status).toBe(404)
      })
    })

    const subresource = (name: string): Pick<Asked, 'query'> => ({
      query: [[name, dialect.kit === 'Python' ? '' : null]],
    })

    shows('Put and Get Bucket ACL', () => {
      test('by header, read as a document', async () => {
        const open = { bucket: 'open-1250000000', ...subresource('acl') }
        await ok({ bucket: open.bucket, method: 'PUT', headers: [['Content-Length', '0']] })
        await ok({
          ...open,
          method: 'PUT',
          headers: [
            ['x-cos-acl', 'public-read'],
            ['Content-Length', '0'],
          ],
        })
        const root = (await ok({ ...open, method: 'GET' })).xml()
        expect([root.name, textOf(root, 'Owner/ID')]).toEqual(['AccessControlPolicy', expect.stringMatching(/./)])
        const list = root.children.find(({ name }) => name === 'AccessControlList')!
        expect(all(list, 'Grant').map((one) => textOf(one, 'Permission'))).toContain('READ')
      })
    })

    shows('Put, Get and Delete Bucket CORS', () => {
      test('rules as a document', async () => {
        const rule =
          '<CORSRule><ID>1</ID><AllowedMethod>PUT</AllowedMethod><AllowedOrigin>https://a.test</AllowedOrigin><AllowedHeader>*</AllowedHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>'
        const body = `<CORSConfiguration>${rule}</CORSConfiguration>`
        const at = subresource('cors')
        await ok({ ...at, method: 'PUT', body, headers: [['Content-MD5', md5Base64(body)]] })
        const root = (await ok({ ...at, method: 'GET' })).xml()
        expect([root.name, textOf(root, 'CORSRule/AllowedOrigin')]).toEqual(['CORSConfiguration', 'https://a.test'])
        expect((await send({ ...at, method: 'DELETE' })).status).toBe(204)
        expect((await send({ ...at, method: 'GET' })).status).toBe(404)
      })
    })

    shows('Put and Get Object ACL', () => {
      test('by header, read as a document', async () => {
        await ok(wire.put('acl', Buffer.from('free')))
        const at = { key: 'acl', ...subresource('acl') }
        await ok({
          ...at,
          method: 'PUT',
          headers: [
            ['x-cos-acl', 'public-read'],
            ['Content-Length', '0'],
          ],
        })
        expect((await ok({ ...at, method: 'GET' })).xml().name).toBe('AccessControlPolicy')
      })
    })

    shows('Head Bucket', () => {
      test('there', async () => expect((await send({ method: 'HEAD' })).status).toBe(200))
    })

    shows('Get Bucket (list objects)', () => {
      test('prefix and delimiter; names as this SDK asks for them', async () => {
        for (const key of ['l/a.txt', 'l/b/1.txt', 'l/c 中+&.txt']) await ok(wire.put(key, Buffer.from(key)))
        const asked = wire.list('l/', '/')
        const root = (await ok(asked)).xml()
        expect(root.name).toBe('ListBucketResult')
        const isEncoded = (asked.query ?? []).some(([name, value]) => name === 'encoding-type' && value === 'url')
        const name = (text: string) => (isEncoded ? decodeURIComponent(text) : text)
        expect(all(root, 'Contents').map((one) => name(textOf(one, 'Key')))).toEqual(['l/a.txt', 'l/c 中+&.txt'])
        expect(all(root, 'CommonPrefixes').map((one) => name(textOf(one, 'Prefix')))).toEqual(['l/b/'])
        if (isEncoded) expect(textOf(root, 'EncodingType')).toBe('url')
      })
    })

    shows('Put Object', () => {
      test('with what this SDK sends beside the bytes', async () => {
        const body = randomBytes(5_000)
        const answer = await ok(wire.put('o/a.bin', body))
        expect(answer.headers.etag).toBe(`"${md5Hex(body)}"`)
        expect((await get('o/a.bin')).body.equals(body)).toBe(true)
      })
    })

    shows('Put Object of unknown length', () => {
      test('in chunks', async () => {
        await ok({ method: 'PUT', key: 'o/chunks', body: 'in chunks', chunked: true })
        expect((await get('o/chunks')).text).toBe('in chunks')
      })
    })

    shows('Get Object', () => {
      test('and the error of one that is not there', async () => {
        await ok(wire.put('g/a', Buffer.from('a')))
        expect((await get('g/a')).text).toBe('a')
        const none = await get('g/none')
        expect([none.status, textOf(none.xml(), 'Code')]).toEqual([404, 'NoSuchKey'])
      })
    })

    shows('Get Object in ranges', () => {
      test('parts of a download', async () => {
        await ok(wire.put('g/range', Buffer.from('0123456789')))
        const query = dialect.kit === 'Go' ? ([['versionId', '']] as const) : []
        const answer = await get('g/range', { query, headers: [['Range', 'bytes=2-4']] })
        expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10'])
      })
    })

    shows('Get Object with conditions', () => {
      test('changed or not', async () => {
        const { headers } = await ok(wire.put('g/conditions', Buffer.from('as it was')))
        const tag = String(headers.etag)
        expect((await get('g/conditions', { headers: [['If-Match', tag]] })).status).toBe(200)
        expect((await get('g/conditions', { headers: [['If-Match', '"other"']] })).status).toBe(412)
        expect((await get('g/conditions', { headers: [['If-None-Match', tag]] })).status).toBe(304)
      })
    })

    shows('Get Object with other headers (response-*)', () => {
      test('a space and a plus in a value', async () => {
        await ok(wire.put('g/other', Buffer.from('x')))
        const query = [['response-content-disposition', 'attachment; filename=a b+c.txt']] as const
        expect((await get('g/other', { query })).headers['content-disposition']).toBe('attachment; filename=a b+c.txt')
      })
    })

    shows('Head Object', () => {
      test('there, and not', async () => {
        await ok(wire.put('h/a', Buffer.from('four')))
        expect((await send({ method: 'HEAD', key: 'h/a' })).headers['content-length']).toBe('4')
        expect((await send({ method: 'HEAD', key: 'h/none' })).status).toBe(404)
      })
    })

    shows('Delete Object', () => {
      test('there or not', async () => {
        await ok(wire.put('d/a', Buffer.from('x')))
        for (const _ of [1, 2]) expect((await send({ method: 'DELETE', key: 'd/a' })).status).toBe(204)
      })
    })

    shows('Delete Multiple Objects', () => {
      test('with Content-MD5', async () => {
        for (const key of ['m/a', 'm/b&c']) await ok(wire.put(key, Buffer.from('x')))
        const answer = await ok(wire.remove(['m/a', 'm/b&c']))
        const root = answer.xml()
        expect(root.name).toBe('DeleteResult')
        expect(all(root, 'Deleted').map((one) => textOf(one, 'Key'))).toEqual(['m/a', 'm/b&c'])
      })
    })

    shows('Put Object - Copy', () => {
      test('from the official name of the bucket', async () => {
        await ok(wire.put('c/from 中', Buffer.from('copied')))
        const source = `${bucket}.cos.${region}.myqcloud.com/${dialect.encodeKey('c/from 中')}`
        const answer = await ok({
          method: 'PUT',
          key: 'c/to',
          headers: [
            ['x-cos-copy-source', source],
            ['Content-Length', '0'],
          ],
        })
        expect(answer.xml().name).toBe('CopyObjectResult')
        expect(textOf(answer.xml(), 'ETag').replaceAll('"', '')).toBe(md5Hex('copied'))
        expect((await get('c/to')).text).toBe('copied')
      })
    })

    if (dialect.kit === 'Go') {
      shows('Options Object (preflight)', () => {
        test('allowed by a rule of the bucket, and refused', async () => {
          const asked = (origin: string): Asked => ({
            method: 'OPTIONS',
            key: 'any',
            headers: [
              ['Origin', origin],
              ['Access-Control-Request-Method', 'PUT'],
              ['Access-Control-Request-Headers', 'x-cos-meta-a'],
            ],
          })
          const at = { bucket: 'asked-1250000000' }
          await ok({ ...at, method: 'PUT', headers: [['Content-Length', '0']] })
          const body =
            '<CORSConfiguration><CORSRule><AllowedMethod>PUT</AllowedMethod><AllowedOrigin>https://a.test</AllowedOrigin><AllowedHeader>*</AllowedHeader></CORSRule></CORSConfiguration>'
          await ok({ ...at, ...subresource('cors'), method: 'PUT', body })
          const allowed = await ok({ ...at, ...asked('https://a.test') })
          expect(allowed.headers['access-control-allow-origin']).toBe('https://a.test')
          expect((await send({ ...at, ...asked('https://b.test') })).status).toBe(403)
        })
      })
    }

    shows('Metadata and keys beyond ASCII', () => {
      test('bytes of UTF-8 in headers, and every letter in keys', async () => {
        const key = "k/ä 中😀+%25&!(x)'*~#?=;:@,$[].txt"
        const name = dialect.kit === 'Go' ? 'X-Cos-Meta-Note' : 'x-cos-meta-note'
        await ok({
          ...wire.put(key, Buffer.from('x')),
          headers: [...(wire.put(key, Buffer.from('x')).headers ?? []), [name, 'grüße 中']],
        })
        const head = await send({ method: 'HEAD', key })
        expect(Buffer.from(String(head.headers['x-cos-meta-note']), 'latin1').toString('utf8')).toBe('grüße 中')
      })
    })

    const host = `${bucket}.cos.${region}.pixmill.test`
    /** A URL as this SDK writes it, without scheme and host. */
    const presigned = (method: string, key: string): string => {
      const now = Math.floor(Date.now() / 1000)
      const headers = [['host', host]] as const
      const parameters = wire.presigned === 'merged' ? ([['response-content-type', 'text/x-own']] as const) : []
      const fields = signatureFields(
        { method, path: `/${key}`, parameters, headers },
        { secretId, secretKey },
        `${now};${now + 600}`,
      )
      const written =
        wire.presigned === 'merged'
          ? `response-content-type=text%2Fx-own&sign=${encodeURIComponent(fields.map((pair) => pair.join('=')).join('&'))}`
          : fields.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
      return `/${dialect.encodeKey(key)}?${written}`
    }

    shows('Pre-signed GET', () => {
      test('as this SDK writes the URL', async () => {
        await ok(wire.put('s/a b.txt', Buffer.from('signed')))
        const target = presigned('GET', 's/a b.txt')
        const answer = await rawSend(house, 'GET', target, [['Host', host]])
        expect([answer.status, answer.text]).toEqual([200, 'signed'])
        const broken = await rawSend(house, 'GET', target.replace('a%20b', 'a%20c'), [['Host', host]])
        expect(broken.status).toBe(403)
      })
    })

    shows('Pre-signed PUT', () => {
      test('an upload without the keys', async () => {
        const target = presigned('PUT', 's/up load.txt')
        const length = [['Content-Length', '8']] as const
        const answer = await rawSend(house, 'PUT', target, [['Host', host], ...length], Buffer.from('uploaded'))
        expect([answer.status, answer.text]).toEqual([200, ''])
        expect((await get('s/up load.txt')).text).toBe('uploaded')
      })
    })

    shows('Temporary keys', () => {
      test('the token in the header of this SDK, on both hosts', async () => {
        const parent = {
          id: secretId,
          secret: secretKey,
          grant: { buckets: ['*'], permissions: ['administer' as const] },
        }
        const grant = { buckets: [bucket], permissions: ['read' as const] }
        const temporary = makeTemporaryKey(parent, grant, Date.now() + 600_000)
        const token = (name: string) =>
          dialect.signs(name)
            ? { headers: [[name, temporary.token] as const] }
            : { unsignedHeaders: [[name, temporary.token] as const] }
        const cos = await sendAs(
          dialect,
          house,
          { method: 'HEAD', key: 'pic.jpg', ...token('x-cos-security-token') },
          temporary,
        )
        expect(cos.status).toBe(200)
        const ci = await sendAs(dialect, house, { ...wire.listQueues(), ...token(wire.tokenOfCi) }, temporary)
        expect(ci.status).toBe(200)
        expect((await sendAs(dialect, house, { method: 'HEAD', key: 'pic.jpg' }, temporary)).status).toBe(403)
      })
    })

    const upload = async (key: string, parts: readonly Buffer[], headers: Asked['headers'] = []): Promise<Answer> => {
      const started = (
        await ok({ ...wire.initiate(key), headers: [...(wire.initiate(key).headers ?? []), ...headers] })
      ).xml()
      expect(started.name).toBe('InitiateMultipartUploadResult')
      const uploadId = textOf(started, 'UploadId')
      const tags: { number: number; tag: string }[] = []
      for (const [index, body] of parts.entries()) {
        const told = await ok(wire.part(key, uploadId, index + 1, body))
        tags.push({ number: index + 1, tag: String(told.headers.etag) })
      }
      const listed = (await ok(wire.listParts(key, uploadId))).xml()
      expect(all(listed, 'Part').map((one) => textOf(one, 'Size'))).toEqual(parts.map((one) => String(one.length)))
      const asked = wire.complete(key, uploadId, tags)
      return ok({ ...asked, headers: [...(asked.headers ?? []), ...headers] })
    }

    shows('Initiate, Upload Part, Complete', () => {
      test('the sums of parts and whole', async () => {
        const parts = [randomBytes(1024 * 1024), randomBytes(10)]
        const done = await upload('p/a.bin', parts)
        const joined = createHash('md5')
          .update(Buffer.from(parts.map(md5Hex).join(''), 'hex'))
          .digest('hex')
        expect(done.xml().name).toBe('CompleteMultipartUploadResult')
        expect(textOf(done.xml(), 'ETag').replaceAll('"', '')).toBe(`${joined}-2`)
        expect(done.headers['x-cos-hash-crc64ecma']).toBe(slowCrc64(Buffer.concat(parts)))
        expect((await get('p/a.bin')).body.equals(Buffer.concat(parts))).toBe(true)
      })
    })

    const several = Array.from({ length: 8 }, () => randomBytes(1024 * 1024))
    /** Part after part in threes, as these SDKs do; one that breaks off is sent again, and told to be. */
    const uploadBy = async (via: Place, key: string): Promise<Answer> => {
      const uploadId = textOf((await ok(wire.initiate(key))).xml(), 'UploadId')
      const begun = (await ok(wire.listParts(key, uploadId))).xml()
      expect([all(begun, 'Part'), textOf(begun, 'IsTruncated')]).toEqual([[], 'false'])
      const retry = [['x-cos-sdk-retry', 'true'] as const]
      const again = dialect.kit === 'Java' ? { unsignedHeaders: retry } : { headers: retry }
      const sent: { number: number; tag: string }[] = []
      const sender = async (first: number): Promise<void> => {
        for (let number = first; number <= several.length; number += 3) {
          const asked = wire.part(key, uploadId, number, several[number - 1]!)
          const told = await sendAs(dialect, via, asked).catch(() => {
            const headers = [...(asked.headers ?? []), ...(again.headers ?? [])]
            return sendAs(dialect, via, { ...asked, ...again, headers })
          })
          sent.push({ number, tag: String(told.headers.etag) })
        }
      }
      await Promise.all([3, 1, 2].map(sender))
      const parts = sent.sort((one, other) => one.number - other.number)
      const listed = (await ok(wire.listParts(key, uploadId))).xml()
      expect(all(listed, 'Part').map((one) => textOf(one, 'ETag').replaceAll('"', ''))).toEqual(several.map(md5Hex))
      return ok(wire.complete(key, uploadId, parts))
    }

    shows('Upload of a large file', () => {
      test('8 MB in parts, and back in ranges', async () => {
        const whole = Buffer.concat(several)
        const done = await uploadBy(house, 'p/large.bin')
        expect(done.headers['x-cos-hash-crc64ecma']).toBe(slowCrc64(whole))
        expect((await send({ method: 'HEAD', key: 'p/large.bin' })).headers['content-length']).toBe(`${whole.length}`)
        for (const from of [0, 3 * 1024 * 1024, 6 * 1024 * 1024]) {
          const to = Math.min(from + 3 * 1024 * 1024, whole.length)
          const answer = await get('p/large.bin', { headers: [['Range', `bytes=${from}-${to - 1}`]] })
          expect([answer.status, answer.body.equals(whole.subarray(from, to))]).toEqual([206, true])
        }
      })
    })

    shows('Upload that goes on after a broken connection', () => {
      test('a part whose connection breaks is sent again', async () => {
        const proxy = await breakingProxy(new URL(house.app.url).host, (part, before) => part === 5 && before === 0)
        try {
          const done = await uploadBy({ app: { url: `http://${proxy.host}` } }, 'p/broken.bin')
          expect(proxy.broken).toEqual([5])
          expect(done.headers['x-cos-hash-crc64ecma']).toBe(slowCrc64(Buffer.concat(several)))
        } finally {
          await proxy.close()
        }
      })
    })

    shows('Upload Part - Copy', () => {
      test('a range of another object', async () => {
        await ok(wire.put('p/source', Buffer.from('0123456789')))
        const uploadId = textOf((await ok(wire.initiate('p/copied'))).xml(), 'UploadId')
        const told = await ok({
          method: 'PUT',
          key: 'p/copied',
          query: [
            ['partNumber', '1'],
            ['uploadId', uploadId],
          ],
          headers: [
            ['x-cos-copy-source', `${bucket}.cos.${region}.myqcloud.com/p/source`],
            ['x-cos-copy-source-range', 'bytes=2-5'],
            ['Content-Length', '0'],
          ],
        })
        expect(told.xml().name).toBe('CopyPartResult')
        const tag = textOf(told.xml(), 'ETag')
        await ok(wire.complete('p/copied', uploadId, [{ number: 1, tag }]))
        expect((await get('p/copied')).text).toBe('2345')
      })
    })

    shows('List Parts', () => {
      test('of an upload that is not there', async () => {
        const answer = await send(wire.listParts('p/none', '1234567890abcdef'))
        expect([answer.status, textOf(answer.xml(), 'Code')]).toEqual([404, 'NoSuchUpload'])
      })
    })

    shows('List Multipart Uploads', () => {
      test('those under way', async () => {
        const uploadId = textOf((await ok(wire.initiate('q/a 中.bin'))).xml(), 'UploadId')
        const root = (await ok(wire.listUploads('q/'))).xml()
        expect(root.name).toBe('ListMultipartUploadsResult')
        expect(all(root, 'Upload').map((one) => textOf(one, 'UploadId'))).toEqual([uploadId])
        expect(decodeURIComponent(textOf(all(root, 'Upload')[0]!, 'Key'))).toBe('q/a 中.bin')
        expect(textOf(all(root, 'Upload')[0]!, 'StorageClass')).not.toBe('')
      })
    })

    shows('Abort Multipart Upload', () => {
      test('gone', async () => {
        const uploadId = textOf((await ok(wire.initiate('q/gone'))).xml(), 'UploadId')
        const answer = await send({ method: 'DELETE', key: 'q/gone', query: [['uploadId', uploadId]] })
        expect(answer.status).toBe(204)
      })
    })

    shows('Picture by a rule in the URL', () => {
      test('a pipe and a percentage', async () => {
        const answer = await ok(wire.picture('pic.jpg', 'imageMogr2/thumbnail/!50p|imageMogr2/format/png'))
        expect(await sharp(answer.body).metadata()).toMatchObject({ format: 'png', width: 160 })
        // It would be compared with the bytes that came, and is of the source's.
        expect(answer.headers['x-cos-hash-crc64ecma']).toBeUndefined()
      })
    })

    shows('imageInfo', () => {
      test('the facts of a picture', async () => {
        const answer = await ok(wire.picture('pic.jpg', 'imageInfo'))
        expect(JSON.parse(answer.text)).toMatchObject({ width: '320', height: '200' })
      })
    })

    const rules = (name: string) =>
      JSON.stringify({
        is_pic_info: 1,
        rules: [{ bucket, fileid: `/po/${name}.webp`, rule: 'imageMogr2/thumbnail/100x/format/webp' }],
      })
    const madePicture = (answer: Answer): string => {
      // The answer to a completion has them among its own children, too.
      return textOf(answer.xml(), 'ProcessResults/Object/Key')
    }

    shows('Pic-Operations on upload', () => {
      test('the picture is made', async () => {
        const asked = wire.put('po/in.jpg', await jpeg(200, 100))
        const answer = await ok({ ...asked, headers: [...(asked.headers ?? []), ['Pic-Operations', rules('put')]] })
        expect(answer.xml().name).toBe('UploadResult')
        expect(madePicture(answer)).toBe('po/put.webp')
        expect((await send({ method: 'HEAD', key: 'po/put.webp' })).status).toBe(200)
      })
    })

    shows('Pic-Operations on a stored object', () => {
      test('the picture is made', async () => {
        expect(madePicture(await ok(wire.imageProcess('pic.jpg', rules('stored'))))).toBe('po/stored.webp')
      })
    })

    shows('Pic-Operations on an upload in parts', () => {
      test('made once it is complete', async () => {
        const done = await upload('po/parts.jpg', [await jpeg(200, 100)], [['Pic-Operations', rules('parts')]])
        expect(madePicture(done)).toBe('po/parts.webp')
      })
    })

    const job = (output: string, more: object = {}) =>
      jobXml({ input: 'pic.jpg', rule: 'imageMogr2/thumbnail/32x', output, ...more })
    const submitted = async (output: string): Promise<string> =>
      textOf((await ok(wire.submit(job(output)))).xml(), 'JobsDetail/JobId')

    shows('Open the service (picbucket)', () => {
      test('open', async () => {
        const answer = await ok({ at: 'ci', method: 'POST', key: 'picbucket' })
        expect(textOf(answer.xml(), 'PicBucket/Name')).toBe(bucket)
      })
    })

    shows('Submit a job', () => {
      test('done, and the picture is there', async () => {
        await house.ended(await submitted('j/a.jpg'))
        expect(await sharp((await get('j/a.jpg')).body).metadata()).toMatchObject({ width: 32 })
      })
      test('a refusal can be read', async () => {
        const answer = await send(wire.submit('<Request><Tag>PicProcess</Tag></Request>'))
        expect(answer.status).toBe(400)
        expect(textOf(answer.xml(), 'Message')).not.toBe('')
      })
    })

    shows('Describe a job', () => {
      test('its story', async () => {
        const id = await submitted('j/b.jpg')
        await house.ended(id)
        const root = (await ok(wire.describe(id))).xml()
        expect(root.name).toBe('Response')
        expect([textOf(root, 'JobsDetail/JobId'), textOf(root, 'JobsDetail/State')]).toEqual([id, 'Success'])
      })
    })

    shows('Describe several jobs', () => {
      test('two', async () => {
        const ids = [await submitted('j/c.jpg'), await submitted('j/d.jpg')]
        const root = (await ok(wire.describeMany(ids))).xml()
        expect(
          all(root, 'JobsDetail')
            .map((one) => textOf(one, 'JobId'))
            .sort(),
        ).toEqual([...ids].sort())
      })
    })

    const queueId = async (): Promise<string> => textOf((await ok(wire.listQueues())).xml(), 'QueueList/QueueId')
    const setQueue = async (state: string, notify = '<State>Off</State>'): Promise<XmlElement> => {
      const id = await queueId()
      const body = `<Request><Name>queue</Name><QueueID>${id}</QueueID><State>${state}</State><NotifyConfig>${notify}</NotifyConfig></Request>`
      return (await ok(wire.updateQueue(id, body))).xml()
    }

    shows('List jobs', () => {
      test('of a queue', async () => {
        const root = (await ok(wire.listJobs(await queueId()))).xml()
        expect(all(root, 'JobsDetail').length).toBeGreaterThan(1)
      })
    })

    shows('Cancel a job', () => {
      test('as this SDK says it', async () => {
        await setQueue('Paused')
        const id = await submitted('j/never.jpg')
        await ok(wire.cancel(id))
        expect(textOf((await ok(wire.describe(id))).xml(), 'JobsDetail/State')).toBe('Cancel')
        await setQueue('Active')
      })
    })

    shows('List queues', () => {
      test('with its state', async () => {
        const root = (await ok(wire.listQueues())).xml()
        expect(textOf(root, 'QueueList/State')).toBe('Active')
        expect(Number(textOf(root, 'TotalCount'))).toBeGreaterThan(0)
      })
    })

    shows('Pause a queue', () => {
      test('and let it go on', async () => {
        expect(textOf(await setQueue('Paused'), 'Queue/State')).toBe('Paused')
        expect(textOf(await setQueue('Active'), 'Queue/State')).toBe('Active')
      })
    })

    shows('Change the callback of a queue', () => {
      test('the next job is told there', async () => {
        await setQueue(
          'Active',
          `<Url>${house.receiver.url}</Url><State>On</State><Type>Url</Type><Event>TaskFinish</Event>`,
        )
        const id = await submitted('j/told.jpg')
        // Jobs of before may still be on their way, and are told there, too.
        expect((await house.receiver.about(id)).body).toContain('<EventName>TaskFinish</EventName>')
        await setQueue('Active')
      })
    })

    shows('Create, list, update and delete templates', () => {
      test('made, found, changed, deleted', async () => {
        const body = (width: number) =>
          `<Request><Tag>PicProcess</Tag><Name>small</Name><PicProcess><IsPicInfo>true</IsPicInfo><ProcessRule>imageMogr2/thumbnail/${width}x</ProcessRule></PicProcess></Request>`
        const id = textOf((await ok(wire.createTemplate(body(64)))).xml(), 'Template/TemplateId')
        const found = (await ok(wire.findTemplate(id))).xml()
        expect(all(found, 'TemplateList').map((one) => textOf(one, 'Name'))).toEqual(['small'])
        const changed = await ok({ ...wire.createTemplate(body(48)), method: 'PUT', key: `template/${id}` })
        expect(textOf(changed.xml(), 'Template/PicProcess/ProcessRule')).toBe('imageMogr2/thumbnail/48x')
        await ok({ at: 'ci', method: 'DELETE', key: `template/${id}` })
        const none = (await ok(wire.findTemplate(id))).xml()
        expect([all(none, 'TemplateList'), textOf(none, 'NonExistTIDs/TemplateId')]).toEqual([[], id])
      })
    })

    const flow = (name: string) =>
      `<Request><MediaWorkflow><Name>${name}</Name><State>Paused</State><Topology><Dependencies><Start>PicProcess_1</Start><PicProcess_1>End</PicProcess_1></Dependencies><Nodes><Start><Type>Start</Type><Input><ObjectPrefix>none/</ObjectPrefix></Input></Start><PicProcess_1><Type>PicProcess</Type><Operation><PicProcess><ProcessRule>imageMogr2/thumbnail/20x</ProcessRule></PicProcess><Output><Region>${region}</Region><Bucket>${bucket}</Bucket><Object>flow/\${RunId}/\${InputName}.jpg</Object></Output></Operation></PicProcess_1></Nodes></Topology></MediaWorkflow></Request>`
    const createFlow =
      wire.createWorkflow ?? ((body: string): Asked => ({ at: 'ci', method: 'POST', key: 'workflow', body }))
    const setFlow =
      wire.setWorkflow ??
      ((id: string, state: string): Asked => ({
        at: 'ci',
        method: 'PUT',
        key: `workflow/${id}`,
        query: [[state, null]],
      }))
    const made = async (name: string): Promise<string> =>
      textOf((await ok(createFlow(flow(name)))).xml(), 'MediaWorkflow/WorkflowId')

    if (wire.createWorkflow !== null) {
      shows('Create a workflow', () => {
        test('made', async () => expect(await made('made')).toMatch(/^w/))
      })
      shows('Update a workflow', () => {
        test('with another name', async () => {
          const id = await made('before')
          const changed = await ok({ ...createFlow(flow('after')), method: 'PUT', key: `workflow/${id}` })
          expect(textOf(changed.xml(), 'MediaWorkflow/Name')).toBe('after')
        })
      })
    }

    if (wire.setWorkflow !== null) {
      shows('Activate and pause a workflow', () => {
        test('as this SDK says it', async () => {
          const id = await made('states')
          await ok(setFlow(id, 'active'))
          await ok(setFlow(id, 'paused'))
        })
      })
    }

    shows('List workflows', () => {
      test('the list is the first child of the answer', async () => {
        await made('listed')
        const root = (await ok(wire.listWorkflows())).xml()
        expect([root.name, root.children[0]?.name]).toEqual(['Response', 'MediaWorkflowList'])
      })
    })

    shows('Trigger a workflow, read its runs', () => {
      test('a space in the name of the object', async () => {
        await house.put('a b.jpg', await jpeg(40, 40))
        const id = await made('triggered')
        await ok(setFlow(id, 'active'))
        const run = textOf((await ok(wire.trigger(id, 'a b.jpg'))).xml(), 'InstanceId')
        let state: string
        do {
          const told = (await ok({ at: 'ci', method: 'GET', key: `workflowexecution/${run}` })).xml()
          state = textOf(told, 'WorkflowExecution/State')
        } while (state === 'Running' || state === 'Submitted')
        expect(state).toBe('Success')
      })
    })

    shows('Delete a workflow', () => {
      test('gone', async () => {
        await ok({ at: 'ci', method: 'DELETE', key: `workflow/${await made('deleted')}` })
      })
    })

    shows('Start and cancel a batch', () => {
      test('cancelled as this SDK says it', async () => {
        await setQueue('Paused')
        const body = `<Request><Name>all</Name><Type>Job</Type><Input><Prefix>po/</Prefix></Input><Operation><TimeInterval></TimeInterval><Tag>PicProcess</Tag><JobParam><PicProcess><ProcessRule>imageMogr2/thumbnail/10x</ProcessRule></PicProcess></JobParam><Output><Region>${region}</Region><Bucket>${bucket}</Bucket><Object>batch/\${InputName}.jpg</Object></Output></Operation></Request>`
        const id = textOf(
          (await ok({ at: 'ci', method: 'POST', key: 'inventorytriggerjob', body })).xml(),
          'JobsDetail/JobId',
        )
        await ok(wire.cancelBatch(id))
        const told = (await ok({ at: 'ci', method: 'GET', key: `inventorytriggerjob/${id}` })).xml()
        expect(textOf(told, 'JobsDetail/State')).toBe('Cancel')
        await setQueue('Active')
      })
    })
  })
}
