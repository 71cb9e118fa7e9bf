import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bucket, find, type House, jobXml, region, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house?.close())

const codeOf = (answer: Awaited<ReturnType<House['ci']>>) => [answer.status, textAt(answer.xml(), 'Code')]

describe('templates', () => {
  const body = (name: string, rule = 'imageMogr2/thumbnail/60x', isPicInfo = 'true') =>
    `<Request><Tag>PicProcess</Tag><Name>${name}</Name><PicProcess><IsPicInfo>${isPicInfo}</IsPicInfo><ProcessRule>${rule}</ProcessRule></PicProcess></Request>`
  const create = (name: string) => house.ci({ method: 'POST', target: '/template', body: body(name) })

  test('made, found, replaced, deleted', async () => {
    const made = (await create('web')).xml()
    const template = find(made, 'Template')!
    const id = textAt(template, 'TemplateId')
    expect(id).toMatch(/^t1[0-9a-f]{32}$/)
    expect(textAt(made, 'RequestId')).not.toBe('')
    expect(
      ['Tag', 'Name', 'BucketId', 'Category', 'State', 'PicProcess/IsPicInfo'].map((name) => textAt(template, name)),
    ).toEqual(['PicProcess', 'web', bucket, 'Custom', 'Normal', 'true'])
    expect(textAt(template, 'CreateTime')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0800$/)

    const none = `t1${'f'.repeat(32)}`
    const byId = (await house.ci({ target: `/template?ids=${id},${none}&name=&pageNumber=&tag=` })).xml()
    expect(textAt(byId, 'TemplateList/TemplateId')).toBe(id)
    expect(textAt(byId, 'NonExistTIDs/TemplateId')).toBe(none)
    expect(find(byId, 'TotalCount')).toBeUndefined()

    const replaced = await house.ci({
      method: 'PUT',
      target: `/template/${id}`,
      body: body('web2', 'imageMogr2/strip'),
    })
    expect(textAt(replaced.xml(), 'Template/Name')).toBe('web2')
    expect(textAt(replaced.xml(), 'Template/PicProcess/ProcessRule')).toBe('imageMogr2/strip')

    const deleted = await house.ci({ method: 'DELETE', target: `/template/${id}` })
    expect(textAt(deleted.xml(), 'TemplateId')).toBe(id)
    expect(codeOf(await house.ci({ method: 'DELETE', target: `/template/${id}` }))).toEqual([404, 'ResourceNotFound'])
    expect(codeOf(await house.ci({ method: 'PUT', target: `/template/${id}`, body: body('x') }))).toEqual([
      404,
      'ResourceNotFound',
    ])
  })

  test('the list, by the beginning of a name and by pages; official ones there are none', async () => {
    for (const name of ['list-a', 'list-b', 'list-c']) await create(name)
    const list = async (query: string) => (await house.ci({ target: `/template?${query}` })).xml()
    const page = await list('name=list-&pageSize=2&pageNumber=2')
    expect(['TotalCount', 'PageNumber', 'PageSize'].map((name) => textAt(page, name))).toEqual(['3', '2', '2'])
    expect(textAt(page, 'TemplateList/Name')).toBe('list-c')
    expect(textAt(await list('category=Official'), 'TotalCount')).toBe('0')
    expect(textAt(await list('tag=Transcode'), 'TotalCount')).toBe('0')
    expect(codeOf(await house.ci({ target: '/template?category=Mine' }))).toEqual([400, 'InvalidArgument'])
    expect(codeOf(await house.ci({ target: '/template?pageSize=none' }))).toEqual([400, 'InvalidArgument'])
  })

  test.each([
    ['a name that is taken', 'list-a', 'TemplateNameDuplicate'],
    ['a name that is none', 'a b', 'InvalidArgument'],
    ['a long name', 'n'.repeat(65), 'InvalidArgument'],
    ['no name', '', 'InvalidArgument'],
  ])('%s is refused', async (_what, name, code) => {
    expect(codeOf(await create(name))).toEqual([400, code])
  })

  test('an official one cannot be changed', async () => {
    const id = `t0${'0'.repeat(32)}`
    expect(codeOf(await house.ci({ method: 'DELETE', target: `/template/${id}` }))).toEqual([403, 'AccessDenied'])
  })

  test('a body of the Java SDK, which lacks PicProcess, is told what is missing', async () => {
    const answer = await house.ci({
      method: 'POST',
      target: '/template',
      body: '<Request><Tag>PicProcess</Tag><Name>java</Name></Request>',
    })
    expect(codeOf(answer)).toEqual([400, 'InvalidArgument'])
    expect(textAt(answer.xml(), 'Message')).toContain('PicProcess')
  })
})

