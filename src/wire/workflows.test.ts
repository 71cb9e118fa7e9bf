import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../base/index.ts'
import { runAnswer, runListAnswer } from './run-answers.ts'
import { triggerAnswer, workflowAnswer, workflowDeletedAnswer, workflowListAnswer } from './workflow-answers.ts'
import type { RunView, WorkflowRequest, WorkflowView } from './workflow-documents.ts'
import { readWorkflowRequest } from './workflow-request.ts'
import { writeDocument } from './write-document.ts'
import { readXml } from './xml/read-xml.ts'

const flat = (xml: string) => xml.replace(/>\s+</g, '><').trim()
const at = Date.UTC(2026, 2, 1, 1, 20, 0)
const options = { requestId: 'r' }

const dependencies =
  '<Dependencies><Start>PicProcess_small,PicProcess_large</Start><PicProcess_small>End</PicProcess_small><PicProcess_large>End</PicProcess_large></Dependencies>'
const start = `
  <Start>
    <Type>Start</Type>
    <Input>
      <ObjectPrefix>raw/</ObjectPrefix>
      <PicProcessQueueId>p7a41c0de9b3f4e21a6d58c07f1e2b394</PicProcessQueueId>
      <NotifyConfig>
        <State>On</State>
        <Event>TaskFinish,WorkflowFinish</Event>
        <ResultFormat>JSON</ResultFormat>
        <Type>Url</Type>
        <Url>https://hooks.example.org/wf</Url>
      </NotifyConfig>
      <ExtFilter><State>On</State><Image>true</Image></ExtFilter>
    </Input>
  </Start>`
const small = `
  <PicProcess_small>
    <Type>PicProcess</Type>
    <Operation>
      <TemplateId>t13bd2f6087c9e4aa1b5f0d4e6c8a7b921</TemplateId>
      <Output>
        <Bucket>album-1251000001</Bucket>
        <Object>thumb/\${InputName}-320.\${Ext}</Object>
        <Region>ap-guangzhou</Region>
      </Output>
    </Operation>
  </PicProcess_small>`
const large = `
  <PicProcess_large>
    <Type>PicProcess</Type>
    <Operation>
      <TemplateId>t1a0b1c2d3e4f50617283940a1b2c3d4e5</TemplateId>
      <Output>
        <Bucket>album-1251000001</Bucket>
        <Object>large/\${InputNameAndExt}_\${RunId}.\${Ext}</Object>
        <Region>ap-guangzhou</Region>
      </Output>
    </Operation>
  </PicProcess_large>`
const topology = `<Topology>${dependencies}<Nodes>${start}${small}${large}</Nodes></Topology>`
const body = (inside: string) => `<Request><MediaWorkflow>${inside}</MediaWorkflow></Request>`

const sample: WorkflowRequest = {
  name: 'thumbs',
  state: 'Active',
  topology: {
    dependencies: [
      { from: 'Start', to: ['PicProcess_small', 'PicProcess_large'] },
      { from: 'PicProcess_small', to: ['End'] },
      { from: 'PicProcess_large', to: ['End'] },
    ],
    nodes: [
      {
        name: 'Start',
        type: 'Start',
        objectPrefix: 'raw/',
        queueId: null,
        picProcessQueueId: 'p7a41c0de9b3f4e21a6d58c07f1e2b394',
        speechRecognitionQueueId: null,
        aiProcessQueueId: null,
        notify: {
          state: 'On',
          events: ['TaskFinish', 'WorkflowFinish'],
          resultFormat: 'JSON',
          url: 'https://hooks.example.org/wf',
          type: 'Url',
        },
        extFilter: {
          state: 'On',
          image: true,
          video: false,
          audio: false,
          contentType: false,
          custom: false,
          customExts: [],
          allFile: false,
        },
      },
      {
        name: 'PicProcess_small',
        type: 'PicProcess',
        templateId: 't13bd2f6087c9e4aa1b5f0d4e6c8a7b921',
        inline: null,
        output: {
          bucket: 'album-1251000001',
          object: 'thumb/${InputName}-320.${Ext}',
          region: 'ap-guangzhou',
        },
        userData: null,
      },
      {
        name: 'PicProcess_large',
        type: 'PicProcess',
        templateId: 't1a0b1c2d3e4f50617283940a1b2c3d4e5',
        inline: null,
        output: {
          bucket: 'album-1251000001',
          object: 'large/${InputNameAndExt}_${RunId}.${Ext}',
          region: 'ap-guangzhou',
        },
        userData: null,
      },
    ],
  },
}
const view = (request: WorkflowRequest): WorkflowView => ({
  ...request,
  workflowId: 'w9d1e42f7ab6c4c0d8e3f5a7b6c1d2e0f',
  bucket: 'album-1251000001',
  createTimeMs: at,
  updateTimeMs: at,
})

