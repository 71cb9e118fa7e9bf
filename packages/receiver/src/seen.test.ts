import { describe, expect, test } from 'vitest'
import { keepsTheSeenEventsContract } from './seen.contract.ts'
import { seenInMemory } from './seen.ts'

describe('in memory', () => {
  keepsTheSeenEventsContract(async (clock) => seenInMemory({ clock }))

  test('the oldest are forgotten when there are too many', async () => {
    const seen = seenInMemory({ maxEvents: 3 })
    for (const key of ['a', 'b', 'c', 'd']) {
      await seen.claim(key)
      await seen.done(key)
    }
    expect(await Promise.all(['b', 'c', 'd'].map((key) => seen.claim(key)))).toEqual(['done', 'done', 'done'])
    expect(await seen.claim('a')).toBe('mine')
  })

  test.each([0, -1, Number.NaN])('%s events cannot be remembered', (maxEvents) => {
    expect(() => seenInMemory({ maxEvents })).toThrow(`maxEvents is ${maxEvents}, expected at least 1.`)
    expect(() => seenInMemory({ claimMs: maxEvents })).toThrow(`claimMs is ${maxEvents}, expected at least 1.`)
  })
})
