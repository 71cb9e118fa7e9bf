import { expect, test } from 'vitest'
import { Pace } from './pace.ts'

test('nothing is known before two were finished one after the other', () => {
  const pace = new Pace()
  expect(pace.within(100)).toBe(0)
  pace.note(1_000, true)
  expect(pace.within(100)).toBe(0)
  pace.note(1_020, true)
  expect(pace.within(100)).toBe(5)
})

test('what the engines idled does not count', () => {
  const pace = new Pace()
  for (const at of [0, 10, 20]) pace.note(at, true)
  pace.note(60_000, false)
  expect(pace.within(100)).toBe(10)
  pace.note(60_010, true)
  expect(pace.within(100)).toBe(10)
})

test('it follows slower pictures within some dozen', () => {
  const pace = new Pace()
  for (let fast = 0; fast < 10; fast += 1) pace.note(10 * fast, true)
  for (let slow = 1; slow <= 24; slow += 1) pace.note(90 + 500 * slow, true)
  expect(pace.within(1_000)).toBeGreaterThan(1.9)
  expect(pace.within(1_000)).toBeLessThan(2.5)
})
