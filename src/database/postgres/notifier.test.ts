import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Notifier } from './notifier.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('the first wake goes at once, those within 20 ms as one, and channels do not wait for each other', () => {
  const sent: string[] = []
  const notifier = new Notifier((channel) => sent.push(channel))
  for (let n = 0; n < 100; n += 1) notifier.tell('jobs')
  notifier.tell('deliveries')
  expect(sent).toEqual(['jobs', 'deliveries'])
  vi.advanceTimersByTime(20)
  expect(sent).toEqual(['jobs', 'deliveries', 'jobs'])
  vi.advanceTimersByTime(1_000)
  expect(sent).toHaveLength(3)
  notifier.tell('jobs')
  expect(sent).toHaveLength(4)
  notifier.tell('jobs')
  notifier.close()
  vi.advanceTimersByTime(1_000)
  expect(sent).toHaveLength(4)
})
