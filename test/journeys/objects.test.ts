import { chmod, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { crc64 } from '../../src/base/index.ts'
import { codeOf, md5Of, type ObjectDoor, openObjectDoor } from '../support/object-door.ts'
import { type RawAnswer, RawConnection, textOf } from '../support/raw-http.ts'

const HOST = 'demo-1250000000.cos.ap-test.localhost'

let port: number
let call: ObjectDoor['call']
let blobCount: ObjectDoor['blobCount']
let blobsFolder: string
let stores: ObjectDoor['stores']
let close: () => Promise<void>

beforeAll(async () => {
  ;({ port, call, blobCount, blobsFolder, stores, close } = await openObjectDoor({ host: HOST }))
  expect((await call('PUT /', ['Content-Length: 0'])).status).toBe(200)
})
afterAll(() => close())

async function put(path: string, body: string | Uint8Array, ...headers: string[]): Promise<RawAnswer> {
  const answer = await call(`PUT ${path}`, body === '' ? ['Content-Length: 0', ...headers] : headers, body)
  expect(answer.status).toBe(200)
  return answer
}

const code = codeOf
const md5 = md5Of

describe('PUT Object', () => {
  test.each([
    ['empty', ''],
    ['text', 'hello'],
    ['three megabytes', Buffer.alloc(3_000_000, 'abc')],
  ])('stores and tells MD5 and CRC-64: %s', async (_what, body) => {
    const answer = await put('/put/a.txt', body)
    expect(answer.header('ETag')).toBe(`"${md5(body)}"`)
    expect(answer.header('x-cos-hash-crc64ecma')).toBe(crc64(Buffer.from(body)))
    expect([answer.header('Content-Length'), answer.body.length]).toEqual(['0', 0])
    const read = await call('GET /put/a.txt')
    expect(read.body.equals(Buffer.from(body))).toBe(true)
    expect(read.header('ETag')).toBe(answer.header('ETag'))
  })

  test('takes a chunked body without a length', async () => {
    await put('/put/chunked', '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')
    expect((await call('GET /put/chunked')).body.toString()).toBe('abcde')
  })

  test('needs a length or chunks', async () => {
    expect(code(await call('PUT /put/a'))).toEqual([411, 'MissingContentLength'])
  })

  test('gives back the stored headers as they came, and not the empty ones', async () => {
    await put(
      '/put/h',
      'x',
      'Content-Type: text/x; y=z',
      'Cache-Control: max-age=5',
      'Content-Disposition: inline; filename="Ċx: y"',
      'Content-Encoding: gzip',
      'Expires: never',
      'Content-Language:',
      'X-Cos-Meta-Author: 李',
      'x-cos-meta-empty:',
      'x-other: 1',
    )
    const { headerLines, header } = await call('GET /put/h')
    expect(headerLines).toEqual(
      expect.arrayContaining([
        'Content-Type: text/x; y=z',
        'Cache-Control: max-age=5',
        `Content-Disposition: inline; filename="${Buffer.from('Ċx: y').toString('latin1')}"`,
        'Content-Encoding: gzip',
        'Expires: never',
        'Accept-Ranges: bytes',
      ]),
    )
    expect(Buffer.from(header('x-cos-meta-author')!, 'latin1').toString('utf8')).toBe('李')
    expect(headerLines.join('\n').toLowerCase()).not.toMatch(/x-other|x-cos-meta-empty|content-language/)
  })

  test.each([
    ['a.jpg', [], 'image/jpeg'],
    ['a.jpg', ['Content-Type:'], 'image/jpeg'],
    ['a', [], 'application/octet-stream'],
    ['a.jpg', ['Content-Type: text/plain'], 'text/plain'],
  ])('the content type of %s with %j is %s', async (key, headers, type) => {
    await put(`/put/${key}`, 'x', ...headers)
    expect((await call(`HEAD /put/${key}`)).header('Content-Type')).toBe(type)
  })

  test.each([
    ['Content-MD5: XUFAKrxLKna5cZ2REBfFkQ==', 'BadDigest'],
    ['Content-MD5: nonsense', 'InvalidDigest'],
    [`x-cos-meta-a: ${'x'.repeat(2_040)}`, 'InvalidArgument'],
    ['Content-Length: 5368709121', 'EntityTooLarge'],
  ])('%s is refused, and what was there stays', async (header, expected) => {
    await put('/put/kept', 'before')
    const blobsBefore = await blobCount()
    expect(code(await call('PUT /put/kept', [header], 'hello'))).toEqual([400, expected])
    expect((await call('GET /put/kept')).body.toString()).toBe('before')
    expect(await blobCount()).toBe(blobsBefore)
  })

  test('takes the right Content-MD5', async () => {
    await put('/put/md5', 'hello', 'Content-MD5: XUFAKrxLKna5cZ2REBfFkg==')
  })

  test.each([
    ['/a%00b', 'InvalidObjectName'],
    ['/a%01b', 'InvalidObjectName'],
    [`/${'x'.repeat(851)}`, 'KeyTooLong'],
  ])('refuses the key %s', async (path, expected) => {
    expect(code(await call(`PUT ${path}`, [], 'x'))).toEqual([400, expected])
  })

  test('a bucket that does not exist', async () => {
    const answer = await call('PUT /a', ['Host: none-1.cos.ap-test.localhost'], 'x')
    expect([...code(answer), textOf(answer, 'Message')]).toEqual([
      404,
      'NoSuchBucket',
      'The specified bucket does not exist.',
    ])
  })

  test('a client that goes away in the middle leaves nothing', async () => {
    await put('/put/half', 'before')
    const blobsBefore = await blobCount()
    for (const head of ['Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
      const connection = new RawConnection(port).head('PUT /put/half HTTP/1.1', `Host: ${HOST}`, head)
      connection.write(head.startsWith('T') ? '5\r\nabcde\r\n' : 'abcde').end()
      expect(code(await connection.answer())).toEqual([400, 'IncompleteBody'])
      await connection.untilClosed()
    }
    expect((await call('GET /put/half')).body.toString()).toBe('before')
    expect(await blobCount()).toBe(blobsBefore)
  })

  test('of many that write one key at once, one wins whole', async () => {
    const bodies = Array.from({ length: 8 }, (_, n) => String(n).repeat(200_000))
    await Promise.all(bodies.map((body) => put('/put/race', body)))
    const read = await call('GET /put/race')
    expect(bodies).toContain(read.body.toString())
    expect(read.header('ETag')).toBe(`"${md5(read.body)}"`)
  })
})

describe('keys', () => {
  test.each([
    ['/k/a%20b+c%25%26%21%28x%29.txt'],
    ['/k%2Fwith%2Fslashes.txt'],
    ['/k/%E5%A4%8F%20%F0%9F%98%80.png'],
    ['//'],
    ['//k//'],
    ['/k/../../etc/passwd'],
    ['/./k'],
    ['/..'],
    ['/k/folder/'],
    ['/-/healthz'],
    ['/jobs'],
    ['/k/a%3Fb%23c'],
    ['/k/a%2525b'],
  ])('%s goes through PUT, list, GET and DELETE', async (path) => {
    const key = decodeURIComponent(path).slice(1)
    await put(path, `this is ${key}`)
    const list = await call(`GET /?encoding-type=url&prefix=${encodeURIComponent(key)}`)
    expect(decodeURIComponent(textOf(list, 'Key')!)).toBe(key)
    expect((await call(`GET ${path}`)).body.toString()).toBe(`this is ${key}`)
    expect((await call(`DELETE ${path}`)).status).toBe(204)
    expect(code(await call(`GET ${path}`))).toEqual([404, 'NoSuchKey'])
  })

  test('are the same in path style', async () => {
    await put('/k/styles', 'x')
    const answer = await call('GET /demo-1250000000/k/styles', [`Host: 127.0.0.1:${port}`])
    expect(answer.body.toString()).toBe('x')
  })
})

describe('GET and HEAD Object', () => {
  beforeAll(() => put('/get/ten', '0123456789', 'x-cos-meta-a: b'))
  const whole = crc64(Buffer.from('0123456789'))

  test('HEAD says what GET says, without the bytes', async () => {
    const get = await call('GET /get/ten')
    const head = await call('HEAD /get/ten')
    const facts = ({ headerLines }: RawAnswer) =>
      headerLines.filter((line) => !/^(x-c.*-request-id|Date)/.test(line)).sort()
    expect(facts(head)).toEqual(facts(get))
    expect(head.header('Content-Length')).toBe('10')
    expect(head.header('Last-Modified')).toMatch(/ GMT$/)
  })

  test.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=3-5', '345', 'bytes 3-5/10'],
    ['bytes=8-', '89', 'bytes 8-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=5-99', '56789', 'bytes 5-9/10'],
  ])('Range %s is 206, with ETag and CRC of the whole', async (range, body, contentRange) => {
    const answer = await call('GET /get/ten', [`Range: ${range}`])
    expect([answer.status, answer.body.toString(), answer.header('Content-Range')]).toEqual([206, body, contentRange])
    expect([answer.header('ETag'), answer.header('x-cos-hash-crc64ecma')]).toEqual([`"${md5('0123456789')}"`, whole])
  })

  test('an object that is too large to be read at once gives the same ranges', async () => {
    const body = Buffer.from(Array.from({ length: 2_000_000 }, (_, n) => n % 251))
    await put('/get/large', body)
    expect((await call('GET /get/large')).body.equals(body)).toBe(true)
    const answer = await call('GET /get/large', ['Range: bytes=70000-1730000'])
    expect([answer.status, answer.header('Content-Length'), answer.header('Content-Range')]).toEqual([
      206,
      '1660001',
      'bytes 70000-1730000/2000000',
    ])
    expect(answer.body.equals(body.subarray(70_000, 1_730_001))).toBe(true)
  })

  test('bytes that are not all there any more are never a whole answer', async () => {
    await put('/get/damaged', Buffer.alloc(2_000_000, 'abc'))
    const { blobId } = (await stores.objects.findObject('demo-1250000000', 'get/damaged'))!
    const blob = join(blobsFolder, blobId.slice(-2), blobId)
    const untilClosed = async (...headers: string[]) => {
      const connection = new RawConnection(port).head('GET /get/damaged HTTP/1.1', `Host: ${HOST}`, ...headers)
      return (await connection.untilClosed()).split('\r\n\r\n', 2)
    }
    // Blobs are for reading only, also for who owns them.
    await chmod(blob, 0o600)
    await truncate(blob, 1_000_000)
    for (const headers of [[], ['Range: bytes=100-1999999']]) {
      const [head = '', body = ''] = await untilClosed(...headers)
      expect(head).toMatch(/^HTTP\/1.1 20[06] /)
      expect(body.length).toBeLessThan(1_000_001)
    }
    // What is there can be had.
    expect((await call('GET /get/damaged', ['Range: bytes=0-999999'])).body.length).toBe(1_000_000)
    await truncate(blob, 0)
    expect((await call('GET /get/damaged')).status).toBe(503)
    expect((await call('HEAD /get/damaged')).header('Content-Length')).toBe('2000000')
  })

  test.each(['bytes=0-1,3-4', 'bytes=5-3', 'lines=1-2'])('Range %s is ignored', async (range) => {
    const answer = await call('GET /get/ten', [`Range: ${range}`])
    expect([answer.status, answer.body.length, answer.header('Content-Range')]).toEqual([200, 10, undefined])
  })

  test('a range behind the end is 416 and tells the size', async () => {
    const answer = await call('GET /get/ten', ['Range: bytes=10-'])
    expect([...code(answer), answer.header('Content-Range')]).toEqual([416, 'InvalidRange', 'bytes */10'])
  })

  test('a range of another version is the whole', async () => {
    expect((await call('GET /get/ten', ['Range: bytes=0-1', 'If-Range: "other"'])).status).toBe(200)
  })

  test('304 says which version, and nothing else of it', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await call(`${method} /get/ten`, [`If-None-Match: "${md5('0123456789')}"`])
      expect(answer.status).toBe(304)
      expect([answer.header('ETag'), answer.header('x-cos-hash-crc64ecma')]).toEqual([`"${md5('0123456789')}"`, whole])
      expect(answer.header('Last-Modified')).toBeDefined()
      expect([answer.header('Content-Type'), answer.header('Content-Length'), answer.body.length]).toEqual([
        undefined,
        undefined,
        0,
      ])
    }
  })

  test('412 is an error document, and without a body for HEAD', async () => {
    const answer = await call('GET /get/ten', ['If-Match: "other"'])
    expect([...code(answer), textOf(answer, 'Message')]).toEqual([412, 'PreconditionFailed', 'Precondition not match.'])
    const head = await call('HEAD /get/ten', ['If-Match: "other"'])
    expect([head.status, head.header('Content-Length')]).toEqual([412, '0'])
  })

  test('what is missing: key, bucket, and HEAD without a body', async () => {
    const missing = await call('GET /get/none')
    expect([...code(missing), textOf(missing, 'Message')]).toEqual([
      404,
      'NoSuchKey',
      'The specified key does not exist.',
    ])
    expect(code(await call('GET /a', ['Host: none-1.cos.x.localhost']))).toEqual([404, 'NoSuchBucket'])
    const head = await call('HEAD /get/none')
    expect([head.status, head.header('Content-Length')]).toEqual([404, '0'])
  })

  test('response-* needs a signature', async () => {
    expect(code(await call('GET /get/ten?response-content-type=text/html'))).toEqual([403, 'AccessDenied'])
    expect((await call('GET /get/ten?response-content-type=')).status).toBe(200)
  })

  test('an object that is replaced while it is read is read to its end', async () => {
    const first = Buffer.alloc(8_000_000, 'a')
    await put('/get/replaced', first)
    const connection = new RawConnection(port)
    connection.socket.pause()
    connection.head('GET /get/replaced HTTP/1.1', `Host: ${HOST}`)
    await put('/get/replaced', 'b')
    connection.socket.resume()
    const answer = await connection.answer()
    connection.destroy()
    expect([first.toString(), 'b']).toContain(answer.body.toString())
  })
})

