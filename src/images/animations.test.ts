import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { addressOf, delay, keep, process } from '../../test/support/drawn-pictures.ts'

/** Every operation that draws, on an animation: frames, order, delays and loops stay, and each frame is drawn. */

const shades = [30, 80, 130, 180, 230]
const [width, height] = [60, 40]

beforeAll(async () => {
  const strip = Buffer.concat(shades.map((shade) => Buffer.alloc(width * height * 3, shade)))
  const moving = sharp(strip, { raw: { width, height: height * shades.length, channels: 3, pageHeight: height } })
  const options = { delay: delay(shades.length), loop: 7 }
  keep('moving gif', await moving.clone().gif(options).toBuffer())
  keep(
    'moving webp',
    await moving
      .clone()
      .webp({ ...options, lossless: true })
      .toBuffer(),
  )
})

const mark = `watermark/1/image/${addressOf('K')}/dissolve/50`
const text = `watermark/2/text/${Buffer.from('数据 Test').toString('base64url')}/fontsize/12`

const rules: readonly (readonly [rule: string, width: number, height: number])[] = [
  ['imageMogr2/thumbnail/!50p', 30, 20],
  ['imageMogr2/thumbnail/!50px', 30, 40],
  ['imageMogr2/thumbnail/!x50p', 60, 20],
  ['imageMogr2/thumbnail/30x', 30, 20],
  ['imageMogr2/thumbnail/x20', 30, 20],
  ['imageMogr2/thumbnail/20x20>', 20, 13],
  ['imageMogr2/thumbnail/600x600<', 60, 40],
  ['imageMogr2/thumbnail/!20x20r', 30, 20],
  ['imageMogr2/thumbnail/20x30!', 20, 30],
  ['imageMogr2/thumbnail/600@', 30, 20],
  ['imageMogr2/thumbnail/50x50/pad/1/color/I0ZGMDAwMA', 50, 50],
  ['imageMogr2/cut/30x20x10x5', 30, 20],
  ['imageMogr2/cut/30x20x10x5/gravity/southeast', 30, 20],
  ['imageMogr2/crop/20x20/gravity/center', 20, 20],
  ['imageMogr2/crop/!30x20a10-5', 30, 15],
  ['imageMogr2/rcrop/100x100', 40, 40],
  ['imageMogr2/indexcrop/width/25/index/2', 10, 40],
  ['imageMogr2/indexcrop/height/25/index/1', 60, 15],
  ['imageMogr2/rotate/90', 40, 60],
  ['imageMogr2/rotate/180', 60, 40],
  ['imageMogr2/rotate/30', 72, 65],
  ['imageMogr2/flip/vertical', 60, 40],
  ['imageMogr2/flip/horizontal', 60, 40],
  ['imageMogr2/auto-orient', 60, 40],
  ['imageMogr2/bright/5', 60, 40],
  ['imageMogr2/contrast/-20', 60, 40],
  ['imageMogr2/sharpen/70', 60, 40],
  ['imageMogr2/blur/3x2', 60, 40],
  ['imageMogr2/grayscale/1', 60, 40],
  ['imageView2/0/w/30/h/30', 30, 20],
  ['imageView2/1/w/30/h/30', 30, 30],
  ['imageView2/2/w/30/h/30', 30, 20],
  ['imageView2/3/w/30/h/30', 45, 30],
  ['imageView2/4/w/30/h/20', 30, 20],
  ['imageView2/5/w/30/h/10', 30, 10],
  [mark, 60, 40],
  [`${mark}/gravity/center/dx/3`, 60, 40],
  [`${mark}/scatype/1/spcent/700`, 60, 40],
  [`${mark}/batch/1/degree/30/spacing/50`, 60, 40],
  [text, 60, 40],
  [`${text}/shadow/60/gravity/northwest`, 60, 40],
  [`${text}/batch/1/degree/45`, 60, 40],
  [`imageMogr2/rotate/90/cut/30x30x0x0|${mark}|imageMogr2/flip/vertical|${text}`, 30, 30],
]

describe.each([
  ['gif', 'webp'],
  ['webp', 'gif'],
])('%s', (from, to) => {
  test.each([
    ...rules,
    ...(from === 'webp'
      ? ([
          ['imageMogr2/rradius/9', 60, 40],
          ['imageMogr2/iradius/9', 18, 18],
        ] as const)
      : []),
  ])('%s makes frames of %dx%d', async (rule, expectedWidth, expectedHeight) => {
    const { bytes } = await process(`moving ${from}`, rule)
    const said = await sharp(bytes, { animated: true }).metadata()
    expect(said).toMatchObject({
      format: from,
      width: expectedWidth,
      pageHeight: expectedHeight,
      pages: 5,
      loop: 7,
      delay: delay(5),
    })
    const seen = await meansOf(bytes)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(new Set(seen.map(Math.round)).size).toBe(5)
  })

  test(`becomes ${to} with all of that`, async () => {
    const { bytes } = await process(`moving ${from}`, `imageMogr2/thumbnail/30x/rotate/90/format/${to}`)
    expect(await sharp(bytes, { animated: true }).metadata()).toMatchObject({ format: to, loop: 7, delay: delay(5) })
    expect((await meansOf(bytes)).map((mean, page) => Math.abs(mean - shades[page]!) < 4)).toEqual(Array(5).fill(true))
  })
})

/** The average of each frame's channels. */
async function meansOf(bytes: Buffer): Promise<number[]> {
  const { data, info } = await sharp(bytes, { animated: true })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const size = data.length / shades.length
  expect(info.channels).toBeGreaterThan(0)
  return shades.map((_, page) => {
    const frame = data.subarray(page * size, (page + 1) * size)
    return frame.reduce((sum, value) => sum + value, 0) / size
  })
}
