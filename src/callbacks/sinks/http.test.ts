import { readFileSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Receiver, startReceiver } from '../../../test/support/receiver.ts'
import { addressGuard, type OutboundRequestsOptions } from '../../network/index.ts'
import type { Message, Sink, SinkAnswer } from '../sink.ts'
import { httpSink } from './http.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

function sinkWith(options: Partial<OutboundRequestsOptions> = {}): Sink {
  const sink = httpSink({ guard: addressGuard({ allowLoopback: true }), ...options })
  ends.push(() => sink.close())
  return sink
}

async function receiver(): Promise<Receiver> {
  const started = await startReceiver()
  ends.push(() => started.close())
  return started
}

/** A receiver that speaks no HTTP of Node's making: what it does with each connection is up to the test. */
async function rawReceiver(onConnection: (socket: Socket, number: number) => void): Promise<string> {
  let connections = 0
  const sockets = new Set<Socket>()
  return listening(
    createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      onConnection(socket, connections++)
    }),
    () => {
      for (const socket of sockets) socket.destroy()
    },
  )
}

async function listening(server: Server, beforeClose: () => void = () => undefined): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    beforeClose()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const body = Buffer.from('<Response><EventName>TaskFinish</EventName></Response>')
const send = (sink: Sink, url: string, message: Partial<Message> = {}, signal = new AbortController().signal) =>
  sink.send({ url, headers: { 'Content-Type': 'application/xml', 'User-Agent': 'Pixmill' }, body, ...message }, signal)

