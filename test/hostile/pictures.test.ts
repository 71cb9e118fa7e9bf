import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshKey, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { manyScans, oneScanEach } from './makers/jpeg.ts'
import { hostilePictures } from './pictures.ts'
import { type Served, startServed } from './served.ts'

/** Elsewhere nobody can say how large a process is. */
const onLinux = process.platform === 'linux'
const MiB = 1024 * 1024

describe.runIf(onLinux)('a hostile picture ends its own job and nothing else', () => {
  let served: Served

  beforeAll(async () => {
    // None of these may take long; but a slow machine is no reason for another ending.
    served = await startServed({ environment: { PIXMILL_JOB_DEADLINE: '600000' } })
    await served.put('neighbour.jpg', await jpeg(400, 300))
  })
  afterAll(() => served?.close())

  const neighbour = () => served.outcome({ input: 'neighbour.jpg', rule: 'imageMogr2/thumbnail/40x', output: 'n.jpg' })

  test.each(hostilePictures)(
    '$name',
    async ({ make, ends, says, rule = 'imageMogr2/thumbnail/64x64' }) => {
      const input = freshKey()
      const output = freshKey()
      await served.put(input, await make())
      const [hostile, healthy] = await Promise.all([served.outcome({ input, rule, output }), neighbour()])
      expect(ends, hostile.message).toContain(hostile.code)
      if (hostile.code === 'InvalidArgument')
        expect(hostile.message).toMatch(says ?? /at most [\d]+|which is the limit/)
      if (hostile.code === 'ResourceNotSupported') expect(hostile.message).toMatch(/^The source /)
      if (hostile.code === 'Success') {
        const { width, height } = await sharp((await served.get(output)).body).metadata()
        const said = (field: string) => textAt(hostile.detail, `Operation/PicProcessResult/ProcessResult/${field}`)
        expect([`${width}`, `${height}`]).toEqual([said('Width'), said('Height')])
      }
      expect(healthy.code, healthy.message).toBe('Success')
      expect(served.engineDeaths).toEqual([])
    },
    900_000,
  )

  test('the memory of server and engines together stayed below its bound', () => {
    const { memory, memoryBoundBytes } = served
    console.log(`  at most ${Math.round(memory.peakBytes / MiB)} of ${memoryBoundBytes / MiB} MiB`)
    expect(memory.peakBytes).toBeGreaterThan(0)
    expect(memory.peakBytes).toBeLessThan(memoryBoundBytes)
  })
})

describe.runIf(onLinux)('dear pictures', () => {
  test('fifty at once wait in line instead of exhausting the memory', async () => {
    // Each takes some 80 MiB, so that there is never room for two.
    const served = await startServed({ engineMemoryBytes: 128 * MiB })
    try {
      await served.put('dear.jpg', oneScanEach(4_000, 3_000))
      const rule = 'imageMogr2/thumbnail/64x64'
      const all = Array.from({ length: 50 }, (_, index) =>
        served.outcome({ input: 'dear.jpg', rule, output: `dear-${index}.jpg`, isPicInfo: false }),
      )
      const codes = (await Promise.all(all)).map(({ code, message }) => `${code} ${message}`.trim())
      expect(codes).toEqual(Array(50).fill('Success'))
      expect(served.engineDeaths).toEqual([])
      expect(served.memory.peakBytes).toBeLessThan(served.memoryBoundBytes)
    } finally {
      await served.close()
    }
  }, 180_000)

  test('one that would take minutes ends at its deadline, and its neighbour is done again', async () => {
    const served = await startServed({ engines: 1, environment: { PIXMILL_JOB_DEADLINE: '5000' } })
    try {
      await served.put('slow.jpg', manyScans(8_000, 8_000, 800))
      await served.put('neighbour.jpg', await jpeg(400, 300))
      const rule = 'imageMogr2/thumbnail/64x64'
      const slow = served.outcome({ input: 'slow.jpg', rule, output: 'slow-out.jpg' })
      const healthy = await served.outcome({ input: 'neighbour.jpg', rule, output: 'neighbour-out.jpg' })
      expect(healthy.code, healthy.message).toBe('Success')
      expect(await slow).toMatchObject({
        code: 'InvalidArgument',
        message: 'The picture took longer than 5000 ms, which is the limit.',
      })
      const after = await served.outcome({ input: 'neighbour.jpg', rule, output: 'after.jpg' })
      expect(after.code, after.message).toBe('Success')
      expect(served.engineDeaths).toEqual([])
    } finally {
      await served.close()
    }
  }, 180_000)
})
