import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JobsDetail, renderTaskFinish, renderWorkflowEvent } from '../../../src/wire/index.ts'
import type { CallbackEvent, Job, Run, Task, TaskFinish } from './events.ts'
import { parse } from './parse.ts'
import { ReceiverError } from './receiver-error.ts'
import {
  renderEvent,
  taskFailed,
  taskOfWorkflow,
  taskSucceeded,
  workflowFailed,
  workflowFinished,
  workflowStarted,
} from './testing/index.ts'

const golden = (name: string) => readFileSync(new URL(`../../../test/fixtures/golden/${name}`, import.meta.url))
const withoutIndentation = (xml: string) => xml.trim().replace(/>\s+</g, '><')

/** What the six documents of the two official pages say. */
const byJob: TaskFinish = {
  name: 'TaskFinish',
  job: {
    id: 'c93984788066911ed89ed352d4d9d2084',
    state: 'Success',
    code: 'Success',
    message: '',
    tag: 'PicProcess',
    queueId: 'p2911917386e148639319e13c285cc774',
    createdAt: new Date('2022-07-18T07:16:43Z'),
    startedAt: new Date('2022-07-18T07:16:44Z'),
    endedAt: new Date('2022-07-18T07:16:44Z'),
    input: { bucket: 'test-1234567890', object: 'input/deer.jpg', region: 'ap-chongqing', headers: [] },
    output: { bucket: 'test-1234567890', object: 'output/out.jpg', region: 'ap-chongqing' },
    rule: null,
    template: { id: 't10461fe2bd5a649db9022452ec71e0381', name: 'test' },
    userData: 'This is my PicProcess job.',
    level: 0,
    result: {
      object: 'output/out.jpg',
      original: {
        etag: '"d5a491cd3d8d071e3212c3478e8e35a1"',
        info: { averageColor: '0xc64847', format: 'JPEG', width: 500, height: 417, quality: 68, orientation: 0 },
      },
      processed: { etag: '', format: 'JPEG', width: 417, height: 500, quality: 68, sizeBytes: 24911 },
    },
    workflow: null,
  },
}
const byWorkflow: TaskFinish = {
  name: 'TaskFinish',
  job: {
    ...byJob.job,
    input: {
      ...byJob.job.input,
      headers: [
        { key: 'Content-Type', value: 'image/jpeg' },
        { key: 'x-cos-request-id', value: 'NjJiZDYwYTFfNjUzYTYyNjRfZjEwZl8xMmZhYzY5' },
        { key: 'EventName', value: 'cos:ObjectCreated:Put' },
        { key: 'Size', value: '1024' },
      ],
    },
    workflow: {
      node: 'PicProcess_1581665960537',
      runId: 'ic90edd59f84f11ec9d4f525400a3c59f',
      workflowId: 'web6ac56c1ef54dbfa44d7f4103203be9',
      workflowName: 'workflow-test',
    },
  },
}

const byRuleInWorkflow: TaskFinish = {
  name: 'TaskFinish',
  job: { ...byWorkflow.job, template: null, rule: { processRule: 'imageMogr2/rotate/90', isPicInfo: true } },
}

describe('the documents of the two official pages, and those that the original service was seen to send', () => {
  const documents = [
    { file: '2023-task-by-job.xml', profile: '2023', event: byJob },
    { file: '2023-task-by-workflow.json', profile: '2023', event: byWorkflow },
    { file: '2023-task-by-workflow.xml', profile: '2023', event: byWorkflow },
    { file: '2025-task-by-job.xml', profile: '2025', event: byJob },
    { file: 'live-task-by-workflow.json', profile: 'live', event: byRuleInWorkflow },
    { file: 'live-task-by-workflow.xml', profile: 'live', event: byRuleInWorkflow },
    { file: '2025-task-by-workflow.json', profile: '2025', event: byWorkflow },
    { file: '2025-task-by-workflow.xml', profile: '2025', event: byWorkflow },
  ] as const

  test.each(documents)('$file is read as what it says', ({ file, profile, event }) => {
    const level = profile === '2023' ? null : 0
    expect(parse(golden(file))).toEqual({ name: 'TaskFinish', job: { ...event.job, level } })
    expect(parse(golden(file).toString())).toEqual(parse(golden(file)))
  })

  test.each(documents)('$file is what the test kit writes', ({ file, profile, event }) => {
    const format = file.endsWith('.xml') ? 'XML' : 'JSON'
    const written = renderEvent(event, { format, profile })
    const text = golden(file).toString()
    expect(written).toBe(format === 'XML' ? withoutIndentation(text) : JSON.stringify(JSON.parse(text)))
  })
})

