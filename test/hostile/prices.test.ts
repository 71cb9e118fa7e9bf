import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { hostilePictures } from './pictures.ts'

const folder = mkdtempSync(join(tmpdir(), 'pixmill-hostile-price-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Linux only: elsewhere the highest resident size cannot be read.
test
  .runIf(process.platform === 'linux')
  .each([
    'JPEG: baseline of 225 megapixels, a scan for each component',
    'JPEG: a large frame behind a restart marker, a small one for careless readers',
    'JPEG: 30 MB of EXIF segments',
    'PNG: 50000x5000 in truth, 730 kB',
    'WebP: 200 frames of one pixel on a canvas of 1000x1000, all kept',
    'WebP: a profile of 30 MB of garbage',
    'TIFF: 5000 pages that each name the same 20 MB',
  ])(
  'the price of "%s" covers what it takes',
  async (name) => {
    const source = join(folder, 'source')
    writeFileSync(source, await hostilePictures.find((picture) => picture.name === name)!.make())
    const program = fileURLToPath(new URL('../../src/images/engine/testing/measure-peak.mjs', import.meta.url))
    const args = [program, source, join(folder, 'output'), 'imageMogr2/thumbnail/64x64']
    const told = execFileSync(process.execPath, args, { env: { MALLOC_ARENA_MAX: '2' } }).toString()
    const { price, peak } = JSON.parse(told) as { price: number; peak: number }
    expect(price).toBeGreaterThan(peak)
  },
  180_000,
)