describe('DELETE Object', () => {
  test('is 204 with and without an object, and 404 without a bucket', async () => {
    await put('/del', 'x')
    for (let n = 0; n < 2; n++) {
      const answer = await call('DELETE /del', ['Content-Length: 0'])
      expect([answer.status, answer.body.length, answer.header('Content-Type')]).toEqual([204, 0, undefined])
    }
    expect(code(await call('DELETE /a', ['Host: none-1.cos.x.localhost']))).toEqual([404, 'NoSuchBucket'])
  })
})

describe('buckets', () => {
  test('are made once', async () => {
    const host = ['Host: fresh-1.cos.ap-here.localhost', 'Content-Length: 0']
    expect((await call('PUT /', host)).status).toBe(200)
    expect(code(await call('PUT /', host))).toEqual([409, 'BucketAlreadyOwnedByYou'])
    const head = await call('HEAD /', host)
    expect([head.status, head.header('x-cos-bucket-region')]).toEqual([200, 'ap-here'])
    expect((await call('HEAD /', ['Host: none-1.cos.x.localhost'])).status).toBe(404)
  })

  test('in path style get the default region', async () => {
    const host = [`Host: 127.0.0.1:${port}`]
    expect((await call('PUT /plain-1/', ['Content-Length: 0', ...host])).status).toBe(200)
    expect((await call('HEAD /plain-1', host)).header('x-cos-bucket-region')).toBe('ap-default')
  })

  test('have names of the form name-appid', async () => {
    expect(code(await call('PUT /', ['Host: nonsense.cos.x.localhost', 'Content-Length: 0']))).toEqual([
      400,
      'InvalidBucketName',
    ])
  })

  test('are listed on hosts that name none', async () => {
    const answer = await call('GET /', ['Host: service.cos.localhost'])
    expect(answer.body.toString()).toMatch(
      /<ListAllMyBucketsResult><Owner>.*<Name>demo-1250000000<\/Name><Location>ap-test</,
    )
  })
})

