import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CatchUpOptions, catchUp, eventFeed, type FeedEntry, type FeedOptions } from './catch-up.ts'
import type { CallbackEvent } from './events.ts'
import { nodeHandler } from './node-handler.ts'
import { seenInMemory } from './seen.ts'
import { deliveryOf, post, renderEvent, taskFailed, taskSucceeded } from './testing/index.ts'

const secrets = `whsec_${btoa('a secret of twenty-four!')}`
const token = 'a-token'
let server: Server
let url: string
/** What the server has, one to a page; a cursor is the number of events before it. */
let events: { id: string; body: string | null }[]
let asked: URL[]
/** How it answers the next requests instead. */
let instead: ((response: ServerResponse) => void)[]
const others: Server[] = []

beforeEach(async () => {
  events = []
  asked = []
  instead = []
  server = await listening((request, response) => {
    const target = new URL(request.url!, 'http://feed')
    asked.push(target)
    expect(request.headers.authorization).toBe(`Bearer ${token}`)
    const answer = instead.shift()
    if (answer !== undefined) return answer(response)
    const from = Number(target.searchParams.get('after') ?? 0)
    const page = events.slice(from, from + 1).map((one, index) => ({ ...one, cursor: String(from + index + 1) }))
    const next = from + page.length
    response.end(JSON.stringify({ events: page, next: String(next), more: next < events.length }))
  })
  url = urlOf(server)
})
afterEach(async () => {
  for (const one of [server, ...others.splice(0)]) {
    one.closeAllConnections()
    await new Promise((resolve) => one.close(resolve))
  }
})

async function listening(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const made = createServer(handle)
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return made
}
const urlOf = (of: Server): string => `http://127.0.0.1:${(of.address() as AddressInfo).port}`

/** The server has this event, too. */
function add(event: CallbackEvent, id = `evt_${events.length + 1}`): CallbackEvent {
  events.push({ id, body: renderEvent(event, { format: events.length % 2 === 0 ? 'XML' : 'JSON' }) })
  return event
}
const idOf = (event: CallbackEvent): string => (event.name === 'TaskFinish' ? event.job.id : event.run.id)
const all = async (options: Partial<FeedOptions>): Promise<FeedEntry[]> => {
  const given: FeedEntry[] = []
  for await (const one of eventFeed({ server: url, token, ...options })) given.push(one)
  return given
}
const caughtUp = async (options: Partial<CatchUpOptions> = {}) => {
  const handled: string[] = []
  const cursor = await catchUp({ server: url, token, onEvent: (event) => void handled.push(idOf(event)), ...options })
  return { handled, cursor }
}

test('every event is given once, in its order, whatever its format', async () => {
  const made = [add(taskSucceeded()), add(taskFailed()), add(taskSucceeded())]
  const given = await all({ bucket: 'b-1' })
  expect(given.map(({ event }) => idOf(event))).toEqual(made.map(idOf))
  expect(given[1]).toMatchObject({ callback: { key: 'evt_2', id: 'evt_2', sentAt: null }, cursor: '2' })
  expect(asked.map(({ search }) => search)).toEqual(['?bucket=b-1', '?after=1&bucket=b-1', '?after=2&bucket=b-1'])
  expect(await all({ after: '3' })).toEqual([])
})

test('a look that finds nothing moves on, too: what is removed behind it later is not missed', async () => {
  add(taskSucceeded())
  const { cursor } = await caughtUp()
  // Events of which this reader gets nothing, as those of another bucket.
  events.push({ id: 'evt_2', body: null }, { id: 'evt_3', body: null })
  const told: string[] = []
  const next = await caughtUp({ after: cursor, onCursor: (one) => void told.push(one) })
  expect([cursor, next, told]).toEqual(['1', { handled: [], cursor: '3' }, ['2', '3']])
})

test('an event of which nothing is known any more is passed over', async () => {
  events.push({ id: 'evt_gone', body: null })
  const made = add(taskSucceeded())
  expect((await caughtUp()).handled).toEqual([idOf(made)])
})

