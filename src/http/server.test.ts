import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { onlyKey } from '../../test/support/keys.ts'
import { RawConnection, textOf } from '../../test/support/raw-http.ts'
import { Failure, type Log, silentLog, systemClock } from '../base/index.ts'
import { signRequest } from './authentication/index.ts'
import { Cors } from './cors.ts'
import type { Exchange } from './exchange.ts'
import { createHttpServer, type HttpServer, type HttpServerDeps } from './index.ts'

const HOST = 'demo-1250000000.cos.ap-test.localhost'
const CI_HOST = 'demo-1250000000.ci.ap-test.localhost'
const keyPair = { secretId: 'AKIDtest', secretKey: 'secret' }

const open: { server: HttpServer; connections: RawConnection[] }[] = []
afterEach(async () => {
  for (const { server, connections } of open.splice(0)) {
    for (const connection of connections) connection.destroy()
    await server.stop()
  }
})

/** A frame around a handler, open to everybody unless told otherwise, and connections to it. */
async function frame(handle: (exchange: Exchange) => Promise<void>, deps: Partial<HttpServerDeps> = {}) {
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    serverName: 'Pixmill',
    anonymous: true,
    cors: new Cors({ findRules: async () => [], origins: [] }),
    keys: onlyKey(keyPair),
    handleObject: handle,
    handleCi: handle,
    isReady: () => true,
    stopGraceMs: 2_000,
    clock: systemClock,
    log: silentLog,
    ...deps,
  })
  await server.start()
  const connections: RawConnection[] = []
  open.push({ server, connections })
  const connection = () => {
    const one = new RawConnection(Number(new URL(server.url).port))
    connections.push(one)
    return one
  }
  const ask = (line: string, ...headers: string[]) => {
    const hasHost = headers.some((header) => header.startsWith('Host:'))
    return connection()
      .head(`${line} HTTP/1.1`, ...(hasHost ? [] : [`Host: ${HOST}`]), ...headers)
      .answer({ toHead: line.startsWith('HEAD') })
  }
  return { server, connection, ask }
}

/** Says what the handler saw. */
async function echo(exchange: Exchange): Promise<void> {
  const { surface, bucket, region, path, key, method } = exchange
  await exchange.answerText(
    200,
    'application/json',
    JSON.stringify({ method, surface, bucket, region, path, key, query: exchange.query.names() }),
  )
}
const seen = (answer: { body: Buffer }) => JSON.parse(answer.body.toString('utf8'))

describe('request targets', () => {
  test.each([
    ['/a', '/a'],
    ['/', '/'],
    ['//', '//'],
    ['//a//b/', '//a//b/'],
    ['/a/../b/./c', '/a/../b/./c'],
    ['/..', '/..'],
    ['/photos%2F2026%2Fa.jpg', '/photos/2026/a.jpg'],
    ['/a%252Fb', '/a%2Fb'],
    ['/a+b%20c', '/a+b c'],
    ['/%E5%A4%8F.jpg', '/夏.jpg'],
    ['/a%3Fb', '/a?b'],
    [`http://${HOST}/k/../x`, '/k/../x'],
    [`HTTP://${HOST}:80/k%2Fx`, '/k/x'],
    [`http://${HOST}`, '/'],
    ['/-/healthz', '/-/healthz'],
    ['/jobs', '/jobs'],
  ])('%s is the path %s', async (target, path) => {
    const { ask } = await frame(echo)
    expect(seen(await ask(`GET ${target}`))).toMatchObject({ path, key: path.slice(1), bucket: 'demo-1250000000' })
  })

  test('parameters are decoded once, with and without a value', async () => {
    const { ask } = await frame(async (exchange) => {
      const { query } = exchange
      await exchange.answerText(
        200,
        'application/json',
        JSON.stringify([query.first('a'), query.all('b'), query.has('c'), query.first('c'), query.has('d')]),
      )
    })
    expect(seen(await ask('GET /?a=x+y%2Bz&b=1&b=%252&c&&'))).toEqual(['x y+z', ['1', '%2'], true, '', false])
  })

  test.each(['/%zz', '/%', '/%ff', '/a?b=%', '/a?%ff=1', '/夏.jpg', 'a'])(
    '%s cannot be decoded: 400 InvalidURI',
    async (target) => {
      const { ask } = await frame(echo)
      const answer = await ask(`GET ${target}`)
      expect([answer.status, textOf(answer, 'Code')]).toEqual([400, 'InvalidURI'])
    },
  )
})

