import { afterAll, beforeAll, expect, test } from 'vitest'
import { api } from '../support/api.ts'
import { type Answer, bucket, type House, jobXml, startHouse } from '../support/house.ts'
import { workflowXml } from '../support/workflow-xml.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house?.close())

/** Makes one more of what a target lists; fails unless it was made. */
async function post(target: string, body: string): Promise<void> {
  const answer = await house.ci({ method: 'POST', target, body })
  expect(answer.status, answer.text).toBe(200)
}
let names = 0
const freshName = () => `n${++names}`
const rule = 'imageMogr2/strip'
const job = () => post('/jobs', jobXml({ rule, input: 'none.jpg' }))
const queue = async () =>
  expect((await api(house, 'POST', '/queues', { bucket, name: freshName() })).status).toBeLessThan(300)
const template = () =>
  post(
    '/template',
    `<Request><Tag>PicProcess</Tag><Name>${freshName()}</Name><PicProcess><ProcessRule>${rule}</ProcessRule></PicProcess></Request>`,
  )
const workflow = () => post('/workflow', workflowXml({ name: freshName() }))

const byToken = (target: string) => (token: string | null) =>
  `${target}&size=2${token === null ? '' : `&nextToken=${encodeURIComponent(token)}`}`
const byNumber = (target: string) => (_token: string | null, page: number) => `${target}?pageSize=2&pageNumber=${page}`

// Lists by number of the page that show the newest first move on when one is added, so they can tell of one twice.
test.each([
  ['jobs, newest first', job, byToken('/jobs?orderByTime=Desc'), /<JobId>(\w+)</g, 'once'],
  ['jobs, oldest first', job, byToken('/jobs?orderByTime=Asc'), /<JobId>(\w+)</g, 'once'],
  ['queues', queue, byNumber('/picqueue'), /<QueueId>(\w+)</g, 'once'],
  ['templates', template, byNumber('/template'), /<TemplateId>(\w+)</g, 'at least once'],
  ['workflows', workflow, byNumber('/workflow'), /<WorkflowId>(\w+)</g, 'at least once'],
] as const)('%s: what was there is listed whatever is added meanwhile', async (_what, add, target, ids, howOften) => {
  for (let count = 0; count < 6; count += 1) await add()
  const there = new Set<string>()
  const told: string[] = []
  const walk = async (whileReading: () => Promise<void>, keep: (id: string) => void, mostPages: number) => {
    let token: string | null = null
    for (let page = 1; page <= mostPages; page += 1) {
      const [answer]: readonly [Answer, unknown] = await Promise.all([
        house.ci({ target: target(token, page) }),
        whileReading(),
      ])
      expect(answer.status, answer.text).toBe(200)
      const found = [...answer.text.matchAll(ids)].map(([, id]) => id!)
      for (const id of found) keep(id)
      token = /<NextToken>([^<]+)</.exec(answer.text)?.[1] ?? null
      if (found.length === 0 || (token === null && target(null, 1) === target(null, 2))) return
    }
  }
  await walk(
    async () => {},
    (id) => there.add(id),
    50,
  )
  expect(there.size).toBeGreaterThanOrEqual(6)
  let added = 0
  const addSome = async () => {
    if (added++ < 8) await add()
  }
  await walk(addSome, (id) => told.push(id), 50)
  for (const id of there) {
    const times = told.filter((one) => one === id).length
    expect(times).toBeGreaterThanOrEqual(1)
    if (howOften === 'once') expect(times).toBe(1)
  }
})
