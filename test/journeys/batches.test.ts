import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readXml, type XmlElement } from '../../src/wire/index.ts'
import { type Answer, bucket, find, type House, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { type BatchFields, batchJobXml, batchXml, notifyXml, workflowXml } from '../support/workflow-xml.ts'

let house: House
let picture: Buffer

beforeAll(async () => {
  house = await startHouse()
  picture = await jpeg(60, 40)
})
afterAll(() => house?.close())

const codeOf = (answer: Answer) => [answer.status, textAt(answer.xml(), 'Code')]
const all = (root: XmlElement, name: string) => root.children.filter((child) => child.name === name)

const create = (fields: BatchFields) =>
  house.ci({ method: 'POST', target: '/inventorytriggerjob', body: batchXml(fields) })

/** Makes a batch; fails unless 200. Gives its id. */
async function started(fields: BatchFields): Promise<string> {
  const answer = await create(fields)
  if (answer.status !== 200) throw new Error(`POST /inventorytriggerjob: ${answer.status} ${answer.text}`)
  return textAt(answer.xml(), 'JobsDetail/JobId')
}
const batchOf = async (id: string) =>
  find((await house.ci({ target: `/inventorytriggerjob/${id}` })).xml(), 'JobsDetail')!

/** Asks until the batch has ended: nothing is told of that. Its numbers never go down on the way. */
async function ended(id: string): Promise<XmlElement> {
  let before = [0, 0]
  for (;;) {
    const batch = await batchOf(id)
    const now = ['Progress', 'Counts/Ended'].map((path) => Number(textAt(batch, path)))
    expect(now[0]).toBeGreaterThanOrEqual(before[0]!)
    expect(now[1]).toBeGreaterThanOrEqual(before[1]!)
    before = now
    if (!['Submitted', 'Running'].includes(textAt(batch, 'State'))) return batch
  }
}
const countsOf = (batch: XmlElement) =>
  Object.fromEntries(find(batch, 'Counts')!.children.map(({ name, text }) => [name, Number(text)]))
const keysBelow = async (prefix: string) =>
  all((await house.cos({ target: `/?prefix=${encodeURIComponent(prefix)}` })).xml(), 'Contents').map((one) =>
    textAt(one, 'Key'),
  )
const cancel = (id: string, flag = '?cancel') =>
  house.ci({ method: 'PUT', target: `/inventorytriggerjob/${id}${flag}` })

/** Pauses the image queue of the bucket. */
async function pausedQueue(): Promise<{ resume(): Promise<void> }> {
  await house.ci({ method: 'POST', target: '/picbucket' })
  const id = textAt((await house.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
  const set = async (state: string): Promise<void> => {
    const body = `<Request><State>${state}</State></Request>`
    expect((await house.ci({ method: 'PUT', target: `/picqueue/${id}`, body })).status).toBe(200)
  }
  await set('Paused')
  return { resume: () => set('Active') }
}

describe('a batch of jobs', () => {
  test('over a prefix does each object once and says so', async () => {
    const keys = Array.from({ length: 12 }, (_, n) => `raw/${n}/a.jpg`).sort()
    for (const key of [...keys, 'elsewhere/a.jpg']) await house.put(key, picture)
    const answer = await create({
      name: 'march-import',
      type: 'Job',
      input: '<Prefix>raw/</Prefix>',
      operation: batchJobXml({
        output: 'done/${InventoryTriggerJobId}/${InputPath}.${Ext}',
        rest: `<UserData>march</UserData><JobLevel>1</JobLevel><CallBack>${house.receiver.url}/batch</CallBack><TimeInterval></TimeInterval>`,
      }),
    })
    const detail = find(answer.xml(), 'JobsDetail')!
    const id = textAt(detail, 'JobId')
    expect(id).toMatch(/^b[0-9a-f]{32}$/)
    expect(
      ['State', 'Name', 'Type', 'Tag', 'StartTime', 'EndTime', 'Code'].map((name) => textAt(detail, name)),
    ).toEqual(['Submitted', 'march-import', 'Job', 'PicProcess', '-', '-', 'Success'])
    expect(textAt(detail, 'Input/Prefix')).toBe('raw/')
    expect(textAt(detail, 'Operation/UserData')).toBe('march')

    const batch = await ended(id)
    expect([textAt(batch, 'State'), textAt(batch, 'Progress')]).toEqual(['Success', '100'])
    expect(countsOf(batch)).toEqual({ Total: 12, Listed: 12, Created: 12, Ended: 12, Failed: 0 })
    expect(await keysBelow(`done/${id}/`)).toEqual(
      keys.map((key) => `done/${id}/${key.slice(0, key.lastIndexOf('/'))}.jpg`),
    )

    const jobs = all((await house.ci({ target: `/jobs?inventoryTriggerJobId=${id}&size=100` })).xml(), 'JobsDetail')
    expect(jobs.map((job) => textAt(job, 'Input/Object')).sort()).toEqual(keys)
    expect(new Set(jobs.map((job) => textAt(job, 'Operation/UserData')))).toEqual(new Set(['march']))
    await house.receiver.nth(11)
    const told = house.receiver.received.map(({ body }) => readXml(body))
    expect(told.map((event) => textAt(event, 'JobsDetail/Input/Object')).sort()).toEqual(keys)
    expect(find(told[0]!, 'JobsDetail/Input/CosHeaders')).toBeUndefined()
  })

  test('in a time that nothing was uploaded in does nothing', async () => {
    await house.put('old/a.jpg', picture)
    const interval = '<TimeInterval><End>2020-01-01T00:00:00+0800</End></TimeInterval>'
    const id = await started({
      type: 'Job',
      input: '<Prefix>old/</Prefix>',
      operation: batchJobXml({ rest: interval }),
    })
    const batch = await ended(id)
    expect(textAt(batch, 'State')).toBe('Success')
    expect(countsOf(batch)).toMatchObject({ Created: 0, Failed: 0 })
    expect(textAt(batch, 'Operation/TimeInterval/End')).toBe('2020-01-01T00:00:00+0800')
  })

  test('overwrites none of its objects, however their keys come about', async () => {
    const { etag } = (await house.put('own/a.jpg', picture)).headers
    await house.put('own/b.jpeg', picture)
    const operation = batchJobXml({ output: '${InputPath}/${InputName}.${Ext}' })
    const batch = await ended(await started({ type: 'Job', input: '<Prefix>own/</Prefix>', operation }))
    expect([textAt(batch, 'State'), countsOf(batch).Ended, countsOf(batch).Failed]).toEqual(['Success', 2, 1])
    expect(['Object', 'Code'].map((name) => textAt(batch, `Failures/${name}`))).toEqual([
      'own/a.jpg',
      'InvalidArgument',
    ])
    expect((await house.cos({ method: 'HEAD', target: '/own/a.jpg' })).headers.etag).toBe(etag)
  })

  test('over one object, and over what is none', async () => {
    await house.put('one/a b.jpg', picture)
    const one = await ended(
      await started({ type: 'Job', input: '<Object>one/a b.jpg</Object>', operation: batchJobXml({}) }),
    )
    expect([textAt(one, 'State'), countsOf(one).Ended, countsOf(one).Failed]).toEqual(['Success', 1, 0])
    const none = await ended(
      await started({ type: 'Job', input: '<Object>one/ghost.jpg</Object>', operation: batchJobXml({}) }),
    )
    expect([textAt(none, 'State'), textAt(none, 'Code')]).toEqual(['Failed', 'ResourceNotFound'])
    expect(textAt(none, 'Message')).toContain('one/ghost.jpg')
  })

  test('over a list of addresses fetches nothing from elsewhere', async () => {
    await house.put('list/猫.jpg', picture)
    await house.put('list/bare.jpg', picture)
    const foreign = `${house.receiver.url}/stolen.jpg`
    const lines = [
      `https://${bucket}.cos.ap-test.myqcloud.com/list/%E7%8C%AB.jpg?sign=x`,
      '',
      'list/bare.jpg\r',
      foreign,
      'https://other-1250000000.cos.ap-test.myqcloud.com/list/bare.jpg',
      'list/ghost.jpg',
    ]
    await house.put('lists/urls.txt', Buffer.from(lines.join('\n')))
    const calls = house.receiver.received.length
    const id = await started({ type: 'Job', input: '<UrlFile>lists/urls.txt</UrlFile>', operation: batchJobXml({}) })
    const batch = await ended(id)
    expect(textAt(batch, 'State')).toBe('Success')
    expect(countsOf(batch)).toMatchObject({ Listed: 5, Failed: 3 })
    const failures = all(batch, 'Failures').map((one) => textAt(one, 'Object'))
    expect(failures).toEqual(expect.arrayContaining([foreign, 'list/ghost.jpg']))
    expect(await keysBelow(`batch/${id}/`)).toEqual([`batch/${id}/bare.jpg`, `batch/${id}/猫.jpg`])
    expect(house.receiver.received).toHaveLength(calls)
  })

  test('over an inventory reads its packed files', async () => {
    await house.put('inv/a b.jpg', picture)
    await house.put('inv/c.jpg', picture)
    const packed = gzipSync(`"${bucket}","inv%2Fa%20b.jpg","1"\n"${bucket}","inv%2Fc.jpg","1"\n`)
    await house.put('inventory/data.csv.gz', packed)
    const manifest = {
      fileFormat: 'CSV',
      fileSchema: 'Bucket, Key, Size',
      files: [
        {
          key: 'inventory/data.csv.gz',
          size: String(packed.length),
          md5Checksum: createHash('md5').update(packed).digest('hex'),
        },
      ],
    }
    await house.put('inventory/manifest.json', Buffer.from(JSON.stringify(manifest)))
    const url = `https://${bucket}.cos.ap-test.myqcloud.com/inventory/manifest.json`
    const batch = await ended(
      await started({ type: 'Job', input: `<Manifest>${url}</Manifest>`, operation: batchJobXml({}) }),
    )
    expect([textAt(batch, 'State'), countsOf(batch).Created, countsOf(batch).Failed]).toEqual(['Success', 2, 0])
  })

  test.each([
    ['a manifest that is none', 'Manifest', 'not-json.json', 'this is text', 'JSON'],
    [
      'a manifest without a key column',
      'Manifest',
      'no-key.json',
      '{"fileFormat":"CSV","fileSchema":"Bucket","files":[]}',
      'Key',
    ],
    [
      'a manifest whose file is not there',
      'Manifest',
      'no-file.json',
      `{"fileFormat":"CSV","fileSchema":"Key","files":[{"key":"ghost.csv.gz","size":1,"md5Checksum":"${'0'.repeat(32)}"}]}`,
      'ghost.csv.gz',
    ],
    ['a manifest that is not there', 'Manifest', null, '', 'lists/none'],
    ['a list that is not there', 'UrlFile', null, '', 'lists/none'],
  ])('over %s fails and says why', async (_what, kind, file, content, says) => {
    const key = `lists/${file ?? 'none'}`
    if (file !== null) await house.put(key, Buffer.from(content))
    const id = await started({ type: 'Job', input: `<${kind}>${key}</${kind}>`, operation: batchJobXml({}) })
    const batch = await ended(id)
    expect(textAt(batch, 'State')).toBe('Failed')
    expect(textAt(batch, 'Code')).not.toBe('Success')
    expect(textAt(batch, 'Message')).toContain(says)
  })
})

describe('a batch of workflows', () => {
  test('starts a run for each object, of a paused workflow too, and each run tells its end', async () => {
    const url = `${house.receiver.url}/runs`
    const made = await house.ci({
      method: 'POST',
      target: '/workflow',
      body: workflowXml({
        prefix: 'never/',
        notify: notifyXml(url, 'WorkflowFinish'),
        nodes: ['a', 'b'].map((name) => ({ name, rule: 'imageMogr2/thumbnail/10x' })),
      }),
    })
    const workflowId = textAt(made.xml(), 'MediaWorkflow/WorkflowId')
    const keys = ['wf/1.jpg', 'wf/2.jpg', 'wf/3.jpg']
    for (const key of keys) await house.put(key, picture)
    const calls = house.receiver.received.length
    const id = await started({
      input: '<Prefix>wf/</Prefix>',
      operation: `<WorkflowIds>${workflowId}</WorkflowIds><JobParam/>`,
    })
    const batch = await ended(id)
    expect([textAt(batch, 'State'), textAt(batch, 'Type')]).toEqual(['Success', 'Workflow'])
    expect(countsOf(batch)).toEqual({ Total: 3, Listed: 3, Created: 3, Ended: 3, Failed: 0 })

    const list = await house.ci({ target: `/workflowexecution?workflowId=${workflowId}&jobId=${id}` })
    const runs = all(list.xml(), 'WorkflowExecutionList')
    expect(runs.map((run) => textAt(run, 'Object')).sort()).toEqual(keys)
    await house.receiver.nth(calls + 2)
    const told = house.receiver.received.slice(calls).map(({ body }) => readXml(body))
    expect(told.map((event) => textAt(event, 'WorkflowExecution/RunId')).sort()).toEqual(
      runs.map((run) => textAt(run, 'RunId')).sort(),
    )
    expect(find(told[0]!, 'WorkflowExecution/CosHeaders')).toBeUndefined()
    const jobs = all((await house.ci({ target: `/jobs?inventoryTriggerJobId=${id}` })).xml(), 'JobsDetail')
    expect(jobs).toHaveLength(6)
  })
})

describe('a batch is refused that', () => {
  const job = batchJobXml({})
  test.each<[string, BatchFields, string]>([
    ['has no input', { type: 'Job', input: '', operation: job }, 'Input is missing'],
    [
      'has two inputs',
      { type: 'Job', input: '<Prefix>a</Prefix><Object>b</Object>', operation: job },
      'Prefix and Object',
    ],
    ['has no type', { input: '<Prefix>a</Prefix>', operation: job }, 'Type is missing'],
    ['has an odd name', { name: 'a b', type: 'Job', input: '<Prefix>a</Prefix>', operation: job }, 'Name is "a b"'],
    [
      'names a workflow that does not exist',
      { input: '<Prefix>a</Prefix>', operation: `<WorkflowIds>w${'0'.repeat(32)}</WorkflowIds>` },
      `w${'0'.repeat(32)}`,
    ],
    [
      'names a template that does not exist',
      { type: 'Job', input: '<Prefix>a</Prefix>', operation: batchJobXml({ templateId: `t1${'0'.repeat(32)}` }) },
      `t1${'0'.repeat(32)}`,
    ],
    [
      'names a queue that does not exist',
      { type: 'Job', input: '<Prefix>a</Prefix>', operation: batchJobXml({ rest: '<QueueId>p0</QueueId>' }) },
      'p0',
    ],
    [
      'has a rule that is none',
      { type: 'Job', input: '<Prefix>a</Prefix>', operation: batchJobXml({ rule: 'imageFoo' }) },
      'imageFoo',
    ],
    [
      'has a style that does not exist',
      { type: 'Job', input: '<Prefix>a</Prefix>', operation: batchJobXml({ rule: 'style/nowhere' }) },
      'The style "nowhere" does not exist',
    ],
    [
      'overwrites its own input',
      {
        type: 'Job',
        input: '<Prefix>a</Prefix>',
        operation: batchJobXml({ output: '${InputPath}/${InputNameAndExt}' }),
      },
      'Operation.Output.Object is "${InputPath}/${InputNameAndExt}", which is the object',
    ],
    [
      'writes to a bucket that does not exist',
      { type: 'Job', input: '<Prefix>a</Prefix>', operation: batchJobXml({ outputBucket: 'ghost-1250000000' }) },
      'ghost-1250000000',
    ],
    [
      'tells a forbidden address',
      {
        type: 'Job',
        input: '<Prefix>a</Prefix>',
        operation: batchJobXml({ rest: '<CallBack>http://169.254.169.254/</CallBack>' }),
      },
      '169.254.169.254',
    ],
    [
      'has a manifest elsewhere',
      { type: 'Job', input: '<Manifest>https://elsewhere.example/manifest.json</Manifest>', operation: job },
      'elsewhere.example',
    ],
    [
      'has a list elsewhere',
      { type: 'Job', input: '<UrlFile>http://169.254.169.254/latest/meta-data</UrlFile>', operation: job },
      '169.254.169.254',
    ],
  ])('%s', async (_what, fields, says) => {
    const answer = await create(fields)
    expect(codeOf(answer)).toEqual([400, 'InvalidArgument'])
    expect(textAt(answer.xml(), 'Message')).toContain(says)
  })
})

describe('cancelling', () => {
  test.each([
    ['as the page says', '?cancel'],
    ['as the Go SDK does', ''],
  ])('%s: what has not started never does', async (_what, flag) => {
    const queue = await pausedQueue()
    try {
      for (const n of [1, 2, 3]) await house.put(`cancel/${n}.jpg`, picture)
      const id = await started({ type: 'Job', input: '<Prefix>cancel/</Prefix>', operation: batchJobXml({}) })
      while (countsOf(await batchOf(id)).Created !== 3);
      const answer = await cancel(id, flag)
      expect([answer.status, answer.text, answer.headers['content-length']]).toEqual([200, '', '0'])
      expect(textAt(await batchOf(id), 'State')).toBe('Cancel')
      const statesOf = async () =>
        all((await house.ci({ target: `/jobs?inventoryTriggerJobId=${id}` })).xml(), 'JobsDetail').map((job) =>
          textAt(job, 'State'),
        )
      let states = await statesOf()
      while (states.includes('Pause')) states = await statesOf()
      expect(states).toEqual(['Cancel', 'Cancel', 'Cancel'])
      // Again: it is so already.
      expect((await cancel(id, flag)).status).toBe(200)
      expect(await keysBelow(`batch/${id}/`)).toEqual([])
    } finally {
      await queue.resume()
    }
  })

  test('what has ended, or never was, is refused', async () => {
    await house.put('over/a.jpg', picture)
    const id = await started({ type: 'Job', input: '<Prefix>over/</Prefix>', operation: batchJobXml({}) })
    await ended(id)
    expect(codeOf(await cancel(id))).toEqual([400, 'InvalidArgument'])
    expect(codeOf(await cancel(`b${'0'.repeat(32)}`))).toEqual([404, 'ResourceNotFound'])
  })
})

describe('the list of batches', () => {
  test('one that does not exist is named and no error', async () => {
    const id = `b${'0'.repeat(32)}`
    const answer = await house.ci({ target: `/inventorytriggerjob/${id}` })
    expect(answer.status).toBe(200)
    expect(['NonExistJobId', 'NonExistJobIds'].map((name) => textAt(answer.xml(), name))).toEqual([id, id])
  })

  test('in pages, by name, type, state, time and order', async () => {
    await house.put('pages/a.jpg', picture)
    const ids: string[] = []
    for (const _ of [1, 2, 3, 4]) {
      const fields = { name: 'pages', type: 'Job', input: '<Prefix>pages/</Prefix>', operation: batchJobXml({}) }
      ids.push(await started(fields))
      await ended(ids.at(-1)!)
    }
    const list = async (query: string) => (await house.ci({ target: `/inventorytriggerjob?name=pages&${query}` })).xml()
    const idsOf = (page: XmlElement) => all(page, 'JobsDetail').map((one) => textAt(one, 'JobId'))
    const seen: string[] = []
    let token = ''
    do {
      const page = await list(`type=Job&size=3&orderByTime=Asc&nextToken=${token}`)
      seen.push(...idsOf(page))
      token = textAt(page, 'NextToken')
    } while (token !== '')
    expect(seen).toEqual(ids)
    expect(idsOf(await list('states=All'))).toEqual([...ids].reverse())
    // An older page spells the parameter with a capital.
    expect(idsOf(await list('States=Failed,Cancel'))).toEqual([])
    expect(idsOf(await list('states=Success'))).toHaveLength(4)
    expect(idsOf(await list('states=Pause'))).toEqual([])
    expect(idsOf(await list('type=Workflow'))).toEqual([])
    expect(idsOf(await list(`jobId=${ids[1]}`))).toEqual([ids[1]])
    expect(idsOf(await list('workflowId=w1'))).toEqual([])
    expect(idsOf(await list('endCreationTime=2020-01-01T00:00:00Z'))).toEqual([])
  })

  test.each([
    ['an odd type', 'type=Run', 'type is "Run"'],
    ['an odd state', 'states=Done', 'states is "Done"'],
    ['an odd size', 'size=x', 'size is "x"'],
    ['an odd token', 'nextToken=x', 'nextToken is "x"'],
  ])('with %s is refused', async (_what, query, says) => {
    const answer = await house.ci({ target: `/inventorytriggerjob?${query}` })
    expect(codeOf(answer)).toEqual([400, 'InvalidArgument'])
    expect(textAt(answer.xml(), 'Message')).toContain(says)
  })
})

describe('a restart', () => {
  test('in the middle of a batch leaves nothing out and does nothing twice', async () => {
    const queue = await pausedQueue()
    const keys = Array.from({ length: 30 }, (_, n) => `again/${n}.jpg`).sort()
    for (const key of keys) await house.put(key, picture)
    const id = await started({ type: 'Job', input: '<Prefix>again/</Prefix>', operation: batchJobXml({}) })
    await house.restart()
    await queue.resume()
    const batch = await ended(id)
    expect(textAt(batch, 'State')).toBe('Success')
    expect(countsOf(batch)).toEqual({ Total: 30, Listed: 30, Created: 30, Ended: 30, Failed: 0 })
    const jobs = all((await house.ci({ target: `/jobs?inventoryTriggerJobId=${id}&size=100` })).xml(), 'JobsDetail')
    expect(jobs.map((job) => textAt(job, 'Input/Object')).sort()).toEqual(keys)
  })
})