describe('a workflow is read', () => {
  test('as the original writes it', () => {
    expect(readWorkflowRequest(body(`<Name>thumbs</Name><State>Active</State>${topology}`))).toEqual(sample)
  })

  const bare = (input: string) =>
    readWorkflowRequest(
      body(
        `<Name>n</Name><Topology>${dependencies}<Nodes><Start><Type>Start</Type>${input}</Start></Nodes></Topology>`,
      ),
    )

  test('paused unless it says otherwise, and with nothing but a start', () => {
    expect(bare('')).toMatchObject({
      state: 'Paused',
      topology: { nodes: [{ objectPrefix: null, queueId: null, notify: null, extFilter: null }] },
    })
  })

  test.each([
    ['empty elements count as not given', '<Input><ObjectPrefix/><QueueId/><NotifyConfig/><ExtFilter/></Input>', {}],
    [
      'containers in which nothing is given count as not given',
      '<Input><NotifyConfig><Url/><Event/><Type/><KafkaConfig/></NotifyConfig><ExtFilter><State/><Image/></ExtFilter></Input>',
      {},
    ],
    [
      'a prefix stays as it was written',
      '<Input><ObjectPrefix>/wk-test </ObjectPrefix></Input>',
      { objectPrefix: '/wk-test ' },
    ],
    [
      'queues of other services are kept',
      '<Input><QueueId>p1</QueueId><SpeechRecognitionQueueId>p2</SpeechRecognitionQueueId><AIProcessQueueId>p3</AIProcessQueueId><SamplingConfig><State>Off</State></SamplingConfig></Input>',
      { queueId: 'p1', speechRecognitionQueueId: 'p2', aiProcessQueueId: 'p3' },
    ],
    [
      'a notification without a state, as the official table has it',
      '<Input><NotifyConfig><Event>WorkflowStart, TaskFinish</Event><Url>http://h/</Url></NotifyConfig></Input>',
      {
        notify: {
          state: null,
          events: ['WorkflowStart', 'TaskFinish'],
          resultFormat: null,
          url: 'http://h/',
          type: null,
        },
      },
    ],
    [
      'a notification that is off needs nothing else',
      '<Input><NotifyConfig><State>off</State></NotifyConfig></Input>',
      { notify: { state: 'Off', events: [], resultFormat: null, url: null, type: null } },
    ],
    [
      'extensions of its own',
      '<Input><ExtFilter><State>on</State><Custom>TRUE</Custom><CustomExts>jpg/.PNG</CustomExts></ExtFilter></Input>',
      {
        extFilter: {
          state: 'On',
          image: false,
          video: false,
          audio: false,
          contentType: false,
          custom: true,
          customExts: ['jpg', '.PNG'],
          allFile: false,
        },
      },
    ],
  ])('%s', (_what, input, expected) => {
    const nothing = {
      name: 'Start',
      type: 'Start',
      objectPrefix: null,
      queueId: null,
      picProcessQueueId: null,
      speechRecognitionQueueId: null,
      aiProcessQueueId: null,
      notify: null,
      extFilter: null,
    }
    expect(bare(input).topology.nodes).toEqual([{ ...nothing, ...expected }])
  })

  test('a node with a rule of its own; a template that comes along wins', () => {
    const node = (operation: string) =>
      readWorkflowRequest(
        body(
          `<Name>n</Name><Topology>${dependencies}<Nodes><a><Type>PicProcess</Type><Operation>${operation}<Output><Region>r</Region><Bucket>b</Bucket><Object> o </Object></Output></Operation></a></Nodes></Topology>`,
        ),
      ).topology.nodes[0]
    const rule = '<PicProcess><IsPicInfo>true</IsPicInfo><ProcessRule>imageSlim</ProcessRule></PicProcess>'
    const output = { bucket: 'b', object: ' o ', region: 'r' }
    expect(node(rule)).toEqual({
      name: 'a',
      type: 'PicProcess',
      templateId: null,
      inline: { isPicInfo: true, processRule: 'imageSlim' },
      output,
      userData: null,
    })
    expect(node(`${rule}<UserData> asset=77 </UserData>`)).toMatchObject({ userData: ' asset=77 ' })
    expect(node(`${rule}<TemplateId>t1</TemplateId>`)).toMatchObject({ templateId: 't1', inline: null })
  })
})