describe('GET Bucket', () => {
  const host = ['Host: list-1.cos.ap-test.localhost']
  const list = async (query: string) => (await call(`GET /?${query}`, host)).body.toString()
  const all = (text: string, element: string) =>
    [...text.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, value]) => value)

  beforeAll(async () => {
    await call('PUT /', ['Content-Length: 0', ...host])
    for (const key of ['a', 'b/1', 'b/2', 'c%2Bd', 'e%20%26']) await call(`PUT /${key}`, host, 'x')
  })

  test('tells every key with its facts', async () => {
    const text = await list('')
    expect(all(text, 'Key')).toEqual(['a', 'b/1', 'b/2', 'c+d', 'e &amp;'])
    expect(text).toContain(
      '<ListBucketResult><Name>list-1</Name><Prefix/><Marker/><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents>',
    )
    expect(text).toMatch(
      /<LastModified>20[^<]*\.000Z<\/LastModified><ETag>"9dd4e461268c8034f5c8564e155c67a6"<\/ETag><Size>1</,
    )
  })

  test('takes empty parameters as not given, as the Python SDK sends them', async () => {
    const text = await list('prefix=&delimiter=&marker=&max-keys=&encoding-type=url')
    expect(all(text, 'Key')).toEqual(['a', 'b/1', 'b/2', 'c%2Bd', 'e%20%26'])
    expect(text).toContain('<EncodingType>url</EncodingType>')
  })

  test('pages with markers', async () => {
    const text = await list('delimiter=/&max-keys=2')
    expect([all(text, 'Key'), all(text, 'Prefix'), all(text, 'NextMarker')]).toEqual([['a'], ['b/'], ['b/']])
    expect(all(await list('delimiter=/&max-keys=2&marker=b/'), 'Key')).toEqual(['c+d', 'e &amp;'])
    expect(all(await list('max-keys=5000'), 'MaxKeys')).toEqual(['1000'])
    expect(all(await list('max-keys=0'), 'Key')).toEqual([])
  })

  test.each(['max-keys=x', 'max-keys=-1', 'encoding-type=base64'])('%s is refused', async (query) => {
    expect(code(await call(`GET /?${query}`, host))).toEqual([400, 'InvalidArgument'])
  })

  test('of a bucket that does not exist', async () => {
    expect(code(await call('GET /', ['Host: none-1.cos.x.localhost']))).toEqual([404, 'NoSuchBucket'])
  })
})