describe('addresses', () => {
  test.each([
    [`Host: ${HOST}:9000`, '/a/b', { surface: 'object', bucket: 'demo-1250000000', region: 'ap-test', path: '/a/b' }],
    [`Host: ${CI_HOST}`, '/jobs', { surface: 'ci', bucket: 'demo-1250000000', region: 'ap-test', path: '/jobs' }],
    [
      'Host: ci.ap-test.localhost',
      '/picbucket',
      { surface: 'ci', bucket: null, region: 'ap-test', path: '/picbucket' },
    ],
    ['Host: 127.0.0.1', '/demo-1/a//b', { surface: 'object', bucket: 'demo-1', region: null, path: '/a//b' }],
    ['Host: cos.ap-x.localhost', '/demo-1%2Fa', { surface: 'object', bucket: 'demo-1', region: 'ap-x', path: '/a' }],
    ['Host: 127.0.0.1', '/demo-1', { surface: 'object', bucket: 'demo-1', path: '/' }],
    ['Host: service.cos.localhost', '/', { surface: 'object', bucket: null, path: '/' }],
  ])('%s %s', async (host, target, expected) => {
    const { ask } = await frame(echo)
    expect(seen(await ask(`GET ${target}`, host))).toMatchObject(expected)
  })

  test.each(['/jobs', '/pic_jobs/c1', '/template?x=1'])(
    '%s on a host without a bucket is told how to address one',
    async (target) => {
      const { ask } = await frame(echo, { anonymous: false })
      const answer = await ask(`POST ${target}`, 'Host: 127.0.0.1:9000', 'Content-Length: 0')
      expect([answer.status, textOf(answer, 'Code')]).toEqual([400, 'InvalidHost'])
      expect(textOf(answer, 'Message')).toContain('&lt;bucket&gt;.ci.&lt;region&gt;')
    },
  )

  test('a host in the request line wins over the header, which proxies need not have kept', async () => {
    const { ask } = await frame(echo)
    const answer = await ask(`GET http://${CI_HOST}:9000/jobs`, 'Host: other-1250000000.cos.ap-other.localhost')
    expect(seen(answer)).toMatchObject({ surface: 'ci', bucket: 'demo-1250000000', path: '/jobs' })
  })

  test.each([
    ['http:///a', 'InvalidURI', '""'],
    ['http://:80/a', 'InvalidURI', '":80"'],
    [`http://user:word@${HOST}/a`, 'InvalidURI', `"user:word@${HOST}"`],
  ])('%s names no host that can be asked: 400 %s', async (target, code, found) => {
    const { ask } = await frame(echo)
    const answer = await ask(`GET ${target}`)
    expect([answer.status, textOf(answer, 'Code')]).toEqual([400, code])
    expect(textOf(answer, 'Message')).toContain(found)
  })

  test('two headers Host are refused: who stands in front may have looked at the other one', async () => {
    const { ask } = await frame(echo)
    const answer = await ask('GET /a', `Host: ${HOST}`, 'host: other-1250000000.cos.ap-test.localhost')
    expect([answer.status, textOf(answer, 'Code')]).toEqual([400, 'InvalidHost'])
    expect(textOf(answer, 'Message')).toBe('The header Host stands 2 times, expected once.')
  })

  test('HTTP/1.1 without Host is refused; HTTP/1.0 has none', async () => {
    const { connection } = await frame(echo)
    const refused = await connection().head('GET /a HTTP/1.1').answer()
    expect([refused.status, textOf(refused, 'Code')]).toEqual([400, 'InvalidHost'])
    expect(seen(await connection().head('GET /demo-1/a HTTP/1.0').answer())).toMatchObject({ bucket: 'demo-1' })
  })
})

describe('every answer', () => {
  test('spells its headers as the protocol does', async () => {
    const { ask } = await frame((exchange) =>
      exchange.answerEmpty(200, {
        etag: '"x"',
        'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
        'x-cos-hash-crc64ecma': '1',
        'x-cos-meta-author': 'me',
      }),
    )
    const before = Date.now()
    const answer = await ask('GET /a')
    expect(answer.headerLines.map((line) => line.split(':')[0])).toEqual([
      'Server',
      'x-cos-request-id',
      'x-ci-request-id',
      'Content-Length',
      'ETag',
      'Last-Modified',
      'x-cos-hash-crc64ecma',
      'x-cos-meta-author',
      'Date',
      'Connection',
      'Keep-Alive',
    ])
    expect(answer.header('Server')).toBe('Pixmill')
    expect(answer.header('x-cos-request-id')).toBe(answer.header('x-ci-request-id'))
    // Whole seconds, and the second it was when Node last looked.
    expect(Date.parse(answer.header('Date')!)).toBeGreaterThan(before - 2_000)
    expect(Date.parse(answer.header('Date')!)).toBeLessThanOrEqual(Date.now())
  })

  test('has a request id of its own', async () => {
    const { ask } = await frame(echo)
    const ids = await Promise.all([1, 2, 3].map(async () => (await ask('GET /a')).header('x-cos-request-id')))
    expect(new Set(ids).size).toBe(3)
  })

  test('is not compressed, whatever the client accepts', async () => {
    const { ask } = await frame((exchange) => exchange.answerText(200, 'application/xml', '<a/>'.repeat(1_000)))
    const answer = await ask('GET /a', 'Accept-Encoding: gzip, br')
    expect(answer.header('Content-Encoding')).toBeUndefined()
    expect(answer.body.length).toBe(4_000)
  })

  test('keeps Latin-1 header values the bytes they were, beside a body that is UTF-8', async () => {
    const { ask } = await frame((exchange) =>
      exchange.answerText(200, 'application/xml', '<a>夏</a>', {
        'x-cos-meta-name': String(exchange.headers['x-cos-meta-name']),
      }),
    )
    const answer = await ask('GET /a', 'x-cos-meta-name: 夏')
    expect(Buffer.from(answer.header('x-cos-meta-name')!, 'latin1').toString('utf8')).toBe('夏')
    expect(answer.body.toString('utf8')).toBe('<a>夏</a>')
  })

  // The last byte of each of these characters' numbers is a line break or another control character.
  test.each(['夏', 'Ċcontent-length: 0ĊĊ', '\u{10d}\u{10a}x: y'])(
    'a Content-Disposition with %s is the bytes it was, and no more than a header',
    async (text) => {
      const value = `attachment; filename="${text}"`
      const { ask } = await frame((exchange) =>
        exchange.answerText(200, 'text/plain', 'body', {
          'content-disposition': String(exchange.headers['content-disposition']),
        }),
      )
      const answer = await ask('GET /a', `Content-Disposition: ${value}`)
      expect(Buffer.from(answer.header('Content-Disposition')!, 'latin1').toString('utf8')).toBe(value)
      expect([answer.header('Content-Length'), answer.body.toString()]).toEqual(['4', 'body'])
      expect(answer.headerLines.filter((line) => /^(x|content-length):/i.test(line))).toHaveLength(1)
    },
  )
})

