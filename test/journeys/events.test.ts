import { afterAll, beforeAll, expect, test } from 'vitest'
import { api } from '../support/api.ts'
import { bucket, freshKey, type House, jobXml, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { workflowXml } from '../support/workflow-xml.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house?.close())

const read = async (query = '') => (await api(house, 'GET', `/events${query}`)).json
/** A job that has ended, badly. */
async function ended(callback?: string): Promise<string> {
  const job = {
    input: `${freshKey()}.none`,
    rule: 'imageMogr2/format/png',
    ...(callback && { callback, format: 'JSON' }),
  }
  const id = await house.submit(jobXml(job))
  await house.ended(id)
  return id
}

test('an event is there with the very body that is sent, whether it was sent or not', async () => {
  const from = (await read('?after=newest')).next
  const sent = await ended(`${house.receiver.url}/hook`)
  const notSent = await ended('no')
  const callback = await house.receiver.nth(0)
  const page = await read(`?after=${from}`)
  expect(page.events).toMatchObject([
    { id: callback.headers['webhook-id'], subject: sent, bucket, body: callback.body, asSent: true },
    { name: 'TaskFinish', subject: notSent, contentType: 'application/json', asSent: false },
  ])
  expect(JSON.parse(page.events[1].body)).toMatchObject({ EventName: 'TaskFinish', JobsDetail: [{ JobId: notSent }] })
  expect(page).toMatchObject({ more: false, next: page.events[1].cursor })
  expect(await read(`?after=${page.events[0].cursor}`)).toMatchObject({ events: [page.events[1]] })
})

test('a reader that waits is told of the next event when it comes, and of nothing when none does', async () => {
  const { next } = await read('?after=newest')
  const waiting = read(`?after=${next}&wait=60s`)
  const id = await ended()
  expect(await waiting).toMatchObject({ events: [{ subject: id }] })
  expect(await read(`?after=${(await waiting).next}&wait=1s`)).toEqual({
    events: [],
    next: (await waiting).next,
    more: false,
  })
})

test('a filter lets through what fits, and a wait with one is not ended by what does not', async () => {
  const made = await house.ci({
    method: 'POST',
    target: '/workflow',
    body: workflowXml({ name: 'feed', state: 'Active', prefix: 'feed/' }),
  })
  expect(textAt(made.xml(), 'MediaWorkflow/WorkflowId')).not.toBe('')
  const { next } = await read('?after=newest')
  const waiting = read(`?after=${next}&wait=60s&name=WorkflowFinish&bucket=${bucket}`)
  const other = await ended()
  await house.put('feed/cat.jpg', await jpeg(60, 40), { 'content-type': 'image/jpeg' })
  const [finished] = (await waiting).events
  expect(finished).toMatchObject({ name: 'WorkflowFinish', bucket, asSent: false })
  expect(JSON.parse(finished.body).WorkflowExecution).toMatchObject({ RunId: finished.subject, Object: 'feed/cat.jpg' })
  expect(await read(`?subject=${other}`)).toMatchObject({ events: [{ subject: other }], more: false })
  const started = await read(`?after=${next}&name=WorkflowStart,WorkflowFinish&limit=1`)
  expect(started).toMatchObject({ events: [{ name: 'WorkflowStart', subject: finished.subject }] })
})

test.each([
  ['after=x', 'after', 'after is "x", expected'],
  ['after=1.zz', 'after', 'after is "1.zz"'],
  ['after=-1.', 'after', 'after is "-1."'],
  ['wait=61s', 'wait', 'expected seconds from 0s to 60s'],
  ['wait=1', 'wait', 'wait is "1"'],
  ['limit=501', 'limit', 'limit is "501"'],
  ['name=Other', 'name', 'Other'],
])('%s is refused in words', async (query, field, says) => {
  const { status, json } = await api(house, 'GET', `/events?${query}`)
  expect({ status, field: json.field.replace(/[[.].*/, '') }).toEqual({ status: 400, field })
  expect(json.message).toContain(says)
})

test('a cursor that is not of this ledger is refused with 410', async () => {
  await ended()
  for (const after of ['999999999.', '1.ffffffff']) {
    expect(await api(house, 'GET', `/events?after=${after}`)).toMatchObject({
      status: 410,
      json: { error: 'CursorExpired', message: expect.stringContaining('not of this ledger') },
    })
  }
})

test('a cursor is good after a restart', async () => {
  const { next } = await read('?after=newest')
  const before = await ended()
  await house.restart()
  const after = await ended()
  const { events } = await read(`?after=${next}`)
  expect(events.map(({ subject }: { subject: string }) => subject)).toEqual([before, after])
})
