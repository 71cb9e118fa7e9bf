import { afterAll, beforeAll, expect, test } from 'vitest'
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