describe('failures', () => {
  const failing = (failure: unknown) => async () => {
    throw failure
  }

  test('have all five elements, and a trace id in the headers', async () => {
    const { ask } = await frame(failing(new Failure('ObjectNotFound', 'The specified key does not exist.')))
    const answer = await ask('GET /a%26b')
    expect(answer.status).toBe(404)
    expect(answer.header('Content-Type')).toBe('application/xml')
    expect(answer.header('x-cos-trace-id')).toBe(answer.header('x-ci-trace-id'))
    expect(answer.body.toString('utf8')).toBe(
      `<?xml version='1.0' encoding='utf-8' ?>\n<Error><Code>NoSuchKey</Code>` +
        `<Message>The specified key does not exist.</Message><Resource>${HOST}/a&amp;b</Resource>` +
        `<RequestId>${answer.header('x-cos-request-id')}</RequestId>` +
        `<TraceId>${answer.header('x-cos-trace-id')}</TraceId></Error>`,
    )
  })

  test('of HEAD have no body, and the connection goes on', async () => {
    const { connection } = await frame(failing(new Failure('ObjectNotFound')))
    const one = connection().head('HEAD /a HTTP/1.1', `Host: ${HOST}`)
    const first = await one.answer()
    expect([first.status, first.header('Content-Length'), first.header('Content-Type')]).toEqual([404, '0', undefined])
    expect((await one.head('HEAD /b HTTP/1.1', `Host: ${HOST}`).answer()).status).toBe(404)
  })

  test('use the words of their surface', async () => {
    const { ask } = await frame(failing(new Failure('NotOffered', 'This server does not offer x.')))
    const onObject = await ask('GET /a')
    const onCi = await ask('GET /a', `Host: ${CI_HOST}`)
    expect([onObject.status, textOf(onObject, 'Code')]).toEqual([501, 'NotImplemented'])
    expect([onCi.status, textOf(onCi, 'Code'), textOf(onCi, 'Resource')]).toEqual([400, 'InvalidArgument', '/a'])
  })

  test('that nobody foresaw show nothing of themselves, and are logged under the request id', async () => {
    const logged: object[] = []
    const log: Log = { ...silentLog, error: (facts) => void logged.push(facts) }
    const { ask } = await frame(failing(new TypeError('secret detail')), { log })
    const answer = await ask('GET /a')
    expect([answer.status, textOf(answer, 'Code')]).toEqual([500, 'InternalError'])
    expect(answer.body.toString()).not.toContain('secret')
    expect(logged).toMatchObject([
      { requestId: answer.header('x-cos-request-id'), err: expect.objectContaining({ message: 'secret detail' }) },
    ])
  })

  test('a handler that forgets to answer is such a one', async () => {
    const { ask } = await frame(async () => {})
    expect((await ask('GET /a')).status).toBe(500)
  })

  test('say when to come back, what is allowed, and how long the object is', async () => {
    const { ask } = await frame(async (exchange) => {
      if (exchange.key === 'busy') throw new Failure('SlowDown')
      if (exchange.key === 'range') throw new Failure('RangeInvalid', 'too far', { details: { size: 7 } })
      throw new Failure('MethodNotAllowed', 'no', { details: { allow: 'GET' } })
    })
    expect((await ask('GET /busy')).header('Retry-After')).toBe('1')
    expect((await ask('GET /range')).header('Content-Range')).toBe('bytes */7')
    expect((await ask('PUT /x')).header('Allow')).toBe('GET')
  })

  test('after the answer has begun cut the connection', async () => {
    const { connection } = await frame((exchange) =>
      exchange.answerStream(
        200,
        { 'content-length': '10' },
        Readable.from(
          (async function* () {
            yield Buffer.from('abc')
            throw new Error('disk on fire')
          })(),
        ),
      ),
    )
    const bytes = await connection().head('GET /a HTTP/1.1', `Host: ${HOST}`).untilClosed()
    expect(bytes).toContain('HTTP/1.1 200')
    expect(bytes.endsWith('\r\n\r\nabc')).toBe(true)
  })

  test('of a stream that cannot even begin are still answered', async () => {
    const { ask } = await frame((exchange) =>
      exchange.answerStream(
        200,
        { 'content-length': '10' },
        new Readable({
          read() {
            this.destroy(new Failure('StorageUnavailable'))
          },
        }),
      ),
    )
    expect((await ask('GET /a')).status).toBe(503)
  })
})