describe('the shape that the original service was seen to send', () => {
  // Everything in which it differs from the pages, in one document.
  const live = {
    EventName: 'TaskFinish',
    JobsDetail: [
      {
        Code: 'Success',
        CreationTime: '2026-03-02T10:11:12+0800',
        EndTime: '2026-03-02T10:11:13+0800',
        Input: { BucketId: 'album-1251000001', Object: 'raw/cat.png', Region: 'ap-guangzhou' },
        JobId: 'c5e0d1aa4b7c211f0a1b2c3d4e5f60718',
        Message: '',
        Operation: {
          JobLevel: '0',
          Output: { Bucket: 'album-1251000001', Force: false, Object: 'thumb/cat.png', Region: 'ap-guangzhou' },
          PicProcess: { IsPicInfo: true, ProcessRule: 'imageMogr2/thumbnail/320x' },
          PicProcessResult: [
            {
              Code: 'Success',
              InputObjectName: 'raw/cat.png',
              InputObjectUrl: 'https://h/raw/cat.png',
              Message: '',
              ObjectName: '/thumb/cat.png',
              ObjectUrl: 'https://h/thumb/cat.png',
              OriginalInfo: {
                Etag: '0f343b0931126a20f133d67c2b018a3b',
                ImageInfo: { Ave: '0x8a7f6c', Format: 'png', Height: 900, Orientation: 0, Quality: 100, Width: 1200 },
              },
              ProcessResult: { Etag: '', Format: 'png', Height: 240, Quality: 100, Size: 91200, Width: 320 },
              State: 'Success',
            },
          ],
        },
        QueueId: 'p7a41c0de9b3f4e21a6d58c07f1e2b394',
        QueueType: 'PicProcess',
        StartTime: '2026-03-02T10:11:12+0800',
        State: 'Success',
        Tag: 'PicProcess',
      },
    ],
  }

  test('is read as any other', () => {
    expect(parse(JSON.stringify(live))).toEqual({
      name: 'TaskFinish',
      job: {
        id: 'c5e0d1aa4b7c211f0a1b2c3d4e5f60718',
        state: 'Success',
        code: 'Success',
        message: '',
        tag: 'PicProcess',
        queueId: 'p7a41c0de9b3f4e21a6d58c07f1e2b394',
        createdAt: new Date('2026-03-02T02:11:12Z'),
        startedAt: new Date('2026-03-02T02:11:12Z'),
        endedAt: new Date('2026-03-02T02:11:13Z'),
        input: { bucket: 'album-1251000001', object: 'raw/cat.png', region: 'ap-guangzhou', headers: [] },
        output: { bucket: 'album-1251000001', object: 'thumb/cat.png', region: 'ap-guangzhou' },
        rule: { processRule: 'imageMogr2/thumbnail/320x', isPicInfo: true },
        template: null,
        userData: '',
        level: 0,
        result: {
          object: 'thumb/cat.png',
          original: {
            etag: '"0f343b0931126a20f133d67c2b018a3b"',
            info: { averageColor: '0x8a7f6c', format: 'PNG', width: 1200, height: 900, quality: 100, orientation: 0 },
          },
          processed: { etag: '', format: 'PNG', width: 320, height: 240, quality: 100, sizeBytes: 91200 },
        },
        workflow: null,
      },
    })
  })

  test('is what the test kit writes for that profile', () => {
    const [job] = JSON.parse(renderEvent(taskSucceeded(), { format: 'JSON', profile: 'live' })).JobsDetail
    expect(job).toMatchObject({ Message: '', QueueType: 'PicProcess' })
    expect(job.Operation).toMatchObject({ JobLevel: '0', Output: { Force: false }, PicProcess: { IsPicInfo: true } })
    expect(job.Operation.PicProcessResult).toHaveLength(1)
    expect(job.Operation.PicProcessResult[0]).toMatchObject({
      ObjectName: '/thumb/cat.webp',
      OriginalInfo: { Etag: '0f343b0931126a20f133d67c2b018a3b' },
      ProcessResult: { Etag: '', Format: 'webp', Height: 240, Size: 9120 },
    })
  })
})

