import { expect, test } from 'vitest'
import { every, silentLog } from './index.ts'

test('rounds follow each other, a failed one included, and stop means that none runs', async () => {
  let rounds = 0
  let inRound = 0
  let tell: () => void = () => undefined
  const thirdRound = new Promise<void>((resolve) => {
    tell = resolve
  })
  const agent = every({
    everyMs: 1,
    whenItFails: 'it failed',
    log: silentLog,
    async round() {
      expect(++inRound).toBe(1)
      rounds += 1
      if (rounds === 3) tell()
      await new Promise((resolve) => setImmediate(resolve))
      inRound -= 1
      if (rounds === 1) throw new Error('the first one')
    },
  })
  await agent.start()
  await agent.start()
  await thirdRound
  await Promise.all([agent.stop(), agent.stop()])
  expect(inRound).toBe(0)
  const before = rounds
  await agent.start()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(rounds).toBe(before)
})
