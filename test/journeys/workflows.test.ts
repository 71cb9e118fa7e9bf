import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readXml, type XmlElement } from '../../src/wire/index.ts'
import { type Answer, bucket, find, type House, jobXml, region, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { notifyXml, type WorkflowFields, workflowXml } from '../support/workflow-xml.ts'

let house: House
let picture: Buffer

beforeAll(async () => {
  house = await startHouse()
  picture = await jpeg(120, 80)
})
afterAll(() => house?.close())

const codeOf = (answer: Answer) => [answer.status, textAt(answer.xml(), 'Code')]
const all = (root: XmlElement, name: string) => root.children.filter((child) => child.name === name)

const create = (fields: WorkflowFields = {}) =>
  house.ci({ method: 'POST', target: '/workflow', body: workflowXml(fields) })

/** Makes a workflow; fails unless 200. Gives its id. */
async function made(fields: WorkflowFields = {}): Promise<string> {
  const answer = await create(fields)
  if (answer.status !== 200) throw new Error(`POST /workflow: ${answer.status} ${answer.text}`)
  return textAt(answer.xml(), 'MediaWorkflow/WorkflowId')
}
const change = (id: string, flag: string) => house.ci({ method: 'PUT', target: `/workflow/${id}?${flag}` })
const runOf = async (id: string) =>
  find((await house.ci({ target: `/workflowexecution/${id}` })).xml(), 'WorkflowExecution')!
const runsOf = async (workflowId: string, query = '') =>
  all(
    (await house.ci({ target: `/workflowexecution?workflowId=${workflowId}${query}` })).xml(),
    'WorkflowExecutionList',
  )

/** The events of one workflow as they came in; waits for the nth of them. */
function eventsOf(path: string) {
  const url = `${house.receiver.url}/${path}`
  const here = () => house.receiver.received.filter((one) => one.path === `/${path}`).map((one) => readXml(one.body))
  return {
    url,
    async nth(index: number): Promise<XmlElement> {
      let event = here()[index]
      while (event === undefined) {
        await house.receiver.nth(house.receiver.received.length)
        event = here()[index]
      }
      return event
    },
    names: () => here().map((event) => textAt(event, 'EventName')),
  }
}

describe('a workflow', () => {
  test('is made, found, listed, switched, replaced and deleted', async () => {
    const answer = (await create({ name: '缩略图-1', prefix: '/raw/' })).xml()
    const workflow = find(answer, 'MediaWorkflow')!
    const id = textAt(workflow, 'WorkflowId')
    expect(id).toMatch(/^w[0-9a-f]{32}$/)
    expect(workflow.children[0]!.name).toBe('Topology')
    expect(['Name', 'State', 'BucketId'].map((name) => textAt(workflow, name))).toEqual(['缩略图-1', 'Paused', bucket])
    expect(textAt(workflow, 'CreateTime')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0800$/)
    expect(textAt(workflow, 'Topology/Nodes/Start/Input/ObjectPrefix')).toBe('/raw/')
    expect(textAt(workflow, 'Topology/Dependencies/Start')).toBe('small')
    expect(textAt(answer, 'RequestId')).not.toBe('')

    const none = `w${'f'.repeat(32)}`
    const byId = (await house.ci({ target: `/workflow?ids=${id},${none},${id}&name=&pageNumber=&pageSize=` })).xml()
    expect(byId.children[0]!.name).toBe('MediaWorkflowList')
    expect(all(byId, 'MediaWorkflowList').map((one) => textAt(one, 'WorkflowId'))).toEqual([id])
    expect(textAt(byId, 'NonExistIDs')).toBe(none)
    expect(find(byId, 'TotalCount')).toBeUndefined()

    // An older Go SDK writes the path with a capital, and programs differ in how they write the flag.
    for (const [flag, state] of [
      ['active', 'Active'],
      ['active=', 'Active'],
      ['Paused', 'Paused'],
      ['paused=', 'Paused'],
      ['Active', 'Active'],
    ] as const) {
      const changed = (await house.ci({ method: 'PUT', target: `/Workflow/${id}?${flag}` })).xml()
      expect(textAt(changed, 'MediaWorkflow/State')).toBe(state)
    }

    const body = workflowXml({ name: 'other', prefix: 'else/' })
    const replace = () => house.ci({ method: 'PUT', target: `/workflow/${id}`, body })
    expect(codeOf(await replace())).toEqual([403, 'ActiveWorkflowForbiddenUpdate'])
    expect(codeOf(await house.ci({ method: 'DELETE', target: `/workflow/${id}` }))).toEqual([
      403,
      'ActiveWorkflowForbiddenUpdate',
    ])
    await change(id, 'paused')
    const replaced = find((await replace()).xml(), 'MediaWorkflow')!
    expect(textAt(replaced, 'Name')).toBe('other')
    expect(textAt(replaced, 'Topology/Nodes/Start/Input/ObjectPrefix')).toBe('else/')

    const deleted = await house.ci({ method: 'DELETE', target: `/Workflow/${id}` })
    expect(textAt(deleted.xml(), 'WorkflowId')).toBe(id)
    for (const gone of [
      await house.ci({ method: 'DELETE', target: `/workflow/${id}` }),
      await replace(),
      await change(id, 'active'),
      await house.ci({ method: 'POST', target: `/triggerworkflow?workflowId=${id}&object=a.jpg` }),
      await house.ci({ target: `/workflowexecution/i${'0'.repeat(32)}` }),
    ]) {
      expect(codeOf(gone)).toEqual([404, 'ResourceNotFound'])
    }
  })

  test('what a client reads it can write back', async () => {
    const answer = await create({
      name: 'there-and-back',
      prefix: 'raw/',
      notify: notifyXml('http://127.0.0.1:9/wf', 'TaskFinish,WorkflowFinish', 'JSON'),
      input:
        '<SpeechRecognitionQueueId>p1</SpeechRecognitionQueueId><ExtFilter><State>On</State><Image>true</Image><Custom>true</Custom><CustomExts>cr2/.nef</CustomExts></ExtFilter>',
      nodes: [{ name: 'a.b-c', rule: 'imageMogr2/rotate/90', userData: ' asset=77 ' }],
    })
    const id = textAt(answer.xml(), 'MediaWorkflow/WorkflowId')
    const body = answer.text.replace('<Response>', '<Request>').replace('</Response>', '</Request>')
    const again = await house.ci({ method: 'PUT', target: `/workflow/${id}`, body })
    const topologyOf = (text: string) => /<Topology>.*<\/Topology>/s.exec(text)![0]
    expect(topologyOf(again.text)).toBe(topologyOf(answer.text))
  })

  test('is listed by a part of its name, oldest first, in pages', async () => {
    for (const name of ['list-a', 'list-b', 'list-c']) await made({ name })
    const page = (await house.ci({ target: '/workflow?name=ist-&pageSize=2&pageNumber=1' })).xml()
    expect(['TotalCount', 'PageNumber', 'PageSize'].map((name) => textAt(page, name))).toEqual(['3', '1', '2'])
    expect(all(page, 'MediaWorkflowList').map((one) => textAt(one, 'Name'))).toEqual(['list-a', 'list-b'])
    expect(codeOf(await house.ci({ target: '/workflow?pageSize=none' }))).toEqual([400, 'InvalidArgument'])
    const json = await house.ci({ target: '/workflow?name=list-a', headers: { accept: 'application/json' } })
    expect(JSON.parse(json.text)).toMatchObject({
      TotalCount: 1,
      MediaWorkflowList: [{ Name: 'list-a', Topology: { Dependencies: { Start: 'small', small: 'End' } } }],
    })
  })

  test('a bucket has no more of them than it may', async () => {
    const small = await startHouse({ PIXMILL_MAX_WORKFLOWS: '2' })
    try {
      const post = (name: string) => small.ci({ method: 'POST', target: '/workflow', body: workflowXml({ name }) })
      const first = textAt((await post('one')).xml(), 'MediaWorkflow/WorkflowId')
      await post('two')
      expect(codeOf(await post('three'))).toEqual([400, 'WorkFlowNumLimit'])
      await small.ci({ method: 'DELETE', target: `/workflow/${first}` })
      expect((await post('three')).status).toBe(200)
    } finally {
      await small.close()
    }
  })
})

describe('a workflow is refused that', () => {
  const rule = 'imageMogr2/thumbnail/60x'
  const node = (name: string, more = {}) => ({ name, rule, ...more })
  test.each<[string, WorkflowFields, string]>([
    [
      'goes in a circle',
      { nodes: [node('a'), node('b')], dependencies: '<Start>a</Start><a>b</a><b>a</b>' },
      'a → b → a',
    ],
    ['comes back to itself', { nodes: [node('a')], dependencies: '<Start>a</Start><a>a</a>' }, 'a → a'],
    [
      'has a node that nothing leads to',
      { nodes: [node('a'), node('b')], dependencies: '<Start>a</Start><a>End</a><b>End</b>' },
      '.b is never reached',
    ],
    ['has a node twice', { nodes: [node('a'), node('a')] }, 'Dependencies.a stands more than once'],
    [
      'has a node twice among the nodes',
      { nodes: [node('a'), node('a')], dependencies: '<Start>a</Start><a>End</a>' },
      'Nodes.a stands more than once',
    ],
    ['leads to nowhere', { dependencies: '<Start>small,ghost</Start><small>End</small>' }, '"ghost"'],
    [
      'has a picture behind a picture',
      { nodes: [node('a'), node('b')], dependencies: '<Start>a</Start><a>b</a><b>End</b>' },
      'PIXMILL_CHAINED_NODES',
    ],
    ['has two starts', { nodes: [node('a'), { name: 'Other', type: 'Start' }] }, 'Start, Other'],
    ['has nothing to do', { nodes: [], dependencies: '<Start>End</Start>' }, 'Start leads to End'],
    [
      'has a node of a type we do not have',
      { nodes: [node('Snapshot_1', { type: 'Snapshot' })] },
      'Nodes.Snapshot_1.Type is "Snapshot"',
    ],
    [
      'has a template that does not exist',
      { nodes: [{ name: 'a', templateId: `t1${'0'.repeat(32)}` }] },
      `t1${'0'.repeat(32)}`,
    ],
    ['has a rule that is none', { nodes: [node('a', { rule: 'imageFoo' })] }, 'imageFoo'],
    [
      'has a style that does not exist',
      { nodes: [node('a'), node('b', { rule: 'imageMogr2/strip|style/nowhere' })] },
      'MediaWorkflow.Topology.Nodes.b.Operation.PicProcess.ProcessRule: The style "nowhere" does not exist',
    ],
    [
      'writes to a bucket that does not exist',
      { nodes: [node('a', { outputBucket: 'ghost-1250000000' })] },
      'ghost-1250000000',
    ],
    [
      'overwrites its own input',
      { nodes: [node('a', { output: '${InputPath}/${InputNameAndExt}' })] },
      'Nodes.a.Operation.Output.Object',
    ],
    [
      'writes under a key that is none',
      { nodes: [node('a', { output: 'x'.repeat(851) })] },
      'Nodes.a.Operation.Output.Object',
    ],
    ['has a prefix longer than any key', { prefix: 'x'.repeat(851) }, 'ObjectPrefix'],
    ['filters for nothing', { input: '<ExtFilter><State>On</State></ExtFilter>' }, 'ExtFilter'],
    ['has a queue that does not exist', { input: '<PicProcessQueueId>p0</PicProcessQueueId>' }, 'p0'],
    ['tells a forbidden address', { notify: notifyXml('http://169.254.169.254/latest') }, '169.254.169.254'],
    ['tells no address', { notify: '<State>On</State><Event>TaskFinish</Event>' }, 'NotifyConfig.Url is missing'],
  ])('%s', async (_what, fields, says) => {
    const answer = await create(fields)
    expect(codeOf(answer)).toEqual([400, 'InvalidArgument'])
    expect(textAt(answer.xml(), 'Message')).toContain(says)
  })

  test.each([
    ['no body', '', 'MissingContent'],
    ['half a body', '<Request><MediaWorkflow>', 'InvalidContent'],
    ['JSON', '{"MediaWorkflow":{}}', 'InvalidContent'],
  ])('%s', async (_what, body, code) => {
    expect(codeOf(await house.ci({ method: 'POST', target: '/workflow', body }))).toEqual([400, code])
  })

  test('an unsigned call changes nothing', async () => {
    const id = await made()
    const answer = await house.ci({ method: 'PUT', target: `/workflow/${id}?active`, signed: false })
    expect(codeOf(answer)).toEqual([401, 'MissingAuthorization'])
    expect(textAt((await house.ci({ target: `/workflow?ids=${id}` })).xml(), 'MediaWorkflowList/State')).toBe('Paused')
  })

  test('both states at once', async () => {
    expect(codeOf(await change(await made(), 'active&paused'))).toEqual([400, 'InvalidArgument'])
  })
})

describe('an upload', () => {
  test('starts each active workflow it matches, once, and what the workflow writes starts none', async () => {
    const events = eventsOf('matching')
    const notify = notifyXml(events.url, 'WorkflowStart,TaskFinish,WorkflowFinish')
    const nodes = ['small', 'large'].map((name) => ({
      name,
      rule: `imageMogr2/thumbnail/${name === 'small' ? 20 : 40}x/format/png`,
      // Below its own prefix: an endless chain, if results started workflows.
      output: `m/${name}/\${InputName}-\${RunId}.\${Ext}`,
    }))
    const id = await made({ name: 'matching', state: 'Active', prefix: '/m/', notify, nodes })
    const paused = await made({ name: 'paused', state: 'Paused', prefix: 'm/' })
    const elsewhere = await made({ name: 'elsewhere', state: 'Active', prefix: 'n/' })
    const filtered = await made({
      name: 'filtered',
      state: 'Active',
      prefix: 'm/',
      input: '<ExtFilter><State>On</State><Custom>true</Custom><CustomExts>gif</CustomExts></ExtFilter>',
    })

    await house.put('m/cat.jpg', picture)
    await events.nth(3)
    expect(events.names().sort()).toEqual(['TaskFinish', 'TaskFinish', 'WorkflowFinish', 'WorkflowStart'])
    const [run, ...others] = await runsOf(id)
    expect(others).toEqual([])
    expect(['Object', 'State', 'WorkflowId'].map((name) => textAt(run!, name))).toEqual(['m/cat.jpg', 'Success', id])
    expect(textAt(run!, 'CreationTime')).toBe(textAt(run!, 'CreateTime'))
    expect(textAt(run!, 'CreateTime')).toMatch(/T\d\d:\d\d:\d\d\+08:00$/)
    for (const none of [paused, elsewhere, filtered]) expect(await runsOf(none)).toEqual([])

    const runId = textAt(run!, 'RunId')
    const detail = await runOf(runId)
    const tasks = all(detail, 'Tasks')
    expect(tasks.map((task) => [textAt(task, 'Name'), textAt(task, 'State')]).sort()).toEqual([
      ['large', 'Success'],
      ['small', 'Success'],
    ])
    for (const task of tasks) {
      const key = textAt(task, 'ResultInfo/ObjectInfo/ObjectName')
      expect(key).toBe(`m/${textAt(task, 'Name')}/cat-${runId}.png`)
      expect((await house.cos({ target: `/${key}` })).status).toBe(200)
      expect(textAt(task, 'ResultInfo/ObjectInfo/ObjectUrl')).toBe(
        `https://${bucket}.cos.${region}.myqcloud.com/${key}`,
      )
    }
    expect(['Name', 'WorkflowName'].map((name) => textAt(detail, name))).toEqual(['matching', 'matching'])
    expect(textAt(detail, 'Topology/Dependencies/Start')).toBe('small,large')

    // The jobs of the run are found among all jobs, with the run's names.
    const jobs = all((await house.ci({ target: `/jobs?workflowId=${id}` })).xml(), 'JobsDetail')
    expect(jobs.map((job) => textAt(job, 'JobId')).sort()).toEqual(tasks.map((task) => textAt(task, 'JobId')).sort())
    expect(textAt(jobs[0]!, 'Workflow/RunId')).toBe(runId)
    expect(textAt(jobs[0]!, 'Workflow/WorkflowName')).toBe('matching')

    // The same key again is another object, and another run.
    await house.put('m/cat.jpg', picture)
    await events.nth(7)
    expect(await runsOf(id)).toHaveLength(2)
    await change(id, 'paused')
  })

  test('that is no picture fails its run, which says so', async () => {
    const events = eventsOf('no-picture')
    const id = await made({ name: 'np', state: 'Active', prefix: 'np/', notify: notifyXml(events.url) })
    await house.put('np/a.jpg', Buffer.from('this is text'))
    const finish = find(await events.nth(1), 'WorkflowExecution')!
    expect(events.names()).toEqual(['TaskFinish', 'WorkflowFinish'])
    expect(textAt(finish, 'State')).toBe('Failed')
    expect(textAt(finish, 'Tasks/State')).toBe('Failed')
    const [run] = await runsOf(id, '&states=Failed')
    const detail = await runOf(textAt(run!, 'RunId'))
    expect(['State', 'Code'].map((name) => textAt(detail, `Tasks/${name}`))).toEqual(['Failed', 'ResourceNotSupported'])
    expect(find(detail, 'Tasks/ResultInfo')).toBeUndefined()
  })

  test('fails the nodes whose template or style has vanished, by name, and does the others', async () => {
    const style = (method: string, body: string) => house.cos({ method, target: '/?style', body })
    const named = '<StyleName>vanishing</StyleName>'
    await style('PUT', `<AddStyle>${named}<StyleBody>imageMogr2/strip</StyleBody></AddStyle>`)
    const template = await house.ci({
      method: 'POST',
      target: '/template',
      body: '<Request><Tag>PicProcess</Tag><Name>vanishing</Name><PicProcess><ProcessRule>imageMogr2/strip</ProcessRule></PicProcess></Request>',
    })
    const templateId = textAt(template.xml(), 'Template/TemplateId')
    const events = eventsOf('vanished')
    const id = await made({
      name: 'vanished',
      state: 'Active',
      prefix: 'v/',
      notify: notifyXml(events.url),
      nodes: [
        { name: 'gone', templateId },
        { name: 'there', rule: 'imageMogr2/strip' },
        { name: 'styled', rule: 'style/vanishing' },
      ],
    })
    expect((await house.ci({ method: 'DELETE', target: `/template/${templateId}` })).status).toBe(200)
    expect((await style('DELETE', `<DeleteStyle>${named}</DeleteStyle>`)).status).toBe(200)
    await house.put('v/a.jpg', picture)
    await events.nth(3)
    expect(events.names().sort()).toEqual(['TaskFinish', 'TaskFinish', 'TaskFinish', 'WorkflowFinish'])
    const detail = await runOf(textAt((await runsOf(id))[0]!, 'RunId'))
    expect(textAt(detail, 'State')).toBe('Failed')
    const byName = new Map(all(detail, 'Tasks').map((task) => [textAt(task, 'Name'), task]))
    expect(textAt(byName.get('there')!, 'State')).toBe('Success')
    expect(['State', 'Code'].map((name) => textAt(byName.get('gone')!, name))).toEqual(['Failed', 'ResourceNotFound'])
    expect(textAt(byName.get('gone')!, 'Message')).toContain(templateId)
    expect(textAt(byName.get('gone')!, 'JobId')).toMatch(/^c[0-9a-f]{32}$/)
    expect(['State', 'Code'].map((name) => textAt(byName.get('styled')!, name))).toEqual(['Failed', 'InvalidArgument'])
    expect(textAt(byName.get('styled')!, 'Message')).toContain('The style "vanishing" does not exist')
  })

  test('is not overwritten by what is made of it, however the key comes about', async () => {
    const events = eventsOf('overwriting')
    const id = await made({
      name: 'overwriting',
      state: 'Active',
      prefix: 'o/',
      notify: notifyXml(events.url),
      nodes: [{ name: 'same', rule: 'imageMogr2/thumbnail/10x', output: '${InputPath}/${InputName}.${Ext}' }],
    })
    const put = await house.put('o/a.jpg', picture)
    expect(textAt(find(await events.nth(1), 'WorkflowExecution')!, 'State')).toBe('Failed')
    const detail = await runOf(textAt((await runsOf(id))[0]!, 'RunId'))
    expect(textAt(detail, 'Tasks/Message')).toContain('o/a.jpg')
    expect((await house.cos({ method: 'HEAD', target: '/o/a.jpg' })).headers.etag).toBe(put.headers.etag)
  })

  test('follows the queue when the workflow says nothing, and nobody when it says so', async () => {
    const events = eventsOf('queue')
    await house.ci({ method: 'POST', target: '/picbucket' })
    const queue = textAt((await house.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
    const setQueue = (notify: string) =>
      house.ci({
        method: 'PUT',
        target: `/picqueue/${queue}`,
        body: `<Request><NotifyConfig>${notify}</NotifyConfig></Request>`,
      })
    expect((await setQueue(notifyXml(events.url, 'WorkflowFinish'))).status).toBe(200)
    try {
      const silent = await made({ name: 's', state: 'Active', prefix: 'q/', notify: '<State>Off</State>' })
      const loud = await made({ name: 'l', state: 'Active', prefix: 'q/' })
      await house.put('q/a.jpg', picture)
      const finish = find(await events.nth(0), 'WorkflowExecution')!
      expect(textAt(finish, 'WorkflowId')).toBe(loud)
      await endOf(silent)
      expect(events.names()).toEqual(['WorkflowFinish'])
    } finally {
      await setQueue('<State>Off</State>')
    }
  })
})

/** Waits for the end of the newest run of a workflow. */
async function endOf(workflowId: string): Promise<XmlElement> {
  const [newest] = await runsOf(workflowId)
  const runId = textAt(newest!, 'RunId')
  const detail = await runOf(runId)
  for (const task of all(detail, 'Tasks')) await house.ended(textAt(task, 'JobId'))
  return runOf(runId)
}

describe('a run by hand', () => {
  const trigger = (workflowId: string, object: string, path = '/triggerworkflow') =>
    house.ci({ method: 'POST', target: `${path}?name=&object=${encodeURIComponent(object)}&workflowId=${workflowId}` })

  test('runs a paused workflow, outside of its prefix, and tells of no upload', async () => {
    const events = eventsOf('by-hand')
    const id = await made({
      name: 'by-hand',
      prefix: 'never/',
      notify: notifyXml(events.url),
      input: '<ExtFilter><State>On</State><Video>true</Video></ExtFilter>',
    })
    await house.put('hand/a b 猫.jpg', picture)
    const started = await trigger(id, 'hand/a b 猫.jpg', '/triggerworkflow/')
    const runId = textAt(started.xml(), 'InstanceId')
    expect(runId).toMatch(/^i[0-9a-f]{32}$/)
    const task = await events.nth(0)
    expect(textAt(task, 'JobsDetail/Workflow/RunId')).toBe(runId)
    expect(find(task, 'JobsDetail/Input/CosHeaders')).toBeUndefined()
    const finish = find(await events.nth(1), 'WorkflowExecution')!
    expect(textAt(finish, 'State')).toBe('Success')
    expect(find(finish, 'CosHeaders')).toBeUndefined()
    expect(textAt(await runOf(runId), 'Object')).toBe('hand/a b 猫.jpg')
  })

  test('of an object that is not there fails and says so', async () => {
    const id = await made({ name: 'missing' })
    const runId = textAt((await trigger(id, 'not/there.jpg')).xml(), 'InstanceId')
    const run = await endOf(id)
    expect(['RunId', 'State', 'Tasks/Code'].map((path) => textAt(run, path))).toEqual([
      runId,
      'Failed',
      'ResourceNotFound',
    ])
  })

  test.each([
    ['no workflow', '/triggerworkflow?object=a.jpg', 'workflowId is missing'],
    ['no object', '/triggerworkflow?workflowId=w1&object=', 'object is missing'],
    [
      'a key that is none',
      `/triggerworkflow?workflowId=w1&object=${'x'.repeat(851)}`,
      'object: the object key has 851',
    ],
  ])('with %s is refused', async (_what, target, says) => {
    const answer = await house.ci({ method: 'POST', target })
    expect(codeOf(answer)).toEqual([400, 'InvalidArgument'])
    expect(textAt(answer.xml(), 'Message')).toContain(says)
  })

  test('a deleted workflow leaves its runs behind, running ones too', async () => {
    const queue = await pausedQueue()
    const id = await made({ name: 'leaving' })
    await house.put('leave/a.jpg', picture)
    const runId = textAt((await trigger(id, 'leave/a.jpg')).xml(), 'InstanceId')
    expect((await house.ci({ method: 'DELETE', target: `/workflow/${id}` })).status).toBe(200)
    expect(textAt(await runOf(runId), 'State')).toBe('Running')
    expect(textAt(await runOf(runId), 'Tasks/State')).toBe('Pause')
    await queue.resume()
    expect(textAt(await endOf(id), 'State')).toBe('Success')
  })

  test('cancelled in all its jobs ends as such, and is told as failed', async () => {
    const queue = await pausedQueue()
    const events = eventsOf('cancelled')
    try {
      const id = await made({
        name: 'cancelled',
        notify: notifyXml(events.url, 'TaskFinish,WorkflowFinish'),
        nodes: ['a', 'b'].map((name) => ({ name, rule: 'imageMogr2/strip' })),
      })
      await house.put('cancel/a.jpg', picture)
      const runId = textAt((await trigger(id, 'cancel/a.jpg')).xml(), 'InstanceId')
      for (const task of all(await runOf(runId), 'Tasks')) {
        const cancelled = await house.ci({ method: 'PUT', target: `/jobs/${textAt(task, 'JobId')}?cancel` })
        expect(cancelled.status).toBe(200)
      }
      expect(textAt(await runOf(runId), 'State')).toBe('Cancel')
      const finish = find(await events.nth(0), 'WorkflowExecution')!
      expect(events.names()).toEqual(['WorkflowFinish'])
      expect(textAt(finish, 'State')).toBe('Failed')
      expect(all(finish, 'Tasks').map((task) => textAt(task, 'State'))).toEqual(['Cancel', 'Cancel'])
    } finally {
      await queue.resume()
    }
  })
})

/** Pauses the image queue of the bucket. */
async function pausedQueue(): Promise<{ resume(): Promise<void> }> {
  await house.ci({ method: 'POST', target: '/picbucket' })
  const id = textAt((await house.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
  const set = async (state: string): Promise<void> => {
    const body = `<Request><State>${state}</State></Request>`
    const answer = await house.ci({ method: 'PUT', target: `/picqueue/${id}`, body })
    expect(answer.status).toBe(200)
  }
  await set('Paused')
  return { resume: () => set('Active') }
}

describe('the list of runs', () => {
  test('in pages, by name, state, time and order', async () => {
    const id = await made({ name: 'pages' })
    const started: string[] = []
    for (const key of ['p/one.jpg', 'p/two.jpg', 'p/three.jpg', 'p/deep/two.jpg']) {
      await house.put(key, picture)
      const target = `/triggerworkflow?workflowId=${id}&object=${encodeURIComponent(key)}`
      started.push(textAt((await house.ci({ method: 'POST', target })).xml(), 'InstanceId'))
      await endOf(id)
    }
    const list = async (query: string) =>
      (await house.ci({ target: `/workflowexecution?workflowId=${id}&${query}` })).xml()
    const idsOf = (page: XmlElement) => all(page, 'WorkflowExecutionList').map((one) => textAt(one, 'RunId'))

    const seen: string[] = []
    let token = ''
    do {
      const page = await list(`size=3&orderByTime=Asc&states=All&nextToken=${token}`)
      seen.push(...idsOf(page))
      token = textAt(page, 'NextToken')
    } while (token !== '')
    expect(seen).toEqual(started)
    expect(idsOf(await list('name='))).toEqual([...started].reverse())
    expect(idsOf(await list('name=two.jpg'))).toEqual([started[3], started[1]])
    expect(idsOf(await list(`name=${encodeURIComponent('p/two.jpg')}`))).toEqual([started[1]])
    expect(idsOf(await list('states=Failed,Cancel'))).toEqual([])
    expect(idsOf(await list('states=Success&size=1000'))).toHaveLength(4)
    expect(idsOf(await list(`endCreationTime=${encodeURIComponent('2020-01-01T00:00:00+0800')}`))).toEqual([])
    expect(idsOf(await list('startCreationTime=2020-01-01T00:00:00Z'))).toHaveLength(4)
    expect(idsOf(await list('jobId=b0'))).toEqual([])
    expect(await runsOf(`w${'0'.repeat(32)}`)).toEqual([])
  })

  test.each([
    ['no workflow', '/workflowexecution', 'workflowId is missing'],
    ['an odd state', '/workflowexecution?workflowId=w1&states=Done', 'states is "Done"'],
    ['an odd order', '/workflowexecution?workflowId=w1&orderByTime=Up', 'orderByTime is "Up"'],
    ['an odd size', '/workflowexecution?workflowId=w1&size=0', 'size is "0"'],
    ['an odd token', '/workflowexecution?workflowId=w1&nextToken=x', 'nextToken is "x"'],
    ['an odd time', '/workflowexecution?workflowId=w1&startCreationTime=now', 'startCreationTime is "now"'],
  ])('with %s is refused', async (_what, target, says) => {
    const answer = await house.ci({ target })
    expect(codeOf(answer)).toEqual([400, 'InvalidArgument'])
    expect(textAt(answer.xml(), 'Message')).toContain(says)
  })
})

describe('with PIXMILL_CHAINED_NODES', () => {
  test('a node works on what the one before wrote, and is not started when that failed', async () => {
    const chained = await startHouse({ PIXMILL_CHAINED_NODES: 'true' })
    try {
      const nodes = [
        { name: 'first', rule: 'imageMogr2/thumbnail/60x/format/png', output: 'first/${InputName}.${Ext}' },
        { name: 'second', rule: 'imageMogr2/thumbnail/30x', output: 'second/${InputNameAndExt}' },
      ]
      const body = workflowXml({
        state: 'Active',
        prefix: 'raw/',
        notify: notifyXml(chained.receiver.url, 'WorkflowFinish'),
        nodes,
        dependencies: '<Start>first</Start><first>second</first><second>End</second>',
      })
      expect((await chained.ci({ method: 'POST', target: '/workflow', body })).status).toBe(200)

      await chained.put('raw/a.jpg', picture)
      const good = find(readXml((await chained.receiver.nth(0)).body), 'WorkflowExecution')!
      expect(all(good, 'Tasks').map((task) => [textAt(task, 'Name'), textAt(task, 'State')])).toEqual([
        ['first', 'Success'],
        ['second', 'Success'],
      ])
      const result = all(good, 'Tasks')[1]!
      expect((await chained.cos({ target: `/${textAt(result, 'ResultInfo/ObjectInfo/ObjectName')}` })).status).toBe(200)

      await chained.put('raw/b.jpg', Buffer.from('text'))
      const bad = find(readXml((await chained.receiver.nth(1)).body), 'WorkflowExecution')!
      expect(textAt(bad, 'State')).toBe('Failed')
      expect(all(bad, 'Tasks').map((task) => textAt(task, 'Name'))).toEqual(['first'])
    } finally {
      await chained.close()
    }
  })
})

describe('a restart', () => {
  test('in the middle of a run loses nothing and tells nothing twice', async () => {
    const queue = await pausedQueue()
    const events = eventsOf('restart')
    const id = await made({
      name: 'restart',
      state: 'Active',
      prefix: 'restart/',
      notify: notifyXml(events.url),
      nodes: ['a', 'b', 'c'].map((name) => ({ name, rule: 'imageMogr2/strip' })),
    })
    await house.put('restart/a.jpg', picture)
    await house.restart()
    expect(await runsOf(id, '&states=Running')).toHaveLength(1)
    await queue.resume()
    await events.nth(3)
    expect(events.names().sort()).toEqual(['TaskFinish', 'TaskFinish', 'TaskFinish', 'WorkflowFinish'])
    // A plain job behind it is told too, so nothing of the run is still on its way.
    await house.submit(
      jobXml({ input: 'restart/a.jpg', rule: 'imageMogr2/strip', callback: `${house.receiver.url}/plain` }),
    )
    const plain = eventsOf('plain')
    await plain.nth(0)
    expect(events.names()).toHaveLength(4)
  })
})
