import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type NameServer, startNameServer } from '../../test/support/name-server.ts'
import { addressGuard } from './address-guard.ts'
import { type OutboundAnswer, OutboundRequests } from './outbound-requests.ts'
import { parseTargetUrl, type TargetUrl } from './target-url.ts'

/** Stands for the receiver out there: the allow list lets it through, and it is on this machine, so that it can answer. */
const PUBLIC = '127.0.0.2'
/** Stands for what an attacker is after. */
const INNER = '127.0.0.1'

const ends: (() => Promise<unknown>)[] = []
/** The addresses of this machine that connections came to. */
const reached: string[] = []
let port: number

beforeEach(async () => {
  reached.length = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    reached.push(socket.localAddress!)
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'))
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  port = (server.address() as AddressInfo).port
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Each look-up gives the next of these, the last one for ever. */
async function nameServer(...looks: readonly (readonly string[])[]): Promise<NameServer> {
  const asked = { A: 0, AAAA: 0 }
  const server = await startNameServer(({ type }) => {
    const turn = Math.min(asked[type]++, looks.length - 1)
    return looks[turn]!
  })
  ends.push(() => server.close())
  return server
}

function callsWith(names: NameServer): (name?: string) => Promise<OutboundAnswer> {
  const requests = new OutboundRequests({
    guard: addressGuard({ allowLoopback: false, allow: [`${PUBLIC}/32`] }),
    lookUpName: names.lookUp,
  })
  ends.push(() => requests.close())
  return (name = 'rebinding.test') => {
    const target = parseTargetUrl(`http://${name}:${port}/hook`) as TargetUrl
    return requests.send({ method: 'POST', target, headers: {}, body: Buffer.from('x') }, new AbortController().signal)
  }
}

test('a name that was public when it was checked is dialled where it was checked, whatever it says afterwards', async () => {
  const names = await nameServer([PUBLIC], [INNER])
  expect(await callsWith(names)()).toMatchObject({ status: 204, address: PUBLIC })
  expect(reached).toEqual([PUBLIC])
  // One look-up for checking and dialling: there is no second answer that could be another.
  expect(names.questions.map(({ type }) => type).sort()).toEqual(['A', 'AAAA'])
})

test('every connection asks anew and is judged anew, so the second answer of the name server gets nowhere', async () => {
  const call = callsWith(await nameServer([PUBLIC], [INNER]))
  await call()
  expect(await call()).toMatchObject({
    status: null,
    address: null,
    error: `rebinding.test is ${INNER}, which is a loopback address and may not be called`,
  })
  expect(reached).toEqual([PUBLIC])
})

test('a name that says inner, then public, then inner again is dialled once, and outside', async () => {
  const call = callsWith(await nameServer([INNER], [PUBLIC], [INNER]))
  expect([(await call()).status, (await call()).status, (await call()).status]).toEqual([null, 204, null])
  expect(reached).toEqual([PUBLIC])
})

test.each([
  { what: 'a public address and an inner one', addresses: [PUBLIC, INNER], names: INNER },
  { what: 'an inner address and a public one', addresses: [INNER, PUBLIC], names: INNER },
  { what: 'a public IPv4 address and loopback as IPv6', addresses: [PUBLIC, '::1'], names: '::1' },
  {
    what: 'a public IPv4 address and an inner one mapped into IPv6',
    addresses: [PUBLIC, `::ffff:7f00:1`],
    names: '::ffff:127.0.0.1',
  },
  { what: 'the metadata service of a cloud', addresses: ['169.254.169.254'], names: '169.254.169.254' },
])('$what in one answer: nothing is dialled', async ({ addresses, names }) => {
  expect(await callsWith(await nameServer(addresses))()).toMatchObject({
    status: null,
    address: null,
    error: expect.stringContaining(`rebinding.test is ${names}, which is `),
  })
  expect(reached).toEqual([])
})

test('whatever attempts share a look-up or have their own, none reaches the inner address', async () => {
  const call = callsWith(await nameServer([INNER], [PUBLIC], [INNER], [PUBLIC], [INNER]))
  await call()
  await Promise.all(Array.from({ length: 8 }, () => call()))
  expect(new Set(reached)).toEqual(new Set([PUBLIC]))
})

test('a name without an address is a failure in words', async () => {
  expect(await callsWith(await nameServer([]))()).toMatchObject({
    status: null,
    error: 'rebinding.test has no address',
  })
})
