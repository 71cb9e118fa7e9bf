import { afterEach, describe, expect, test } from 'vitest'
import { Signals, silentLog } from '../base/index.ts'
import { RecordCleaner, type RecordCleanerOptions, type RecordCleanerSignal } from './record-cleaner.ts'
import type { EndedCursor, RetentionStore } from './retention-store.ts'

const DAY = 86_400_000
const now = Date.UTC(2026, 2, 2)

/** Ended jobs in memory, one per millisecond up to now; `told` says whose callback has ended. */
function line(count: number, told: (n: number) => boolean = () => true) {
  let jobs = Array.from({ length: count }, (_, n) => ({ endedAt: now - count + n, id: `c${n}`, told: told(n) }))
  const calls: string[] = []
  const store: RetentionStore = {
    async endedJobBehind(from, steps) {
      calls.push(`behind ${steps}`)
      const older = jobs.filter((job) => from === null || isBefore(job, from)).reverse()
      return older[steps - 1] ?? null
    },
    async removeEndedJobs({ after, before, limit }) {
      const looked = jobs
        .filter((job) => isBefore(job, before) && (after === null || isBefore(after, job)))
        .slice(0, limit)
      const gone = new Set(looked.filter((job) => job.told))
      jobs = jobs.filter((job) => !gone.has(job))
      calls.push(`remove ${gone.size}`)
      return {
        removed: gone.size,
        kept: looked.length - gone.size,
        next: looked.length < limit ? null : looked.at(-1)!,
      }
    },
    async removeEndedRuns() {
      calls.push('remove runs')
      return { removed: 0, kept: 0, next: null }
    },
    async removeEndedBatches() {
      calls.push('remove batches')
      return { removed: 0, kept: 0, next: null }
    },
    async emptyDeliveredBodies(deliveredBefore) {
      calls.push(`empty before ${(now - deliveredBefore) / DAY} days`)
      return 0
    },
  }
  return { store, calls, left: () => jobs.map((job) => job.id) }
}

function isBefore(a: EndedCursor, b: EndedCursor): boolean {
  return a.endedAt < b.endedAt || (a.endedAt === b.endedAt && a.id < b.id)
}

let cleaner: RecordCleaner
afterEach(() => cleaner.stop())

function clean(store: RetentionStore, changes: Partial<RecordCleanerOptions> = {}) {
  cleaner = new RecordCleaner({
    store,
    keepJobsMs: 30 * DAY,
    maxEndedJobs: 1_000,
    keepBodiesMs: 3 * DAY,
    everyMs: 3_600_000,
    batchSize: 10,
    pauseMs: 0,
    clock: { now: () => now },
    log: silentLog,
    signals: new Signals<RecordCleanerSignal>(),
    ...changes,
  })
  return cleaner.clean()
}

describe('a round', () => {
  test('removes what ended before the time, in batches', async () => {
    const { store, calls, left } = line(25)
    expect(await clean(store, { keepJobsMs: 3 })).toEqual({ jobs: 22, runs: 0, batches: 0, bodies: 0 })
    expect(left()).toEqual(['c22', 'c23', 'c24'])
    expect(calls).toEqual([
      'empty before 3 days',
      'remove 10',
      'remove 10',
      'remove 2',
      'remove runs',
      'remove batches',
      'behind 1000',
    ])
  })

  test('removes the oldest beyond the number that may stay', async () => {
    const { store, left } = line(25)
    expect(await clean(store, { maxEndedJobs: 20 })).toEqual({ jobs: 5, runs: 0, batches: 0, bodies: 0 })
    expect(left()[0]).toBe('c5')
  })

  test('counts a long line in steps', async () => {
    const { store, calls } = line(12_000)
    expect(await clean(store, { maxEndedJobs: 11_000 })).toEqual({ jobs: 1_000, runs: 0, batches: 0, bodies: 0 })
    expect(calls.filter((call) => call.startsWith('behind'))).toEqual(['behind 5000', 'behind 5000', 'behind 1000'])
  })

  test('passes over those who stay', async () => {
    const { store, left } = line(25, (n) => n >= 12)
    expect(await clean(store, { keepJobsMs: 0 })).toEqual({ jobs: 13, runs: 0, batches: 0, bodies: 0 })
    expect(left()).toHaveLength(12)
  })
})

test('a stop ends the round between two batches', async () => {
  const { store, left } = line(100)
  const signals = new Signals<RecordCleanerSignal>()
  signals.on('batch removed', () => void cleaner.stop())
  await clean(store, { keepJobsMs: 0, signals, pauseMs: 60_000 })
  expect(left()).toHaveLength(90)
})

test('rounds go on by themselves; a failed one is followed by the next', async () => {
  const { store, left } = line(5)
  const signals = new Signals<RecordCleanerSignal>()
  let rounds = 0
  const troubled: RetentionStore = {
    ...store,
    async emptyDeliveredBodies(...args) {
      rounds += 1
      if (rounds === 1) throw new Error('the disk is full')
      return store.emptyDeliveredBodies(...args)
    },
  }
  const ended = signals.next('round ended')
  cleaner = new RecordCleaner({
    store: troubled,
    keepJobsMs: 0,
    maxEndedJobs: 1_000,
    keepBodiesMs: 0,
    everyMs: 1,
    batchSize: 10,
    pauseMs: 0,
    clock: { now: () => now },
    log: silentLog,
    signals,
  })
  await cleaner.start()
  expect(await ended).toEqual({ jobs: 5, runs: 0, batches: 0, bodies: 0 })
  expect(left()).toEqual([])
})

test('stopping before starting, and twice, is fine', async () => {
  const { store, calls } = line(1)
  await clean(store, { keepJobsMs: 30 * DAY })
  const before = calls.length
  await Promise.all([cleaner.stop(), cleaner.stop()])
  await cleaner.start()
  expect(calls).toHaveLength(before)
})