describe('every event says the same in every format and profile', () => {
  const formats = ['XML', 'JSON'] as const
  const profiles = ['2025', '2023', 'live'] as const
  const events = {
    'a job that went well': taskSucceeded(),
    'a job by a template': taskSucceeded({ rule: null, template: { id: 't1', name: 'web-320' }, userData: '' }),
    'a job without facts of its source': taskSucceeded({
      result: { ...byJob.job.result!, original: { etag: '"a"', info: null } },
    }),
    'a job that failed': taskFailed(),
    'a job of a workflow': taskOfWorkflow(),
    'a job of an upload with one header': taskOfWorkflow({
      input: { bucket: 'b-1', object: 'o', region: 'r', headers: [{ key: 'Size', value: '3' }] },
    }),
    'a run that has begun': workflowStarted(),
    'a run that went well': workflowFinished(),
    'a run that failed': workflowFailed(),
    'a run without jobs': workflowFinished({ tasks: [] }),
    'a run of three jobs': workflowFinished({ tasks: [1, 2, 3].flatMap(() => workflowFinished().run.tasks) }),
  }
  const cases = Object.entries(events).flatMap(([name, event]) =>
    formats.flatMap((format) => profiles.map((profile) => ({ name, event: event as CallbackEvent, format, profile }))),
  )

  test.each(cases)('$name, $format, $profile', ({ event, format, profile }) => {
    const expected =
      profile === '2023' && event.name === 'TaskFinish' ? { ...event, job: { ...event.job, level: null } } : event
    expect(parse(renderEvent(event, { format, profile }))).toEqual(expected)
  })
})

const text = fc.string({ unit: 'grapheme' }).filter((one) => !/\r|\p{Surrogate}/u.test(one))
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot hold them
const xmlText = text.filter((one) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(one))
const id = fc.stringMatching(/^[a-z][0-9a-f]{32}$/)
const askedKey = fc
  .oneof(
    xmlText,
    xmlText.map((one) => `/${one}`),
  )
  .filter((one) => one !== '')
/** What was written has no leading slash. */
const key = xmlText.filter((one) => one !== '' && !one.startsWith('/'))
const etag = fc.stringMatching(/^"[0-9a-f]{32}(-r)?"$/)
const time = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000))
const size = fc.integer({ min: 0, max: 999_999_999_999 })
const place = fc.record({ bucket: id, object: askedKey, region: id })
const headers = fc.array(fc.record({ key: key, value: xmlText }), { maxLength: 4 })
const template = fc.record({ id, name: xmlText })
const anyJob: fc.Arbitrary<Job> = fc.record({
  id,
  state: fc.constantFrom('Success' as const, 'Failed' as const),
  code: key,
  message: xmlText,
  tag: fc.constant('PicProcess'),
  queueId: id,
  createdAt: time,
  startedAt: fc.option(time),
  endedAt: fc.option(time),
  input: fc.record({ bucket: id, object: askedKey, region: id, headers }),
  output: place,
  rule: fc.option(fc.record({ processRule: key, isPicInfo: fc.boolean() })),
  template: fc.option(template),
  userData: xmlText,
  level: fc.constantFrom(0, 1, 2),
  result: fc.option(
    fc.record({
      object: key,
      original: fc.record({
        etag,
        info: fc.option(
          fc.record({
            averageColor: key,
            format: fc.constantFrom('JPEG', 'PNG'),
            width: size,
            height: size,
            quality: size,
            orientation: size,
          }),
        ),
      }),
      processed: fc.record({
        etag: fc.constant(''),
        format: fc.constantFrom('JPEG', 'WEBP'),
        width: size,
        height: size,
        quality: size,
        sizeBytes: size,
      }),
    }),
  ),
  workflow: fc.option(fc.record({ node: key, runId: id, workflowId: id, workflowName: key })),
})
const anyTask: fc.Arbitrary<Task> = fc.record({
  type: fc.constant('PicProcess'),
  node: key,
  jobId: id,
  state: fc.constantFrom('Success' as const, 'Failed' as const, 'Cancel' as const),
  createdAt: time,
  startedAt: fc.option(time),
  endedAt: fc.option(time),
  template: fc.option(template),
  results: fc.array(fc.record({ object: key, url: key }), { maxLength: 3 }),
})
const anyRun = fc.record({
  id,
  workflowId: id,
  workflowName: xmlText,
  state: fc.constantFrom('Success' as const, 'Failed' as const),
  bucket: id,
  object: askedKey,
  headers,
  createdAt: time,
  tasks: fc.array(anyTask, { maxLength: 5 }),
})