describe('answers that are poured', () => {
  const LENGTH = { 'content-length': '10' }

  test('piece by piece, each when the one before is out', async () => {
    const { ask } = await frame((exchange) =>
      exchange.answerPoured(200, LENGTH, async (take) => {
        // The same memory each time, as those do who pour.
        const piece = Buffer.alloc(5)
        for (const text of ['hello', 'world']) {
          piece.write(text)
          await take(piece)
        }
      }),
    )
    const answer = await ask('GET /a')
    expect([answer.status, answer.body.toString()]).toEqual([200, 'helloworld'])
  })

  test('of nothing', async () => {
    const { ask } = await frame((exchange) => exchange.answerPoured(200, { 'content-length': '0' }, async () => {}))
    expect((await ask('GET /a')).status).toBe(200)
  })

  test('that fail before the first piece are answered', async () => {
    const { ask } = await frame((exchange) =>
      exchange.answerPoured(200, LENGTH, () => Promise.reject(new Failure('StorageUnavailable'))),
    )
    expect((await ask('GET /a')).status).toBe(503)
  })

  test('that fail later cut the connection', async () => {
    const { connection } = await frame((exchange) =>
      exchange.answerPoured(200, LENGTH, async (take) => {
        await take(Buffer.from('abc'))
        throw new Failure('StorageUnavailable')
      }),
    )
    const bytes = await connection().head('GET /a HTTP/1.1', `Host: ${HOST}`).untilClosed()
    expect(bytes).toContain('HTTP/1.1 200')
    expect(bytes.endsWith('\r\n\r\nabc')).toBe(true)
  })

  test('tell who pours when the client is gone', async () => {
    const pouring = new EventEmitter()
    const failed = once(pouring, 'failed')
    const { connection } = await frame((exchange) =>
      exchange.answerPoured(200, {}, async (take) => {
        try {
          for (;;) await take(Buffer.alloc(65_536))
        } catch (error) {
          pouring.emit('failed')
          throw error
        }
      }),
    )
    const one = connection().head('GET /a HTTP/1.1', `Host: ${HOST}`)
    await one.answer()
    one.destroy()
    await failed
  })

  test('of several questions at once begin when it is their turn, or never', async () => {
    const events = new EventEmitter()
    const poured: string[] = []
    const goOn = once(events, 'go on')
    const { connection } = await frame(async (exchange) => {
      events.emit(exchange.key)
      if (exchange.key === 'a') await goOn
      await exchange.answerPoured(200, LENGTH, async (take) => {
        poured.push(exchange.key)
        await take(Buffer.from('0123456789'))
      })
    })
    const asked = once(events, 'b')
    const one = connection().head('GET /a HTTP/1.1', `Host: ${HOST}`).head('GET /b HTTP/1.1', `Host: ${HOST}`)
    await asked
    expect(poured).toEqual([])
    events.emit('go on')
    for (const _ of 'ab') expect((await one.answer()).body.toString()).toBe('0123456789')
    expect(poured).toEqual(['a', 'b'])
  })

  test('whose turn never comes, since the client is gone, end', async () => {
    const events = new EventEmitter()
    const { connection } = await frame(async (exchange) => {
      if (exchange.key === 'a') return new Promise<void>(() => undefined)
      events.emit('asked')
      await exchange.answerPoured(200, LENGTH, () => expect.unreachable())
      events.emit('over')
    })
    const [asked, over] = [once(events, 'asked'), once(events, 'over')]
    const one = connection().head('GET /a HTTP/1.1', `Host: ${HOST}`).head('GET /b HTTP/1.1', `Host: ${HOST}`)
    await asked
    one.socket.resetAndDestroy()
    await over
  })
})

