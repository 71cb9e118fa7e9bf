import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateLimit } from './rate-limit.ts'

test('one second’s worth at once, then one after the other', () => {
  const limit = new RateLimit(4)
  const started: number[] = []
  for (let now = 0; started.length < 8; now++) {
    while (limit.waitMs(now) === 0) {
      limit.take(now)
      started.push(now)
    }
  }
  expect(started).toEqual([0, 0, 0, 0, 250, 500, 750, 1_000])
})

test('less than one in a second is one at once', () => {
  const limit = new RateLimit(0.5)
  limit.take(0)
  expect(limit.waitMs(0)).toBe(2_000)
  expect(limit.waitMs(1_999)).toBe(1)
  expect(limit.waitMs(2_000)).toBe(0)
})

test('what is put off gets places one after the other', () => {
  const limit = new RateLimit(10)
  expect([limit.placeInLine(1_000), limit.placeInLine(1_000), limit.placeInLine(5_000)]).toEqual([1_100, 1_200, 5_100])
})

test('in no stretch of time do more start than the rate and what may start at once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.nat(300), { maxLength: 200 }), (perSecond, passes) => {
      const limit = new RateLimit(perSecond)
      const started: number[] = []
      let now = 0
      for (const pass of passes) {
        now += pass
        if (limit.waitMs(now) > 0) continue
        limit.take(now)
        started.push(now)
      }
      for (const [first, from] of started.entries()) {
        for (const [last, to] of started.entries()) {
          if (last < first) continue
          expect(last - first + 1).toBeLessThanOrEqual(perSecond + ((to - from) / 1000) * perSecond + 1e-6)
        }
      }
    }),
    { numRuns: 50 },
  )
})
