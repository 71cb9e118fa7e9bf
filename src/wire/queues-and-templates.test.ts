import { describe, expect, test } from 'vitest'
import { NO_CALLBACK_OPTIONS } from './callback-options.ts'
import { NOTIFY_OFF, type QueueView, queueAnswer, queueListAnswer, readQueueUpdate } from './queue-documents.ts'
import {
  readTemplateRequest,
  type TemplateView,
  templateAnswer,
  templateDeletedAnswer,
  templateListAnswer,
} from './template-documents.ts'
import { writeDocument } from './write-document.ts'

const flat = (xml: string) => xml.replace(/>\s+</g, '><').trim()
const at = Date.UTC(2026, 2, 1, 1, 0, 0)
const options = { requestId: 'r' }

describe('a change to a queue', () => {
  const update = (inside: string) => readQueueUpdate(`<Request>${inside}</Request>`)
  const notify = (inside: string) => update(`<NotifyConfig>${inside}</NotifyConfig>`)

  test('the whole of it', () => {
    expect(
      update(`
        <Name>图片-main_1*</Name><State>Paused</State><QueueID>ignored</QueueID>
        <NotifyConfig>
          <State>On</State><Event>TaskFinish, WorkflowFinish,TaskFinish</Event><ResultFormat>JSON</ResultFormat>
          <Type>Url</Type><Url>https://hooks.example.org/q</Url><MqName/><MqMode/>
        </NotifyConfig>`),
    ).toEqual({
      name: '图片-main_1*',
      state: 'Paused',
      callbackOptions: null,
      notifyConfig: {
        state: 'On',
        events: ['TaskFinish', 'WorkflowFinish'],
        resultFormat: 'JSON',
        url: 'https://hooks.example.org/q',
      },
    })
  })

  test('a part of it leaves the rest alone', () => {
    expect(update('<State>Paused</State>')).toEqual({
      name: null,
      state: 'Paused',
      notifyConfig: null,
      callbackOptions: null,
    })
    expect(update('<Name/><State/><NotifyConfig/>')).toEqual({
      name: null,
      state: null,
      notifyConfig: null,
      callbackOptions: null,
    })
  })

  test('without a state notification is off, and a type is not needed', () => {
    expect(notify('<Url>http://h/</Url>').notifyConfig).toMatchObject({ state: 'Off', url: 'http://h/' })
    const on = notify('<State>On</State><Event>TaskFinish</Event><Url>http://h/</Url>').notifyConfig
    expect(on).toMatchObject({ state: 'On', resultFormat: null })
  })

  test.each<[string, () => unknown, RegExp]>([
    ['a name with blanks', () => update('<Name>a b</Name>'), /^Name is "a b", expected 1 to 128 letters/],
    ['a long name', () => update(`<Name>${'a'.repeat(129)}</Name>`), /expected 1 to 128/],
    ['an odd state', () => update('<State>Off</State>'), /^State is "Off", expected Active or Paused/],
    ['an odd switch', () => notify('<State>Maybe</State>'), /^NotifyConfig\.State is "Maybe", expected On or Off/],
    ['no event', () => notify('<State>On</State><Url>http://h/</Url>'), /^NotifyConfig\.Event is missing/],
    ['commas for events', () => notify('<State>On</State><Event>,</Event><Url>u</Url>'), /Event is missing/],
    ['no address', () => notify('<State>On</State><Event>TaskFinish</Event>'), /^NotifyConfig\.Url is missing/],
    ['an odd event', () => notify('<Event>TaskFinish,TaskStart</Event>'), /names "TaskStart", expected a comma list/],
    [
      'an odd format',
      () => notify('<ResultFormat>YAML</ResultFormat>'),
      /ResultFormat is "YAML", expected XML or JSON/,
    ],
    ['a message queue', () => notify('<Type>TDMQ</Type>'), /^NotifyConfig\.Type is "TDMQ", which this server does not/],
    ['Kafka', () => notify('<Type>Kafka</Type>'), /^NotifyConfig\.Type is "Kafka", which this server does not/],
    [
      'a message queue without a type',
      () => notify('<State>Off</State><MqRegion>gz</MqRegion><MqName>q</MqName>'),
      /^NotifyConfig\.MqRegion describes a message queue, which .* expected an address in NotifyConfig\.Url\.$/,
    ],
    [
      'a topic without a type',
      () => notify('<KafkaConfig><Topic>t</Topic></KafkaConfig>'),
      /^NotifyConfig\.KafkaConfig describes a message queue/,
    ],
    ['two configurations', () => notify('</NotifyConfig><NotifyConfig>'), /^NotifyConfig stands 2 times/],
  ])('%s is refused', (_, read, message) => expect(read).toThrow(message))
})