describe('what the HTTP parser refuses', () => {
  test.each([
    ['an unknown method', ['BREW / HTTP/1.1', 'Host: a'], 405, 'MethodNotAllowed'],
    ['CONNECT', ['CONNECT example.com:443 HTTP/1.1', 'Host: a'], 405, 'MethodNotAllowed'],
    ['headers over 64 KiB', ['GET / HTTP/1.1', 'Host: a', `x: ${'x'.repeat(66_000)}`], 431, 'InvalidArgument'],
    ['no HTTP at all', ['hello'], 405, 'MethodNotAllowed'],
    [
      'two different lengths',
      ['PUT / HTTP/1.1', 'Host: a', 'Content-Length: 1', 'Content-Length: 2'],
      400,
      'InvalidArgument',
    ],
    [
      'a length and chunks',
      ['PUT / HTTP/1.1', 'Host: a', 'Content-Length: 1', 'Transfer-Encoding: chunked'],
      400,
      'InvalidArgument',
    ],
  ])('%s is answered in XML', async (_what, lines, status, code) => {
    const { connection } = await frame(echo)
    const one = connection().head(...lines)
    const answer = await one.answer()
    expect([answer.status, textOf(answer, 'Code')]).toEqual([status, code])
    expect(answer.header('x-cos-request-id')).toBe(textOf(answer, 'RequestId'))
    await one.untilClosed()
  })

  test('methods that HTTP knows and the protocol does not reach the handler', async () => {
    const { ask } = await frame(echo)
    for (const method of ['PATCH', 'PROPFIND', 'TRACE', 'PURGE']) {
      expect(seen(await ask(`${method} /a`))).toMatchObject({ method, path: '/a' })
    }
  })

  test('63 KiB of headers are taken', async () => {
    const { ask } = await frame(echo)
    expect((await ask('GET /a', `Pic-Operations: ${'x'.repeat(63_000)}`)).status).toBe(200)
  })

  test('a body that ends too early is 400 IncompleteBody', async () => {
    const { connection } = await frame(async (exchange) => void (await exchange.readBody()))
    const answer = await connection()
      .head('PUT /a HTTP/1.1', `Host: ${HOST}`, 'Content-Length: 9')
      .write('abc')
      .end()
      .answer()
    expect([answer.status, textOf(answer, 'Code')]).toEqual([400, 'IncompleteBody'])
  })
})

