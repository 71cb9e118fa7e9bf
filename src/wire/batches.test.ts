import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../base/index.ts'
import { batchAnswer, batchListAnswer, batchQueryAnswer } from './batch-answers.ts'
import type { BatchRequest, BatchView } from './batch-documents.ts'
import { readBatchRequest } from './batch-request.ts'
import { writeDocument } from './write-document.ts'

const flat = (xml: string) => xml.replace(/>\s+</g, '><').trim()
const at = Date.UTC(2026, 2, 1, 1, 20, 0)
const options = { requestId: 'r' }

const output =
  '<Output><Region>ap-guangzhou</Region><Bucket>album-1251000001</Bucket><Object>batch/${InventoryTriggerJobId}/${InputName}.${Ext}</Object></Output>'
const jobParam = '<JobParam><TemplateId>t13bd2f6087c9e4aa1b5f0d4e6c8a7b921</TemplateId></JobParam>'
const tag = '<Tag>PicProcess</Tag>'
const ofJobs = (operation: string, input = '<Prefix>raw/2026/</Prefix>') =>
  `<Request><Name>march-import</Name><Type>Job</Type><Input>${input}</Input><Operation>${operation}</Operation></Request>`
const ofWorkflows = (operation: string, rest = '') =>
  `<Request><Name>n</Name>${rest}<Input><Object> a </Object></Input><Operation>${operation}</Operation></Request>`

const jobs: BatchRequest = {
  name: 'march-import',
  type: 'Job',
  input: { kind: 'Prefix', value: 'raw/2026/' },
  workflowIds: [],
  job: {
    templateId: 't13bd2f6087c9e4aa1b5f0d4e6c8a7b921',
    inline: null,
    output: {
      bucket: 'album-1251000001',
      object: 'batch/${InventoryTriggerJobId}/${InputName}.${Ext}',
      region: 'ap-guangzhou',
    },
    queueId: null,
    level: 0,
    userData: 'march',
    callback: { to: 'url', url: 'https://hooks.example.org/ci' },
    callbackFormat: null,
  },
  timeInterval: { startMs: Date.UTC(2025, 11, 31, 16), endMs: null },
}

describe('a batch is read', () => {
  test('of jobs, as the original writes it', () => {
    const interval = '<TimeInterval><Start>2026-01-01T00:00:00+0800</Start></TimeInterval>'
    const rest = '<CallBack>https://hooks.example.org/ci</CallBack><UserData>march</UserData>'
    expect(readBatchRequest(ofJobs(tag + jobParam + output + interval + rest))).toEqual(jobs)
  })

  test('of jobs with everything that may be said', () => {
    const rule =
      '<JobParam><PicProcess><IsPicInfo>true</IsPicInfo><ProcessRule>imageSlim</ProcessRule></PicProcess></JobParam>'
    const rest = `<QueueId>p1</QueueId><QueueType>PicProcess</QueueType><JobLevel>2</JobLevel><CallBack>no</CallBack>
      <CallBackFormat>json</CallBackFormat><CallBackType>Url</CallBackType><FreeTranscode>false</FreeTranscode>`
    const { input, job } = readBatchRequest(
      ofJobs(tag + rule + output + rest, '<Manifest> a/manifest.json </Manifest>'),
    )
    expect(input).toEqual({ kind: 'Manifest', value: 'a/manifest.json' })
    expect(job).toMatchObject({
      templateId: null,
      inline: { isPicInfo: true, processRule: 'imageSlim' },
      queueId: 'p1',
      level: 2,
      userData: null,
      callback: { to: 'nobody' },
      callbackFormat: 'JSON',
    })
  })

  test('of workflows, with the empty elements of the Go SDK and without a type, as older pages have it', () => {
    expect(
      readBatchRequest(ofWorkflows('<WorkflowIds>w1, w2,w1</WorkflowIds><TimeInterval></TimeInterval><JobParam/>')),
    ).toEqual({
      name: 'n',
      type: 'Workflow',
      input: { kind: 'Object', value: ' a ' },
      workflowIds: ['w1', 'w2'],
      job: null,
      timeInterval: { startMs: null, endMs: null },
    })
  })

  test('with a last second that counts to its end', () => {
    const { timeInterval } = readBatchRequest(
      ofWorkflows('<WorkflowIds>w1</WorkflowIds><TimeInterval><End>2026-03-01T09:20:00+0800</End></TimeInterval>'),
    )
    expect(timeInterval).toEqual({ startMs: null, endMs: at + 999 })
  })
})

