import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { crc64 } from '../../src/base/index.ts'
import { codeOf, md5Of, type ObjectDoor, openObjectDoor } from '../support/object-door.ts'
import { type RawAnswer, textOf } from '../support/raw-http.ts'

const HOST = 'demo-1250000000.cos.ap-test.localhost'
const NONE = 'Content-Length: 0'

let door: ObjectDoor
let call: ObjectDoor['call']

beforeAll(async () => {
  door = await openObjectDoor({ host: HOST })
  call = door.call
  for (const host of [HOST, 'other-1.cos.ap-test.localhost']) await call('PUT /', [NONE, `Host: ${host}`])
})
afterAll(() => door.close())

const all = (answer: RawAnswer, element: string) =>
  [...answer.body.toString().matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, value]) => value)

describe('PUT Object - Copy', () => {
  const copy = (path: string, ...headers: string[]) =>
    call(`PUT ${path}`, [
      NONE,
      ...(headers.some((header) => header.startsWith('x-cos-copy-source:'))
        ? headers
        : [`x-cos-copy-source: ${HOST}/copy/source.txt`, ...headers]),
    ])
  beforeAll(async () => {
    const headers = ['x-cos-meta-a: one', 'Cache-Control: max-age=5', 'x-cos-storage-class: STANDARD_IA']
    await call('PUT /copy/source.txt', headers, 'hello')
  })

  test('names the same bytes, with what was said of them, and says what they are', async () => {
    const answer = await copy('/copy/target.txt', 'Cache-Control:')
    expect([answer.status, textOf(answer, 'ETag'), textOf(answer, 'CRC64')]).toEqual([
      200,
      `"${md5Of('hello')}"`,
      crc64(Buffer.from('hello')),
    ])
    expect(answer.body.toString()).toMatch(/^<CopyObjectResult>.*<LastModified>20[^<]*\.000Z<\/LastModified>/)
    const read = await call('GET /copy/target.txt')
    expect(read.body.toString()).toBe('hello')
    expect([read.header('x-cos-meta-a'), read.header('Cache-Control'), read.header('Content-Type')]).toEqual([
      'one',
      'max-age=5',
      'text/plain',
    ])
    // The class of a copy is that of its own request.
    expect(read.header('x-cos-storage-class')).toBeUndefined()
    await call('DELETE /copy/source.txt', [NONE])
    expect((await call('GET /copy/target.txt')).body.toString()).toBe('hello')
    await call('PUT /copy/source.txt', ['x-cos-meta-a: one'], 'hello')
  })

  test.each([
    `x-cos-copy-source: ${HOST}/copy/source.txt`,
    `x-cos-copy-source: http://${HOST}:9000/copy/source.txt`,
    `x-cos-copy-source: /${HOST}/copy%2Fsource.txt?versionId=`,
    `x-cos-copy-source: DEMO-1250000000.cos.ap-test.localhost/copy/source.txt`,
    'x-cos-copy-source: 127.0.0.1:9000/demo-1250000000/copy/source.txt',
    'x-cos-copy-source: demo-1250000000.storage.test/copy/source.txt',
    'x-cos-copy-source: /demo-1250000000/copy/source.txt',
  ])('takes %s', async (source) => {
    expect((await copy('/copy/forms', source)).status).toBe(200)
  })

  test('replaces the metadata when it is told to, also onto itself', async () => {
    await call('PUT /copy/self', ['x-cos-meta-a: one'], 'self')
    const source = `x-cos-copy-source: ${HOST}/copy/self`
    expect(codeOf(await copy('/copy/self', source))).toEqual([400, 'InvalidArgument'])
    expect(codeOf(await copy('/copy/self', source, 'x-cos-metadata-directive: Copy'))).toEqual([400, 'InvalidArgument'])
    const answer = await copy('/copy/self', source, 'x-cos-metadata-directive: replaced', 'x-cos-meta-b: two')
    expect(answer.status).toBe(200)
    const read = await call('GET /copy/self')
    expect([read.body.toString(), read.header('x-cos-meta-a'), read.header('x-cos-meta-b')]).toEqual([
      'self',
      undefined,
      'two',
    ])
  })

  test('goes from bucket to bucket, with keys of every kind', async () => {
    await call('PUT /k/%E5%A4%8F%20+%25%2B/..', [], 'strange')
    const host = 'Host: other-1.cos.ap-test.localhost'
    const answer = await copy('/copied', `x-cos-copy-source: ${HOST}/k/%E5%A4%8F%20+%25%2B/..`, host)
    expect(answer.status).toBe(200)
    expect((await call('GET /copied', [host])).body.toString()).toBe('strange')
  })

  test.each([
    ['x-cos-copy-source-If-Match: "x"', 412, 'PreconditionFailed'],
    [`x-cos-copy-source-If-None-Match: "${md5Of('hello')}"`, 412, 'PreconditionFailed'],
    ['x-cos-copy-source-If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT', 412, 'PreconditionFailed'],
    ['x-cos-copy-source-If-Unmodified-Since: Thu, 01 Jan 2015 00:00:00 GMT', 412, 'PreconditionFailed'],
    ['x-cos-metadata-directive: nonsense', 400, 'InvalidArgument'],
    ['x-cos-storage-class: nonsense', 400, 'InvalidArgument'],
    ['x-cos-acl: nonsense', 400, 'InvalidArgument'],
    ['x-cos-copy-source: nonsense', 400, 'InvalidCopySource'],
    [`x-cos-copy-source: ${HOST}/`, 400, 'InvalidCopySource'],
    [`x-cos-copy-source: ${HOST}/%zz`, 400, 'InvalidCopySource'],
    [`x-cos-copy-source: ${HOST}/none`, 404, 'NoSuchKey'],
    ['x-cos-copy-source: none-1.cos.ap-test.localhost/a', 404, 'NoSuchBucket'],
    [`x-cos-copy-source: ${HOST}/copy/source.txt?versionId=x`, 501, 'NotImplemented'],
  ])('with %s is refused, and nothing is written', async (header, status, code) => {
    expect(codeOf(await copy('/copy/refused', header))).toEqual([status, code])
    expect((await call('HEAD /copy/refused')).status).toBe(404)
  })

  test('does not overwrite when it must not', async () => {
    await call('PUT /copy/there', [], 'before')
    expect(codeOf(await copy('/copy/there', 'x-cos-forbid-overwrite: true'))).toEqual([409, 'PathConflict'])
    expect((await call('GET /copy/there')).body.toString()).toBe('before')
  })
})

