import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { verify } from '../../packages/receiver/src/index.ts'
import { api } from '../support/api.ts'
import { type House, jobXml, startHouse, textAt } from '../support/house.ts'

// That the server goes by what it is told of callbacks. What the settings mean in full is shown beside the code that obeys them.

async function houseWith(environment: Record<string, string>): Promise<House> {
  const house = await startHouse(environment)
  onTestFinished(() => house.close())
  return house
}

/** Listens on every address of this machine. */
async function portOf(server: Server | TcpServer): Promise<number> {
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  onTestFinished(async () => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

/** Takes connections, and says nothing. */
const silence = () => createTcpServer((socket) => void socket.on('error', () => undefined).resume())

const job = (callback: string): string => jobXml({ input: 'none.jpg', rule: 'imageMogr2/strip', callback })

/** The first attempt at telling a job to an address. */
async function attemptAt(house: House, url: string) {
  const recorded = house.app.signals.courier.next('attempt recorded')
  const id = await house.submit(job(url))
  await recorded
  return (await api(house, 'GET', `/deliveries?subject=${id}`)).json.deliveries[0].lastAttempt
}

test('a server that others can reach calls this machine only where it is allowed to, and nobody whom it is told not to call', async () => {
  const got: string[] = []
  const port = await portOf(
    createServer((request, response) => {
      got.push(request.headers.host!)
      response.end()
    }),
  )
  const house = await houseWith({
    PIXMILL_HOST: '0.0.0.0',
    PIXMILL_CALLBACK_ALLOW: '127.0.0.2, 127.0.0.3',
    PIXMILL_CALLBACK_DENY: '127.0.0.3, 10.0.0.0/8',
  })
  for (const [host, says] of [
    ['127.0.0.1', 'is a loopback address'],
    ['127.0.0.3', 'is on the deny list'],
    ['10.1.2.3', 'is on the deny list'],
    ['169.254.169.254', 'is link-local'],
  ]) {
    const refused = await house.ci({ method: 'POST', target: '/jobs', body: job(`http://${host}:${port}/`) })
    expect([refused.status, textAt(refused.xml(), 'Message')]).toEqual([
      400,
      expect.stringContaining(`${host} ${says}`),
    ])
  }
  expect(await attemptAt(house, `http://127.0.0.2:${port}/`)).toMatchObject({ status: 200, address: '127.0.0.2' })
  // What a name stands for is only known when it is called.
  expect(await attemptAt(house, `http://localhost:${port}/`)).toMatchObject({
    status: null,
    address: null,
    error: expect.stringMatching(/^localhost is .*, which is a loopback address and may not be called$/),
  })
  expect(got).toEqual([`127.0.0.2:${port}`])
})

test('attempts take no longer than they may', async () => {
  const house = await houseWith({ PIXMILL_CALLBACK_TIMEOUT: '300' })
  expect(await attemptAt(house, `http://127.0.0.1:${await portOf(silence())}/`)).toMatchObject({
    status: null,
    error: 'no complete answer within 300 ms',
  })
})

describe('a server with a limit on the rate, no further attempts, two secrets and little time to connect', () => {
  const [next = '', old = ''] = [1, 2].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`)
  let house: House
  beforeAll(async () => {
    house = await startHouse({
      PIXMILL_CALLBACK_RATE: '1',
      PIXMILL_CALLBACK_RETRY_WAITS: 'none',
      PIXMILL_WEBHOOK_SECRET: `${next}, ${old}`,
      PIXMILL_CALLBACK_CONNECT_TIMEOUT: '50',
      PIXMILL_CALLBACK_TIMEOUT: '600000',
    })
  })
  afterAll(() => house?.close())

  test('signs with both, the first one first', async () => {
    await attemptAt(house, `${house.receiver.url}/signed`)
    const { headers, body } = await house.receiver.nth(0)
    for (const secrets of [next, old]) expect(await verify({ headers, body }, { secrets })).toBeDefined()
    const [first] = String(headers['webhook-signature']).split(' ')
    const onlyFirst = { ...headers, 'webhook-signature': first }
    expect(await verify({ headers: onlyFirst, body }, { secrets: next })).toBeDefined()
    // Who sets them changes them there.
    expect(await api(house, 'POST', '/secrets/rotate', {})).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining('PIXMILL_WEBHOOK_SECRET') },
    })
  })

  test('gives up what failed once', async () => {
    house.receiver.answerWith([(response) => response.writeHead(500).end()])
    const dead = house.app.signals.courier.next('dead')
    const id = await house.submit(job(`${house.receiver.url}/once`))
    await dead
    const { deliveries } = (await api(house, 'GET', `/deliveries?subject=${id}`)).json
    expect(deliveries).toMatchObject([{ state: 'Dead', attempts: 1 }])
  })

  test('does not wait long for a connection', async () => {
    // TCP connects, and TLS does not.
    expect(await attemptAt(house, `https://127.0.0.1:${await portOf(silence())}/`)).toMatchObject({
      status: null,
      error: 'no connection within 50 ms',
    })
  })

  test('calls a receiver no more often than it may, and again when it may', async () => {
    const url = `${house.receiver.url}/slowly`
    const recorded = new Promise<void>((resolve) => {
      let count = 0
      house.app.signals.courier.on('attempt recorded', () => {
        count += 1
        if (count === 2) resolve()
      })
    })
    await Promise.all([house.submit(job(url)), house.submit(job(url))])
    await recorded
    const { deliveries } = (await api(house, 'GET', `/deliveries?receiver=${url}`)).json
    const [later, earlier] = deliveries
      .map(({ lastAttempt }: { lastAttempt: { startTime: string } }) => Date.parse(lastAttempt.startTime))
      .toSorted((one: number, other: number) => other - one)
    expect(later - earlier).toBeGreaterThanOrEqual(950)
  })
})
