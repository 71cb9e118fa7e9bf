import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DatabaseClock } from './database-clock.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

test('it is its own clock plus the difference that was measured best', () => {
  const clock = new DatabaseClock()
  expect(clock.now()).toBe(1_000_000)
  clock.measure(1_005_000, 999_998, 1_000_002)
  expect(clock.now()).toBe(1_005_000)
  // A measurement that took longer says less, as long as the better one is fresh.
  clock.measure(1_009_000, 999_900, 1_000_100)
  expect(clock.now()).toBe(1_005_000)
  clock.measure(1_005_003, 1_000_000, 1_000_000)
  expect(clock.now()).toBe(1_005_003)
  vi.setSystemTime(1_040_000)
  clock.measure(1_046_000, 1_039_900, 1_040_100)
  expect(clock.now()).toBe(1_046_000)
})