describe('PUT Object with conditions', () => {
  test.each([
    ['x-cos-forbid-overwrite: true', 409, 'PathConflict'],
    ['If-None-Match: *', 412, 'PreconditionFailed'],
    [`If-None-Match: "${md5Of('before')}"`, 412, 'PreconditionFailed'],
    ['If-Match: "x"', 412, 'PreconditionFailed'],
    ['If-Unmodified-Since: Thu, 01 Jan 2015 00:00:00 GMT', 412, 'PreconditionFailed'],
  ])('%s on an object that is there', async (header, status, code) => {
    await call('PUT /cond/there', [], 'before')
    const blobs = await door.blobCount()
    expect(codeOf(await call('PUT /cond/there', [header], 'after'))).toEqual([status, code])
    expect((await call('GET /cond/there')).body.toString()).toBe('before')
    expect(await door.blobCount()).toBe(blobs)
  })

  test.each([
    ['x-cos-forbid-overwrite: true', 200],
    ['x-cos-forbid-overwrite: false', 200],
    ['If-None-Match: *', 200],
    ['If-None-Match:', 200],
    ['If-Match: *', 412],
  ])('%s where nothing is', async (header, status) => {
    await call('DELETE /cond/new', [NONE])
    expect((await call('PUT /cond/new', [header], 'x')).status).toBe(status)
  })

  test('the right ETag replaces; of many that replace the same version, one does', async () => {
    await call('PUT /cond/race', [], 'first')
    const bodies = Array.from({ length: 6 }, (_, n) => `body ${n}`)
    const header = `If-Match: "${md5Of('first')}"`
    const answers = await Promise.all(bodies.map((body) => call('PUT /cond/race', [header], body)))
    const written = bodies.filter((_body, n) => answers[n]!.status === 200)
    expect(written).toEqual([(await call('GET /cond/race')).body.toString()])
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(5)
  })
})