describe('what is not offered', () => {
  beforeAll(() => put('/a.png', 'x'))

  test.each([
    ['GET /a.png?style', '?style (GET Bucket style) is for a bucket, and this request is for an object.'],
    ['DELETE /?uploadId=x', '?uploadId (Abort Multipart Upload) is for an object, and this request is for a bucket.'],
  ])('%s belongs elsewhere: 405', async (line, message) => {
    const answer = await call(line)
    expect([...code(answer), textOf(answer, 'Message')]).toEqual([405, 'MethodNotAllowed', message])
  })

  test.each([
    ['POST /a?image_process', 'Pic-Operations'],
    ['GET /a.png?imageMogr2/thumbnail/!50p', 'imageMogr2'],
    ['GET /a.png?imageMogr2%2Fthumbnail%2F%2150p=', 'imageMogr2'],
    ['GET /a.png?imageInfo', 'imageInfo'],
    ['GET /?list-type=2', 'version 2'],
    ['GET /a?versionId=x', 'versioning'],
    ['POST /', 'Post Object'],
  ])('%s is 501 and named', async (line, name) => {
    const answer = await call(line, line.startsWith('GET') ? [] : ['Content-Length: 0'])
    expect(code(answer)).toEqual([501, 'NotImplemented'])
    expect(textOf(answer, 'Message')).toContain(name)
  })

  test.each(['Pic-Operations: {"is_pic_info":1}', 'x-cos-server-side-encryption: AES256'])(
    'PUT with %s is 501, and nothing is stored',
    async (header) => {
      expect(code(await call('PUT /never', [header], 'x'))).toEqual([501, 'NotImplemented'])
      expect((await call('HEAD /never')).status).toBe(404)
    },
  )

  test('empty and unknown parameters change nothing', async () => {
    await put('/plain?versionId=&x-cos-unknown=1', 'x', 'Pic-Operations:')
    expect((await call('GET /plain?versionId=null&foo')).status).toBe(200)
  })

  test('methods that mean nothing here', async () => {
    const answer = await call('PATCH /a', ['Content-Length: 0'])
    expect([...code(answer), answer.header('Allow')]).toEqual([405, 'MethodNotAllowed', 'GET, HEAD, PUT, DELETE'])
  })
})
