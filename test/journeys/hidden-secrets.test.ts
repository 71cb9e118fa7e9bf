import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api } from '../support/api.ts'
import { bucket, type House, jobXml, secretId, secretKey, startHouse, textAt } from '../support/house.ts'
import { runPixmill } from '../support/program.ts'
import { notifyXml, workflowXml } from '../support/workflow-xml.ts'

// People put secrets into addresses, since nothing else was there. Whatever shows or logs an address leaves them away.

/** What must not be seen: as it was typed, and as it goes over the wire. */
const hidden = /hidden-(password|token|fragment)|aWQ6aGlkZGVu|whsec_/
let logged = ''
let house: House
beforeAll(async () => {
  const log = pino(
    { level: 'debug' },
    new Writable({
      write(line, _encoding, done) {
        logged += line
        done()
      },
    }),
  )
  house = await startHouse({ PIXMILL_LOG_LEVEL: 'debug' }, { log })
})
afterAll(() => house?.close())

const withSecrets = (url: string, path: string): string =>
  `${url.replace('//', '//id:hidden-password@')}/${path}?token=hidden-token#hidden-fragment`

/** A job without a picture, told to an address; waits for the attempt at that. */
async function told(url: string): Promise<string> {
  const attempted = house.app.signals.courier.next('attempt recorded')
  const id = await house.submit(jobXml({ input: 'none.jpg', rule: 'imageMogr2/strip', callback: url }))
  await attempted
  return id
}

