import { expect, test } from 'vitest'
import type { ToldBatch } from '../../wire/index.ts'
import { readTypedTime } from '../read-time.ts'
import { failureLines, outcomeLine, progressLine, workText } from './batch-lines.ts'
import { Estimate } from './estimate.ts'

const at = Date.UTC(2026, 2, 2, 2, 20, 0)
const batch: ToldBatch = {
  batchId: 'b1',
  name: 'march',
  type: 'Job',
  state: 'Running',
  code: 'Success',
  message: '',
  createTimeMs: at,
  startTimeMs: at,
  endTimeMs: null,
  progress: 45,
  counts: { total: 10_000, listed: 10_000, created: 5_000, ended: 4_512, failed: 12 },
  failures: [],
  input: { kind: 'Prefix', value: 'raw/' },
  workflowIds: [],
  job: {
    templateId: null,
    inline: { isPicInfo: false, processRule: 'imageMogr2/thumbnail/64x' },
    output: { bucket: 'b-1', region: 'r', object: 'o' },
    queueId: null,
    level: 0,
    userData: null,
    callback: { to: 'queue' },
    callbackFormat: null,
  },
  timeInterval: { startMs: null, endMs: null },
}

const seen = (...points: readonly (readonly [atMs: number, done: number])[]): Estimate => {
  const estimate = new Estimate()
  for (const [atMs, done] of points) estimate.add(atMs, done)
  return estimate
}

test('speed and time left are of the last half minute', () => {
  expect(seen().rate).toBeNull()
  expect(seen([0, 10]).rate).toBeNull()
  expect(seen([0, 10], [999, 500]).rate).toBeNull()
  expect(seen([0, 10], [2_000, 30]).rate).toBe(10)
  expect(seen([0, 10], [2_000, 30]).leftMs(130)).toBe(10_000)
  expect(seen([0, 10], [2_000, 10]).leftMs(130)).toBeNull()
  expect(seen([0, 10], [2_000, 130]).leftMs(130)).toBe(0)
  // Slow at first, then 20 a second.
  const points = Array.from({ length: 61 }, (_none, second): [number, number] => [
    second * 1_000,
    second < 30 ? second : 30 + (second - 30) * 20,
  ])
  expect(seen(...points).rate).toBe(20)
})

test('how far a batch is', () => {
  expect(progressLine(batch, seen([0, 4_302], [1_000, 4_512]))).toBe(
    'march  Running  ██████████░░░░░░░░░░░░░░ 45 %  4,512 of 10,000  12 failed  210/s  about 26 s left',
  )
})

test('while the list is read nobody can say how long it takes', () => {
  const listing = { ...batch, progress: 5, counts: { total: null, listed: 734, created: 700, ended: 234, failed: 0 } }
  expect(progressLine(listing, seen([0, 230], [1_000, 234]))).toBe(
    'march  Running  █░░░░░░░░░░░░░░░░░░░░░░░ 5 %  234 of 734 found so far  4.0/s',
  )
})

test('a batch of nothing is done, and one that has ended has no speed', () => {
  const counts = { total: 0, listed: 0, created: 0, ended: 0, failed: 0 }
  const empty: ToldBatch = { ...batch, state: 'Success', progress: 100, counts }
  expect(progressLine(empty, seen([0, 0], [5_000, 0]))).toBe(`march  Success  ${'█'.repeat(24)} 100 %  0 of 0`)
})

test('how a batch ended, and what failed in it', () => {
  const failures = ['a\u001b', 'b', 'c'].map((object) => ({
    object,
    code: 'ResourceNotFound',
    message: 'is not there',
  }))
  const ended: ToldBatch = { ...batch, state: 'Success', endTimeMs: at + 48_000, failures }
  expect(outcomeLine(ended)).toBe('march: Success, 4,512 done in 48 s, 12 failed')
  expect(failureLines(ended, 2)).toBe(
    'a\\x1b  ResourceNotFound  is not there\nb      ResourceNotFound  is not there\nand 10 more\n',
  )
  expect(failureLines(batch, 2)).toBe('')
  const failed: ToldBatch = { ...ended, state: 'Failed', code: 'ResourceDownloadFailed', message: 'no manifest' }
  expect(outcomeLine(failed)).toBe('march: Failed (ResourceDownloadFailed: no manifest), 4,512 done in 48 s, 12 failed')
  expect(outcomeLine({ ...ended, message: 'nothing to do' })).toMatch(/^march: Success \(nothing to do\), /)
})

test.each([
  [batch, 'objects below raw/: imageMogr2/thumbnail/64x'],
  [{ ...batch, job: { ...batch.job!, templateId: 't1', inline: null } }, 'objects below raw/: template t1'],
  [
    {
      ...batch,
      type: 'Workflow' as const,
      job: null,
      workflowIds: ['w1', 'w2'],
      input: { kind: 'UrlFile' as const, value: 'list.txt' },
    },
    'the list list.txt: workflow w1, w2',
  ],
])('what a batch does: %#', (one, says) => {
  expect(workText(one)).toBe(says)
})

test.each([
  ['2026-03-01', new Date(2026, 2, 1).getTime()],
  ['2026-03-01T10:20', new Date(2026, 2, 1, 10, 20).getTime()],
  ['2026-03-01 10:20:30', new Date(2026, 2, 1, 10, 20, 30).getTime()],
  ['2026-03-01T10:20:30Z', Date.UTC(2026, 2, 1, 10, 20, 30)],
  ['2026-03-01T10:20+0800', Date.UTC(2026, 2, 1, 2, 20)],
  ['2026-03-01T10:20:30-03:30', Date.UTC(2026, 2, 1, 13, 50, 30)],
])('%s is a time', (text, ms) => {
  expect(readTypedTime(text)).toBe(ms)
})

test.each(['', 'yesterday', '2026', '2026-02-30', '2026-13-01', '2026-03-01T25:00', '2026-03-01T10', '01.03.2026'])(
  '"%s" is none',
  (text) => {
    expect(() => readTypedTime(text)).toThrow('Expected a time such as 2026-03-01')
  },
)