describe('what the receiver gets', () => {
  test('is a POST with exactly the content type, a length, and the bytes', async () => {
    const it = await receiver()
    expect(await send(sinkWith(), `${it.url}/hook`)).toEqual({
      address: '127.0.0.1',
      reached: true,
      status: 200,
      headers: {},
      answer: '',
      error: null,
    })
    const [request] = it.received
    expect(request).toMatchObject({ method: 'POST', path: '/hook', body: body.toString() })
    expect(request!.headers).toEqual({
      host: new URL(it.url).host,
      connection: 'keep-alive',
      'content-type': 'application/xml',
      'user-agent': 'Pixmill',
      'content-length': String(body.length),
    })
  })

  test.each([
    ['/a/../b//c?token=%2f%2F&x={y}|z"q"', '/a/../b//c?token=%2f%2F&x={y}|z"q"'],
    ['?only=query', '/?only=query'],
    ['/straße?名=值#part', '/stra%C3%9Fe?%E5%90%8D=%E5%80%BC'],
  ])('the target %s as %s', async (configured, sent) => {
    const it = await receiver()
    await send(sinkWith(), it.url + configured)
    expect(it.received[0]!.path).toBe(sent)
  })

  test('user name and password of the URL as a header', async () => {
    const it = await receiver()
    await send(sinkWith(), it.url.replace('//', '//us:p%40ss@'))
    expect(it.received[0]!.headers.authorization).toBe(`Basic ${Buffer.from('us:p@ss').toString('base64')}`)
  })

  test('a header Authorization of its own instead, when it has one', async () => {
    const it = await receiver()
    await send(sinkWith(), it.url.replace('//', '//us:pw@'), { headers: { AUTHORIZATION: 'Bearer t' } })
    expect(it.received[0]!.headers.authorization).toBe('Bearer t')
  })

  test('a length for an empty body, too', async () => {
    const it = await receiver()
    await send(sinkWith(), it.url, { body: Buffer.alloc(0) })
    expect(it.received[0]!.headers).toMatchObject({ 'content-length': '0' })
  })

  test('one connection for one after another, and a second for two at once', async () => {
    const sockets: Socket[] = []
    const url = await rawReceiver((socket) => {
      sockets.push(socket)
      socket.on('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
    })
    const sink = sinkWith()
    for (let n = 0; n < 3; n++) expect((await send(sink, url)).status).toBe(204)
    expect(sockets).toHaveLength(1)
    await Promise.all([send(sink, url), send(sink, url)])
    expect(sockets).toHaveLength(2)
  })
})

describe('what comes back', () => {
  const answering = async (answer: string, options: Partial<OutboundRequestsOptions> = {}): Promise<SinkAnswer> => {
    const url = await rawReceiver((socket) => void socket.once('data', () => socket.write(answer)))
    return send(sinkWith(options), url)
  }

  test.each([200, 202, 400, 410, 500, 503])('status %i', async (status) => {
    const it = await receiver()
    it.answerWith([(response) => response.writeHead(status, { 'Retry-After': '7' }).end('so it is')])
    expect(await send(sinkWith(), it.url)).toMatchObject({
      status,
      headers: { 'retry-after': '7' },
      answer: 'so it is',
      error: null,
    })
  })

  test('a redirect, which is not followed', async () => {
    const [it, elsewhere] = [await receiver(), await receiver()]
    it.answerWith([(response) => response.writeHead(307, { Location: elsewhere.url }).end()])
    expect(await send(sinkWith(), it.url)).toMatchObject({ status: 307, error: null })
    expect(elsewhere.received).toEqual([])
  })

  test('of a long answer its first KiB', async () => {
    const long = 'x'.repeat(50_000)
    const answer = await answering(`HTTP/1.1 500 No\r\nContent-Length: ${long.length}\r\n\r\n${long}`)
    expect(answer).toMatchObject({ status: 500, answer: 'x'.repeat(1024) })
  })

  test('bytes that are no text, as text', async () => {
    const answer = await answering('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b')
    expect(answer.answer).toBe('ab')
  })

  test('the status after early hints', async () => {
    const answer = await answering('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    expect(answer.status).toBe(200)
  })

  test('a status without end of the body, when the body breaks off', async () => {
    const url = await rawReceiver((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'))
    })
    expect(await send(sinkWith(), url)).toMatchObject({ status: 200, answer: 'abc', error: null })
  })

  test('a status from an answer without end, after 64 KiB of it', async () => {
    let written = 0
    const url = await rawReceiver((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        const more = () => {
          while (!socket.destroyed && socket.write(`400\r\n${'z'.repeat(1024)}\r\n`)) written += 1024
        }
        socket.on('drain', more)
        more()
      })
    })
    expect(await send(sinkWith({ totalTimeoutMs: 30_000 }), url)).toMatchObject({ status: 200, error: null })
    expect(written).toBeGreaterThan(0)
  })

  test('no status from what is no HTTP', async () => {
    expect(await answering('SSH-2.0-OpenSSH_9.6\r\n')).toMatchObject({
      status: null,
      error: expect.stringContaining('HTTP'),
    })
  })

  test.each([
    ['a status below 100', 'HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n'],
    [
      'another protocol from here on',
      'HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nPRI * HTTP/2.0\r\n\r\n',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n'],
    ['a length and pieces', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a line before the head', '\0HTTP/1.1 200 OK\r\n\r\n'],
  ])('no status from %s, and one line of why', async (_what, head) => {
    const answer = await answering(head)
    expect(answer).toMatchObject({ reached: true, status: null, error: expect.stringMatching(/^[^\n]+$/) })
  })

  test.each(['HTTP/1.1 102 Processing', 'HTTP/1.1 103 Early Hints\r\nLink: x'])(
    'the status behind any number of %j',
    async (hint) => {
      expect(
        await answering(`${`${hint}\r\n\r\n`.repeat(1_000)}HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n`),
      ).toMatchObject({
        status: 202,
        error: null,
      })
    },
  )

  test('no status from a head without end', async () => {
    const answer = await answering(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(40_000)}`)
    expect(answer).toMatchObject({ status: null, error: expect.stringMatching(/header/i) })
  })
})

/** What comes of the shortest time in which this machine gets so far, and that time, milliseconds. */
async function inShort(url: string, cameSoFar: (answer: SinkAnswer) => boolean) {
  for (const totalTimeoutMs of [50, 500, 5_000]) {
    const answer = await send(sinkWith({ totalTimeoutMs }), url)
    if (cameSoFar(answer)) return { answer, totalTimeoutMs }
  }
  throw new Error('it did not come so far within five seconds')
}

describe('what takes too long', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['silence', () => undefined],
    ['half a head', (socket) => void socket.write('HTTP/1.1 200 OK\r\nX-Slow: ')],
    [
      'a head that comes a line at a time',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const trickling = setInterval(() => socket.write('X-Slow: y\r\n'), 5)
        socket.on('close', () => clearInterval(trickling))
      },
    ],
  ])('%s is an error after the total time', async (_what, answer) => {
    const url = await rawReceiver((socket) => void socket.once('data', () => answer(socket)))
    const { answer: ended, totalTimeoutMs } = await inShort(url, ({ reached }) => reached)
    expect(ended).toEqual({
      address: '127.0.0.1',
      reached: true,
      status: null,
      headers: {},
      answer: '',
      error: `no complete answer within ${totalTimeoutMs} ms`,
    })
  })

  test('a body that trickles ends with the total time, and its status counts', async () => {
    const url = await rawReceiver((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na'))
    })
    const { answer } = await inShort(url, ({ answer: body }) => body !== '')
    expect(answer).toMatchObject({ status: 200, answer: 'a', error: null })
  })

  test('a look-up that hangs is an error after the time to connect', async () => {
    const sink = sinkWith({ connectTimeoutMs: 30, lookUpName: () => new Promise(() => undefined) })
    expect(await send(sink, 'http://receiver.test/')).toMatchObject({
      address: null,
      reached: false,
      status: null,
      error: 'no connection within 30 ms',
    })
  })

  test('a TLS handshake that hangs is one, too', async () => {
    const url = await rawReceiver(() => undefined)
    expect(await send(sinkWith({ connectTimeoutMs: 30 }), url.replace('http', 'https'))).toMatchObject({
      address: '127.0.0.1',
      error: 'no connection within 30 ms',
    })
  })

  test('stopping ends it at once', async () => {
    const url = await rawReceiver((socket) => void socket.once('data', () => stopping.abort()))
    const stopping = new AbortController()
    expect(await send(sinkWith(), url, {}, stopping.signal)).toMatchObject({ status: null })
    expect(await send(sinkWith(), url, {}, stopping.signal)).toMatchObject({ status: null })
  })
})

describe('connections that break', () => {
  test('one that is refused is an error that names the address', async () => {
    const url = await rawReceiver(() => undefined)
    await ends.pop()!()
    expect(await send(sinkWith(), url)).toMatchObject({
      address: '127.0.0.1',
      reached: false,
      status: null,
      error: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test('a new one that is closed without an answer is a failed attempt, tried once', async () => {
    let connections = 0
    const url = await rawReceiver((socket) => {
      connections += 1
      socket.once('data', () => socket.resetAndDestroy())
    })
    expect(await send(sinkWith(), url)).toMatchObject({ status: null, error: expect.any(String) })
    expect(connections).toBe(1)
  })

  test('one that was idle and is closed when it is used again costs no attempt', async () => {
    const url = await rawReceiver((socket, number) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 204 No Content\r\n\r\n')
        if (number === 0) socket.once('data', () => socket.resetAndDestroy())
      })
    })
    const sink = sinkWith()
    expect((await send(sink, url)).status).toBe(204)
    expect(await send(sink, url)).toMatchObject({ status: 204, error: null })
  })

  test('one that broke is not used again', async () => {
    const url = await rawReceiver((socket, number) => {
      socket.on('data', () =>
        number === 0 ? socket.resetAndDestroy() : socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
      )
    })
    const sink = sinkWith()
    expect((await send(sink, url)).status).toBeNull()
    expect((await send(sink, url)).status).toBe(200)
  })
})

describe('where it does not go', () => {
  const outside = { guard: addressGuard({ allowLoopback: false }) }

  test.each(['127.0.0.1', '127.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '0.0.0.0'])(
    'to the forbidden literal %s, without a connection',
    async (host) => {
      let connections = 0
      const url = await rawReceiver(() => {
        connections += 1
      })
      const answer = await send(sinkWith(outside), url.replace('127.0.0.1', host))
      expect(answer).toMatchObject({ address: null, status: null, error: expect.stringMatching(/may not be called$/) })
      expect(connections).toBe(0)
    },
  )

  test('to a name that means a forbidden address, be it one of several', async () => {
    let connections = 0
    const url = await rawReceiver(() => {
      connections += 1
    })
    const lookUpName = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    const answer = await send(sinkWith({ ...outside, lookUpName }), url.replace('127.0.0.1', 'receiver.test'))
    expect(answer).toMatchObject({
      address: null,
      reached: false,
      status: null,
      error: 'receiver.test is 127.0.0.1, which is a loopback address and may not be called',
    })
    expect(connections).toBe(0)
  })

  test('to a name that changes its meaning between check and connection: it is looked up once', async () => {
    const it = await receiver()
    let lookUps = 0
    const lookUpName = async () => [{ address: lookUps++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }]
    const answer = await send(sinkWith({ lookUpName }), it.url.replace('127.0.0.1', 'receiver.test'))
    expect(answer).toMatchObject({ address: '127.0.0.1', status: 200 })
    expect(lookUps).toBe(1)
    expect(it.received[0]!.headers.host).toBe(`receiver.test:${new URL(it.url).port}`)
  })

  test('nowhere when a name has no address, or the URL cannot be read', async () => {
    const none = sinkWith({ lookUpName: async () => [] })
    expect(await send(none, 'http://receiver.test/')).toMatchObject({ status: null, error: expect.any(String) })
    const unknown = sinkWith({ lookUpName: () => Promise.reject(new Error('getaddrinfo ENOTFOUND receiver.test')) })
    expect(await send(unknown, 'http://receiver.test/')).toMatchObject({ error: 'getaddrinfo ENOTFOUND receiver.test' })
    expect(await send(sinkWith(), 'no url at all')).toMatchObject({ error: expect.stringContaining('cannot be read') })
  })

  test('a name with several addresses is reached at the first that answers', async () => {
    const it = await receiver()
    const lookUpName = async () => [
      { address: '127.0.0.9', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    const answer = await send(sinkWith({ lookUpName }), it.url.replace('127.0.0.1', 'receiver.test'))
    expect(answer).toMatchObject({ address: '127.0.0.1', status: 200 })
  })
})

describe('TLS', () => {
  const file = (name: string) => readFileSync(new URL(`../../../test/fixtures/tls/${name}`, import.meta.url), 'utf8')
  const cert = file('receiver.cert.pem')
  const lookUpName = async () => [{ address: '127.0.0.1', family: 4 }]
  const secureReceiver = async (): Promise<string> => {
    const server = createHttpsServer({ key: file('receiver.key.pem'), cert }, (request, response) => {
      request.resume().on('end', () => response.end((request.socket as unknown as { servername: string }).servername))
    })
    return (await listening(server, () => server.closeAllConnections())).replace(
      'http://127.0.0.1',
      'https://receiver.test',
    )
  }

  test('a certificate of nobody we know is a failed attempt', async () => {
    expect(await send(sinkWith({ lookUpName }), await secureReceiver())).toMatchObject({
      address: '127.0.0.1',
      reached: false,
      status: null,
      error: expect.stringMatching(/self.signed certificate/),
    })
  })

  test('a certificate of an authority we were given is trusted, and the name is told', async () => {
    const sink = sinkWith({ lookUpName, extraCertificates: [cert] })
    const url = await secureReceiver()
    expect(await send(sink, url)).toMatchObject({ status: 200, answer: 'receiver.test' })
    expect(await send(sink, url.replace('receiver.test', 'receiver.test.'))).toMatchObject({ answer: 'receiver.test' })
    expect(await send(sink, url.replace('receiver.test', '127.0.0.1'))).toMatchObject({ status: 200 })
  })

  test('a certificate for another name is a failed attempt', async () => {
    const url = (await secureReceiver()).replace('receiver.test', 'other.test')
    expect(await send(sinkWith({ lookUpName, extraCertificates: [cert] }), url)).toMatchObject({
      status: null,
      error: expect.stringContaining('altnames'),
    })
  })
})
