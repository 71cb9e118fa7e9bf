import { expect, test } from 'vitest'
import type { CallbackEvent } from '../../../packages/receiver/src/index.ts'
import {
  type DocumentOptions,
  renderEvent,
  taskFailed,
  taskOfWorkflow,
  taskSucceeded,
  workflowFinished,
} from '../../../packages/receiver/src/testing/index.ts'
import type { Heard } from './listener.ts'
import { callbackJson, inColours, plain, shownCallback } from './shown.ts'
import { readToldEvent } from './told-event.ts'

const every: readonly DocumentOptions[] = (['XML', 'JSON'] as const).flatMap((format) =>
  (['2025', '2023', 'live'] as const).map((profile) => ({ format, profile })),
)
const heard = (event: CallbackEvent, options: DocumentOptions, more: Partial<Heard> = {}): Heard => {
  const body = Buffer.from(renderEvent(event, options))
  return {
    at: new Date(2026, 2, 2, 10, 20, 5),
    method: 'POST',
    path: '/',
    headers: {},
    body,
    event: readToldEvent(body),
    isVerified: true,
    problem: null,
    id: 'evt_1',
    times: 1,
    forwarded: null,
    status: 200,
    durationMs: 3,
    ...more,
  }
}

test.each(every)('an event is read from $format of the edition $profile', (options) => {
  const { job } = taskSucceeded()
  expect(heard({ name: 'TaskFinish', job }, options).event).toEqual({
    name: 'TaskFinish',
    jobId: job.id,
    state: 'Success',
    code: 'Success',
    message: '',
    object: job.input.object,
    output: job.result!.object,
    result: `${job.result!.processed.width} × ${job.result!.processed.height} ${job.result!.processed.format}, ${job.result!.processed.sizeBytes} bytes`,
    workflow: '',
  })
  const failed = taskFailed().job
  expect(heard(taskFailed(), options).event).toMatchObject({
    state: 'Failed',
    code: failed.code,
    message: failed.message,
    output: '',
    result: '',
  })
  const { workflow } = taskOfWorkflow().job
  expect(heard(taskOfWorkflow(), options).event).toMatchObject({
    workflow: `${workflow!.workflowName}, ${workflow!.node}`,
  })
  const finished = workflowFinished()
  const { run } = finished
  expect(heard(finished, options).event).toEqual({
    name: 'WorkflowFinish',
    runId: run.id,
    state: run.state,
    object: run.object,
    workflow: run.workflowName,
    tasks: run.tasks.length,
  })
})

test('a callback in two lines', () => {
  const { job } = taskFailed()
  expect(shownCallback(heard({ name: 'TaskFinish', job }, {}, { times: 2, status: 503 }), plain)).toBe(
    `10:20:05  TaskFinish  Failed  ${job.id}  ${job.input.object} ${job.code}: ${job.message}\n` +
      '          verified · evt_1 · the 2nd time · answered 503 after 3 ms\n',
  )
})

test('what is no event is named by its path, without what may be secret in it', () => {
  const refused = heard(
    taskFailed(),
    {},
    { event: null, path: '/hook?token=s3cret', problem: 'not verified', status: 401 },
  )
  expect(shownCallback(refused, plain)).toMatch(/^10:20:05 {2}POST \/hook\?\*\*\*\n/)
})

test('on a terminal what went well is green, and what did not is red', () => {
  expect(shownCallback(heard(taskSucceeded(), {}), inColours)).toContain('\u001b[32mSuccess\u001b[0m')
  const shown = shownCallback(heard(taskFailed(), {}, { status: 500 }), inColours)
  expect(shown).toContain('\u001b[31mFailed\u001b[0m')
  expect(shown).toContain('\u001b[31manswered 500 after 3 ms\u001b[0m')
})

test('what a stranger wrote moves no cursor', () => {
  const event = taskFailed({ message: 'red \u009b31m and up' })
  const shown = shownCallback(heard(event, { format: 'JSON' }, { id: 'evt\u001b[2J' }), plain)
  expect(shown).toContain('evt\\x1b[2J')
  expect(shown).toContain('red \\x9b31m and up')
})

test.each([
  [1, ''],
  [2, 'the 2nd time'],
  [3, 'the 3rd time'],
  [11, 'the 11th time'],
  [22, 'the 22nd time'],
  [113, 'the 113th time'],
])('how often it came: %i', (times, said) => {
  const shown = shownCallback(heard(taskSucceeded(), {}, { times }), plain)
  expect(/the \S+ time/.exec(shown)?.[0] ?? '').toBe(said)
})

test('the same for programs', () => {
  const one = heard(taskSucceeded(), {}, { forwarded: { status: 200 } })
  expect(callbackJson(one)).toMatchObject({
    event: { name: 'TaskFinish' },
    webhookId: 'evt_1',
    verified: true,
    body: one.body.toString(),
    forwarded: { status: 200 },
    answered: 200,
  })
})

test.each([
  ['', 'no XML'],
  ['{', 'it is no JSON'],
  ['{}', 'its EventName is ""'],
  ['{"EventName":"TaskFinish"}', 'it names no job'],
  ['{"EventName":"WorkflowFinish","WorkflowExecution":[]}', 'it names no run'],
  ['{"EventName":{"toString":1}}', 'its EventName is ""'],
  ['<Response><EventName>Other</EventName></Response>', 'its EventName is "Other"'],
])('%j is no event, and why is said', (body, says) => {
  expect(() => readToldEvent(Buffer.from(body))).toThrow(says === 'no XML' ? /./ : says)
})
