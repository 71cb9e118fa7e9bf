import { afterAll, beforeAll, expect, test } from 'vitest'
import { api } from '../support/api.ts'
import { type Answer, bucket, type House, jobXml, region, startHouse } from '../support/house.ts'
import { workflowXml } from '../support/workflow-xml.ts'

/** What a page of a list told, and how the next one is asked for; `null` behind the last one. */
interface Page {
  readonly ids: readonly string[]
  readonly next: string | null
}
interface List {
  readonly name: string
  /** Makes one more of what is listed. */
  add(): Promise<unknown>
  /** @param next what the page before told; @param number of the page, from 1 */
  read(next: string | null, number: number): Promise<Page>
}

let house: House
let workflowId = ''

beforeAll(async () => {
  house = await startHouse()
  const answer = await made(house.ci({ method: 'POST', target: '/workflow', body: workflowXml({ name: 'runs' }) }))
  workflowId = /<WorkflowId>(\w+)</.exec(answer.text)![1]!
})
afterAll(() => house?.close())

async function made(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering
  expect(answer.status, answer.text).toBe(200)
  return answer
}

let names = 0
const freshName = () => `n${++names}`
// In front of, between and behind those that are there.
const freshKey = () => `k${Math.random().toString(36).slice(2)}-${++names}`
const rule = 'imageMogr2/strip'
const post = (target: string, body = '') => made(house.ci({ method: 'POST', target, body }))
const templateXml = () =>
  `<Request><Tag>PicProcess</Tag><Name>${freshName()}</Name><PicProcess><ProcessRule>${rule}</ProcessRule></PicProcess></Request>`
const batchXml = () =>
  `<Request><Name>${freshName()}</Name><Type>Job</Type><Input><Prefix>nothing/</Prefix></Input><Operation><Tag>PicProcess</Tag><JobParam><PicProcess><ProcessRule>${rule}</ProcessRule></PicProcess></JobParam><Output><Region>${region}</Region><Bucket>${bucket}</Bucket><Object>o</Object></Output></Operation></Request>`
const openedBucket = async () => {
  const host = `b${freshKey()}-1250000000`
  await made(house.send(`${host}.cos.${region}.pixmill.test`, { method: 'PUT', target: '/' }))
  await made(house.send(`${host}.ci.${region}.pixmill.test`, { method: 'POST', target: '/picbucket' }))
}
/** A job that ends at once, and tells so. */
const toldJob = async () => {
  const callback = `${house.receiver.url}?${freshName()}`
  await house.ended(await house.submit(jobXml({ rule, input: 'none.jpg', callback })))
}
const add = {
  job: () => post('/jobs', jobXml({ rule, input: 'none.jpg' })),
  queue: async () =>
    expect((await api(house, 'POST', '/queues', { bucket, name: freshName() })).status).toBeLessThan(300),
  template: () => post('/template', templateXml()),
  workflow: () => post('/workflow', workflowXml({ name: freshName() })),
  run: () => post(`/triggerworkflow?workflowId=${workflowId}&object=none.jpg`),
  batch: () => post('/inventorytriggerjob', batchXml()),
  object: () => house.put(freshKey(), Buffer.from('x')),
  upload: () => made(house.cos({ method: 'POST', target: `/${freshKey()}?uploads` })),
  bucket: openedBucket,
  toldJob,
}

const encoded = (query: Record<string, string | number>) => new URLSearchParams(query as never).toString()
const textsOf = (answer: Answer, element: string) =>
  [...answer.text.matchAll(new RegExp(`<${element}>([^<]+)<`, 'g'))].map(([, text]) => text!)

/** Of the processing service, going on from a token. */
const byToken =
  (target: string, element: string): List['read'] =>
  async (next) => {
    const query = encoded({ size: 2, nextToken: next ?? '' })
    const answer = await made(house.ci({ target: `${target}&${query}` }))
    return { ids: textsOf(answer, element), next: textsOf(answer, 'NextToken')[0] ?? null }
  }
/** Of the processing service, by numbers of pages. */
const byNumber =
  (target: string, element: string): List['read'] =>
  async (_next, number) => {
    const answer = await made(house.ci({ target: `${target}?${encoded({ pageSize: 2, pageNumber: number })}` }))
    const ids = textsOf(answer, element)
    return { ids, next: ids.length === 0 ? null : 'more' }
  }
/** Of the object service, going on from markers. */
const byMarkers =
  (host: string, query: Record<string, string>, element: string, markers: Record<string, string>): List['read'] =>
  async (next) => {
    const answer = await made(house.send(host, { target: `/?${encoded(query)}${next ?? ''}` }))
    const given = Object.entries(markers).map(([name, told]) => [name, textsOf(answer, told)[0] ?? ''] as const)
    const isLast = given.every(([, value]) => value === '')
    return { ids: textsOf(answer, element), next: isLast ? null : `&${encoded(Object.fromEntries(given))}` }
  }
