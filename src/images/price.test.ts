import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'pixmill-price-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 }
const drawn = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#808080', noise } })
const sources = {
  'baseline.jpg': () => drawn(3000, 2000).jpeg(),
  'progressive.jpg': () => drawn(3000, 2000).jpeg({ progressive: true }),
  'interlaced.png': () => drawn(3000, 2000).png({ progressive: true, compressionLevel: 1 }),
  'noise.png': () => drawn(700, 600).png({ compressionLevel: 1 }),
  'half.jpg': () => drawn(2000, 1500).jpeg(),
  'small.png': () => drawn(1800, 1200).resize(900).png({ compressionLevel: 1 }),
}

const address = Buffer.from('http://album-1250000000.cos.ap-test.myqcloud.com/a').toString('base64url')

// Linux only: elsewhere the highest resident size cannot be read.
test.runIf(process.platform === 'linux').each<[string, keyof typeof sources, string]>([
  ['a baseline JPEG that shrinks while it is read', 'baseline.jpg', 'imageMogr2/thumbnail/400x'],
  ['a progressive JPEG, kept whole', 'progressive.jpg', 'imageMogr2/thumbnail/400x'],
  ['a turned picture, kept whole', 'baseline.jpg', 'imageMogr2/rotate/90/format/png'],
  ['an interlaced PNG, kept whole', 'interlaced.png', 'imageMogr2/thumbnail/400x'],
  ['a blurred picture, kept whole', 'baseline.jpg', 'imageMogr2/blur/20x8'],
  ['a picture at an angle', 'baseline.jpg', 'imageMogr2/rotate/45/format/png'],
  ['rounded corners as large as can be', 'baseline.jpg', 'imageMogr2/rradius/999/format/png'],
  ['a file that has to become small', 'half.jpg', 'imageMogr2/size-limit/100k'],
  ['an optimised JPEG', 'baseline.jpg', 'imageMogr2/format/yjpeg'],
  ['filters one after the other', 'baseline.jpg', 'imageMogr2/bright/10/contrast/10/sharpen/70/grayscale/1'],
  ['a JPEG encoder that keeps every coefficient', 'baseline.jpg', 'imageMogr2'],
  ['a picture as large as the one below', 'baseline.jpg', `watermark/1/image/${address}`],
  ['a picture all over it, turned', 'baseline.jpg', `watermark/1/image/${address}/batch/1/degree/30`],
  [
    'three pictures that are scaled',
    'baseline.jpg',
    Array(3).fill(`watermark/1/image/${address}/scatype/1/spcent/500`).join('|'),
  ],
  ['a text over the whole picture, with a shadow', 'baseline.jpg', `watermark/2/text/V1dX/fontsize/900/shadow/80`],
  ['a large text all over it, turned', 'baseline.jpg', `watermark/2/text/V1dX/fontsize/900/batch/1/degree/30`],
  ['a PNG that is made smaller', 'small.png', 'imageSlim'],
  ['the same of nothing but noise', 'noise.png', 'imageSlim'],
])('the price of %s covers what it takes', async (_, name, rule) => {
  const source = join(folder, name)
  // Each is drawn once: noise takes longer than most rules. What encodes often gets a smaller one.
  if (!existsSync(source)) await sources[name]().toFile(source)
  const program = fileURLToPath(new URL('engine/testing/measure-peak.mjs', import.meta.url))
  const args = [program, source, join(folder, 'output'), rule]
  const { price, peak } = JSON.parse(
    execFileSync(process.execPath, args, { env: { MALLOC_ARENA_MAX: '2' } }).toString(),
  )
  expect(price).toBeGreaterThan(peak)
})
