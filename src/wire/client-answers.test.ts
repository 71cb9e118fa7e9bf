import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchAnswer } from './batch-answers.ts'
import type { BatchRequest, BatchView } from './batch-documents.ts'
import { readBatchRequest } from './batch-request.ts'
import {
  readBatchView,
  readNextToken,
  readRunSummary,
  readRunView,
  readUnknownIds,
  readWorkflowView,
} from './client-answers.ts'
import { batchRequestDocument, workflowRequestDocument } from './client-requests.ts'
import type { WireDocument } from './document.ts'
import { runAnswer, runListAnswer } from './run-answers.ts'
import { workflowAnswer } from './workflow-answers.ts'
import type { PicProcessNode, RunView, StartNode, TaskView, WorkflowRequest } from './workflow-documents.ts'
import { readWorkflowRequest } from './workflow-request.ts'
import { writeDocument } from './write-document.ts'
import { readXml } from './xml/read-xml.ts'

const options = { requestId: 'r' }
const read = (document: WireDocument) => readXml(writeDocument(document, 'XML'))

// Whatever XML can carry, without blanks at the ends where the protocol drops them.
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((one) => one.replace(/\s/g, '_'))
const id = fc.stringMatching(/^[a-z][0-9a-f]{32}$/)
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/)
const time = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000)
const timeOrNull = fc.option(time)
const inline = fc.record({ isPicInfo: fc.boolean(), processRule: text })
const output = fc.record({ bucket: name, object: text, region: name })
const work = fc.oneof(
  fc.record({ templateId: id, inline: fc.constant(null) }),
  fc.record({ templateId: fc.constant(null), inline }),
)
const notify = fc.record({
  state: fc.constantFrom('On', 'Off', null),
  events: fc.subarray(['TaskFinish', 'WorkflowFinish', 'WorkflowStart'] as const, { minLength: 1 }),
  resultFormat: fc.constantFrom('XML', 'JSON', null),
  url: text,
  type: fc.constantFrom('Url', null),
})
const extFilter = fc.record({
  state: fc.constantFrom('On', 'Off'),
  image: fc.boolean(),
  video: fc.boolean(),
  audio: fc.boolean(),
  contentType: fc.boolean(),
  custom: fc.boolean(),
  customExts: fc.array(fc.stringMatching(/^\.?[a-z0-9]{1,8}$/), { minLength: 1, maxLength: 10 }),
  allFile: fc.boolean(),
})
const queueId = fc.option(id)
const start = fc.record({
  name: fc.constant('Start'),
  type: fc.constant('Start'),
  objectPrefix: fc.option(text),
  queueId,
  picProcessQueueId: queueId,
  speechRecognitionQueueId: queueId,
  aiProcessQueueId: queueId,
  notify: fc.option(notify),
  extFilter: fc.option(extFilter),
}) satisfies fc.Arbitrary<StartNode>
const picture = fc
  .tuple(fc.stringMatching(/^[a-z_][a-z0-9_.-]{0,10}$/), work, fc.record({ output, userData: fc.option(text) }))
  .map(([name, work, more]): PicProcessNode => ({ name, type: 'PicProcess', ...work, ...more }))
const request: fc.Arbitrary<WorkflowRequest> = fc
  .tuple(name, fc.constantFrom('Active', 'Paused'), start, fc.uniqueArray(picture, { selector: (one) => one.name }))
  .map(([name, state, start, pictures]) => ({
    name,
    state,
    topology: {
      dependencies: ['Start', ...pictures.map((one) => one.name)].map((from) => ({ from, to: ['End'] })),
      nodes: [start, ...pictures],
    },
  }))
const task: fc.Arbitrary<TaskView> = fc.record({
  name,
  jobId: id,
  state: fc.constantFrom('Submitted', 'Running', 'Success', 'Failed', 'Cancel'),
  createTimeMs: time,
  startTimeMs: timeOrNull,
  endTimeMs: timeOrNull,
  code: name,
  message: fc.oneof(fc.constant(''), text),
  inputObject: text,
  result: fc.option(fc.record({ objectName: text, objectUrl: text })),
})
const run: fc.Arbitrary<RunView> = fc
  .tuple(
    request,
    fc.record({
      runId: id,
      workflowId: id,
      object: text,
      state: fc.constantFrom('Running', 'Success', 'Failed', 'Cancel'),
      createTimeMs: time,
      tasks: fc.array(task, { maxLength: 4 }),
    }),
  )
  .map(([{ name, topology }, facts]) => ({ ...facts, workflowName: name, topology }))
