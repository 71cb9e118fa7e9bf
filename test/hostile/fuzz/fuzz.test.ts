import { expect, test } from 'vitest'
import { startServed } from '../served.ts'
import { runFuzz } from './run-fuzz.ts'

const given = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise)

// `npm run fuzz -- --seed N --count M --from K` says how many; otherwise a few, and no new ones after 15 seconds.
const count = given('FUZZ_COUNT', 150)
const seed = given('FUZZ_SEED', 1)
const from = given('FUZZ_FROM', 0)
const withinMs = process.env.FUZZ_COUNT === undefined ? 15_000 : Number.POSITIVE_INFINITY

test.runIf(process.platform === 'linux')(
  'mutated pictures and random rules all end as they may, and no engine dies of them',
  async () => {
    const served = await startServed()
    try {
      const { cases, endings, wrong } = await runFuzz(served, { seed, count, from, withinMs })
      console.log(`  seed ${seed}: ${cases} cases, ${JSON.stringify(endings)}`)
      expect(wrong).toEqual([])
      expect(served.engineDeaths).toEqual([])
      expect(served.memory.peakBytes).toBeLessThan(served.memoryBoundBytes)
    } finally {
      await served.close()
    }
  },
  24 * 3_600_000,
)
