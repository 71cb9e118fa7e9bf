import { once } from 'node:events'
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import fastify from 'fastify'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { CallbackEvent } from './events.ts'
import { fastifyReceiver } from './fastify-receiver.ts'
import { fetchHandler } from './fetch-handler.ts'
import { nodeHandler } from './node-handler.ts'
import type { Callback, Handling, ReceiverOptions } from './receive.ts'
import type { ReceiverError } from './receiver-error.ts'
import { type SeenEvents, seenInMemory } from './seen.ts'
import {
  type Delivery,
  type DeliveryCase,
  deliveryOf,
  everyDelivery,
  post,
  requestTo,
  signed,
  taskFailed,
  taskSucceeded,
  unsigned,
  workflowStarted,
} from './testing/index.ts'

const secrets = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const closers: (() => Promise<unknown>)[] = []
let cases: readonly DeliveryCase[] = []

beforeAll(async () => {
  cases = await everyDelivery({ secrets })
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Said {
  readonly status: number
  readonly body: string
}
type Send = (delivery: Delivery) => Promise<Said>

async function listen(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks?secret=in-the-address`
}

/** Every way in: each takes options and gives a way to send deliveries to what they make. */
const ways: Record<string, (options: ReceiverOptions) => Promise<Send>> = {
  'Node http': async (options) => {
    const url = await listen(nodeHandler(options))
    return (delivery) => post(url, delivery)
  },
  Express: async (options) => {
    const url = await listen(express().post('/callbacks', nodeHandler(options)))
    return (delivery) => post(url, delivery)
  },
  'Express with express.raw()': async (options) => {
    const app = express().use(express.raw({ type: () => true, limit: '2mb' }))
    const url = await listen(app.post('/callbacks', nodeHandler(options)))
    return (delivery) => post(url, delivery)
  },
  Fastify: async (options) => {
    const app = fastify()
    // Beside a route that wants its JSON parsed, which the plugin must leave alone.
    app.post('/other', async (request) => request.body)
    await app.register(fastifyReceiver, { path: '/callbacks', ...options })
    closers.push(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    const other = await fetch(`${origin}/other`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    })
    expect(await other.json()).toEqual({ a: 1 })
    return (delivery) => post(`${origin}/callbacks?secret=1`, delivery)
  },
  Fetch: async (options) => {
    const handle = fetchHandler(options)
    return async (delivery) => {
      const response = await handle(requestTo('https://receiver.example/callbacks', delivery))
      return { status: response.status, body: await response.text() }
    }
  },
}

describe.each(Object.entries(ways))('%s', (_, open) => {
  test('makes the right thing of every delivery there is', async () => {
    const handled: { event: CallbackEvent; callback: Callback }[] = []
    const refused: ReceiverError[] = []
    const send = await open({
      secrets: [secrets],
      seen: seenInMemory(),
      onEvent: (event, callback) => void handled.push({ event, callback }),
      onRefused: (error) => void refused.push(error),
    })
    for (const { name, delivery, expected, event } of cases) {
      const before = { handled: handled.length, refused: refused.length }
      const { status, body } = await send(delivery)
      expect(status, `${name}: ${body}`).toBe(expected === 'refused' ? refused.at(-1)?.status : 200)
      expect(handled.length - before.handled, name).toBe(expected === 'handled' ? 1 : 0)
      expect(refused.length - before.refused, name).toBe(expected === 'refused' ? 1 : 0)
      if (expected === 'refused') expect(body, name).toMatch(/^[A-Z]\w+: .+\.\n$/)
      if (expected === 'handled') {
        const id = delivery.headers['webhook-id']
        expect(handled.at(-1)!.event.name, name).toBe(event!.name)
        expect(handled.at(-1)!.callback, name).toMatchObject({ key: id, id, sentAt: expect.any(Date) })
      }
    }
    expect(cases.filter((one) => one.expected === 'handled')).toHaveLength(handled.length)
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([400, 401]))
  })

  test('asks the sender to come again when the event could not be handled', async () => {
    const failures: unknown[] = []
    let isDown = true
    let handled = 0
    const send = await open({
      secrets,
      seen: seenInMemory(),
      onFailed: (error) => void failures.push(error),
      onEvent: async () => {
        if (isDown) throw new Error('the database of db.internal:5432 is down')
        handled += 1
      },
    })
    const delivery = await deliveryOf(taskSucceeded(), { secrets })
    // Nothing of what went wrong inside is told outside.
    expect(await send(delivery)).toEqual({ status: 500, body: 'the receiver could not handle this\n' })
    expect(failures).toEqual([new Error('the database of db.internal:5432 is down')])
    isDown = false
    expect((await send(delivery)).status).toBe(200)
    expect((await send(delivery)).body).toBe('handled before\n')
    expect(handled).toBe(1)
  })

  test('lets one of two in that come at the same time', async () => {
    let finish = (): void => {}
    const isBusy = new Promise<void>((begun) => {
      const work = new Promise<void>((resolve) => {
        finish = resolve
      })
      closers.push(async () => finish())
      onEvent = () => {
        begun()
        return work
      }
    })
    const send = await open({ secrets, seen: seenInMemory(), onEvent: (...given) => onEvent(...given) })
    const delivery = await deliveryOf(taskSucceeded(), { secrets })
    const first = send(delivery)
    await isBusy
    expect(await send(delivery)).toEqual({ status: 503, body: 'this event is being handled\n' })
    finish()
    expect((await first).status).toBe(200)
    expect((await send(delivery)).body).toBe('handled before\n')
  })
  let onEvent: Handling['onEvent'] = () => {}

  test('refuses a body that is too large, whether its length is told or not', async () => {
    const refused: string[] = []
    const send = await open({
      secrets,
      maxBodyBytes: 50_000,
      onEvent: () => {},
      onRefused: ({ code }) => void refused.push(code),
    })
    const just = await signed(`{"EventName":"${'x'.repeat(40_000)}"}`, { secrets })
    expect((await send(just)).status).toBe(400)
    const large = await signed(`{"EventName":"${'x'.repeat(60_000)}"}`, { secrets })
    expect((await send(large)).status).toBe(413)
  })

  test('takes what nobody has signed when it is told to, and knows it again by the job', async () => {
    const callbacks: Callback[] = []
    const send = await open({
      unsafeAcceptUnsigned: true,
      seen: seenInMemory(),
      onEvent: (_event, callback) => void callbacks.push(callback),
    })
    const job = taskFailed()
    const run = workflowStarted()
    for (const event of [job, run]) {
      const delivery = unsigned(await deliveryOf(event, { secrets, format: 'JSON', profile: 'live' }))
      expect((await send(delivery)).body).toBe('ok\n')
      expect((await send(delivery)).body).toBe('handled before\n')
    }
    // An id that nobody vouches for is not believed.
    const claimed = await deliveryOf(job, { secrets, id: 'evt_new' })
    expect((await send(claimed)).body).toBe('handled before\n')
    expect(callbacks).toEqual([
      { key: `TaskFinish:${job.job.id}`, id: null, sentAt: null },
      { key: `WorkflowStart:${run.run.id}`, id: null, sentAt: null },
    ])
  })
})

describe('a store that fails', () => {
  const broken = (method: keyof SeenEvents): SeenEvents => ({
    ...seenInMemory(),
    [method]: () => Promise.reject(new Error(`${method} failed`)),
  })

  test.each(['claim', 'done', 'release'] as const)('in %s has the event sent again', async (method) => {
    const failures: unknown[] = []
    const handle = fetchHandler({
      secrets,
      seen: broken(method),
      onFailed: (error) => void failures.push(error),
      onEvent: () => {
        if (method === 'release') throw new Error('the handler failed first')
      },
    })
    const response = await handle(requestTo('http://r/', await deliveryOf(taskSucceeded(), { secrets })))
    expect(response.status).toBe(500)
    expect(failures).toEqual([new Error(method === 'release' ? 'the handler failed first' : `${method} failed`)])
  })
})

test('without a store every delivery is handled', async () => {
  let handled = 0
  const onEvent = () => {
    handled += 1
  }
  const handle = fetchHandler({ secrets, onEvent })
  const delivery = await deliveryOf(taskSucceeded(), { secrets })
  for (let attempt = 0; attempt < 3; attempt += 1) await handle(requestTo('http://r/', delivery))
  expect(handled).toBe(3)
})

test('a log that fails does not cost the answer; the console is told', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue()
  const broken = () => {
    throw new Error('the log is full')
  }
  const handle = fetchHandler({ secrets, onRefused: broken, onFailed: broken, onEvent: broken })
  const delivery = await deliveryOf(taskSucceeded(), { secrets })
  expect((await handle(requestTo('http://r/', delivery))).status).toBe(500)
  expect((await handle(requestTo('http://r/', unsigned(delivery)))).status).toBe(401)
  expect(said).toHaveBeenCalledTimes(2)
  said.mockRestore()
})

test('who names no log for failures finds them on the console', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue()
  const failure = new Error('the disk is full')
  const handle = fetchHandler({ secrets, onEvent: () => Promise.reject(failure) })
  await handle(requestTo('http://r/', await deliveryOf(taskSucceeded(), { secrets })))
  expect(said).toHaveBeenCalledExactlyOnceWith('A callback could not be handled:', failure)
  said.mockRestore()
})

describe('only POST is taken', () => {
  test.each(['GET', 'PUT', 'HEAD', 'DELETE'])('%s is answered 405', async (method) => {
    const options = { secrets, onEvent: () => {} }
    const response = await fetchHandler(options)(new Request('http://r/', { method }))
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    const answer = await fetch(await listen(nodeHandler(options)), { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  })
})

describe('a body that somebody else has read', () => {
  test('by express.json() is refused with what to do about it; XML is still there', async () => {
    const app = express().use(express.json())
    const url = await listen(app.post('/callbacks', nodeHandler({ secrets, onEvent: () => {} })))
    const json = await post(url, await deliveryOf(taskSucceeded(), { secrets, format: 'JSON' }))
    expect(json.status).toBe(500)
    expect(json.body).toMatch(/^BodyAlreadyRead: .*Put the handler before express\.json\(\)/)
    expect((await post(url, await deliveryOf(taskSucceeded(), { secrets, format: 'XML' }))).status).toBe(200)
  })

  test('as text or as rawBody is taken', async () => {
    const delivery = await deliveryOf(taskSucceeded({ userData: '字' }), { secrets, format: 'JSON' })
    const asText = express().use(express.text({ type: () => true }))
    const asRawBody = express().use(
      express.json({
        verify: (request, _response, raw) => {
          ;(request as { rawBody?: Buffer }).rawBody = raw
        },
      }),
    )
    for (const app of [asText, asRawBody]) {
      const url = await listen(app.post('/callbacks', nodeHandler({ secrets, onEvent: () => {} })))
      expect(await post(url, delivery)).toEqual({ status: 200, body: 'ok\n' })
    }
  })

  test('of a Fetch request is refused', async () => {
    const request = requestTo('http://r/', await deliveryOf(taskSucceeded(), { secrets }))
    await request.text()
    const response = await fetchHandler({ secrets, onEvent: () => {} })(request)
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('BodyAlreadyRead')])
  })
})

describe('a sender of its own kind', () => {
  test('may send in pieces without saying how much; too much of it is cut off', async () => {
    const url = await listen(nodeHandler({ secrets, maxBodyBytes: 5_000, onEvent: () => {} }))
    const delivery = await deliveryOf(taskSucceeded(), { secrets })
    const chunked = (pieces: readonly string[]) =>
      new Promise<number>((resolve, reject) => {
        const { 'content-length': _length, ...headers } = delivery.headers
        const request = httpRequest(url, { method: 'POST', headers }, (response) => resolve(response.statusCode!))
        request.on('error', reject)
        for (const piece of pieces) request.write(piece)
        request.end()
      })
    expect(await chunked([delivery.body.slice(0, 100), delivery.body.slice(100)])).toBe(200)
    expect(await chunked([delivery.body, ' '.repeat(5_000)])).toBe(413)
  })

  test('may hang up in the middle: nothing is handled, and it is told', async () => {
    const failed = new Promise((resolve) => {
      void listen(nodeHandler({ secrets, onEvent: () => {}, onFailed: resolve })).then((url) => {
        const { port } = new URL(url)
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.write('POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 100\r\n\r\n<Response>', () => socket.destroy())
        })
      })
    })
    expect(String(await failed)).toMatch(/closed the connection|aborted/)
  })

  test('may send a Fetch request in pieces; too much of it is cut off', async () => {
    const handle = fetchHandler({ secrets, maxBodyBytes: 5_000, onEvent: () => {} })
    let isCancelled = false
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
      cancel: () => {
        isCancelled = true
      },
    })
    const request = new Request('http://r/', { method: 'POST', body: endless, duplex: 'half' } as RequestInit)
    expect((await handle(request)).status).toBe(413)
    expect(isCancelled).toBe(true)
  })
})

describe('options that cannot be meant', () => {
  const onEvent = () => {}
  test.each<[string, object, RegExp]>([
    ['no secret', { onEvent }, /^secrets is missing\. Is the environment variable set\?/],
    ['an undefined one', { onEvent, secrets: undefined }, /^secrets is missing/],
    ['an empty one', { onEvent, secrets: '' }, /^A secret is a text of 0 characters, expected "whsec_"/],
    ['an empty list', { onEvent, secrets: [] }, /^secrets is empty/],
    ['secrets that do not count', { onEvent, secrets, unsafeAcceptUnsigned: true }, /expected one of the two/],
    ['nothing to do', { secrets }, /^onEvent is missing, expected a function\.$/],
    // What `Number(process.env.UNSET)` is: compared with it, nothing would be too old or too large.
    ['a tolerance that is no number', { onEvent, secrets, toleranceSeconds: Number.NaN }, /^toleranceSeconds is NaN/],
    ['a negative tolerance', { onEvent, secrets, toleranceSeconds: -1 }, /^toleranceSeconds is -1/],
    ['a bound that is no number', { onEvent, secrets, maxBodyBytes: Number.NaN }, /^maxBodyBytes is NaN/],
    ['a word instead of true', { onEvent, unsafeAcceptUnsigned: 'false' }, /^secrets is missing/],
  ])('%s: refused when the handler is made', async (_, options, message) => {
    expect(() => nodeHandler(options as never)).toThrow(message)
    expect(() => fetchHandler(options as never)).toThrow(message)
    const app = fastify()
    closers.push(() => app.close())
    await expect(async () => app.register(fastifyReceiver, { path: '/', ...options } as never)).rejects.toThrow(message)
  })
})
