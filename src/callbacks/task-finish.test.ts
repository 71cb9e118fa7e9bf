import { expect, test } from 'vitest'
import type { CallbackProfile, JobsDetail } from '../wire/index.ts'
import { taskFinishEvent } from './task-finish.ts'

const detail: JobsDetail = {
  jobId: 'c5e0d1aa4b7c211f0a1b2c3d4e5f60719',
  state: 'Failed',
  code: 'ResourceNotFound',
  message: 'the input object 图片/cat.png does not exist',
  creationTimeMs: Date.UTC(2026, 2, 2, 2, 30),
  startTimeMs: Date.UTC(2026, 2, 2, 2, 30),
  endTimeMs: Date.UTC(2026, 2, 2, 2, 30, 1),
  queueId: 'p7a41c0de9b3f4e21a6d58c07f1e2b394',
  input: { bucket: 'album-1251000001', object: '图片/cat.png', region: 'ap-guangzhou', cosHeaders: [] },
  template: null,
  picProcess: { isPicInfo: false, processRule: 'imageMogr2/thumbnail/320x' },
  output: { bucket: 'album-1251000001', object: 'thumb/cat.png', region: 'ap-guangzhou' },
  userData: null,
  jobLevel: 0,
  result: null,
  workflow: null,
}
const nobody = { state: 'Off', events: [], resultFormat: 'XML', url: null } as const
const eventFor = (url: string | null, format: 'XML' | 'JSON' | null, profile: CallbackProfile = '2025') =>
  taskFinishEvent({
    detail,
    routing: { job: { url, format }, queue: nobody },
    profile,
    objectUrl: (bucket, region, key) => `https://${bucket}.${region}.test/${key}`,
    timeZoneOffsetMinutes: 480,
    fillResultEtag: false,
  })

test('an event that goes to nobody is an event all the same', () => {
  expect(eventFor(null, null)).toEqual({
    name: 'TaskFinish',
    subject: detail.jobId,
    bucket: 'album-1251000001',
    queueId: detail.queueId,
    workflowId: null,
    deliveries: [],
  })
})

test('a delivery has the bytes of the document, and exactly the content type of its format', () => {
  const [xml] = eventFor('http://a.example/', null).deliveries
  expect(xml).toMatchObject({ url: 'http://a.example/', contentType: 'application/xml' })
  const text = Buffer.from(xml!.body).toString('utf8')
  expect(text).toContain('<EventName>TaskFinish</EventName>')
  expect(text).toContain('<Object>图片/cat.png</Object>')
  expect(text).toContain('<EndTime>2026-03-02T10:30:01+0800</EndTime>')

  const [json] = eventFor('http://a.example/', 'JSON').deliveries
  expect(json!.contentType).toBe('application/json')
  expect(JSON.parse(Buffer.from(json!.body).toString('utf8'))).toMatchObject({
    EventName: 'TaskFinish',
    JobsDetail: [{ State: 'Failed', Code: 'ResourceNotFound', Operation: { JobLevel: 0 } }],
  })
})

test('the profile decides whether JobsDetail is a list', () => {
  const [json] = eventFor('http://a.example/', 'JSON', '2023').deliveries
  expect(JSON.parse(Buffer.from(json!.body).toString('utf8')).JobsDetail).toMatchObject({ State: 'Failed' })
})

test('the same job gives the same bytes each time', () => {
  expect(eventFor('http://a.example/', 'JSON')).toEqual(eventFor('http://a.example/', 'JSON'))
})