describe('what this server adds to the callbacks of a queue', () => {
  const added = (inside: string) =>
    readQueueUpdate(`<Request><CallbackOptions>${inside}</CallbackOptions></Request>`).callbackOptions

  test('is a profile and headers', () => {
    expect(
      added(
        '<Profile>live</Profile><Headers><Key>X-Key</Key><Value> a b </Value></Headers><Headers><Key>Y</Key><Value>&lt;</Value></Headers>',
      ),
    ).toEqual({
      profile: 'live',
      headers: [
        { name: 'X-Key', value: 'a b' },
        { name: 'Y', value: '<' },
      ],
    })
    expect(added('')).toEqual({ profile: null, headers: [] })
  })

  const header = (name: string, value: string) => `<Headers><Key>${name}</Key><Value>${value}</Value></Headers>`
  test.each([
    [
      'an unknown profile',
      '<Profile>2024</Profile>',
      /^CallbackOptions\.Profile is "2024", expected 2025 or 2023 or live/,
    ],
    [
      'a header of ours',
      header('Content-Type', 'a'),
      /^CallbackOptions\.Headers\.Key is "Content-Type", which this server sets/,
    ],
    ['a forged signature', header('Webhook-Signature', 'v1,a'), /"Webhook-Signature", which this server sets/],
    ['a header that is none', header('a b', 'a'), /Key is "a b", expected the name of a header/],
    ['a header twice', header('X-A', '1') + header('x-a', '2'), /Key "x-a" stands twice, expected once/],
    [
      'another line in a value',
      header('X-A', 'a&#10;b'),
      /^CallbackOptions\.Headers\.Value of X-A has 3 characters, expected/,
    ],
    ['no value', '<Headers><Key>X-A</Key></Headers>', /Headers\.Value is missing/],
    ['what is shown instead of a value', header('X-A', '***'), /is shown instead of a value/],
    [
      'eleven headers',
      Array.from({ length: 11 }, (_, n) => header(`X-${n}`, 'a')).join(''),
      /stands 11 times, expected at most 10/,
    ],
    ['two of them', '</CallbackOptions><CallbackOptions>', /^CallbackOptions stands 2 times/],
  ])('%s is refused', (_what, inside, message) => expect(() => added(inside)).toThrow(message))

  test('a value that is refused is not repeated', () => {
    expect(() => added(header('X-A', 's3cretü'))).toThrow(/^((?!s3cret).)*$/)
  })
})

describe('answers about queues', () => {
  const queue: QueueView = {
    queueId: 'p7a41c0de9b3f4e21a6d58c07f1e2b394',
    name: 'queue-pic-process-1',
    state: 'Active',
    notifyConfig: NOTIFY_OFF,
    callbackOptions: NO_CALLBACK_OPTIONS,
    maxSize: 10000,
    maxConcurrent: 10,
    bucket: 'album-1251000001',
    createTimeMs: at,
    updateTimeMs: at,
  }
  const inside = `
    <BucketId>album-1251000001</BucketId>
    <BucketName>album-1251000001</BucketName>
    <Category>PicProcessing</Category>
    <CreateTime>2026-03-01T09:00:00+0800</CreateTime>
    <MaxConcurrent>10</MaxConcurrent>
    <MaxSize>10000</MaxSize>
    <Name>queue-pic-process-1</Name>
    <NotifyConfig><Event/><ResultFormat/><State>Off</State><Type/><Url/></NotifyConfig>
    <QueueId>p7a41c0de9b3f4e21a6d58c07f1e2b394</QueueId>
    <State>Active</State>
    <UpdateTime>2026-03-01T09:00:00+0800</UpdateTime>`

  test('a page of the list', () => {
    const page = { totalCount: 1, pageNumber: 1, pageSize: 10 }
    expect(writeDocument(queueListAnswer({ queues: [queue], page, unknownIds: [] }, options), 'XML')).toBe(
      flat(`<Response>
        <PageNumber>1</PageNumber><PageSize>10</PageSize>
        <QueueList>${inside}</QueueList>
        <RequestId>r</RequestId><TotalCount>1</TotalCount></Response>`),
    )
  })

  test('what this server adds is shown only where it is set, and no value of a header', () => {
    const callbackOptions = { profile: '2023', headers: [{ name: 'Authorization', value: 'Bearer s3cret' }] } as const
    const answer = writeDocument(queueAnswer({ ...queue, callbackOptions }, options), 'XML')
    expect(answer).toContain(
      '<CallbackOptions><Headers><Key>Authorization</Key><Value>***</Value></Headers><Profile>2023</Profile></CallbackOptions>',
    )
    expect(answer).not.toContain('s3cret')
  })

  test('by ids there are no page numbers, and unknown ids are repeated text', () => {
    expect(writeDocument(queueListAnswer({ queues: [], page: null, unknownIds: ['p1', 'p2'] }, options), 'XML')).toBe(
      '<Response><NonExistPIDs>p1</NonExistPIDs><NonExistPIDs>p2</NonExistPIDs><RequestId>r</RequestId></Response>',
    )
    expect(writeDocument(queueListAnswer({ queues: [], page: null, unknownIds: [] }, options), 'JSON')).toBe(
      '{"QueueList":[],"RequestId":"r"}',
    )
  })

  test('a changed queue', () => {
    const notifyConfig = {
      state: 'On',
      events: ['TaskFinish', 'WorkflowFinish'],
      resultFormat: 'JSON',
      url: 'u',
    } as const
    const answer = writeDocument(queueAnswer({ ...queue, notifyConfig }, options), 'XML')
    expect(answer).toContain(
      '<NotifyConfig><Event>TaskFinish,WorkflowFinish</Event><ResultFormat>JSON</ResultFormat>' +
        '<State>On</State><Type>Url</Type><Url>u</Url></NotifyConfig>',
    )
    expect(answer).toMatch(/^<Response><Queue>.*<\/Queue><RequestId>r<\/RequestId><\/Response>$/)
  })
})