/** Of the JSON door. */
const byJson =
  (path: string, query: Record<string, string>, list: string, id: string): List['read'] =>
  async (next, number) => {
    const place: Record<string, string | number> = query.page === undefined ? {} : { page: number }
    if (next !== null && query.page === undefined) place.after = next
    const { status, json } = await api(house, 'GET', `${path}?${encoded({ ...query, limit: 2, ...place })}`)
    expect(status, JSON.stringify(json)).toBe(200)
    const ids = json[list].map((one: Record<string, string>) => one[id])
    if (query.page !== undefined) return { ids, next: ids.length === 0 ? null : 'more' }
    // Events have no last page: whoever has read them all asks again from there.
    return { ids, next: json.more === false ? null : json.next }
  }

const cosHost = `${bucket}.cos.${region}.pixmill.test`
const serviceHost = 'service.cos.pixmill.test'
const uploadMarkers = { 'key-marker': 'NextKeyMarker', 'upload-id-marker': 'NextUploadIdMarker' }
const lists: readonly List[] = [
  ...(['Desc', 'Asc'] as const).flatMap((order): List[] => [
    { name: `jobs ${order}`, add: add.job, read: byToken(`/jobs?orderByTime=${order}`, 'JobId') },
    {
      name: `runs ${order}`,
      add: add.run,
      read: (...at) => byToken(`/workflowexecution?workflowId=${workflowId}&orderByTime=${order}`, 'RunId')(...at),
    },
    {
      name: `batches ${order}`,
      add: add.batch,
      read: byToken(`/inventorytriggerjob?type=Job&orderByTime=${order}`, 'JobId'),
    },
  ]),
  { name: 'failed jobs', add: add.toldJob, read: byToken('/jobs?states=Failed', 'JobId') },
  { name: 'queues', add: add.queue, read: byNumber('/picqueue', 'QueueId') },
  { name: 'templates', add: add.template, read: byNumber('/template', 'TemplateId') },
  { name: 'workflows', add: add.workflow, read: byNumber('/workflow', 'WorkflowId') },
  { name: 'opened buckets', add: add.bucket, read: byNumber('/picbucket', 'BucketId') },
  {
    name: 'objects',
    add: add.object,
    read: byMarkers(cosHost, { 'max-keys': '2' }, 'Key', { marker: 'NextMarker' }),
  },
  {
    name: 'uploads',
    add: add.upload,
    read: byMarkers(cosHost, { uploads: '', 'max-uploads': '2' }, 'UploadId', uploadMarkers),
  },
  {
    name: 'buckets',
    add: add.bucket,
    read: byMarkers(serviceHost, { 'max-keys': '2' }, 'Name', { marker: 'NextMarker' }),
  },
  ...(['newest', 'oldest'] as const).flatMap((order): List[] => [
    { name: `jobs as JSON, ${order}`, add: add.job, read: byJson('/jobs', { bucket, order }, 'jobs', 'jobId') },
    {
      name: `runs as JSON, ${order}`,
      add: add.run,
      read: (...at) => byJson('/runs', { bucket, workflow: workflowId, order }, 'runs', 'runId')(...at),
    },
    {
      name: `batches as JSON, ${order}`,
      add: add.batch,
      read: byJson('/batches', { bucket, order }, 'batches', 'batchId'),
    },
  ]),
  { name: 'queues as JSON', add: add.queue, read: byJson('/queues', { bucket, page: '1' }, 'queues', 'queueId') },
  {
    name: 'templates as JSON',
    add: add.template,
    read: byJson('/templates', { bucket, page: '1' }, 'templates', 'templateId'),
  },
  {
    name: 'workflows as JSON',
    add: add.workflow,
    read: byJson('/workflows', { bucket, page: '1' }, 'workflows', 'workflowId'),
  },
  { name: 'objects as JSON', add: add.object, read: byJson(`/objects/${bucket}`, {}, 'objects', 'key') },
  { name: 'deliveries', add: add.toldJob, read: byJson('/deliveries', {}, 'deliveries', 'deliveryId') },
  { name: 'events', add: add.toldJob, read: byJson('/events', {}, 'events', 'id') },
]

async function walk({ read }: List, beforeEachPage: () => Promise<unknown>): Promise<string[]> {
  const told: string[] = []
  let next: string | null = null
  for (let number = 1; number === 1 || next !== null; number += 1) {
    // At the same time, so that one is added before, while or after the page is read.
    const [page]: readonly [Page, unknown] = await Promise.all([read(next, number), beforeEachPage()])
    told.push(...page.ids)
    next = page.next
  }
  return told
}

test.each(lists)('$name: what was there is told once, and nothing twice, whatever is added meanwhile', async (list) => {
  for (let count = 0; count < 5; count += 1) await list.add()
  const there = await walk(list, async () => {})
  expect(there.length).toBeGreaterThanOrEqual(5)
  let added = 0
  const told = await walk(list, async () => {
    if (added++ < 6) await list.add()
  })
  expect(new Set(told).size, told.join(' ')).toBe(told.length)
  expect(told).toEqual(expect.arrayContaining(there))
  if (/Asc|oldest/.test(list.name)) expect(told.slice(0, there.length)).toEqual(there)
})
