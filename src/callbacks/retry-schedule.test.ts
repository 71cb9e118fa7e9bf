import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  afterAttempt,
  defaultRetryWaitsSeconds,
  type EndedAttempt,
  GIVE_UP_AFTER_MS,
  MAX_RETRY_AFTER_MS,
  retryAfterMs,
} from './retry-schedule.ts'

const eventAt = Date.UTC(2026, 2, 2, 2, 11, 12)
const after = (facts: Partial<EndedAttempt>) =>
  afterAttempt({
    attemptsBefore: 0,
    eventAt,
    now: eventAt,
    status: 500,
    retryAfter: undefined,
    random: 0.5,
    ...facts,
  })
const waitOf = (facts: Partial<EndedAttempt>) => {
  const next = after(facts)
  return next.state === 'Waiting' ? next.dueAt - (facts.now ?? eventAt) : null
}
const notSuccess = fc
  .oneof(fc.constant(null), fc.integer({ min: 100, max: 599 }))
  .filter((status) => status === null || (status !== 410 && (status < 200 || status > 299)))
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test.each([200, 201, 202, 204, 299])('%i is delivered', (status) => {
  expect(after({ status, attemptsBefore: 99, now: eventAt + 2 * GIVE_UP_AFTER_MS })).toEqual({ state: 'Delivered' })
})

test('410 is dead at once', () => {
  expect(after({ status: 410, retryAfter: '5' })).toEqual({ state: 'Dead' })
})

test('the waits are 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, then 8 h again and again', () => {
  const waits = Array.from({ length: 12 }, (_, attemptsBefore) => waitOf({ attemptsBefore })! / 1000)
  expect(waits).toEqual([5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800, 28800, 28800])
})

test('a spread wait stays within its ±20 %', () => {
  fc.assert(
    fc.property(fc.nat(30), notSuccess, random, (attemptsBefore, status, chance) => {
      const wait = defaultRetryWaitsSeconds[Math.min(attemptsBefore, 8)]! * 1000
      const spread = waitOf({ attemptsBefore, status, random: chance })!
      expect(spread).toBeGreaterThanOrEqual(0.8 * wait)
      expect(spread).toBeLessThanOrEqual(1.2 * wait)
    }),
  )
})

test('followed to its end, the last attempt is due five days after the event to the millisecond', () => {
  fc.assert(
    fc.property(fc.array(random, { minLength: 40, maxLength: 40 }), notSuccess, (chances, status) => {
      let now = eventAt
      const dues: number[] = []
      for (const [attemptsBefore, chance] of chances.entries()) {
        const next = after({ attemptsBefore, now, status, random: chance })
        if (next.state !== 'Waiting') {
          expect(next.state).toBe('Dead')
          break
        }
        expect(next.dueAt).toBeGreaterThanOrEqual(now)
        now = next.dueAt
        dues.push(now)
      }
      expect(dues.at(-1)).toBe(eventAt + GIVE_UP_AFTER_MS)
      expect(dues.length).toBeLessThan(30)
      expect(new Set(dues).size).toBe(dues.length)
    }),
  )
})

test('a server that was down longer than that tries once more, and then no more', () => {
  expect(after({ now: eventAt + GIVE_UP_AFTER_MS })).toEqual({ state: 'Dead' })
  expect(after({ now: eventAt + 3 * GIVE_UP_AFTER_MS, status: 204 })).toEqual({ state: 'Delivered' })
})

test('other waits can be given; none means one attempt', () => {
  expect(waitOf({ waitsSeconds: [1], attemptsBefore: 7 })).toBe(1000)
  expect(after({ waitsSeconds: [] })).toEqual({ state: 'Dead' })
  expect(after({ waitsSeconds: [], status: 200 })).toEqual({ state: 'Delivered' })
})

describe('Retry-After', () => {
  test.each([
    ['120', 120_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['999999999999', MAX_RETRY_AFTER_MS],
    ['Mon, 02 Mar 2026 02:12:12 GMT', 60_000],
    ['Monday, 02-Mar-26 02:12:12 GMT', 60_000],
    ['Mon Mar  2 02:12:12 2026 GMT', 60_000],
    ['Sun, 01 Mar 2026 02:12:12 GMT', 0],
    ['Mon, 02 Mar 2036 02:12:12 GMT', MAX_RETRY_AFTER_MS],
    ['-5', 0],
    ['1.5', 0],
    ['soon', 0],
    ['Monday', 0],
    ['', 0],
    [undefined, 0],
  ])('"%s" asks for %i ms', (text, ms) => {
    expect(retryAfterMs(text, eventAt)).toBe(ms)
  })

  test('makes a wait longer, not shorter, and moves the end never', () => {
    expect(waitOf({ status: 503, retryAfter: '60' })).toBe(60_000)
    expect(waitOf({ status: 503, retryAfter: '1' })).toBe(5_000)
    expect(waitOf({ status: 429, retryAfter: '86400' })).toBe(8 * 3_600_000)
    const now = eventAt + GIVE_UP_AFTER_MS - 1000
    expect(waitOf({ status: 503, retryAfter: '3600', now, attemptsBefore: 20 })).toBe(1000)
  })
})