const job = fc
  .tuple(
    work,
    fc.record({
      output,
      queueId,
      level: fc.constantFrom(0, 1, 2),
      userData: fc.option(text),
      callback: fc.oneof(
        text.map((url) => ({ to: 'url' as const, url: `http://h/${url}` })),
        fc.constantFrom({ to: 'nobody' as const }, { to: 'queue' as const }),
      ),
      callbackFormat: fc.constantFrom('XML', 'JSON', null),
    }),
  )
  .map(([work, more]) => ({ ...work, ...more }))
const batchRequest: fc.Arbitrary<BatchRequest> = fc
  .tuple(
    fc.record({
      name,
      input: fc.record({ kind: fc.constantFrom('Prefix', 'Object', 'UrlFile', 'Manifest'), value: text }),
      // As they come out of reading: the last second belongs to the interval.
      timeInterval: fc.oneof(
        fc.record({ startMs: fc.constant(null), endMs: fc.option(time.map((ms) => ms + 999)) }),
        fc.record({ startMs: fc.constant(0), endMs: fc.option(time.map((ms) => ms + 999)) }),
      ),
    }),
    fc.oneof(
      fc.record({ type: fc.constant('Job' as const), workflowIds: fc.constant([]), job }),
      fc.record({
        type: fc.constant('Workflow' as const),
        workflowIds: fc.uniqueArray(id, { minLength: 1, maxLength: 3 }),
        job: fc.constant(null),
      }),
    ),
  )
  .map(([facts, what]) => ({ ...facts, ...what }))
const count = fc.nat()
const batch: fc.Arbitrary<BatchView> = fc
  .tuple(
    batchRequest,
    fc.record({
      batchId: id,
      bucket: name,
      state: fc.constantFrom('Submitted', 'Running', 'Success', 'Failed', 'Cancel'),
      code: name,
      message: fc.oneof(fc.constant(''), text),
      createTimeMs: time,
      startTimeMs: timeOrNull,
      endTimeMs: timeOrNull,
      progress: fc.integer({ min: 0, max: 100 }),
      counts: fc.record({ total: fc.option(count), listed: count, created: count, ended: count, failed: count }),
      failures: fc.array(fc.record({ object: text, code: name, message: text }), { maxLength: 3 }),
    }),
  )
  .map(([request, facts]) => ({ ...request, ...facts }))

test('what a client writes is what the server reads', () => {
  fc.assert(
    fc.property(request, (one) => {
      expect(readWorkflowRequest(writeDocument(workflowRequestDocument(one), 'XML'))).toEqual(one)
    }),
  )
  fc.assert(
    fc.property(batchRequest, (one) => {
      expect(readBatchRequest(writeDocument(batchRequestDocument(one), 'XML'))).toEqual(one)
    }),
  )
})

test('what the server answers is what a client reads', () => {
  fc.assert(
    fc.property(request, id, time, time, (one, workflowId, createTimeMs, updateTimeMs) => {
      const view = { ...one, workflowId, bucket: 'b-1', createTimeMs, updateTimeMs }
      expect(readWorkflowView(read(workflowAnswer(view, options)).children[0]!)).toEqual(view)
    }),
  )
  fc.assert(
    fc.property(run, (one) => {
      const told = { ...one, tasks: one.tasks.map(({ inputObject: _notTold, ...task }) => task) }
      const answer = read(runAnswer(one, options)).children
      expect(readRunView(answer.find((child) => child.name === 'WorkflowExecution')!)).toEqual(told)
    }),
  )
  fc.assert(
    fc.property(batch, (one) => {
      const { bucket: _ofTheHost, ...told } = one
      const answer = read(batchAnswer(one, options)).children
      expect(readBatchView(answer.find((child) => child.name === 'JobsDetail')!)).toEqual(told)
    }),
  )
})

test('a page of runs and its token', () => {
  const summary = { runId: 'i1', workflowId: 'w1', object: 'a b.png', state: 'Running', createTimeMs: 1_000 } as const
  const first = read(runListAnswer([summary], 'next', options))
  expect(first.children.filter((one) => one.name === 'WorkflowExecutionList').map(readRunSummary)).toEqual([summary])
  expect(readNextToken(first)).toBe('next')
  expect(readNextToken(read(runListAnswer([], null, options)))).toBeNull()
})

test('ids for which there is nothing', () => {
  const answer = readXml('<Response><NonExistIDs>w1</NonExistIDs><NonExistIDs>w2</NonExistIDs></Response>')
  expect(readUnknownIds(answer, 'NonExistIDs')).toEqual(['w1', 'w2'])
})

test('an answer that is not of this server is refused by the field', () => {
  expect(() => readWorkflowView(readXml('<MediaWorkflow><Name>n</Name></MediaWorkflow>'))).toThrow(
    'WorkflowId is missing',
  )
  expect(() =>
    readRunSummary(readXml('<E><RunId>i</RunId><WorkflowId>w</WorkflowId><Object>o</Object><State>Gone</State></E>')),
  ).toThrow('State is "Gone"')
})
