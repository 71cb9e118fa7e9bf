import { describe, expect, test } from 'vitest'
import { type JobId, silentLog } from '../base/index.ts'
import type { Job } from './job.ts'
import { JobWaits } from './job-waits.ts'

const [one, two] = ['c1', 'c2'] as [JobId, JobId]
const hour = 3_600_000

/** Waits over jobs that end when the test says so; each question to the ledger is kept. */
function waitsOver({ maxWaiting = 10, lookEveryMs = hour } = {}) {
  const ended = new Set<JobId>()
  const asked: (readonly JobId[])[] = []
  let failure: Error | null = null
  const waits = new JobWaits({
    maxWaiting,
    lookEveryMs,
    log: silentLog,
    async findEnded(ids) {
      asked.push(ids)
      if (failure !== null) throw failure
      return ids.filter((id) => ended.has(id)).map((id) => ({ id }) as Job)
    },
  })
  return {
    waits,
    asked,
    until: (id: JobId, { ms = hour, signal = new AbortController().signal } = {}) =>
      waits.take().until(id, { ms, signal }),
    end(...ids: JobId[]) {
      for (const id of ids) ended.add(id)
      waits.wake()
    },
    failWith(error: Error | null) {
      failure = error
    },
  }
}

describe('whoever waits for a job', () => {
  test('is told of its end, and only of its own', async () => {
    const { until, end } = waitsOver()
    const first = until(one)
    const second = until(two)
    end(two)
    expect(await second).toEqual({ id: two })
    end(one)
    expect(await first).toEqual({ id: one })
  })

  test('is told of an end that came before', async () => {
    const { until, end } = waitsOver()
    end(one)
    expect(await until(one)).toEqual({ id: one })
  })

  test('is told together with all others who wait for it', async () => {
    const { until, end, asked } = waitsOver()
    const all = Array.from({ length: 5 }, () => until(one))
    end(one)
    expect(await Promise.all(all)).toEqual(Array(5).fill({ id: one }))
    expect(asked.every((ids) => ids.length === 1)).toBe(true)
  })

  test('is told nothing when the time is over', async () => {
    const { until } = waitsOver()
    expect(await until(one, { ms: 1 })).toBeNull()
  })

  test('is told nothing when it goes away, and is not looked for any more', async () => {
    const { until, end, asked } = waitsOver()
    const gone = new AbortController()
    const waiting = until(one, { signal: gone.signal })
    gone.abort()
    expect(await waiting).toBeNull()
    const before = asked.length
    end(one)
    expect(asked.length).toBe(before)
    expect(await until(one, { signal: gone.signal })).toBeNull()
  })

  test('is told nothing when the server stops, or has stopped', async () => {
    const { waits, until } = waitsOver()
    const waiting = until(one)
    await waits.stop()
    await waits.stop()
    expect(await waiting).toBeNull()
    expect(await until(one)).toBeNull()
  })

  test('is found by a look of its own when a wake is lost, or a look failed', async () => {
    const { until, end, failWith } = waitsOver({ lookEveryMs: 1 })
    failWith(new Error('away'))
    const waiting = until(one)
    end(one)
    failWith(null)
    expect(await waiting).toEqual({ id: one })
  })
})

test('many ends during one look make one more look', async () => {
  const { until, end, asked } = waitsOver()
  const waiting = [until(one), until(two)]
  for (let n = 0; n < 100; n += 1) end()
  end(one, two)
  await Promise.all(waiting)
  expect(asked.length).toBeLessThanOrEqual(3)
})

test('more than may wait are refused, until one has left', () => {
  const { waits } = waitsOver({ maxWaiting: 2 })
  const first = waits.take()
  waits.take()
  expect(() => waits.take()).toThrow(expect.objectContaining({ code: 'SlowDown' }))
  first.leave()
  first.leave()
  waits.take()
  expect(() => waits.take()).toThrow(expect.objectContaining({ code: 'SlowDown' }))
})