describe('a workflow is refused that', () => {
  const named = (name: string) => body(`<Name>${name}</Name>${topology}`)
  const withNodes = (nodes: string) => body(`<Name>n</Name><Topology>${dependencies}<Nodes>${nodes}</Nodes></Topology>`)
  const withDependencies = (inside: string) =>
    body(`<Name>n</Name><Topology><Dependencies>${inside}</Dependencies><Nodes>${start}</Nodes></Topology>`)
  const withInput = (input: string) => withNodes(`<S><Type>Start</Type><Input>${input}</Input></S>`)
  const notify = (inside: string) => withInput(`<NotifyConfig>${inside}</NotifyConfig>`)
  const filter = (inside: string) => withInput(`<ExtFilter>${inside}</ExtFilter>`)
  const without = (part: RegExp) => withNodes(small.replace(part, ''))
  const many = Array.from({ length: 9_000 }, (_, n) => `<n${n}><Type>Start</Type></n${n}>`).join('')

  test.each<[string, string, string, RegExp]>([
    ['has no body', '', 'MissingContent', /no body/],
    ['is none', '<Response/>', 'InvalidContent', /root of the body is "Response", expected "Request"/],
    ['has no MediaWorkflow', '<Request><Name>n</Name></Request>', 'InvalidArgument', /^MediaWorkflow is missing/],
    ['stands twice', '<Request><MediaWorkflow/><MediaWorkflow/></Request>', 'InvalidArgument', /stands 2 times/],
    ['has no name', body(topology), 'InvalidArgument', /^MediaWorkflow\.Name is missing/],
    ['has blanks in its name', named('a b'), 'InvalidArgument', /^MediaWorkflow\.Name is "a b", expected 1 to 128/],
    ['has a star in its name', named('a*'), 'InvalidArgument', /expected 1 to 128 letters, digits, "_" or "-"/],
    ['has a long name', named('n'.repeat(129)), 'InvalidArgument', /expected 1 to 128/],
    [
      'has an odd state',
      body(`<Name>n</Name><State>On</State>${topology}`),
      'InvalidArgument',
      /^MediaWorkflow\.State is "On", expected Active or Paused/,
    ],
    ['has no topology', body('<Name>n</Name>'), 'InvalidArgument', /^MediaWorkflow\.Topology\.Dependencies is missing/],
    [
      'has no nodes',
      body(`<Name>n</Name><Topology>${dependencies}</Topology>`),
      'InvalidArgument',
      /^MediaWorkflow\.Topology\.Nodes is missing/,
    ],
    [
      'has text for nodes',
      withNodes('Start'),
      'InvalidArgument',
      /Nodes holds text, expected an element for each node/,
    ],
    ['has too many nodes', withNodes(many), 'InvalidArgument', /Nodes has 9000 nodes, expected at most 100/],
    [
      'has too many followers',
      withDependencies(`<Start>${'a,'.repeat(400_000)}</Start>`),
      'InvalidArgument',
      /Dependencies\.Start names 400000 nodes, expected at most 100/,
    ],
    [
      'has a node twice',
      withNodes(start + small + small),
      'InvalidArgument',
      /Nodes\.PicProcess_small stands more than/,
    ],
    [
      'has a node that is only a prefix away from no name',
      withNodes('<a:1><Type>Start</Type></a:1>'),
      'InvalidArgument',
      /Nodes has a node called "1", expected the name of an element/,
    ],
    [
      'has a node with a long name',
      withNodes(`<${'n'.repeat(129)}/>`),
      'InvalidArgument',
      /has a node called "n+…", expected the name of an element, 1 to 128/,
    ],
    ['has a node without type', withNodes('<a><Input/></a>'), 'InvalidArgument', /Nodes\.a\.Type is missing/],
    [
      'has a node of a kind we do not have',
      withNodes('<Snapshot_1><Type>Snapshot</Type></Snapshot_1>'),
      'InvalidArgument',
      /Nodes\.Snapshot_1\.Type is "Snapshot", expected Start or PicProcess, the only kinds/,
    ],
    ['follows nothing', withDependencies('<Start/>'), 'InvalidArgument', /Dependencies\.Start is empty, expected/],
    ['follows commas', withDependencies('<Start>, ,</Start>'), 'InvalidArgument', /Dependencies\.Start is empty/],
    [
      'follows a node twice',
      withDependencies('<Start>a,b,a</Start>'),
      'InvalidArgument',
      /Dependencies\.Start names "a" more than once/,
    ],
    [
      'has a dependency twice',
      withDependencies('<Start>a</Start><Start>b</Start>'),
      'InvalidArgument',
      /Dependencies\.Start stands more than once/,
    ],
    [
      'has elements inside a dependency',
      withDependencies('<Start><a/></Start>'),
      'InvalidArgument',
      /Dependencies\.Start holds the element a, expected text/,
    ],
    [
      'has no operation',
      without(/<Operation>.*<\/Operation>/s),
      'InvalidArgument',
      /PicProcess_small\.Operation is missing/,
    ],
    [
      'has neither template nor rule',
      without(/<TemplateId>.*<\/TemplateId>/),
      'InvalidArgument',
      /PicProcess_small\.Operation has neither TemplateId nor PicProcess/,
    ],
    [
      'has no output bucket',
      without(/<Bucket>.*<\/Bucket>/),
      'InvalidArgument',
      /^MediaWorkflow\.Topology\.Nodes\.PicProcess_small\.Operation\.Output\.Bucket is missing/,
    ],
    ['has no output object', without(/<Object>.*<\/Object>/), 'InvalidArgument', /Output\.Object is missing/],
    ['has no output region', without(/<Region>.*<\/Region>/), 'InvalidArgument', /Output\.Region is missing/],
    [
      'has much user data',
      withNodes(small.replace('</Output>', `</Output><UserData>${'x'.repeat(1025)}</UserData>`)),
      'InvalidArgument',
      /PicProcess_small\.Operation\.UserData has 1025 characters/,
    ],
    ['tells at no address', notify('<State>On</State>'), 'InvalidArgument', /NotifyConfig\.Url is missing/],
    ['tells nothing', notify('<Url>http://h/</Url>'), 'InvalidArgument', /NotifyConfig\.Event is missing/],
    ['tells an odd event', notify('<Event>TaskStart</Event>'), 'InvalidArgument', /Event names "TaskStart", expected/],
    ['tells a message queue', notify('<Type>Kafka</Type>'), 'InvalidArgument', /Type is "Kafka", which this server/],
    [
      'filters for no extension',
      filter('<State>On</State><Custom>true</Custom>'),
      'InvalidArgument',
      /CustomExts is missing; with Custom true/,
    ],
    [
      'filters for many extensions',
      filter(`<Custom>true</Custom><CustomExts>${'jpg/'.repeat(11)}</CustomExts>`),
      'InvalidArgument',
      /CustomExts names 11 extensions, expected at most 10/,
    ],
    [
      'filters for an odd extension',
      filter('<Custom>true</Custom><CustomExts>jpg,png</CustomExts>'),
      'InvalidArgument',
      /CustomExts names "jpg,png", expected extensions joined by "\/"/,
    ],
    ['has an odd flag', filter('<Image>yes</Image>'), 'InvalidArgument', /ExtFilter\.Image is "yes", expected true or/],
  ])('%s', (_what, document, code, message) => {
    let refusal: unknown
    try {
      readWorkflowRequest(document)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(Failure)
    expect([(refusal as Failure).code, (refusal as Failure).message]).toEqual([code, expect.stringMatching(message)])
  })
})

describe('answers about workflows', () => {
  const echoed = flat(`
    <Topology>
      ${dependencies}
      <Nodes>
        ${start.replace(
          '<Image>true</Image>',
          '<Image>true</Image><Video>false</Video><Audio>false</Audio><ContentType>false</ContentType><Custom>false</Custom><AllFile>false</AllFile>',
        )}
        ${small}
        ${large}
      </Nodes>
    </Topology>`)
  const inside = `${echoed}<BucketId>album-1251000001</BucketId><CreateTime>2026-03-01T09:20:00+0800</CreateTime><Name>thumbs</Name><State>Active</State><UpdateTime>2026-03-01T09:20:00+0800</UpdateTime><WorkflowId>w9d1e42f7ab6c4c0d8e3f5a7b6c1d2e0f</WorkflowId>`

  test('a workflow, its topology before everything that might be taken for its own', () => {
    expect(writeDocument(workflowAnswer(view(sample), options), 'XML')).toBe(
      `<Response><MediaWorkflow>${inside}</MediaWorkflow><RequestId>r</RequestId></Response>`,
    )
  })

  test('a page of the list, which stands before its numbers', () => {
    const page = { totalCount: 7, pageNumber: 2, pageSize: 3 }
    expect(writeDocument(workflowListAnswer({ workflows: [view(sample)], page, unknownIds: [] }, options), 'XML')).toBe(
      `<Response><MediaWorkflowList>${inside}</MediaWorkflowList><PageNumber>2</PageNumber><PageSize>3</PageSize><RequestId>r</RequestId><TotalCount>7</TotalCount></Response>`,
    )
  })

  test('by ids there are no page numbers, and unknown ids are repeated text', () => {
    const list = { workflows: [], page: null, unknownIds: ['w1', 'w2'] }
    expect(writeDocument(workflowListAnswer(list, options), 'XML')).toBe(
      '<Response><NonExistIDs>w1</NonExistIDs><NonExistIDs>w2</NonExistIDs><RequestId>r</RequestId></Response>',
    )
    expect(writeDocument(workflowListAnswer(list, options), 'JSON')).toBe(
      '{"MediaWorkflowList":[],"NonExistIDs":["w1","w2"],"RequestId":"r"}',
    )
  })

  test('deleted and triggered', () => {
    expect(writeDocument(workflowDeletedAnswer('w1', options), 'XML')).toBe(
      '<Response><RequestId>r</RequestId><WorkflowId>w1</WorkflowId></Response>',
    )
    expect(writeDocument(triggerAnswer('i1', options), 'XML')).toBe(
      '<Response><InstanceId>i1</InstanceId><RequestId>r</RequestId></Response>',
    )
  })

  test('the name of a node is a stranger’s, and stays one in JSON', () => {
    const topology = {
      dependencies: [{ from: '__proto__', to: ['End'] }],
      nodes: [{ ...sample.topology.nodes[1]!, name: '__proto__' }],
    }
    const text = writeDocument(workflowAnswer(view({ ...sample, topology }), options), 'JSON')
    expect(text).toContain('"Dependencies":{"__proto__":"End"}')
    expect(text).toContain('"Nodes":{"__proto__":{"Type":"PicProcess"')
  })
})

describe('answers about runs', () => {
  const task = {
    name: 'PicProcess_small',
    jobId: 'c5e0d1aa4b7c211f0a1b2c3d4e5f60718',
    state: 'Success',
    createTimeMs: at,
    startTimeMs: at,
    endTimeMs: at + 1000,
    code: 'Success',
    message: '',
    inputObject: 'raw/cat.png',
    result: {
      objectName: 'thumb/cat-320.webp',
      objectUrl: 'https://album-1251000001.cos.ap-guangzhou.myqcloud.com/thumb/cat-320.webp',
    },
  } as const
  const run: RunView = {
    runId: 'i6f3c2d10b7c311f0a1b2c3d4e5f60718',
    workflowId: 'w9d1e42f7ab6c4c0d8e3f5a7b6c1d2e0f',
    workflowName: 'thumbs',
    object: 'raw/cat.png',
    state: 'Success',
    createTimeMs: at,
    topology: { dependencies: [{ from: 'Start', to: ['End'] }], nodes: [] },
    tasks: [task],
  }

  test('a page of the list, with the time by both of its names', () => {
    const entry = `
      <CreateTime>2026-03-01T09:20:00+08:00</CreateTime>
      <CreationTime>2026-03-01T09:20:00+08:00</CreationTime>
      <Object>raw/cat.png</Object>
      <RunId>i6f3c2d10b7c311f0a1b2c3d4e5f60718</RunId>
      <State>Success</State>
      <WorkflowId>w9d1e42f7ab6c4c0d8e3f5a7b6c1d2e0f</WorkflowId>`
    expect(writeDocument(runListAnswer([run], null, options), 'XML')).toBe(
      flat(
        `<Response><NextToken/><RequestId>r</RequestId><WorkflowExecutionList>${entry}</WorkflowExecutionList></Response>`,
      ),
    )
    expect(writeDocument(runListAnswer([], 'next', options), 'XML')).toBe(
      '<Response><NextToken>next</NextToken><RequestId>r</RequestId></Response>',
    )
    expect(writeDocument(runListAnswer([], null, options), 'JSON')).toBe('{"RequestId":"r","WorkflowExecutionList":[]}')
  })

  test('a run with what it made', () => {
    expect(writeDocument(runAnswer(run, options), 'XML')).toBe(
      flat(`<Response>
        <RequestId>r</RequestId>
        <WorkflowExecution>
          <CreateTime>2026-03-01T09:20:00+08:00</CreateTime>
          <Name>thumbs</Name>
          <Object>raw/cat.png</Object>
          <RunId>i6f3c2d10b7c311f0a1b2c3d4e5f60718</RunId>
          <State>Success</State>
          <Tasks>
            <Code>Success</Code>
            <CreateTime>2026-03-01T09:20:00+08:00</CreateTime>
            <EndTime>2026-03-01T09:20:01+08:00</EndTime>
            <JobId>c5e0d1aa4b7c211f0a1b2c3d4e5f60718</JobId>
            <Message/>
            <Name>PicProcess_small</Name>
            <ResultInfo>
              <ObjectCount>1</ObjectCount>
              <ObjectInfo>
                <Code>Success</Code>
                <InputObjectName>raw/cat.png</InputObjectName>
                <Message/>
                <ObjectName>thumb/cat-320.webp</ObjectName>
                <ObjectUrl>https://album-1251000001.cos.ap-guangzhou.myqcloud.com/thumb/cat-320.webp</ObjectUrl>
              </ObjectInfo>
            </ResultInfo>
            <StartTime>2026-03-01T09:20:00+08:00</StartTime>
            <State>Success</State>
            <Type>PicProcess</Type>
          </Tasks>
          <Topology><Dependencies><Start>End</Start></Dependencies><Nodes/></Topology>
          <WorkflowId>w9d1e42f7ab6c4c0d8e3f5a7b6c1d2e0f</WorkflowId>
          <WorkflowName>thumbs</WorkflowName>
        </WorkflowExecution>
      </Response>`),
    )
  })

  test('a task that has not begun, and one that failed', () => {
    const waiting = { ...task, state: 'Submitted', startTimeMs: null, endTimeMs: null, result: null } as const
    const failed = {
      ...task,
      state: 'Failed',
      code: 'ResourceNotFound',
      message: 'there is none',
      result: null,
    } as const
    const { Tasks } = JSON.parse(
      writeDocument(runAnswer({ ...run, tasks: [waiting, failed] }, options), 'JSON'),
    ).WorkflowExecution
    expect(Tasks[0]).toMatchObject({ State: 'Submitted', StartTime: '-', EndTime: '-' })
    expect(Tasks[1]).toMatchObject({ State: 'Failed', Code: 'ResourceNotFound', Message: 'there is none' })
    expect(Tasks[0]).not.toHaveProperty('ResultInfo')
  })
})

describe('whatever is accepted', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/)
  const nodeName = fc.stringMatching(/^[A-Za-z_é猫][A-Za-z0-9_.é猫-]{0,20}$/)
  // Text as it can stand in a document: without what XML cannot hold.
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((value) => !/[\p{Cc}\ufffe\uffff]/u.test(value) && value.trim() !== '')
  const trimmed = text.map((value) => value.trim())
  const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null })
  const events = fc.uniqueArray(fc.constantFrom('TaskFinish', 'WorkflowFinish', 'WorkflowStart'), { minLength: 1 })
  const format = orNull(fc.constantFrom('XML', 'JSON'))
  const notify = fc.oneof(
    fc.record({
      state: fc.constantFrom('On', null),
      events,
      resultFormat: format,
      url: trimmed,
      type: fc.constantFrom('Url', null),
    }),
    fc.record({
      state: fc.constant('Off'),
      events: fc.oneof(events, fc.constant([])),
      resultFormat: format,
      url: orNull(trimmed),
      type: fc.constantFrom('Url', null),
    }),
  )
  const extFilter = fc.record({
    state: fc.constantFrom('On', 'Off'),
    image: fc.boolean(),
    video: fc.boolean(),
    audio: fc.boolean(),
    contentType: fc.boolean(),
    custom: fc.boolean(),
    customExts: fc.array(fc.stringMatching(/^\.?[a-z0-9]{1,5}$/), { minLength: 1, maxLength: 10 }),
    allFile: fc.boolean(),
  })
  const startNode = fc.record({
    name: nodeName,
    type: fc.constant('Start'),
    objectPrefix: orNull(text),
    queueId: orNull(word),
    picProcessQueueId: orNull(word),
    speechRecognitionQueueId: orNull(word),
    aiProcessQueueId: orNull(word),
    notify: orNull(notify),
    extFilter: orNull(extFilter),
  })
  const work = fc.oneof(
    fc.record({ templateId: word, inline: fc.constant(null) }),
    fc.record({ templateId: fc.constant(null), inline: fc.record({ isPicInfo: fc.boolean(), processRule: trimmed }) }),
  )
  const picProcessNode = fc
    .tuple(nodeName, work, fc.record({ bucket: word, object: text, region: word }), orNull(text))
    .map(([name, rule, output, userData]) => ({ name, type: 'PicProcess', ...rule, output, userData }))
  const request = fc.record({
    name: word,
    state: fc.constantFrom('Active', 'Paused'),
    topology: fc.record({
      dependencies: fc.uniqueArray(
        fc.record({ from: nodeName, to: fc.uniqueArray(nodeName, { minLength: 1, maxLength: 5 }) }),
        { minLength: 1, maxLength: 6, selector: ({ from }) => from },
      ),
      nodes: fc.uniqueArray(fc.oneof(startNode, picProcessNode), {
        minLength: 1,
        maxLength: 6,
        selector: ({ name }) => name,
      }),
    }),
  })

  test('is answered so that it reads as it was', () => {
    fc.assert(
      fc.property(request, (made) => {
        const answer = writeDocument(workflowAnswer(view(made as WorkflowRequest), options), 'XML')
        // A client that writes back what it was answered: only the root changes its name.
        const again = answer.replace(/^<Response>(.*)<\/Response>$/s, '<Request>$1</Request>')
        expect(readWorkflowRequest(again)).toEqual(made)
      }),
    )
  })

  test('and holds a text alone in each dependency, none twice', () => {
    fc.assert(
      fc.property(request, (made) => {
        const answer = readXml(writeDocument(workflowAnswer(view(made as WorkflowRequest), options), 'XML'))
        const written = answer.children[0]!.children[0]!.children[0]!.children
        expect(new Set(written.map(({ name }) => name)).size).toBe(made.topology.dependencies.length)
        expect(written.flatMap(({ children }) => children)).toEqual([])
      }),
    )
  })
})
