import { describe, expect, test } from 'vitest'
import { type NotifySettings, routeTaskFinish, routeWorkflowEvent, type TaskFinishRouting } from './routing.ts'

const off: NotifySettings = { state: 'Off', events: [], resultFormat: 'XML', url: null }
const queue: NotifySettings = {
  state: 'On',
  events: ['TaskFinish', 'WorkflowFinish'],
  resultFormat: 'JSON',
  url: 'http://queue.example/',
}
const workflow: NotifySettings = {
  state: null,
  events: ['TaskFinish'],
  resultFormat: 'XML',
  url: 'http://flow.example/',
}
const says = (url: string | null, format: 'XML' | 'JSON' | null = null) => ({ url, format })
const toQueue = { url: 'http://queue.example/', format: 'JSON', byQueue: true }

describe('the TaskFinish of a job', () => {
  test.each<[string, TaskFinishRouting, unknown]>([
    ['that says nothing goes where its queue says', { job: says(null), queue }, toQueue],
    ['with an empty address counts as saying nothing', { job: says('  '), queue }, toQueue],
    [
      'that names a format gets the queue’s address in it',
      { job: says(null, 'XML'), queue },
      { ...toQueue, format: 'XML' },
    ],
    [
      'with an address goes there, in XML although the queue says JSON',
      { job: says('http://job.example/'), queue },
      { url: 'http://job.example/', format: 'XML', byQueue: false },
    ],
    [
      'with an address and a format goes there in it',
      { job: says('http://job.example/', 'JSON'), queue: off },
      { url: 'http://job.example/', format: 'JSON', byQueue: false },
    ],
    [
      'with an address does not need the queue',
      { job: says(' http://job.example/?a=b '), queue: off },
      { url: 'http://job.example/?a=b', format: 'XML', byQueue: false },
    ],
    ['that says no goes nowhere', { job: says('no'), queue }, null],
    ['that says NO goes nowhere', { job: says(' No\n', 'JSON'), queue }, null],
    ['in a queue that is off goes nowhere', { job: says(null), queue: { ...queue, state: 'Off' } }, null],
    [
      'in a queue that tells only of workflows goes nowhere',
      { job: says(null), queue: { ...queue, events: ['WorkflowFinish'] } },
      null,
    ],
    ['in a queue without address goes nowhere', { job: says(null), queue: { ...queue, url: null } }, null],
  ])('%s', (_case, routing, route) => {
    expect(routeTaskFinish(routing)).toEqual(route)
  })
})

describe('the TaskFinish of a job of a run', () => {
  const ofRun = (notify: NotifySettings | null, from = queue) =>
    routeTaskFinish({ job: says(null), queue: from, workflow: { notify } })

  test('goes where its workflow says, with an address alone', () => {
    expect(ofRun(workflow)).toEqual({ url: 'http://flow.example/', format: 'XML', byQueue: false })
  })
  test('goes where the queue says when the workflow says nothing', () => {
    expect(ofRun(null)).toEqual(toQueue)
  })
  test.each([
    ['off', { ...workflow, state: 'Off' as const }],
    ['without address', { ...workflow, url: null }],
    ['without this event', { ...workflow, events: ['WorkflowFinish'] }],
  ])('goes nowhere, not even to the queue, when the workflow is %s', (_what, notify) => {
    expect(ofRun(notify)).toBeNull()
  })
})

describe('the event of a run', () => {
  test('goes where the workflow says, if it names the event', () => {
    const both = { workflow: { ...workflow, events: ['WorkflowStart'] }, queue }
    expect(routeWorkflowEvent('WorkflowStart', both)).toEqual({
      url: 'http://flow.example/',
      format: 'XML',
      byQueue: false,
    })
    expect(routeWorkflowEvent('WorkflowFinish', both)).toBeNull()
  })
  test('goes where the queue says when the workflow says nothing', () => {
    expect(routeWorkflowEvent('WorkflowFinish', { workflow: null, queue })).toEqual(toQueue)
    expect(routeWorkflowEvent('WorkflowStart', { workflow: null, queue })).toBeNull()
  })
})