async function portOfNobody(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('no list, page, command, metric, refusal or line of the log shows the secrets of an address', async () => {
  const { receiver } = house
  const well = withSecrets(receiver.url, 'well')
  const ids = [await told(well)]
  expect(receiver.received[0]).toMatchObject({
    path: '/well?token=hidden-token',
    headers: { authorization: `Basic ${Buffer.from('id:hidden-password').toString('base64')}` },
  })
  for (const status of [500, 410, 302]) {
    receiver.answerWith([(response) => response.writeHead(status, { location: '/elsewhere' }).end()])
    ids.push(await told(withSecrets(receiver.url, String(status))))
  }
  ids.push(await told(withSecrets(`http://127.0.0.1:${await portOfNobody()}`, 'nobody')))
  ids.push(await told(withSecrets(receiver.url.replace('http:', 'https:'), 'no-tls')))

  const { queues } = (await api(house, 'GET', `/queues?bucket=${bucket}`)).json
  const [{ queueId }] = queues
  const notify = `<NotifyConfig>${notifyXml(withSecrets(receiver.url, 'queue'))}<ResultFormat>JSON</ResultFormat><State>On</State></NotifyConfig>`
  await house.ci({ method: 'PUT', target: `/picqueue/${queueId}`, body: `<Request>${notify}</Request>` })
  const flow = await house.ci({
    method: 'POST',
    target: '/workflow',
    body: workflowXml({ name: 'hidden', notify: notifyXml(withSecrets(receiver.url, 'flow')) }),
  })
  const workflowId = textAt(flow.xml(), 'MediaWorkflow/WorkflowId')
  const noted = house.app.signals.courier.next('receivers noted', (notes) =>
    (notes as { address: string }[]).some(({ address }) => address.endsWith('/again')),
  )
  await told(withSecrets(receiver.url, 'again'))
  await noted

  const seen = new Map<string, string>()
  const ask = async (method: string, path: string, body?: unknown) => {
    const { status, json } = await api(house, method, path, body)
    seen.set(`${method} ${path} ${JSON.stringify(body)}`, JSON.stringify(json))
    return { status, json }
  }
  const { deliveries } = (await ask('GET', '/deliveries?limit=100')).json
  expect(deliveries.length).toBeGreaterThan(ids.length)
  for (const { deliveryId } of deliveries) await ask('GET', `/deliveries/${deliveryId}`)
  const { receivers } = (await ask('GET', '/receivers?limit=100')).json
  expect(receivers.length).toBeGreaterThanOrEqual(ids.length)
  const off = receivers.find(({ address }: { address: string }) => address.endsWith('/well'))
  await ask('GET', '/events?limit=500')
  for (const id of ids) await ask('GET', `/jobs/${id}?bucket=${bucket}`)
  await ask('GET', `/jobs?bucket=${bucket}`)
  await ask('POST', `/receivers/${off.receiverId}/disable`)
  await house.ended(await house.submit(jobXml({ input: 'none.jpg', rule: 'imageMogr2/strip', callback: well })))
  const [waiting] = (await ask('GET', `/deliveries?state=Waiting`)).json.deliveries
  await ask('POST', `/deliveries/${waiting.deliveryId}/cancel`)
  await ask('POST', `/deliveries/${waiting.deliveryId}/resend`)
  await ask('POST', `/receivers/${off.receiverId}/enable`)
  await ask('GET', '/secrets')

  // Refusals, too.
  const tooLong = withSecrets('http://a.example', 'x'.repeat(2_100))
  for (const url of [withSecrets('http://169.254.169.254', 'x'), withSecrets('ftp://a.example', 'x'), tooLong]) {
    expect((await ask('POST', '/receivers/test', { url })).status).toBe(400)
    const submitted = await house.ci({
      method: 'POST',
      target: '/jobs',
      body: jobXml({ rule: 'imageMogr2/strip', callback: url }),
    })
    expect(submitted.status).toBe(400)
    seen.set(`submit ${url.length}`, submitted.text)
    const job = { bucket, input: 'none.jpg', rule: 'imageMogr2/strip', output: 'o.jpg', callback: url }
    expect((await ask('POST', '/jobs', job)).status).toBe(400)
    const changed = `<Request><NotifyConfig>${notifyXml(url)}<State>On</State></NotifyConfig></Request>`
    const queue = await house.ci({ method: 'PUT', target: `/picqueue/${queueId}`, body: changed })
    expect(queue.status).toBe(400)
    seen.set(`queue ${url.length}`, queue.text)
  }
  const metrics = await house.send('localhost', { target: '/-/metrics', signed: false })
  expect(metrics.text).toContain('pixmill_delivery_attempts_total{outcome="5xx"} 1')
  seen.set('metrics', metrics.text)

  const typed = async (...args: string[]) => {
    const { stdout, stderr, status } = await runPixmill(args, {
      PIXMILL_SERVER: house.app.url,
      PIXMILL_SECRET_ID: secretId,
      PIXMILL_SECRET_KEY: secretKey,
    }).ended
    seen.set(args.join(' ').replaceAll(/hidden-/g, ''), stdout + stderr)
    return status
  }
  expect(
    await Promise.all([
      typed('deliveries', 'list', '--limit', '100'),
      typed('deliveries', 'show', deliveries.at(-1).deliveryId, '--body'),
      typed('receivers', 'list'),
      typed('receivers', 'show', well),
      typed('receivers', 'test', well),
      typed('receivers', 'test', '--workflow', workflowId),
      typed('jobs', 'show', ids[0]!, '--bucket', bucket),
      typed('queues', 'show', queueId, '--bucket', bucket),
      typed('workflows', 'show', workflowId, '--bucket', bucket),
    ]),
  ).toEqual(Array(9).fill(0))
  expect(
    await Promise.all([
      typed('receivers', 'show', withSecrets('http://nobody.example', 'x')),
      typed('receivers', 'test', withSecrets('http://169.254.169.254', 'x')),
      typed('receivers', 'disable', withSecrets('nobody.example', 'x')),
      typed('deliveries', 'resend', '--state', 'Dead', '--receiver', withSecrets('nobody.example', 'x')),
    ]),
  ).toEqual([1, 1, 2, 2])

  for (const [what, text] of seen) expect([what, hidden.exec(text)]).toEqual([what, null])
  expect(logged).toContain('callback failed')
  expect(hidden.exec(logged)).toBeNull()
  // What hides them shows the rest: it is these that were looked at.
  expect(logged).toContain('http://***@127.0.0.1')
  expect(seen.get('GET /deliveries?limit=100 undefined')).toContain(`${receiver.url.replace('//', '//***@')}/410?***`)
})