describe('signatures', () => {
  const handler = (exchange: Exchange) => exchange.answerText(200, 'text/plain', exchange.signedBy ?? '-')
  const nowSeconds = Math.floor(Date.now() / 1000)
  const signed = (request: { method?: string; path: string; host?: string }, start = nowSeconds - 10) =>
    `Authorization: ${signRequest(
      { method: request.method ?? 'GET', path: request.path, headers: { host: request.host ?? HOST } },
      keyPair,
      { startSeconds: start, endSeconds: start + 600 },
    )}`

  test('without one nobody in particular asks, and the service is closed to them unless the server is open to everybody', async () => {
    const may = (exchange: Exchange) =>
      exchange.answerText(200, 'text/plain', String(exchange.requester.may('read', 'demo-1')))
    const closed = await frame(may, { anonymous: false })
    expect((await closed.ask('GET /a')).body.toString()).toBe('false')
    const onCi = await closed.ask('POST /jobs', `Host: ${CI_HOST}`, 'Content-Length: 0')
    expect([onCi.status, textOf(onCi, 'Code')]).toEqual([401, 'MissingAuthorization'])
    const everybody = await frame(may, { anonymous: true })
    expect((await everybody.ask('GET /a')).body.toString()).toBe('true')
  })

  test('a right one is told to the handler', async () => {
    const { ask } = await frame(handler, { anonymous: false })
    expect((await ask('GET /a', signed({ path: '/a' }))).body.toString()).toBe(keyPair.secretId)
    expect((await ask('HEAD /a', signed({ method: 'HEAD', path: '/a' }))).status).toBe(200)
    expect((await ask('HEAD /a', signed({ method: 'GET', path: '/a' }))).status).toBe(403)
  })

  test('a path-style path may be signed with and without the bucket', async () => {
    const { ask } = await frame(handler, { anonymous: false })
    const host = '127.0.0.1:9000'
    for (const path of ['/demo-1/a', '/a']) {
      expect((await ask('GET /demo-1/a', `Host: ${host}`, signed({ path, host }))).status).toBe(200)
    }
    expect((await ask('GET /a', signed({ path: '/demo-1250000000/a' }))).status).toBe(403)
  })

  test('a signature for one bucket is none for another that stands in the request line', async () => {
    const { ask } = await frame(handler, { anonymous: false })
    const asSigned = signed({ path: '/a' })
    expect((await ask(`GET http://${HOST}/a`, `Host: ${HOST}`, asSigned)).status).toBe(200)
    const other = 'GET http://other-1250000000.cos.ap-test.localhost/a'
    expect((await ask(other, `Host: ${HOST}`, asSigned)).status).toBe(403)
  })

  test('a wrong one is told what should have been signed, also by an open server', async () => {
    for (const anonymous of [false, true]) {
      const { ask } = await frame(handler, { anonymous })
      const answer = await ask('GET /b', signed({ path: '/a' }))
      expect([answer.status, textOf(answer, 'Code')]).toEqual([403, 'SignatureDoesNotMatch'])
      expect(textOf(answer, 'FormatString')).toBe(`get\n/b\n\nhost=${HOST}\n`)
      expect(textOf(answer, 'StringToSign')).toMatch(/^sha1\n/)
    }
  })

  test('who signs wrongly again and again is slowed down and told of, and nobody else', async () => {
    const told: object[] = []
    const log: Log = { ...silentLog, warn: (facts) => told.push(facts as object) }
    // One that stands still, so that nothing is forgotten however slow the machine is.
    const clock = { now: () => nowSeconds * 1_000 }
    const { ask } = await frame(handler, { anonymous: false, log, clock })
    const wrong = () => ask('GET /b', signed({ path: '/a' }))
    for (let n = 0; n < 12; n += 1) expect((await wrong()).status).toBe(403)
    const begun = performance.now()
    const slow = wrong()
    expect((await ask('GET /a', signed({ path: '/a' }))).status).toBe(200)
    expect(textOf(await slow, 'Code')).toBe('SignatureDoesNotMatch')
    expect(performance.now() - begun).toBeGreaterThanOrEqual(350)
    expect(told[0]).toEqual({
      address: '127.0.0.1',
      key: keyPair.secretId,
      code: 'SignatureMismatch',
      failures: 11,
      ofAddress: 11,
    })
    expect(JSON.stringify(told)).not.toContain(`"${keyPair.secretKey}"`)
  })

  test('a wait ends with the server', async () => {
    const { ask, server } = await frame(handler, { anonymous: false })
    const wrong = () => ask('GET /b', signed({ path: '/a' }))
    for (let n = 0; n < 10; n += 1) await wrong()
    const waiting = Promise.allSettled(Array.from({ length: 12 }, wrong))
    await server.stop()
    await waiting
  })

  test('clock problems give the time of the server', async () => {
    const { ask } = await frame(handler, { anonymous: false })
    const late = await ask('GET /a', signed({ path: '/a' }, nowSeconds - 3_600))
    expect([late.status, textOf(late, 'Code'), textOf(late, 'Message')]).toEqual([
      403,
      'AccessDenied',
      'Request has expired',
    ])
    expect(textOf(late, 'ServerTime')).toMatch(/^20.*Z$/)
    const early = await ask('GET /a', `Host: ${CI_HOST}`, signed({ path: '/a', host: CI_HOST }, nowSeconds + 3_600))
    expect([early.status, textOf(early, 'Code')]).toEqual([403, 'RequestTimeTooSkewed'])
  })

  test('another scheme is a wrong argument on object hosts', async () => {
    const { ask } = await frame(handler, { anonymous: false })
    const onObject = await ask('GET /a', 'Authorization: Basic eDp5')
    expect([onObject.status, textOf(onObject, 'Code')]).toEqual([400, 'InvalidArgument'])
    const onCi = await ask('GET /jobs', `Host: ${CI_HOST}`, 'Authorization: Basic eDp5')
    expect([onCi.status, textOf(onCi, 'Code')]).toEqual([401, 'InvalidAuthorization'])
  })

  test('a preflight is never signed, and no rule allows it', async () => {
    const { ask } = await frame(handler, { anonymous: false })
    const answer = await ask('OPTIONS /a', 'Origin: http://x', 'Access-Control-Request-Method: PUT')
    expect([answer.status, textOf(answer, 'Code')]).toEqual([403, 'AccessForbidden'])
    expect((await ask('OPTIONS *')).status).toBe(403)
  })
})

