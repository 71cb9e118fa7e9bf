import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addressGuard } from './address-guard.ts'
import { type Connection, Connections } from './connections.ts'
import { guardedConnectors } from './guarded-connector.ts'

let server: Server
let origin: string
const sockets: Socket[] = []
beforeEach(async () => {
  sockets.length = 0
  server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  return new Promise((resolve) => server.close(resolve))
})

const connectionsWith = (bounds: { maxIdlePerOrigin?: number; maxIdle?: number } = {}) =>
  new Connections({
    connectors: guardedConnectors({ guard: addressGuard({ allowLoopback: true }), lookUpName }),
    ...bounds,
  })
/** Everything is at an address here. */
const lookUpName = () => Promise.reject(new Error('no name is looked up'))
const request = async ({ client }: Connection): Promise<void> => {
  const { body } = await client.request({ path: '/', method: 'POST' })
  await body.dump()
}

test('the connection used last is used first, and says where it leads', async () => {
  const connections = connectionsWith()
  const [a, b] = [connections.take(origin), connections.take(origin)]
  expect(a.address).toBeNull()
  await Promise.all([request(a), request(b)])
  connections.giveBack(a)
  connections.giveBack(b)
  expect(connections.take(origin)).toBe(b)
  expect(connections.take(origin)).toBe(a)
  expect(connections.take(origin)).not.toBe(b)
  expect(a).toMatchObject({ address: '127.0.0.1', used: true })
  await connections.close()
})

test.each([{ maxIdlePerOrigin: 1 }, { maxIdle: 1 }])('no more are kept than %o', async (bounds) => {
  const connections = connectionsWith(bounds)
  const [a, b] = [connections.take(origin), connections.take(origin)]
  await Promise.all([request(a), request(b)])
  connections.giveBack(a)
  connections.giveBack(b)
  expect([a.client.destroyed, b.client.destroyed]).toEqual([false, true])
  await connections.close()
})

test('one that the other side closes while it is idle is kept no longer', async () => {
  const connections = connectionsWith()
  const kept = connections.take(origin)
  await request(kept)
  connections.giveBack(kept)
  const gone = new Promise((resolve) => kept.client.once('disconnect', resolve))
  sockets[0]!.end()
  await gone
  expect(connections.take(origin)).not.toBe(kept)
  expect(kept.client.destroyed).toBe(true)
  await connections.close()
})

test('closing ends what is idle and what is in use', async () => {
  const connections = connectionsWith()
  const [idle, busy] = [connections.take(origin), connections.take(origin)]
  await Promise.all([request(idle), request(busy)])
  connections.giveBack(idle)
  await connections.close()
  expect([idle.client.destroyed, busy.client.destroyed]).toEqual([true, true])
})
