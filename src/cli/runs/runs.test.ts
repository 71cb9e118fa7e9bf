import { expect, test } from 'vitest'
import type { ToldRun, ToldTask } from '../../wire/index.ts'
import { runJson } from './run-json.ts'
import { runLines } from './run-lines.ts'

const at = Date.UTC(2026, 2, 2, 2, 20, 0)
const output = { bucket: 'b-1', region: 'r', object: 'o' }
const picture = (name: string) =>
  ({ name, type: 'PicProcess', templateId: 't', inline: null, output, userData: null }) as const
const start = {
  name: 'Start',
  type: 'Start',
  objectPrefix: null,
  queueId: null,
  picProcessQueueId: null,
  speechRecognitionQueueId: null,
  aiProcessQueueId: null,
  notify: null,
  extFilter: null,
} as const
const task = (name: string, facts: Partial<ToldTask>): ToldTask => ({
  name,
  jobId: `c-${name}`,
  state: 'Running',
  createTimeMs: at,
  startTimeMs: at,
  endTimeMs: null,
  code: 'Success',
  message: '',
  result: null,
  ...facts,
})
const run: ToldRun = {
  runId: 'i1',
  workflowId: 'w1',
  workflowName: 'thumbs',
  object: 'raw/cat.png',
  state: 'Running',
  createTimeMs: at,
  topology: {
    dependencies: [
      { from: 'Start', to: ['small', 'large', 'square'] },
      { from: 'small', to: ['tiny', '缩'] },
      { from: 'tiny', to: ['dot'] },
    ],
    nodes: [start, ...['small', 'tiny', 'dot', '缩', 'large', 'square'].map(picture)],
  },
  tasks: [
    task('small', {
      state: 'Success',
      endTimeMs: at + 2_000,
      result: { objectName: 'thumb/cat.webp', objectUrl: 'http://h/' },
    }),
    task('large', { state: 'Failed', endTimeMs: at, code: 'ResourceNotSupported', message: 'no\u001b[31m picture' }),
    task('square', { state: 'Submitted', startTimeMs: null }),
    task('tiny', {}),
  ],
}

test('a run that goes on, as a tree of its nodes', () => {
  expect(runLines(run, at + 3_400)).toEqual([
    'thumbs  Running  3 s  i1',
    'raw/cat.png',
    '├─ small      ✓ Success      2 s     thumb/cat.webp',
    '│  ├─ tiny    ▸ Running      3 s',
    '│  │  └─ dot  · waiting',
    '│  └─ 缩      · waiting',
    '├─ large      ✗ Failed       < 1 s   ResourceNotSupported: no\\x1b[31m picture',
    '└─ square     … Submitted',
  ])
})

test('of a run that has ended nothing waits any more', () => {
  const ended = { ...run, state: 'Failed' as const, tasks: run.tasks.filter(({ name }) => name === 'large') }
  const lines = runLines(ended, at + 90_000)
  expect(lines[0]).toBe('thumbs  Failed  i1')
  expect(lines.filter((line) => line.endsWith('· not started'))).toHaveLength(5)
})

test('a run for programs', () => {
  const { nodes, ...facts } = runJson(run)
  expect(facts).toEqual({
    runId: 'i1',
    workflowId: 'w1',
    workflowName: 'thumbs',
    object: 'raw/cat.png',
    state: 'Running',
    createTime: '2026-03-02T02:20:00.000Z',
  })
  expect(nodes.map(({ name, after, state }) => [name, after, state])).toEqual([
    ['small', 'Start', 'Success'],
    ['tiny', 'small', 'Running'],
    ['dot', 'tiny', 'Waiting'],
    ['缩', 'small', 'Waiting'],
    ['large', 'Start', 'Failed'],
    ['square', 'Start', 'Submitted'],
  ])
  expect(nodes[0]).toEqual({
    name: 'small',
    after: 'Start',
    state: 'Success',
    jobId: 'c-small',
    createTime: '2026-03-02T02:20:00.000Z',
    startTime: '2026-03-02T02:20:00.000Z',
    endTime: '2026-03-02T02:20:02.000Z',
    code: 'Success',
    message: '',
    output: 'thumb/cat.webp',
    outputUrl: 'http://h/',
  })
  expect(nodes[2]).toMatchObject({ jobId: null, createTime: null, code: null, output: null })
})