describe('queues and the image service', () => {
  test('opened, listed, changed', async () => {
    const opened = (await house.ci({ method: 'POST', target: '/picbucket' })).xml()
    expect(['BucketId', 'Name', 'Region'].map((name) => textAt(opened, `PicBucket/${name}`))).toEqual([
      bucket,
      bucket,
      region,
    ])
    const again = (await house.ci({ method: 'POST', target: '/picbucket' })).xml()
    expect(textAt(again, 'PicBucket/CreateTime')).toBe(textAt(opened, 'PicBucket/CreateTime'))

    const everywhere = (await house.send(`ci.${region}.pixmill.test`, { target: `/picbucket?regions=${region}` })).xml()
    expect(textAt(everywhere, 'TotalCount')).toBe('1')
    expect(textAt(everywhere, 'PicBucketList/BucketId')).toBe(bucket)

    const list = (await house.ci({ target: '/picqueue?queueIds=&state=All&pageNumber=&pageSize=' })).xml()
    const queue = find(list, 'QueueList')!
    expect(['Name', 'State', 'Category', 'MaxSize', 'MaxConcurrent'].map((name) => textAt(queue, name))).toEqual([
      'queue-pic-process-1',
      'Active',
      'PicProcessing',
      '10000',
      '1000',
    ])
    expect(textAt(queue, 'NotifyConfig/State')).toBe('Off')
    const id = textAt(queue, 'QueueId')
    const byId = (await house.ci({ target: `/queue?category=CateAll&queueIds=${id},p0` })).xml()
    expect(textAt(byId, 'QueueList/QueueId')).toBe(id)
    expect(textAt(byId, 'NonExistPIDs')).toBe('p0')
    expect(textAt((await house.ci({ target: '/picqueue?state=Paused' })).xml(), 'TotalCount')).toBe('0')

    const changed = await house.ci({
      method: 'POST',
      target: `/picqueue/${id}`,
      body: `<Request><QueueID>${id}</QueueID><Name>主队列</Name></Request>`,
    })
    expect(textAt(changed.xml(), 'Queue/Name')).toBe('主队列')
    expect(textAt(changed.xml(), 'Queue/State')).toBe('Active')
  })

  test.each([
    ['an event missing', '<NotifyConfig><State>On</State><Url>http://127.0.0.1:1/</Url></NotifyConfig>', 'Event'],
    ['an address missing', '<NotifyConfig><State>On</State><Event>TaskFinish</Event></NotifyConfig>', 'Url'],
    [
      'an unknown event',
      '<NotifyConfig><State>On</State><Event>Lunch</Event><Url>http://127.0.0.1:1/</Url></NotifyConfig>',
      'Lunch',
    ],
    [
      'a message queue of the cloud',
      '<NotifyConfig><State>On</State><Event>TaskFinish</Event><Type>TDMQ</Type></NotifyConfig>',
      'TDMQ',
    ],
    ['a state that is none', '<State>Asleep</State>', 'Asleep'],
    ['a long name', `<Name>${'n'.repeat(129)}</Name>`, 'Name'],
  ])('%s is refused by name', async (_what, xml, says) => {
    const id = textAt((await house.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
    const answer = await house.ci({ method: 'PUT', target: `/queue/${id}`, body: `<Request>${xml}</Request>` })
    expect(codeOf(answer)).toEqual([400, 'InvalidArgument'])
    expect(textAt(answer.xml(), 'Message')).toContain(says)
  })

  test('another one is made, our extension: it takes jobs that name it, and the first one the others', async () => {
    const notify =
      '<NotifyConfig><State>On</State><Type>Url</Type><Event>TaskFinish</Event><Url>http://127.0.0.1:1/q</Url></NotifyConfig>'
    const make = (path: string, fields: string) =>
      house.ci({ method: 'POST', target: path, body: `<Request>${fields}</Request>` })
    const made = (await make('/picqueue', `<Name>nightly</Name><State>Paused</State>${notify}`)).xml()
    expect(['Name', 'State', 'Category', 'NotifyConfig/Url'].map((name) => textAt(made, `Queue/${name}`))).toEqual([
      'nightly',
      'Paused',
      'PicProcessing',
      'http://127.0.0.1:1/q',
    ])
    const id = textAt(made, 'Queue/QueueId')
    expect(textAt((await house.ci({ target: `/queue?queueIds=${id}` })).xml(), 'QueueList/Name')).toBe('nightly')
    const queueOf = async (body: string) =>
      textAt((await house.ci({ method: 'POST', target: '/jobs', body })).xml(), 'JobsDetail/QueueId')
    expect(await queueOf(jobXml({ rule: 'imageMogr2/strip', queueId: id }))).toBe(id)
    expect(await queueOf(jobXml({ rule: 'imageMogr2/strip' }))).not.toBe(id)
    expect((await make('/queue', '<Name>daily</Name>')).status).toBe(200)
    for (const [fields, says] of [
      ['', 'Name is missing'],
      ['<Name>a b</Name>', 'Name is "a b"'],
      ['<Name>x</Name><State>Asleep</State>', 'Asleep'],
    ] as const) {
      const refused = await make('/queue', fields)
      expect(codeOf(refused)).toEqual([400, 'InvalidArgument'])
      expect(textAt(refused.xml(), 'Message')).toContain(says)
    }
  })

  test('an unknown queue is not found', async () => {
    const answer = await house.ci({
      method: 'PUT',
      target: '/picqueue/p0',
      body: '<Request><State>Active</State></Request>',
    })
    expect(codeOf(answer)).toEqual([404, 'ResourceNotFound'])
  })
})

describe('answers', () => {
  test('are JSON without a wrapper for who asks so; errors are XML all the same', async () => {
    const headers = { accept: 'application/json' }
    const list = await house.ci({ target: '/picqueue?pageSize=1', headers })
    expect(list.headers['content-type']).toBe('application/json')
    expect(JSON.parse(list.text).QueueList).toHaveLength(1)
    for (const [accept, type] of [
      ['application/json, text/plain, */*', 'application/json'],
      ['Application/JSON, application/xml;q=0', 'application/json'],
      ['application/json;q=0, */*', 'application/xml'],
      ['text/html,application/xml;q=0.9,application/json', 'application/xml'],
      ['*/*', 'application/xml'],
    ] as const) {
      const answer = await house.ci({ target: '/picqueue', headers: { accept } })
      expect([accept, answer.headers['content-type']]).toEqual([accept, type])
    }
    const jobs = JSON.parse((await house.ci({ target: '/jobs?inputObject=nobody', headers })).text)
    expect(jobs).toEqual({ JobsDetail: [] })
    const refused = await house.ci({ target: '/jobs?size=0', headers })
    expect(refused.headers['content-type']).toBe('application/xml')
  })
})

describe('limits an operator sets', () => {
  test('a full queue is saturated; a service that has to be opened is not opened by a job', async () => {
    const strict = await startHouse({ PIXMILL_QUEUE_MAX_SIZE: '2', PIXMILL_REQUIRE_OPEN_SERVICE: 'true' })
    try {
      const submit = () => strict.ci({ method: 'POST', target: '/jobs', body: jobXml({ rule: 'imageMogr2/strip' }) })
      const closed = await submit()
      expect(codeOf(closed)).toEqual([403, 'MediaBucketUnBinded'])
      await strict.ci({ method: 'POST', target: '/picbucket' })
      const id = textAt((await strict.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
      await strict.ci({ method: 'PUT', target: `/queue/${id}`, body: '<Request><State>Paused</State></Request>' })
      expect([(await submit()).status, (await submit()).status]).toEqual([200, 200])
      expect(codeOf(await submit())).toEqual([403, 'QueueSaturated'])
    } finally {
      await strict.close()
    }
  })

  test('jobs for a paused queue, further templates and empty ETags, where they are not wanted', async () => {
    const strict = await startHouse({
      PIXMILL_REFUSE_PAUSED_QUEUES: 'true',
      PIXMILL_MAX_TEMPLATES: '1',
      PIXMILL_RESULT_ETAG: 'true',
    })
    try {
      await strict.put('in.jpg', await jpeg(20, 20))
      const callback = strict.receiver.url
      const submit = () =>
        strict.ci({ method: 'POST', target: '/jobs', body: jobXml({ rule: 'imageMogr2/strip', callback }) })
      const first = await submit()
      const job = await strict.ended(textAt(first.xml(), 'JobsDetail/JobId'))
      const { etag } = (await strict.cos({ method: 'HEAD', target: '/out.jpg' })).headers
      expect(textAt(job, 'Operation/PicProcessResult/ProcessResult/Etag')).toBe(etag)
      expect((await strict.receiver.nth(0)).body).toContain(`<Etag>${etag}</Etag><Format>JPEG</Format>`)

      const id = textAt((await strict.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
      const set = (state: string) =>
        strict.ci({ method: 'PUT', target: `/queue/${id}`, body: `<Request><State>${state}</State></Request>` })
      await set('Paused')
      expect(codeOf(await submit())).toEqual([403, 'QueuePaused'])
      await set('Active')
      expect((await submit()).status).toBe(200)

      const template = (name: string) =>
        strict.ci({
          method: 'POST',
          target: '/template',
          body: `<Request><Tag>PicProcess</Tag><Name>${name}</Name><PicProcess><ProcessRule>imageMogr2/strip</ProcessRule></PicProcess></Request>`,
        })
      expect((await template('one')).status).toBe(200)
      expect(codeOf(await template('two'))).toEqual([400, 'CreatedTemplateNumLimit'])
    } finally {
      await strict.close()
    }
  })
})