describe('bodies', () => {
  const length = async (exchange: Exchange) => {
    const body = await exchange.readBody()
    await exchange.answerText(200, 'text/plain', `${body.length}`)
  }

  test.each([
    ['with a length', ['Content-Length: 5'], 'hello', '5'],
    ['in chunks', ['Transfer-Encoding: chunked'], '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n', '5'],
    ['empty', ['Content-Length: 0'], '', '0'],
    ['none', [], '', '0'],
    ['with an empty content type', ['Content-Type:', 'Content-Length: 5'], 'hello', '5'],
    ['with an odd content type', ['Content-Type: ;;nonsense', 'Content-Length: 5'], 'hello', '5'],
    ['with the right MD5', ['Content-MD5: XUFAKrxLKna5cZ2REBfFkg==', 'Content-Length: 5'], 'hello', '5'],
  ])('%s', async (_what, headers, body, expected) => {
    const { connection } = await frame(length)
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await connection()
        .head(`${method} /a HTTP/1.1`, `Host: ${HOST}`, ...headers)
        .write(body)
        .answer()
      expect([answer.status, answer.body.toString()]).toEqual([200, expected])
    }
  })

  test.each([
    ['XUFAKrxLKna5cZ2REBfFkQ==', 'BadDigest'],
    ['XUFAKrxLKna5cZ2REBfF', 'InvalidDigest'],
    ['nonsense', 'InvalidDigest'],
  ])('Content-MD5 %s is %s', async (md5, code) => {
    const { connection } = await frame(length)
    const answer = await connection()
      .head('POST /a HTTP/1.1', `Host: ${HOST}`, `Content-MD5: ${md5}`, 'Content-Length: 5')
      .write('hello')
      .answer()
    expect([answer.status, textOf(answer, 'Code')]).toEqual([400, code])
  })

  test('one byte over the limit is refused, the limit itself is not', async () => {
    const { connection } = await frame(length)
    const post = (bytes: number) =>
      connection()
        .head('POST /a HTTP/1.1', `Host: ${HOST}`, `Content-Length: ${bytes}`)
        .write(Buffer.alloc(bytes))
        .answer()
    expect((await post(1024 * 1024)).status).toBe(200)
    const answer = await post(1024 * 1024 + 1)
    expect([answer.status, textOf(answer, 'Code')]).toEqual([413, 'EntityTooLarge'])
  })

  test('a huge body is refused before it comes, by its length', async () => {
    const { connection } = await frame(length)
    const one = connection().head('POST /jobs HTTP/1.1', `Host: ${CI_HOST}`, 'Content-Length: 52428800').write('x')
    const answer = await one.answer()
    expect([answer.status, textOf(answer, 'Code')]).toEqual([413, 'InvalidContent'])
    expect(answer.header('Connection')).toBe('close')
  })

  test('a client that sends a huge body without looking can still read why it was refused', async () => {
    const { connection } = await frame(length)
    const sendHuge = async (head: string): Promise<void> => {
      const one = connection().head('POST /a HTTP/1.1', `Host: ${HOST}`, head)
      const piece = Buffer.alloc(1024 * 1024, 'x')
      const isClosed = new Promise<boolean>((resolve) => one.socket.once('close', () => resolve(true)))
      let sent = 0
      for (; sent < 50; sent++) {
        if (head.startsWith('Transfer')) one.write('100000\r\n')
        const hasRoom = one.socket.write(piece)
        if (head.startsWith('Transfer')) one.write('\r\n')
        const drained = new Promise<boolean>((resolve) => one.socket.once('drain', () => resolve(false)))
        if (!hasRoom && (await Promise.race([drained, isClosed]))) break
      }
      const answer = await one.answer()
      expect(answer.status).toBe(413)
      // The server takes in some of it for politeness, and never all of it.
      expect(sent).toBeLessThan(40)
    }
    await Promise.all(['Content-Length: 52428800', 'Transfer-Encoding: chunked'].map(sendHuge))
  })

  test('a small body that nobody read does not cost the connection', async () => {
    const { connection } = await frame(async (exchange) => exchange.answerEmpty(200))
    const one = connection().head('PUT /a HTTP/1.1', `Host: ${HOST}`, 'Content-Length: 5').write('hello')
    expect((await one.answer()).header('Connection')).toBe('keep-alive')
    expect((await one.head('GET /a HTTP/1.1', `Host: ${HOST}`).answer()).status).toBe(200)
  })

  test('nor does one that was read in part', async () => {
    const { connection } = await frame(async (exchange) => {
      for await (const piece of exchange.body.stream()) {
        await exchange.answerText(200, 'text/plain', `${piece.length}`)
        return
      }
      await exchange.answerEmpty(204)
    })
    const one = connection().head('PUT /a HTTP/1.1', `Host: ${HOST}`, 'Content-Length: 6').write('abc')
    expect((await one.answer()).body.toString()).toBe('3')
    expect((await one.write('def').head('GET /a HTTP/1.1', `Host: ${HOST}`).answer()).status).toBe(204)
  })

  test('100 Continue is sent when the body is wanted', async () => {
    const { connection } = await frame(length)
    const head = ['PUT /a HTTP/1.1', `Host: ${HOST}`, 'Content-Length: 5', 'Expect: 100-continue']
    const one = connection().head(...head)
    expect((await one.answer()).status).toBe(100)
    expect((await one.write('hello').answer()).body.toString()).toBe('5')
  })

  test('and not when the request is refused anyway', async () => {
    const { connection } = await frame(length, { anonymous: false })
    const head = ['PUT /a HTTP/1.1', `Host: ${CI_HOST}`, 'Content-Length: 5', 'Expect: 100-continue']
    const one = connection().head(...head)
    expect((await one.answer()).status).toBe(401)
    await one.untilClosed()
  })

  test('a client that goes away in the middle fails the reader', async () => {
    const readers = new EventEmitter()
    const { connection } = await frame(async (exchange) => {
      readers.emit('begun')
      await exchange.readBody().catch((failure) => readers.emit('failed', failure))
    })
    const begun = once(readers, 'begun')
    const failed = once(readers, 'failed')
    const one = connection().head('PUT /a HTTP/1.1', `Host: ${HOST}`, 'Content-Length: 50').write('abc')
    await begun
    one.destroy()
    expect((await failed)[0]).toMatchObject({ code: 'BodyIncomplete' })
  })

  test('a slow client is waited for', async () => {
    const { connection } = await frame(length)
    const one = connection().head('PUT /a HTTP/1.1', `Host: ${HOST}`, 'Content-Length: 3')
    for (const letter of 'abc') {
      one.write(letter)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await one.answer()).body.toString()).toBe('3')
  })
})

