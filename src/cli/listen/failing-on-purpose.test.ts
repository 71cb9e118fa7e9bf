import fc from 'fast-check'
import { expect, test } from 'vitest'
import { statuses } from './failing-on-purpose.ts'

const take = (count: number, share: number): number[] => {
  const next = statuses({ share, okStatus: 200, failStatus: 503 })
  return Array.from({ length: count }, () => next.next().value)
}

test('of ten requests with 30 % three fail, spread evenly and in the same places every time', () => {
  expect(take(10, 0.3)).toEqual([200, 200, 200, 503, 200, 200, 503, 200, 200, 503])
  expect(take(10, 0.3)).toEqual(take(10, 0.3))
})

test('none of them, and all of them', () => {
  expect(take(5, 0)).toEqual([200, 200, 200, 200, 200])
  expect(take(5, 1)).toEqual([503, 503, 503, 503, 503])
})

test('of any number of requests the share fails, to the last whole one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 0, max: 100 }), (count, percent) => {
      const failed = take(count, percent / 100).filter((status) => status === 503).length
      expect(failed).toBe(Math.floor((count * percent) / 100))
    }),
  )
})
