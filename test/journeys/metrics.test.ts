import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { api } from '../support/api.ts'
import { bucket, freshKey, type House, jobXml, startHouse } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house?.close())

/** Every line of an answer that has a value, by what stands before it. */
function values(text: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, name, value] = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? []
    // Every line is one that Prometheus reads, and none stands twice.
    expect([line, Number.isFinite(Number(value)), found.has(name!)]).toEqual([line, true, false])
    found.set(name!, Number(value))
  }
  return found
}
const read = async (): Promise<Map<string, number>> => {
  const answer = await house.send('localhost', { target: '/-/metrics', signed: false })
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  return values(answer.text)
}

test('jobs and callbacks are counted, and how long they took', async () => {
  house.receiver.answerWith([(response) => response.writeHead(410).end()])
  const key = freshKey()
  await house.put(key, await jpeg(60, 40))
  const { courier } = house.app.signals
  const rule = 'imageMogr2/thumbnail/40x'
  const dead = courier.next('dead')
  await house.submit(jobXml({ input: `${key}.none`, rule, callback: `${house.receiver.url}/a?secret=1` }))
  await dead
  const delivered = courier.next('delivered')
  await house.submit(jobXml({ input: key, rule, output: `${key}.out.jpg`, callback: `${house.receiver.url}/b` }))
  await delivered
  const told = await read()
  expect(Object.fromEntries(told)).toMatchObject({
    'pixmill_jobs_ended_total{state="Failed"}': 1,
    'pixmill_jobs_ended_total{state="Success"}': 1,
    'pixmill_delivery_attempts_total{outcome="2xx"}': 1,
    'pixmill_delivery_attempts_total{outcome="4xx"}': 1,
    'pixmill_deliveries_ended_total{state="Delivered"}': 1,
    'pixmill_deliveries_ended_total{state="Dead"}': 1,
    'pixmill_deliveries{state="Dead"}': 1,
    'pixmill_deliveries{state="Waiting"}': 0,
    'pixmill_deliveries{state="Held"}': 0,
    pixmill_oldest_due_delivery_age_seconds: 0,
    'pixmill_circuits_open{of="origin"}': 0,
    'pixmill_jobs{state="Submitted"}': 0,
    pixmill_delivery_attempt_duration_seconds_count: 2,
    'pixmill_callback_delay_seconds_bucket{le="+Inf"}': 1,
    pixmill_callback_delay_seconds_count: 1,
    'pixmill_engine_line{of="requests"}': 0,
  })
  expect(told.get('pixmill_engines_ready')).toBeGreaterThan(0)
  const slots = ['busy', 'free'].map((state) => told.get(`pixmill_engine_slots{state="${state}"}`)!)
  expect(slots[0]! + slots[1]!).toBeGreaterThan(0)
  expect(told.get('pixmill_callback_delay_seconds_sum')).toBeGreaterThan(0)
  // No address, and nothing that somebody could make more of.
  expect([...told.keys()].filter((name) => /http|secret|bucket=/.test(name) || name.includes(bucket))).toEqual([])
})

test('what waits, is held and is given a rest is told', async () => {
  // Nothing is tried again while this goes on, however long that is.
  const own = await startHouse({ PIXMILL_CALLBACK_RETRY_WAITS: '3600' })
  onTestFinished(() => own.close())
  const { courier } = own.app.signals
  const submit = (callback: string) =>
    own.submit(jobXml({ input: `${freshKey()}.none`, rule: 'imageMogr2/strip', callback }))
  /** Failures in a row to one address, as many as shut its line. */
  const fail = async (url: string) => {
    const shut = courier.next('line shut')
    const recorded = new Promise<void>((resolve) => {
      let count = 0
      const off = courier.on('attempt recorded', () => {
        count += 1
        if (count < 5) return
        off()
        resolve()
      })
    })
    for (let n = 0; n < 5; n += 1) await submit(url)
    await Promise.all([shut, recorded])
  }
  own.receiver.answerWith(Array(5).fill((response: ServerResponse) => response.writeHead(500).end()))
  await fail(`${own.receiver.url}/broken`)
  const nobody = createServer().listen(0, '127.0.0.1')
  await once(nobody, 'listening')
  const { port } = nobody.address() as AddressInfo
  await new Promise((resolve) => nobody.close(resolve))
  await fail(`http://127.0.0.1:${port}/`)

  const noted = courier.next('receivers noted', (notes) =>
    (notes as { address: string }[]).some(({ address }) => address.endsWith('/off')),
  )
  const attempted = courier.next('delivered')
  await submit(`${own.receiver.url}/off`)
  await attempted
  await noted
  const { receivers } = (await api(own, 'GET', `/receivers?prefix=${own.receiver.url}/off`)).json
  await api(own, 'POST', `/receivers/${receivers[0].receiverId}/disable`)
  await own.ended(await submit(`${own.receiver.url}/off`))
  // It is held when a courier would take it; another callback that went out comes behind that.
  const delivered = courier.next('delivered')
  await submit(`${own.receiver.url}/on`)
  await delivered

  const { queues } = (await api(own, 'GET', `/queues?bucket=${bucket}`)).json
  const [{ queueId }] = queues
  expect(await api(own, 'PATCH', `/queues/${queueId}?bucket=${bucket}`, { state: 'Paused' })).toMatchObject({
    status: 200,
  })
  for (let n = 0; n < 3; n += 1) await submit('no')
  const told = values((await own.send('localhost', { target: '/-/metrics', signed: false })).text)
  expect(Object.fromEntries(told)).toMatchObject({
    'pixmill_circuits_open{of="origin"}': 1,
    'pixmill_circuits_open{of="receiver"}': 1,
    'pixmill_deliveries{state="Held"}': 1,
    'pixmill_deliveries{state="Waiting"}': 10,
    'pixmill_delivery_attempts_total{outcome="none"}': 5,
    'pixmill_delivery_attempts_total{outcome="5xx"}': 5,
    'pixmill_jobs{state="Submitted"}': 3,
    'pixmill_jobs{state="Running"}': 0,
    [`pixmill_queue_waiting_jobs{queue="${queueId}"}`]: 3,
    pixmill_callback_delay_seconds_count: 2,
  })
  expect(told.get(`pixmill_queue_oldest_waiting_age_seconds{queue="${queueId}"}`)).toBeGreaterThan(0)
})

test('what comes through a proxy, or is told to, needs a key that may read everything', async () => {
  for (const header of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip']) {
    const headers = { [header]: '203.0.113.7' }
    const stranger = await house.send('localhost', { target: '/-/metrics', headers, signed: false })
    expect([stranger.status, stranger.text.includes('pixmill_')]).toEqual([401, false])
    const owner = await house.send('localhost', { target: '/-/metrics', headers })
    expect([owner.status, owner.text.includes('pixmill_jobs')]).toEqual([200, true])
  }
})

test('it is read with GET, and a bucket has a key of that name', async () => {
  const posted = await house.send('localhost', { method: 'POST', target: '/-/metrics', signed: false, body: '' })
  expect(posted.status).toBe(405)
  expect((await house.cos({ target: '/-/metrics' })).status).toBe(404)
})