describe('clients that leave', () => {
  test('the signal tells the handler, whether the client closes or resets', async () => {
    for (const leave of ['destroy', 'resetAndDestroy'] as const) {
      const handlers = new EventEmitter()
      const { connection } = await frame(async (exchange) => {
        const gone = new Promise((resolve) => exchange.signal.addEventListener('abort', resolve, { once: true }))
        handlers.emit('begun')
        await gone
        handlers.emit('aborted')
        await exchange.answerEmpty(200)
      })
      const begun = once(handlers, 'begun')
      const aborted = once(handlers, 'aborted')
      const one = connection().head('GET /a HTTP/1.1', `Host: ${HOST}`)
      await begun
      one.socket[leave]()
      await aborted
    }
  })

  test('a source is destroyed when nobody takes it any more', async () => {
    const source = new Readable({
      read() {
        this.push(Buffer.alloc(65_536))
      },
    })
    const { connection } = await frame((exchange) => exchange.answerStream(200, {}, source))
    const one = connection().head('GET /a HTTP/1.1', `Host: ${HOST}`)
    await one.answer()
    const closed = new Promise((resolve) => source.once('close', resolve))
    one.destroy()
    await closed
    expect(source.destroyed).toBe(true)
  })

  test('a client that has only closed its sending side gets its answer', async () => {
    const { connection } = await frame(async (exchange) => {
      await new Promise((resolve) => setImmediate(resolve))
      await exchange.answerText(200, 'text/plain', 'here')
    })
    const answer = await connection().head('GET /a HTTP/1.1', `Host: ${HOST}`).end().answer()
    expect(answer.body.toString()).toBe('here')
  })
})

describe('our own routes', () => {
  test('tell health and readiness without a signature', async () => {
    let isReady = true
    const { ask } = await frame(echo, { anonymous: false, isReady: () => isReady })
    const health = await ask('GET /-/healthz', 'Host: 127.0.0.1')
    expect([health.status, seen(health)]).toEqual([200, { status: 'ok' }])
    expect((await ask('GET /-/readyz', 'Host: x.example.com')).status).toBe(200)
    isReady = false
    const unready = await ask('GET /-/readyz', 'Host: 127.0.0.1')
    expect([unready.status, seen(unready)]).toEqual([503, { status: 'not ready' }])
    expect((await ask('HEAD /-/readyz', 'Host: 127.0.0.1')).status).toBe(503)
    expect((await ask('PUT /-/readyz', 'Host: 127.0.0.1')).status).toBe(405)
  })

  test('are JSON also when there is nothing', async () => {
    const { ask } = await frame(echo)
    const answer = await ask('GET /-/nothing', 'Host: 127.0.0.1')
    expect([answer.status, answer.header('Content-Type')]).toEqual([404, 'application/json'])
  })
})

describe('stopping', () => {
  test('takes no new connections, ends idle ones, and lets open requests finish', async () => {
    const handlers = new EventEmitter()
    const { server, connection } = await frame(async (exchange) => {
      if (exchange.key !== 'slow') return exchange.answerEmpty(200)
      const go = once(handlers, 'go')
      handlers.emit('begun')
      await go
      await exchange.answerText(200, 'text/plain', 'finished')
    })
    const idle = connection().head('GET /a HTTP/1.1', `Host: ${HOST}`)
    await idle.answer()
    const begun = once(handlers, 'begun')
    const busy = connection().head('GET /slow HTTP/1.1', `Host: ${HOST}`)
    await begun
    const stopped = server.stop()
    await idle.untilClosed()
    handlers.emit('go')
    const answer = await busy.answer()
    expect([answer.body.toString(), answer.header('Connection')]).toEqual(['finished', 'close'])
    await stopped
    await expect(connection().head('GET /a HTTP/1.1', `Host: ${HOST}`).answer()).rejects.toThrow('no answer')
  })

  test('cuts requests that do not end in time', async () => {
    const handlers = new EventEmitter()
    const { server, connection } = await frame(
      async () => {
        handlers.emit('begun')
        await new Promise(() => {})
      },
      { stopGraceMs: 10 },
    )
    const begun = once(handlers, 'begun')
    const one = connection().head('GET /a HTTP/1.1', `Host: ${HOST}`)
    await begun
    await server.stop()
    await one.untilClosed()
  })

  test('twice, and before starting, is fine', async () => {
    const { server } = await frame(echo)
    await Promise.all([server.stop(), server.stop()])
    const never = createHttpServer({
      host: '127.0.0.1',
      port: 0,
      serverName: 'x',
      anonymous: true,
      cors: new Cors({ findRules: async () => [], origins: [] }),
      keys: onlyKey(keyPair),
      handleObject: echo,
      handleCi: echo,
      isReady: () => true,
      stopGraceMs: 10,
      clock: systemClock,
      log: silentLog,
    })
    await never.stop()
  })
})
