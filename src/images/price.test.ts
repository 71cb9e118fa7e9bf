import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'pixmill-price-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 }
const drawn = () => sharp({ create: { width: 3000, height: 2000, channels: 3, background: '#808080', noise } })

const address = Buffer.from('http://album-1250000000.cos.ap-test.myqcloud.com/a').toString('base64url')

// Linux only: elsewhere the highest resident size cannot be read.
test.runIf(process.platform === 'linux').each([
  ['a baseline JPEG that shrinks while it is read', () => drawn().jpeg(), 'imageMogr2/thumbnail/400x'],
  ['a progressive JPEG, kept whole', () => drawn().jpeg({ progressive: true }), 'imageMogr2/thumbnail/400x'],
  ['a turned picture, kept whole', () => drawn().jpeg(), 'imageMogr2/rotate/90/format/png'],
  [
    'an interlaced PNG, kept whole',
    () => drawn().png({ progressive: true, compressionLevel: 1 }),
    'imageMogr2/thumbnail/400x',
  ],
  ['a blurred picture, kept whole', () => drawn().jpeg(), 'imageMogr2/blur/20x8'],
  ['a picture at an angle', () => drawn().jpeg(), 'imageMogr2/rotate/45/format/png'],
  ['rounded corners as large as can be', () => drawn().jpeg(), 'imageMogr2/rradius/999/format/png'],
  ['a file that has to become small', () => drawn().jpeg(), 'imageMogr2/size-limit/100k'],
  ['an optimised JPEG', () => drawn().jpeg(), 'imageMogr2/format/yjpeg'],
  ['filters one after the other', () => drawn().jpeg(), 'imageMogr2/bright/10/contrast/10/sharpen/70/grayscale/1'],
  ['a JPEG encoder that keeps every coefficient', () => drawn().jpeg(), 'imageMogr2'],
  ['a picture as large as the one below', () => drawn().jpeg(), `watermark/1/image/${address}`],
  ['a picture all over it, turned', () => drawn().jpeg(), `watermark/1/image/${address}/batch/1/degree/30`],
  [
    'three pictures that are scaled',
    () => drawn().jpeg(),
    Array(3).fill(`watermark/1/image/${address}/scatype/1/spcent/500`).join('|'),
  ],
  [
    'a text over the whole picture, with a shadow',
    () => drawn().jpeg(),
    `watermark/2/text/V1dX/fontsize/900/shadow/80`,
  ],
  ['a large text all over it, turned', () => drawn().jpeg(), `watermark/2/text/V1dX/fontsize/900/batch/1/degree/30`],
  ['a PNG that is made smaller', () => drawn().resize(1500).png({ compressionLevel: 1 }), 'imageSlim'],
])('the price of %s covers what it takes', async (_, draw, rule) => {
  const source = join(folder, 'source')
  await draw().toFile(source)
  const program = fileURLToPath(new URL('engine/testing/measure-peak.mjs', import.meta.url))
  const args = [program, source, join(folder, 'output'), rule]
  const { price, peak } = JSON.parse(
    execFileSync(process.execPath, args, { env: { MALLOC_ARENA_MAX: '2' } }).toString(),
  )
  expect(price).toBeGreaterThan(peak)
})