describe('catching up', () => {
  test('handles what the handler has not handled, and says where to go on', async () => {
    const seen = seenInMemory()
    const handled: string[] = []
    const onEvent = (event: CallbackEvent) => void handled.push(idOf(event))
    const receiver = await listening(nodeHandler({ secrets, seen, onEvent }))
    others.push(receiver)
    const [missed, came] = [add(taskFailed(), 'evt_missed'), add(taskSucceeded(), 'evt_came')]
    await post(urlOf(receiver), await deliveryOf(came, { secrets, id: 'evt_came' }))
    const cursors: string[] = []
    const cursor = await catchUp({ server: url, token, seen, onEvent, onCursor: (one) => void cursors.push(one) })
    expect(handled).toEqual([idOf(came), idOf(missed)])
    expect([cursor, cursors]).toEqual(['2', ['1', '2']])
    expect(await catchUp({ server: url, token, seen, onEvent, after: cursor! })).toBe('2')
    expect(handled).toHaveLength(2)
  })

  test('knows events by what they speak of, where callbacks are not signed', async () => {
    const seen = seenInMemory()
    const handled: string[] = []
    const onEvent = (event: CallbackEvent) => void handled.push(idOf(event))
    const options = { unsafeAcceptUnsigned: true, seen, onEvent } as const
    const receiver = await listening(nodeHandler(options))
    others.push(receiver)
    const came = add(taskSucceeded(), 'evt_1')
    await post(urlOf(receiver), await deliveryOf(came, { secrets, id: 'another' }))
    await catchUp({ server: url, token, ...options })
    expect(handled).toEqual([idOf(came)])
  })

  test('stops at what cannot be handled, and begins with it again', async () => {
    const [first, second] = [add(taskSucceeded()), add(taskFailed())]
    const seen = seenInMemory()
    let cursor: string | undefined
    const broken = catchUp({
      server: url,
      token,
      seen,
      onCursor: (one) => {
        cursor = one
      },
      onEvent: (event) => {
        if (idOf(event) === idOf(second)) throw new Error('the table is gone')
      },
    })
    await expect(broken).rejects.toThrow('the table is gone')
    expect(cursor).toBe('1')
    expect((await caughtUp({ seen, after: cursor! })).handled).toEqual([idOf(second)])
    expect((await caughtUp({ seen })).handled).toEqual([])
    expect(idOf(first)).not.toBe('')
  })

  test('waits for an event that somebody else is at, and has it when that one gives it back', async () => {
    const made = add(taskSucceeded(), 'evt_busy')
    const seen = seenInMemory()
    await seen.claim('evt_busy')
    let asks = 0
    const watched = {
      ...seen,
      claim: async (key: string) => {
        const claim = await seen.claim(key)
        asks += 1
        if (asks === 1) await seen.release(key)
        return claim
      },
    }
    expect((await caughtUp({ seen: watched })).handled).toEqual([idOf(made)])
    expect(asks).toBe(2)
  })

  test('follows what comes, until it is told to end', async () => {
    const made = [add(taskSucceeded())]
    const ends = new AbortController()
    const handled: string[] = []
    const following = catchUp({
      server: url,
      token,
      follow: true,
      signal: ends.signal,
      onEvent: (event) => {
        handled.push(idOf(event))
        if (handled.length === 1) made.push(add(taskFailed()))
        else ends.abort(new Error('enough'))
      },
    })
    await expect(following).rejects.toThrow('enough')
    expect(handled).toEqual(made.map(idOf))
    expect(asked[0]!.searchParams.get('wait')).toBe('30s')
  })
})

describe('when the server', () => {
  test('is away or busy for a moment, it is asked again, and nothing is lost', async () => {
    const made = [add(taskSucceeded()), add(taskFailed())]
    instead.push(
      (response) => void response.destroy(),
      (response) => void response.writeHead(503).end('later'),
      (response) => void response.writeHead(200).end('{"events":['),
      (response) => void response.writeHead(429).end(),
    )
    expect((await caughtUp()).handled).toEqual(made.map(idOf))
  })

  test.each([
    { status: 410, code: 'CursorExpired' },
    { status: 401, code: 'FeedRefused' },
    { status: 403, code: 'FeedRefused' },
    { status: 404, code: 'FeedRefused' },
  ])('answers $status, that is told as $code, and not asked again', async ({ status, code }) => {
    instead.push((response) => void response.writeHead(status).end('{"message":"so it is"}'))
    await expect(caughtUp({ after: '1' })).rejects.toMatchObject({
      name: 'ReceiverError',
      code,
      message: expect.stringContaining('so it is'),
    })
    expect(asked).toHaveLength(1)
  })

  test.each([
    [{ server: undefined }, 'server is undefined, expected an address'],
    [{ server: 'pixmill.example' }, 'server is "pixmill.example", expected an address'],
    [{ token: undefined }, 'token is missing. Is the environment variable set?'],
  ])('cannot be asked with %j, that is told before', async (options, message) => {
    await expect(caughtUp(options as never)).rejects.toMatchObject({
      name: 'ReceiverError',
      code: 'InvalidOption',
      message: expect.stringContaining(message),
    })
    expect(asked).toEqual([])
  })

  test('does not come back, that is told when patience is over', async () => {
    instead.push((response) => void response.writeHead(500).end('broken'))
    await expect(caughtUp({ patienceSeconds: -1 })).rejects.toMatchObject({
      code: 'FeedUnreachable',
      message: expect.stringContaining('it answered 500: broken'),
    })
  })
})