describe('templates', () => {
  const template: TemplateView = {
    templateId: 't13bd2f6087c9e4aa1b5f0d4e6c8a7b921',
    name: 'web-320',
    picProcess: { isPicInfo: true, processRule: 'imageMogr2/thumbnail/320x/format/webp' },
    bucket: 'album-1251000001',
    createTimeMs: at,
    updateTimeMs: at + 1000,
  }
  const inside = `
    <BucketId>album-1251000001</BucketId>
    <Category>Custom</Category>
    <CreateTime>2026-03-01T09:00:00+0800</CreateTime>
    <Name>web-320</Name>
    <PicProcess>
      <IsPicInfo>true</IsPicInfo>
      <ProcessRule>imageMogr2/thumbnail/320x/format/webp</ProcessRule>
    </PicProcess>
    <State>Normal</State>
    <Tag>PicProcess</Tag>
    <TemplateId>t13bd2f6087c9e4aa1b5f0d4e6c8a7b921</TemplateId>
    <UpdateTime>2026-03-01T09:00:01+0800</UpdateTime>`

  test('a request', () => {
    const rule = '<PicProcess><ProcessRule>imageMogr2/rotate/90</ProcessRule></PicProcess>'
    expect(readTemplateRequest(`<Request><Tag>PicProcess</Tag><Name>web</Name>${rule}</Request>`)).toEqual({
      name: 'web',
      picProcess: { isPicInfo: false, processRule: 'imageMogr2/rotate/90' },
    })
  })

  const tag = '<Tag>PicProcess</Tag>'
  const name = '<Name>web</Name>'
  test.each<[string, string, RegExp]>([
    ['no tag', name, /^Tag is missing/],
    ['another tag', `<Tag>Watermark</Tag>${name}`, /^Tag is "Watermark", expected PicProcess/],
    ['no name', tag, /^Name is missing/],
    ['an odd name', `${tag}<Name>a/b</Name>`, /^Name is "a\/b", expected 1 to 64 letters/],
    ['a long name', `${tag}<Name>${'n'.repeat(65)}</Name>`, /expected 1 to 64/],
    ['no PicProcess', tag + name, /^PicProcess is missing/],
    [
      'no rule',
      `${tag}${name}<PicProcess><IsPicInfo>true</IsPicInfo></PicProcess>`,
      /^PicProcess\.ProcessRule is missing/,
    ],
  ])('%s is refused', (_, body, message) => {
    expect(() => readTemplateRequest(`<Request>${body}</Request>`)).toThrow(message)
  })

  test('answers', () => {
    expect(writeDocument(templateAnswer(template, options), 'XML')).toBe(
      flat(`<Response><RequestId>r</RequestId><Template>${inside}</Template></Response>`),
    )
    expect(writeDocument(templateDeletedAnswer('t1', options), 'XML')).toBe(
      '<Response><RequestId>r</RequestId><TemplateId>t1</TemplateId></Response>',
    )
    const list = { templates: [template], page: null, unknownIds: ['t1f', 't1e'] }
    expect(writeDocument(templateListAnswer(list, options), 'XML')).toBe(
      flat(`<Response>
        <NonExistTIDs><TemplateId>t1f</TemplateId><TemplateId>t1e</TemplateId></NonExistTIDs>
        <RequestId>r</RequestId>
        <TemplateList>${inside}</TemplateList></Response>`),
    )
    const page = { totalCount: 0, pageNumber: 2, pageSize: 10 }
    expect(writeDocument(templateListAnswer({ templates: [], page, unknownIds: [] }, options), 'JSON')).toBe(
      '{"PageNumber":2,"PageSize":10,"RequestId":"r","TemplateList":[],"TotalCount":0}',
    )
  })
})
