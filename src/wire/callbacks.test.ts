import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { JobsDetail } from './jobs-detail.ts'
import { renderTaskFinish } from './task-finish.ts'
import { renderWorkflowEvent, type WorkflowExecution } from './workflow-event.ts'

const golden = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/golden/${name}`, import.meta.url), 'utf8').trim()
/** The golden documents are indented for readers. What stands between elements has no meaning; nothing else is touched. */
const withoutIndentation = (xml: string) => xml.replace(/>\s+</g, '><')

const byJob: JobsDetail = {
  jobId: 'c93984788066911ed89ed352d4d9d2084',
  state: 'Success',
  code: 'Success',
  message: '',
  creationTimeMs: Date.UTC(2022, 6, 18, 7, 16, 43),
  startTimeMs: Date.UTC(2022, 6, 18, 7, 16, 44, 120),
  endTimeMs: Date.UTC(2022, 6, 18, 7, 16, 44, 999),
  queueId: 'p2911917386e148639319e13c285cc774',
  input: { bucket: 'test-1234567890', object: 'input/deer.jpg', region: 'ap-chongqing', cosHeaders: [] },
  template: { id: 't10461fe2bd5a649db9022452ec71e0381', name: 'test' },
  picProcess: null,
  output: { bucket: 'test-1234567890', object: 'output/out.jpg', region: 'ap-chongqing' },
  userData: 'This is my PicProcess job.',
  jobLevel: 0,
  result: {
    objectName: 'output/out.jpg',
    originalInfo: {
      etag: '"d5a491cd3d8d071e3212c3478e8e35a1"',
      imageInfo: { ave: '0xc64847', format: 'JPEG', height: 417, orientation: 0, quality: 68, width: 500 },
    },
    processResult: {
      etag: '"00000000000000000000000000000000"',
      format: 'JPEG',
      height: 500,
      quality: 68,
      size: 24911,
      width: 417,
    },
  },
  workflow: null,
}

const byWorkflow: JobsDetail = {
  ...byJob,
  input: {
    ...byJob.input,
    cosHeaders: [
      { key: 'Content-Type', value: 'image/jpeg' },
      { key: 'x-cos-request-id', value: 'NjJiZDYwYTFfNjUzYTYyNjRfZjEwZl8xMmZhYzY5' },
      { key: 'EventName', value: 'cos:ObjectCreated:Put' },
      { key: 'Size', value: '1024' },
    ],
  },
  workflow: {
    name: 'PicProcess_1581665960537',
    runId: 'ic90edd59f84f11ec9d4f525400a3c59f',
    workflowId: 'web6ac56c1ef54dbfa44d7f4103203be9',
    workflowName: 'workflow-test',
  },
}

describe('the documents of the two official pages come out exactly', () => {
  test.each([
    { page: '2023', by: 'job', detail: byJob },
    { page: '2025', by: 'job', detail: byJob },
    { page: '2023', by: 'workflow', detail: byWorkflow },
    { page: '2025', by: 'workflow', detail: byWorkflow },
  ] as const)('$page, XML, by $by', ({ page, by, detail }) => {
    expect(renderTaskFinish(detail, { format: 'XML', profile: page })).toBe(
      withoutIndentation(golden(`${page}-task-by-${by}.xml`)),
    )
  })

  test('as the original service was seen to send them, in XML and JSON', () => {
    const picProcess = { isPicInfo: true, processRule: 'imageMogr2/rotate/90' }
    const detail: JobsDetail = { ...byWorkflow, template: null, picProcess }
    expect(renderTaskFinish(detail, { format: 'XML', profile: 'live' })).toBe(
      withoutIndentation(golden('live-task-by-workflow.xml')),
    )
    const text = renderTaskFinish(detail, { format: 'JSON', profile: 'live' })
    expect(JSON.stringify(JSON.parse(text), null, 2)).toBe(golden('live-task-by-workflow.json'))
  })

  test.each([{ page: '2023' }, { page: '2025' }] as const)('$page, JSON, by workflow', ({ page }) => {
    const text = renderTaskFinish(byWorkflow, { format: 'JSON', profile: page })
    expect(JSON.stringify(JSON.parse(text), null, 2)).toBe(golden(`${page}-task-by-workflow.json`))
  })
})

describe('TaskFinish', () => {
  const jobOf = (detail: JobsDetail, options = {}) =>
    JSON.parse(renderTaskFinish(detail, { format: 'JSON', profile: '2025', ...options })).JobsDetail[0]

  test('of a failed job carries code and message and no result', () => {
    const at = Date.UTC(2026, 2, 2, 2, 30, 0)
    const failed: JobsDetail = {
      ...byJob,
      jobId: 'c5e0d1aa4b7c211f0a1b2c3d4e5f60719',
      state: 'Failed',
      code: 'ResourceNotFound',
      message: 'the input object does not exist',
      creationTimeMs: at,
      startTimeMs: at,
      endTimeMs: at,
      queueId: 'p7a41c0de9b3f4e21a6d58c07f1e2b394',
      input: { bucket: 'album-1251000001', object: 'raw/missing.png', region: 'ap-guangzhou', cosHeaders: [] },
      output: { bucket: 'album-1251000001', object: 'thumb/missing.webp', region: 'ap-guangzhou' },
      template: { id: 't13bd2f6087c9e4aa1b5f0d4e6c8a7b921', name: 'web-320' },
      userData: 'asset=78',
      result: null,
    }
    expect(renderTaskFinish(failed, { format: 'JSON', profile: '2025' })).toBe(
      JSON.stringify({
        EventName: 'TaskFinish',
        JobsDetail: [
          {
            Code: 'ResourceNotFound',
            CreationTime: '2026-03-02T10:30:00+0800',
            EndTime: '2026-03-02T10:30:00+0800',
            Input: { BucketId: 'album-1251000001', Object: 'raw/missing.png', Region: 'ap-guangzhou' },
            JobId: 'c5e0d1aa4b7c211f0a1b2c3d4e5f60719',
            Message: 'the input object does not exist',
            Operation: {
              Output: { Bucket: 'album-1251000001', Object: 'thumb/missing.webp', Region: 'ap-guangzhou' },
              TemplateId: 't13bd2f6087c9e4aa1b5f0d4e6c8a7b921',
              TemplateName: 'web-320',
              UserData: 'asset=78',
              JobLevel: 0,
            },
            QueueId: 'p7a41c0de9b3f4e21a6d58c07f1e2b394',
            StartTime: '2026-03-02T10:30:00+0800',
            State: 'Failed',
            Tag: 'PicProcess',
          },
        ],
      }),
    )
  })

  test('echoes an inline rule in its alphabetical place', () => {
    const inline = { ...byJob, template: null, picProcess: { isPicInfo: true, processRule: 'imageMogr2/rotate/90' } }
    expect(Object.keys(jobOf(inline).Operation)).toEqual([
      'Output',
      'PicProcess',
      'PicProcessResult',
      'UserData',
      'JobLevel',
    ])
    expect(jobOf(inline).Operation.PicProcess).toEqual({ IsPicInfo: 'true', ProcessRule: 'imageMogr2/rotate/90' })
  })

  test('without IsPicInfo keeps the ETag of the source and leaves its picture facts out', () => {
    const result = { ...byJob.result!, originalInfo: { ...byJob.result!.originalInfo, imageInfo: null } }
    expect(jobOf({ ...byJob, result }).Operation.PicProcessResult.OriginalInfo).toEqual({
      Etag: '"d5a491cd3d8d071e3212c3478e8e35a1"',
    })
  })

  test('shows the ETag of the result only when asked to', () => {
    const shown = jobOf(byJob, { fillResultEtag: true }).Operation.PicProcessResult.ProcessResult.Etag
    expect(shown).toBe('"00000000000000000000000000000000"')
  })

  test('writes times in the zone asked for', () => {
    expect(jobOf(byJob, { timeZoneOffsetMinutes: -150 }).CreationTime).toBe('2022-07-18T04:46:43-0230')
  })

  test('has one CosHeaders as an array too', () => {
    const one = { ...byJob, input: { ...byJob.input, cosHeaders: [{ key: 'Size', value: '3' }] } }
    expect(jobOf(one).Input.CosHeaders).toEqual([{ Key: 'Size', Value: '3' }])
  })
})

describe('workflow events', () => {
  const at = Date.UTC(2026, 2, 2, 2, 20, 0)
  const execution: WorkflowExecution = {
    runId: 'i6f3c2d10b7c311f0a1b2c3d4e5f60718',
    workflowId: 'w9d1e42f7ab6c4c0d8e3f5a7b6c1d2e0f',
    workflowName: 'thumbs',
    bucket: 'album-1251000001',
    object: 'raw/cat.png',
    cosHeaders: [{ key: 'Content-Type', value: 'image/png' }],
    createTimeMs: at,
    state: 'Success',
    tasks: [
      {
        name: 'PicProcess_small',
        jobId: 'c5e0d1aa4b7c211f0a1b2c3d4e5f60718',
        state: 'Success',
        createTimeMs: at,
        startTimeMs: at,
        endTimeMs: at + 1000,
        template: { id: 't13bd2f6087c9e4aa1b5f0d4e6c8a7b921', name: 'web-320' },
        results: [{ objectName: 'thumb/cat-320.webp', objectUrl: 'https://host/thumb/cat-320.webp' }],
      },
    ],
  }

  test('WorkflowFinish tells the tasks and what they wrote', () => {
    expect(renderWorkflowEvent('WorkflowFinish', execution, { format: 'XML' })).toBe(
      withoutIndentation(`<Response>
        <EventName>WorkflowFinish</EventName>
        <WorkflowExecution>
          <RunId>i6f3c2d10b7c311f0a1b2c3d4e5f60718</RunId>
          <BucketId>album-1251000001</BucketId>
          <Object>raw/cat.png</Object>
          <CosHeaders><Key>Content-Type</Key><Value>image/png</Value></CosHeaders>
          <WorkflowId>w9d1e42f7ab6c4c0d8e3f5a7b6c1d2e0f</WorkflowId>
          <WorkflowName>thumbs</WorkflowName>
          <CreateTime>2026-03-02 10:20:00+0800</CreateTime>
          <State>Success</State>
          <Tasks>
            <Type>PicProcess</Type>
            <CreateTime>2026-03-02 10:20:00+0800</CreateTime>
            <StartTime>2026-03-02 10:20:00+0800</StartTime>
            <EndTime>2026-03-02 10:20:01+0800</EndTime>
            <State>Success</State>
            <JobId>c5e0d1aa4b7c211f0a1b2c3d4e5f60718</JobId>
            <Name>PicProcess_small</Name>
            <TemplateId>t13bd2f6087c9e4aa1b5f0d4e6c8a7b921</TemplateId>
            <TemplateName>web-320</TemplateName>
            <ResultInfo>
              <ObjectCount>1</ObjectCount>
              <ObjectInfo>
                <ObjectName>thumb/cat-320.webp</ObjectName>
                <ObjectUrl>https://host/thumb/cat-320.webp</ObjectUrl>
              </ObjectInfo>
            </ResultInfo>
          </Tasks>
        </WorkflowExecution>
      </Response>`),
    )
  })

  test('WorkflowStart is running and names no tasks', () => {
    const started = { ...execution, state: 'Running' as const, cosHeaders: [] }
    const { WorkflowExecution } = JSON.parse(renderWorkflowEvent('WorkflowStart', started, { format: 'JSON' }))
    expect(WorkflowExecution).toMatchObject({ State: 'Running', CreateTime: '2026-03-02 10:20:00+0800' })
    expect(WorkflowExecution).not.toHaveProperty('Tasks')
    expect(WorkflowExecution).not.toHaveProperty('CosHeaders')
  })

  test('in JSON tasks and headers are arrays', () => {
    const { WorkflowExecution } = JSON.parse(renderWorkflowEvent('WorkflowFinish', execution, { format: 'JSON' }))
    expect(WorkflowExecution.Tasks[0].ResultInfo).toEqual({
      ObjectCount: 1,
      ObjectInfo: [{ ObjectName: 'thumb/cat-320.webp', ObjectUrl: 'https://host/thumb/cat-320.webp' }],
    })
    expect(WorkflowExecution.CosHeaders).toHaveLength(1)
  })
})