describe('what Pixmill writes', () => {
  const wireJob = (job: Job): JobsDetail => ({
    jobId: job.id,
    state: job.state,
    code: job.code,
    message: job.message,
    creationTimeMs: job.createdAt!.getTime(),
    startTimeMs: job.startedAt?.getTime() ?? null,
    endTimeMs: job.endedAt?.getTime() ?? null,
    queueId: job.queueId,
    input: { ...job.input, cosHeaders: job.input.headers },
    template: job.template,
    picProcess: job.rule && { processRule: job.rule.processRule, isPicInfo: job.rule.isPicInfo === true },
    output: job.output,
    userData: job.userData === '' ? null : job.userData,
    jobLevel: job.level as 0 | 1 | 2,
    result: job.result && {
      objectName: job.result.object,
      originalInfo: {
        etag: job.result.original.etag,
        imageInfo: job.result.original.info && {
          ave: job.result.original.info.averageColor,
          format: job.result.original.info.format,
          width: job.result.original.info.width!,
          height: job.result.original.info.height!,
          quality: job.result.original.info.quality!,
          orientation: job.result.original.info.orientation!,
        },
      },
      processResult: {
        etag: 'is not shown',
        format: job.result.processed.format,
        width: job.result.processed.width!,
        height: job.result.processed.height!,
        quality: job.result.processed.quality!,
        size: job.result.processed.sizeBytes!,
      },
    },
    workflow: job.workflow && {
      name: job.workflow.node,
      runId: job.workflow.runId,
      workflowId: job.workflow.workflowId,
      workflowName: job.workflow.workflowName,
    },
  })
  const both = fc.constantFrom('XML' as const, 'JSON' as const)

  test('of a job is read as that job, and is byte for byte what the test kit writes', () => {
    fc.assert(
      fc.property(
        anyJob,
        both,
        fc.constantFrom('2025' as const, '2023' as const, 'live' as const),
        (job, format, profile) => {
          const written = renderTaskFinish(wireJob(job), { format, profile })
          const level = profile === '2023' ? null : job.level
          expect(parse(Buffer.from(written))).toEqual({ name: 'TaskFinish', job: { ...job, level } })
          expect(renderEvent({ name: 'TaskFinish', job }, { format, profile })).toBe(written)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('of a run is read as that run, and is byte for byte what the test kit writes', () => {
    const wireRun = (run: Run) => ({
      runId: run.id,
      workflowId: run.workflowId,
      workflowName: run.workflowName,
      bucket: run.bucket,
      object: run.object,
      cosHeaders: run.headers,
      createTimeMs: run.createdAt!.getTime(),
      state: run.state as 'Success' | 'Failed',
      tasks: run.tasks.map((task) => ({
        name: task.node,
        jobId: task.jobId,
        state: task.state,
        createTimeMs: task.createdAt!.getTime(),
        startTimeMs: task.startedAt?.getTime() ?? null,
        endTimeMs: task.endedAt?.getTime() ?? null,
        template: task.template,
        results: task.results.map(({ object, url }) => ({ objectName: object, objectUrl: url })),
      })),
    })
    fc.assert(
      fc.property(
        anyRun,
        both,
        fc.constantFrom('WorkflowFinish' as const, 'WorkflowStart' as const),
        (run, format, name) => {
          const shown = name === 'WorkflowStart' ? { ...run, tasks: [] } : run
          const written = renderWorkflowEvent(name, wireRun(run), { format })
          expect(parse(Buffer.from(written))).toEqual({ name, run: shown })
          expect(renderEvent({ name, run: shown }, { format })).toBe(written)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('what senders may write differently', () => {
  const job = (changes: object) =>
    JSON.stringify({ EventName: 'TaskFinish', JobsDetail: { JobId: 'c1', State: 'Success', ...changes } })
  const read = (changes: object) => (parse(job(changes)) as TaskFinish).job

  test('leave out everything but what it is about', () => {
    expect(read({})).toEqual({
      id: 'c1',
      state: 'Success',
      code: '',
      message: '',
      tag: '',
      queueId: '',
      createdAt: null,
      startedAt: null,
      endedAt: null,
      input: { bucket: '', object: '', region: '', headers: [] },
      output: { bucket: '', object: '', region: '' },
      rule: null,
      template: null,
      userData: '',
      level: null,
      result: null,
      workflow: null,
    })
  })

  test.each([
    ['2026-03-02T10:11:12+0800', '2026-03-02T02:11:12.000Z'],
    ['2026-03-02T10:11:12+08:00', '2026-03-02T02:11:12.000Z'],
    ['2026-03-02 10:11:12-0330', '2026-03-02T13:41:12.000Z'],
    ['2026-03-02T10:11:12Z', '2026-03-02T10:11:12.000Z'],
    ['2026-03-02T10:11:12.987654Z', '2026-03-02T10:11:12.987Z'],
  ])('the time %s', (text, iso) => {
    expect(read({ EndTime: text }).endedAt?.toISOString()).toBe(iso)
  })

  test('say "-" of a time that is not there', () => {
    expect(read({ StartTime: '-' }).startedAt).toBeNull()
  })

  test('have the run of a job in a list, as one SDK declares it', () => {
    expect(read({ Workflow: [{ RunId: 'i1' }] }).workflow?.runId).toBe('i1')
  })

  test('spell a time of a task as the official table does', () => {
    const body = workflowFinished().run.id
    const xml = `<Response><EventName>WorkflowFinish</EventName><WorkflowExecution><RunId>${body}</RunId><State>Success</State><Tasks><State>Success</State><Createtime>2026-03-02 10:20:00+0800</Createtime></Tasks></WorkflowExecution></Response>`
    expect(parse(xml)).toMatchObject({ run: { tasks: [{ createdAt: new Date('2026-03-02T02:20:00Z') }] } })
  })

  test('begin with a byte order mark or a declaration', () => {
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?>\n<Response><EventName>TaskFinish</EventName><JobsDetail><JobId>c1</JobId><State>Success</State></JobsDetail></Response>\n'
    for (const body of [
      xml,
      `\ufeff${xml}`,
      Buffer.from(`\ufeff${xml}`),
      `\ufeff${job({})}`,
      Buffer.from(`\ufeff ${job({})}`),
    ]) {
      expect(parse(body)).toMatchObject({ job: { id: 'c1' } })
    }
  })
})

describe('what is refused', () => {
  const refusal = (body: string | Uint8Array): ReceiverError => {
    try {
      parse(body)
    } catch (error) {
      expect(error).toBeInstanceOf(ReceiverError)
      return error as ReceiverError
    }
    throw new Error('it was read')
  }
  const job = (detail: unknown) => JSON.stringify({ EventName: 'TaskFinish', JobsDetail: detail })
  const good = { JobId: 'c1', State: 'Success' }

  test.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'The body is neither XML nor JSON'],
    ['a form', 'EventName=TaskFinish', 'The body is neither XML nor JSON'],
    ['JSON that is cut off', '{"EventName":"TaskFinish","JobsDetail":[{', 'The body is neither XML nor JSON'],
    ['XML that is cut off', '<Response><EventName>TaskFinish', 'line 1, column 32: no end of the element "EventName"'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'The body is not UTF-8.'],
    ['compressed bytes', Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'The body is not UTF-8.'],
  ])('%s cannot be read', (_, body, message) => {
    expect(refusal(body).message).toContain(message)
    expect(refusal(body)).toMatchObject({ code: 'NotReadable', status: 400 })
  })

  test.each<[string, string, string]>([
    ['a list', '[]', 'The body is a list of 0, expected an object.'],
    ['a text', '"TaskFinish"', 'The body is "TaskFinish", expected an object.'],
    ['null', 'null', 'The body is null, expected an object.'],
    ['no event', '{}', 'EventName is "", expected TaskFinish, WorkflowFinish or WorkflowStart.'],
    ['another event', '{"EventName":"TransCodingFinish"}', 'EventName is "TransCodingFinish", expected'],
    [
      'another root',
      '<Request><EventName>TaskFinish</EventName></Request>',
      'The root is "Request", expected "Response".',
    ],
    ['a root without anything', '<Response/>', 'EventName is ""'],
    ['an event in the prototype', '{"__proto__":{"EventName":"TaskFinish"}}', 'EventName is ""'],
  ])('%s is no event', (_, body, message) => {
    expect(refusal(body).message).toContain(message)
    expect(refusal(body).code).toBe('UnknownEvent')
  })

  test.each<[string, string]>([
    ['{"EventName":"TaskFinish"}', 'JobsDetail is missing, expected an object.'],
    ['{"EventName":"WorkflowFinish","JobsDetail":{}}', 'WorkflowExecution is missing, expected an object.'],
    ['{"EventName":["TaskFinish"]}', 'EventName is a list of 1, expected a text.'],
    [job([]), 'JobsDetail is missing, expected an object.'],
    [job([good, good]), 'JobsDetail is a list of 2, expected an object or a list of one.'],
    [job('x'), 'JobsDetail is "x", expected an object.'],
    [job([[good]]), 'JobsDetail is a list of 1, expected an object.'],
    [job([null]), 'JobsDetail is a list of 1, expected an object.'],
    [job({ State: 'Success' }), 'JobsDetail.JobId is missing, expected a text.'],
    [job({ ...good, JobId: {} }), 'JobsDetail.JobId is an object, expected a text.'],
    [job({ JobId: 'c1' }), 'JobsDetail.State is "", expected Success, Failed, Cancel.'],
    [job({ ...good, State: 'Running' }), 'JobsDetail.State is "Running", expected Success, Failed, Cancel.'],
    [
      job({ ...good, EndTime: 'yesterday' }),
      'JobsDetail.EndTime is "yesterday", expected a time such as 2026-03-02T10:11:12+0800.',
    ],
    [
      job({ ...good, EndTime: '2026-02-30T10:11:12+0800' }),
      'JobsDetail.EndTime is "2026-02-30T10:11:12+0800", expected',
    ],
    [job({ ...good, EndTime: '2026-02-03T10:11:12+1500' }), 'JobsDetail.EndTime is'],
    [job({ ...good, Operation: { JobLevel: 1.5 } }), 'JobsDetail.Operation.JobLevel is 1.5, expected a whole number.'],
    [
      job({ ...good, Operation: { PicProcess: { IsPicInfo: 'yes' } } }),
      'JobsDetail.Operation.PicProcess.IsPicInfo is "yes", expected true or false.',
    ],
    [
      job({ ...good, Operation: { PicProcessResult: { ProcessResult: { Width: '0x10' } } } }),
      'JobsDetail.Operation.PicProcessResult.ProcessResult.Width is "0x10", expected a whole number.',
    ],
    [
      job({ ...good, Operation: { PicProcessResult: { ProcessResult: { Size: 1e300 } } } }),
      'ProcessResult.Size is 1e+300, expected a whole number.',
    ],
    [
      `{"EventName":"WorkflowFinish","WorkflowExecution":{"RunId":"i1","State":"Running"}}`,
      'WorkflowExecution.State is "Running", expected Success, Failed, Cancel.',
    ],
    [
      `{"EventName":"WorkflowStart","WorkflowExecution":{"RunId":"i1","State":"Gone"}}`,
      'WorkflowExecution.State is "Gone", expected Submitted, Running, Success, Failed, Cancel.',
    ],
  ])('%s names field, value and expectation', (body, message) => {
    expect(refusal(body).message).toContain(message)
    expect(refusal(body).code).toBe('UnexpectedField')
  })

  test('what is repeated of a body is short and on one line', () => {
    const { message } = refusal(job({ ...good, EndTime: `a\n\u001b[31m${'b'.repeat(100_000)}` }))
    expect(message.length).toBeLessThan(250)
    for (const character of ['\n', '\u001b']) expect(message).not.toContain(character)
    expect(refusal(`{"${'c\n'.repeat(100_000)}`).message.length).toBeLessThan(250)
  })
})
