import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshKey, type House, jobXml, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

let house: House
let queueId: string

const setQueue = async (state: 'Active' | 'Paused') => {
  const answer = await house.ci({
    method: 'PUT',
    target: `/queue/${queueId}`,
    body: `<Request><State>${state}</State></Request>`,
  })
  expect(answer.status).toBe(200)
  expect(textAt(answer.xml(), 'Queue/State')).toBe(state)
}
const stateOf = async (jobId: string) =>
  textAt((await house.ci({ target: `/jobs/${jobId}` })).xml(), 'JobsDetail/State')
const submit = (fields: Parameters<typeof jobXml>[0] = {}) =>
  house.submit(
    jobXml({ rule: 'imageMogr2/thumbnail/20x', output: freshKey(), callback: `${house.receiver.url}/`, ...fields }),
  )

beforeAll(async () => {
  house = await startHouse()
  await house.put('in.jpg', await jpeg(60, 40))
  await house.ci({ method: 'POST', target: '/picbucket' })
  queueId = textAt((await house.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
})
afterAll(() => house?.close())

describe('a paused queue', () => {
  test('takes jobs and shows them as Pause; active again it runs the higher level first', async () => {
    await setQueue('Paused')
    const low = await submit({ level: 0 })
    const high = await submit({ level: 2 })
    const middle = await submit({ level: 1 })
    expect([await stateOf(low), await stateOf(high), await stateOf(middle)]).toEqual(['Pause', 'Pause', 'Pause'])
    const order: string[] = []
    house.app.signals.worker.on('jobs claimed', (jobs) => {
      order.push(...(jobs as { id: string }[]).map((job) => job.id))
    })
    await setQueue('Active')
    for (const id of [low, high, middle]) expect(textAt(await house.ended(id), 'State')).toBe('Success')
    expect(order).toEqual([high, middle, low])
  })

  test('a waiting job can be cancelled, once; nobody is told', async () => {
    await setQueue('Paused')
    const jobId = await submit()
    const cancelled = await house.ci({ method: 'PUT', target: `/jobs/${jobId}?cancel` })
    expect([cancelled.status, cancelled.headers['content-length'], cancelled.text]).toEqual([200, '0', ''])
    expect(await stateOf(jobId)).toBe('Cancel')
    const again = await house.ci({ method: 'PUT', target: `/pic_jobs/${jobId}` })
    expect(again.status).toBe(400)
    expect(textAt(again.xml(), 'Message')).toBe('The job provided can not be modified.')
    await setQueue('Active')
    const next = await submit()
    await house.ended(next)
    expect(house.receiver.received.some((one) => one.body.includes(jobId))).toBe(false)
  })

  test('an unknown job cannot be cancelled', async () => {
    const answer = await house.ci({ method: 'PUT', target: '/jobs/c00000000000000000000000000000000?cancel' })
    expect(answer.status).toBe(404)
    expect(textAt(answer.xml(), 'Code')).toBe('ResourceNotFound')
  })
})

describe('the lists', () => {
  test('every page, no job twice, each filter', async () => {
    await setQueue('Paused')
    const made: string[] = []
    for (let i = 0; i < 25; i += 1) made.push(await submit({ input: i % 2 === 0 ? 'even.jpg' : 'odd.jpg' }))
    const list = async (query: string) => {
      const document = (await house.ci({ target: `/jobs?tag=PicProcess&${query}` })).xml()
      const ids = document.children.filter((one) => one.name === 'JobsDetail').map((one) => textAt(one, 'JobId'))
      return { ids, next: textAt(document, 'NextToken') }
    }
    const seen: string[] = []
    let token = ''
    do {
      const page = await list(`states=Pause&orderByTime=Asc&size=7&nextToken=${encodeURIComponent(token)}`)
      expect(page.ids.length).toBeLessThanOrEqual(7)
      seen.push(...page.ids)
      token = page.next
    } while (token !== '')
    expect(seen).toEqual(made)
    expect((await list('states=Pause&size=100')).ids).toEqual([...made].reverse())
    expect((await list('states=Pause&inputObject=odd.jpg&size=100')).ids).toHaveLength(12)
    expect((await list(`states=Submitted,Running&queueId=${queueId}`)).ids).toEqual([])
    expect((await list('states=All&startCreationTime=2099-01-01T00:00:00%2B0800')).ids).toEqual([])
    expect((await list('workflowId=w0&size=100')).ids).toEqual([])
    expect((await list('size=1000&states=Pause')).ids).toHaveLength(25)

    const some = await house.ci({ target: `/pic_jobs/${made[0]},${made[1]}%2Cc0,nonsense` })
    const document = some.xml()
    expect(document.children.filter((one) => one.name === 'JobsDetail')).toHaveLength(2)
    expect(document.children.filter((one) => one.name === 'NonExistJobIds').map((one) => one.text)).toEqual([
      'c0',
      'nonsense',
    ])
    await house.ci({ method: 'DELETE', target: '/picbucket' })
    expect(await stateOf(made[0]!)).toBe('Cancel')
    const closed = await house.ci({ method: 'DELETE', target: '/picbucket' })
    expect([closed.status, textAt(closed.xml(), 'Code')]).toEqual([404, 'ResourceNotFound'])
  })

  test.each([
    ['size=0', 'size'],
    ['size=many', 'size'],
    ['states=Asleep', 'states'],
    ['startCreationTime=yesterday', 'startCreationTime'],
    ['orderByTime=Sideways', 'orderByTime'],
    ['nextToken=25', 'nextToken'],
    ['tag=Transcode', 'tag'],
  ])('%s is refused by name', async (query, name) => {
    const answer = await house.ci({ target: `/jobs?${query}` })
    expect(answer.status).toBe(400)
    expect(textAt(answer.xml(), 'Code')).toBe('InvalidArgument')
    expect(textAt(answer.xml(), 'Message')).toContain(name)
  })
})