describe('DELETE Multiple Objects', () => {
  const remove = (body: string, ...headers: string[]) => call('POST /?delete', headers, body)
  const named = (keys: readonly string[]) => keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')

  test('deletes what is there and passes over what is not, with keys of every kind', async () => {
    const keys = ['del/a&b<c', 'del/ blanks at the ends ', 'del/%2B+', 'del/夏']
    for (const key of keys) await call(`PUT /${key.split('/').map(encodeURIComponent).join('/')}`, [], 'x')
    await call('PUT /del/stays', [], 'x')
    const text = named([...keys, 'del/none'].map((key) => key.replaceAll('&', '&amp;').replaceAll('<', '&lt;')))
    const answer = await remove(`<?xml version="1.0"?><Delete>${text}</Delete>`)
    expect(answer.status).toBe(200)
    expect(answer.body.toString()).toBe(
      `<DeleteResult>${[...keys, 'del/none'].map((key) => `<Deleted><Key>${key.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</Key></Deleted>`).join('')}</DeleteResult>`,
    )
    expect(all(await call('GET /?prefix=del/'), 'Key')).toEqual(['del/stays'])
  })

  test('says nothing of what went well when it is to be quiet, and everything of what did not', async () => {
    await call('PUT /quiet', [], 'x')
    expect((await remove(`<Delete><Quiet>true</Quiet>${named(['quiet'])}</Delete>`)).body.toString()).toBe(
      '<DeleteResult/>',
    )
    expect((await call('HEAD /quiet')).status).toBe(404)
    await call('PUT /versioned', [], 'x')
    const long = 'x'.repeat(851)
    const answer = await remove(
      `<Delete><Quiet>true</Quiet>${named(['', long])}<Object><Key>versioned</Key><VersionId>v</VersionId></Object></Delete>`,
    )
    expect([answer.status, all(answer, 'Key'), all(answer, 'Code')]).toEqual([
      200,
      [long, 'versioned'],
      ['InvalidObjectName', 'KeyTooLong', 'NotImplemented'],
    ])
    expect((await call('HEAD /versioned')).status).toBe(200)
  })

  test('takes a thousand, and a key twice', async () => {
    await call('PUT /many/999', [], 'x')
    const keys = Array.from({ length: 1_000 }, (_, n) => (n === 0 ? 'many/1' : `many/${n}`))
    const answer = await remove(`<Delete>${named(keys)}</Delete>`)
    expect([answer.status, all(answer, 'Key').length]).toEqual([200, 1_000])
    expect((await call('HEAD /many/999')).status).toBe(404)
  })

  test.each([
    ['', 400, 'MissingRequestBodyError'],
    ['<Delete/>', 400, 'MalformedXML'],
    ['<Delete><Quiet>true</Quiet></Delete>', 400, 'MalformedXML'],
    [`<Delete>${'<Object><Key>a</Key></Object>'.repeat(1_001)}</Delete>`, 400, 'MalformedXML'],
    ['<Other/>', 400, 'MalformedXML'],
    ['nonsense', 400, 'MalformedXML'],
    ['<Delete><Quiet>perhaps</Quiet><Object><Key>a</Key></Object></Delete>', 400, 'InvalidArgument'],
  ])('%.40s is refused', async (body, status, code) => {
    expect(codeOf(await call('POST /?delete', body === '' ? [NONE] : [], body))).toEqual([status, code])
  })

  test('checks Content-MD5 when it is there, and wants a bucket', async () => {
    const body = `<Delete>${named(['a'])}</Delete>`
    const right = createHash('md5').update(body).digest('base64')
    expect((await remove(body, `Content-MD5: ${right}`)).status).toBe(200)
    expect(codeOf(await remove(body, 'Content-MD5: XUFAKrxLKna5cZ2REBfFkQ=='))).toEqual([400, 'BadDigest'])
    expect(codeOf(await remove(body, 'Host: none-1.cos.x.localhost'))).toEqual([404, 'NoSuchBucket'])
  })
})

describe('storage classes', () => {
  test('are given back as they were asked for, and told in lists; the usual one is not a header', async () => {
    await call('PUT /class/a', ['x-cos-storage-class: archive'], 'x')
    await call('PUT /class/b', ['x-cos-storage-class: STANDARD'], 'x')
    expect((await call('HEAD /class/a')).header('x-cos-storage-class')).toBe('ARCHIVE')
    expect((await call('HEAD /class/b')).header('x-cos-storage-class')).toBeUndefined()
    expect(all(await call('GET /?prefix=class/'), 'StorageClass')).toEqual(['ARCHIVE', 'STANDARD'])
    expect(codeOf(await call('PUT /class/c', ['x-cos-storage-class: x'], 'x'))).toEqual([400, 'InvalidArgument'])
  })
})

describe('buckets', () => {
  test('say where they are', async () => {
    const answer = await call('GET /?location')
    expect(answer.body.toString()).toBe('<LocationConstraint>ap-test</LocationConstraint>')
    expect(codeOf(await call('GET /?location', ['Host: none-1.cos.x.localhost']))).toEqual([404, 'NoSuchBucket'])
  })

  test('go when they are empty', async () => {
    const host = 'Host: gone-1.cos.ap-test.localhost'
    await call('PUT /', [NONE, host])
    await call('PUT /a', [host], 'x')
    expect(codeOf(await call('DELETE /', [host]))).toEqual([409, 'BucketNotEmpty'])
    await call('DELETE /a', [host])
    const id = textOf(await call('POST /b?uploads', [NONE, host]), 'UploadId')
    expect(codeOf(await call('DELETE /', [host]))).toEqual([409, 'BucketNotEmpty'])
    await call(`DELETE /b?uploadId=${id}`, [host])
    const answer = await call('DELETE /', [host])
    expect([answer.status, answer.body.length]).toEqual([204, 0])
    expect(codeOf(await call('DELETE /', [host]))).toEqual([404, 'NoSuchBucket'])
  })

  test('are listed page by page', async () => {
    for (const name of ['page-1', 'page-2', 'page-3'])
      await call('PUT /', [NONE, `Host: ${name}.cos.ap-page.localhost`])
    const list = (query: string) => call(`GET /?region=ap-page${query}`, ['Host: service.cos.localhost'])
    expect(all(await list('&marker=&max-keys=2000'), 'Name')).toEqual(['page-1', 'page-2', 'page-3'])
    const first = await list('&max-keys=2')
    expect([all(first, 'Name'), textOf(first, 'NextMarker')]).toEqual([['page-1', 'page-2'], 'page-2'])
    const second = await list('&max-keys=2&marker=page-2')
    expect([all(second, 'Name'), textOf(second, 'IsTruncated')]).toEqual([['page-3'], 'false'])
    expect(codeOf(await list('&max-keys=x'))).toEqual([400, 'InvalidArgument'])
  })

  test('are listed by when they were made, and none has a tag', async () => {
    await call('PUT /', [NONE, 'Host: aged-1.cos.ap-aged.localhost'])
    const list = (query: string) => call(`GET /?region=ap-aged${query}`, ['Host: service.cos.localhost'])
    const made = Math.floor(Date.parse(textOf(await list(''), 'CreationDate')!) / 1000)
    for (const [range, found] of [
      ['gt', []],
      ['gte', ['aged-1']],
      ['lt', []],
      ['lte', ['aged-1']],
    ] as const) {
      expect([range, all(await list(`&create-time=${made}&range=${range}`), 'Name')]).toEqual([range, found])
    }
    expect(all(await list(`&create-time=${made - 1}&range=gt`), 'Name')).toEqual(['aged-1'])
    expect(all(await list('&tagkey=team&tagvalue=a'), 'Name')).toEqual([])
    for (const query of ['&create-time=5', '&range=gt', '&create-time=x&range=gt', '&create-time=5&range=around']) {
      expect([query, ...codeOf(await list(query))]).toEqual([query, 400, 'InvalidArgument'])
    }
  })
})
