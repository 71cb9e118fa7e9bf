import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startNameServer } from '../../test/support/name-server.ts'
import { addressGuard } from './address-guard.ts'
import { OutboundRequests } from './outbound-requests.ts'
import { parseTargetUrl, type TargetUrl } from './target-url.ts'

test('names that their name server says nothing about hold no other receiver up', async () => {
  const server = createServer((request, response) => request.resume().on('end', () => response.end()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const names = await startNameServer(({ name }) => (name.startsWith('silent') ? null : ['127.0.0.1']))
  const requests = new OutboundRequests({
    guard: addressGuard({ allowLoopback: true }),
    lookUpName: names.lookUp,
    // Nothing that waits for a name gives up by itself.
    connectTimeoutMs: 600_000,
    totalTimeoutMs: 600_000,
  })
  onTestFinished(async () => {
    await requests.close()
    await names.close()
    server.closeAllConnections()
    server.close()
  })
  const send = async (name: string) => {
    const target = parseTargetUrl(`http://${name}.test:${port}/`) as TargetUrl
    const message = { method: 'POST', target, headers: { connection: 'close' }, body: Buffer.from('x') } as const
    return (await requests.send(message, new AbortController().signal)).status
  }
  const well = Array.from({ length: 20 }, (_, n) => `well${n}`)
  for (const name of well) expect(await send(name)).toBe(200)

  // These come first, and their look-ups never end.
  const silent = Promise.all(Array.from({ length: 10 }, (_, n) => send(`silent${n}`)))
  expect(await Promise.all(well.map(send))).toEqual(well.map(() => 200))
  await requests.close()
  expect(await silent).toEqual(Array(10).fill(null))
})