describe('a batch is refused that', () => {
  const interval = (inside: string) =>
    ofWorkflows(`<WorkflowIds>w1</WorkflowIds><TimeInterval>${inside}</TimeInterval>`)
  const all = tag + jobParam + output
  test.each<[string, string, string, RegExp]>([
    ['has no body', '', 'MissingContent', /no body/],
    ['is none', '<Batch/>', 'InvalidContent', /root of the body is "Batch"/],
    ['has no name', '<Request><Operation>x</Operation></Request>', 'InvalidArgument', /^Name is missing/],
    [
      'has an odd name',
      ofJobs(all).replace('march-import', 'a/b'),
      'InvalidArgument',
      /^Name is "a\/b", expected 1 to/,
    ],
    ['has no operation', '<Request><Name>n</Name></Request>', 'InvalidArgument', /^Operation is missing/],
    [
      'says neither what nor with what',
      '<Request><Name>n</Name><Operation><Tag>PicProcess</Tag></Operation></Request>',
      'InvalidArgument',
      /^Type is missing; without Operation\.WorkflowIds/,
    ],
    [
      'has an odd type',
      ofWorkflows('<WorkflowIds>w1</WorkflowIds>', '<Type>Run</Type>'),
      'InvalidArgument',
      /^Type is "Run", expected Workflow or Job/,
    ],
    [
      'names no workflow',
      ofWorkflows('<WorkflowIds>,</WorkflowIds>', '<Type>Workflow</Type>'),
      'InvalidArgument',
      /^Operation\.WorkflowIds is missing/,
    ],
    [
      'names eleven workflows',
      ofWorkflows(`<WorkflowIds>${Array.from({ length: 11 }, (_, n) => `w${n}`).join(',')}</WorkflowIds>`),
      'InvalidArgument',
      /^Operation\.WorkflowIds names 11 workflows, expected at most 10/,
    ],
    [
      'is of jobs and names a workflow',
      ofJobs(`${all}<WorkflowIds>w1</WorkflowIds>`),
      'InvalidArgument',
      /^Operation\.WorkflowIds is "w1", expected none with the Type Job/,
    ],
    ['has no input', ofJobs(all, ''), 'InvalidArgument', /^Input is missing, expected one of Prefix, Object/],
    ['has an empty input', ofJobs(all, '<Prefix/>'), 'InvalidArgument', /^Input is missing/],
    [
      'has two inputs',
      ofJobs(all, '<Prefix>a</Prefix><UrlFile>b</UrlFile>'),
      'InvalidArgument',
      /^Input has Prefix and UrlFile, expected one of Prefix, Object, UrlFile, Manifest/,
    ],
    ['has no tag', ofJobs(jobParam + output), 'InvalidArgument', /^Operation\.Tag is missing/],
    [
      'has another tag',
      ofJobs(all.replace('PicProcess', 'Transcode')),
      'InvalidArgument',
      /^Operation\.Tag is "Transcode", expected PicProcess/,
    ],
    ['has no parameters', ofJobs(tag + output), 'InvalidArgument', /^Operation\.JobParam is missing/],
    [
      'has neither template nor rule',
      ofJobs(`${tag}<JobParam><Animation>x</Animation></JobParam>${output}`),
      'InvalidArgument',
      /^Operation\.JobParam has neither TemplateId nor PicProcess/,
    ],
    ['has no output', ofJobs(tag + jobParam), 'InvalidArgument', /^Operation\.Output\.Bucket is missing/],
    [
      'has an odd level',
      ofJobs(`${all}<JobLevel>9</JobLevel>`),
      'InvalidArgument',
      /^Operation\.JobLevel is "9", expected 0 or 1 or 2/,
    ],
    [
      'has much user data',
      ofJobs(`${all}<UserData>${'x'.repeat(1025)}</UserData>`),
      'InvalidArgument',
      /^Operation\.UserData has 1025 characters/,
    ],
    [
      'tells a message queue',
      ofJobs(`${all}<CallBackType>TDMQ</CallBackType>`),
      'InvalidArgument',
      /^Operation\.CallBackType is "TDMQ", which this server/,
    ],
    [
      'begins at no time',
      interval('<Start>yesterday</Start>'),
      'InvalidArgument',
      /^Operation\.TimeInterval\.Start is "yesterday", expected a time such as/,
    ],
    [
      'ends before it begins',
      interval('<Start>2026-01-02T00:00:00Z</Start><End>2026-01-01T00:00:00Z</End>'),
      'InvalidArgument',
      /^Operation\.TimeInterval\.Start is later than its End/,
    ],
  ])('%s', (_what, document, code, message) => {
    let refusal: unknown
    try {
      readBatchRequest(document)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(Failure)
    expect([(refusal as Failure).code, (refusal as Failure).message]).toEqual([code, expect.stringMatching(message)])
  })
})

const view = (request: BatchRequest): BatchView => ({
  ...request,
  batchId: 'b0c9e8d7a6b5c11f0a1b2c3d4e5f60718',
  bucket: 'album-1251000001',
  state: 'Running',
  code: 'Success',
  message: '',
  createTimeMs: at,
  startTimeMs: at + 1000,
  endTimeMs: null,
  progress: 42,
  counts: { total: 100, listed: 60, created: 50, ended: 42, failed: 2 },
  failures: [{ object: 'https://elsewhere.example/a.jpg', code: 'InvalidArgument', message: 'a foreign host' }],
})

describe('answers about batches', () => {
  const inside = `
    <Code>Success</Code>
    <Counts><Created>50</Created><Ended>42</Ended><Failed>2</Failed><Listed>60</Listed><Total>100</Total></Counts>
    <CreationTime>2026-03-01T09:20:00+0800</CreationTime>
    <EndTime>-</EndTime>
    <Failures>
      <Code>InvalidArgument</Code><Message>a foreign host</Message><Object>https://elsewhere.example/a.jpg</Object>
    </Failures>
    <Input><Prefix>raw/2026/</Prefix></Input>
    <JobId>b0c9e8d7a6b5c11f0a1b2c3d4e5f60718</JobId>
    <Message/>
    <Name>march-import</Name>
    <Operation>
      <CallBack>https://hooks.example.org/ci</CallBack>
      <JobLevel>0</JobLevel>
      <JobParam><TemplateId>t13bd2f6087c9e4aa1b5f0d4e6c8a7b921</TemplateId></JobParam>
      <Output>
        <Bucket>album-1251000001</Bucket>
        <Object>batch/\${InventoryTriggerJobId}/\${InputName}.\${Ext}</Object>
        <Region>ap-guangzhou</Region>
      </Output>
      <Tag>PicProcess</Tag>
      <UserData>march</UserData>
      <TimeInterval><Start>2026-01-01T00:00:00+0800</Start></TimeInterval>
    </Operation>
    <Progress>42</Progress>
    <StartTime>2026-03-01T09:20:01+0800</StartTime>
    <State>Running</State>
    <Tag>PicProcess</Tag>
    <Type>Job</Type>`

  test('one of jobs', () => {
    const expected = flat(`<Response><JobsDetail>${inside}</JobsDetail><RequestId>r</RequestId></Response>`)
    expect(writeDocument(batchAnswer(view(jobs), options), 'XML')).toBe(expected)
    expect(writeDocument(batchQueryAnswer(view(jobs), 'b1', options), 'XML')).toBe(expected)
  })

  test('one of workflows whose end nobody knows', () => {
    const request = { ...jobs, type: 'Workflow', workflowIds: ['w1', 'w2'], job: null } as const
    const { JobsDetail } = JSON.parse(
      writeDocument(batchAnswer({ ...view(request), counts: { ...view(jobs).counts, total: null } }, options), 'JSON'),
    )
    expect(JobsDetail).toMatchObject({ Type: 'Workflow', Operation: { WorkflowIds: 'w1,w2' } })
    expect(JobsDetail).not.toHaveProperty('Tag')
    expect(JobsDetail.Counts).toEqual({ Created: 50, Ended: 42, Failed: 2, Listed: 60 })
    expect(JobsDetail.Failures).toHaveLength(1)
  })

  test('one that there is none of is named by both names', () => {
    expect(writeDocument(batchQueryAnswer(null, 'b1', options), 'XML')).toBe(
      '<Response><NonExistJobId>b1</NonExistJobId><NonExistJobIds>b1</NonExistJobIds><RequestId>r</RequestId></Response>',
    )
  })

  test('a page of the list', () => {
    expect(writeDocument(batchListAnswer([view(jobs)], null, options), 'XML')).toBe(
      flat(`<Response><JobsDetail>${inside}</JobsDetail><NextToken/><RequestId>r</RequestId></Response>`),
    )
    expect(writeDocument(batchListAnswer([], 'next', options), 'JSON')).toBe(
      '{"JobsDetail":[],"NextToken":"next","RequestId":"r"}',
    )
  })
})

test('whatever is accepted is answered so that it reads as it was', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/)
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((value) => !/[\p{Cc}\ufffe\uffff]/u.test(value) && value.trim() !== '')
  const trimmed = text.map((value) => value.trim())
  const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null })
  const seconds = fc.integer({ min: 0, max: 2_000_000_000 }).map((value) => value * 1000)
  const timeInterval = fc.oneof(
    fc.record({ startMs: orNull(seconds), endMs: fc.constant(null) }),
    fc.tuple(seconds, seconds).map(([a, b]) => ({ startMs: Math.min(a, b), endMs: Math.max(a, b) + 999 })),
  )
  const input = fc.oneof(
    fc.record({ kind: fc.constantFrom('Prefix', 'Object'), value: text }),
    fc.record({ kind: fc.constantFrom('UrlFile', 'Manifest'), value: trimmed }),
  )
  const callback = fc.oneof(
    fc.record({ to: fc.constantFrom('nobody', 'queue') }),
    fc.record({ to: fc.constant('url'), url: trimmed.filter((url) => url.toLowerCase() !== 'no') }),
  )
  const job = fc
    .tuple(
      fc.oneof(
        fc.record({ templateId: word, inline: fc.constant(null) }),
        fc.record({
          templateId: fc.constant(null),
          inline: fc.record({ isPicInfo: fc.boolean(), processRule: trimmed }),
        }),
      ),
      fc.record({
        output: fc.record({ bucket: word, object: text, region: word }),
        queueId: orNull(word),
        level: fc.constantFrom(0, 1, 2),
        userData: orNull(text),
        callback,
        callbackFormat: orNull(fc.constantFrom('XML', 'JSON')),
      }),
    )
    .map(([work, rest]) => ({ ...work, ...rest }))
  const common = { name: word, input, timeInterval }
  const request = fc.oneof(
    fc.record({ ...common, type: fc.constant('Job'), workflowIds: fc.constant([]), job }),
    fc.record({
      ...common,
      type: fc.constant('Workflow'),
      workflowIds: fc.uniqueArray(word, { minLength: 1, maxLength: 10 }),
      job: fc.constant(null),
    }),
  )
  fc.assert(
    fc.property(request, (made) => {
      const answer = writeDocument(batchAnswer(view(made as BatchRequest), options), 'XML')
      const again = answer.replace(/^<Response><JobsDetail>(.*)<\/JobsDetail>.*$/s, '<Request>$1</Request>')
      expect(readBatchRequest(again)).toEqual(made)
    }),
  )
})
