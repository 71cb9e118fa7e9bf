import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import {
  animation,
  delay,
  expectColour,
  fileOf,
  folder,
  keep,
  pixel,
  process,
  quality,
  red,
  refused,
} from '../../test/support/drawn-pictures.ts'
import { Failure } from '../base/index.ts'
import { checkRule } from './check-rule.ts'
import { openPicture } from './engine/process-picture.ts'
import { defaultPictureLimits, type PictureLimits } from './limits.ts'

async function isOriginal(input: string, rule: string): Promise<boolean> {
  return (await process(input, rule)).bytes.equals(readFileSync(await fileOf(input)))
}

async function gif(name: string, frames: number): Promise<void> {
  keep(
    name,
    await animation(200, 100, frames)
      .gif({ delay: delay(frames), loop: 2 })
      .toBuffer(),
  )
}

/** Something as full of detail as a photograph. */
async function photo(quality: number): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 40 }
  const picture = sharp({ create: { width: 1000, height: 500, channels: 3, background: '#808080', noise } }).blur(2)
  return picture.jpeg({ quality }).toBuffer()
}

describe('frames', () => {
  test.each([
    ['AN01', 50, 'cgif/1', 30],
    ['AN02', 20, 'cgif/1', 20],
    ['AN04', 50, 'cgif/10', 10],
    ['AN05', 50, 'cgif/2', 2],
    ['AN06', 50, 'cgif/50', 50],
    ['more than there are', 5, 'cgif/100', 5],
    ['every third', 20, 'egif/3', 7],
    ['every second, ten at most', 50, 'egif/2/cgif/10', 10],
    ['beyond the end', 5, 'egif/300', 1],
    ['two stages', 50, 'cgif/10|imageMogr2/cgif/3', 3],
  ])('%s: of %d, %s keeps %d', async (_, frames, rule, kept) => {
    await gif('moving', frames)
    const { result, bytes } = await process('moving', `imageMogr2/${rule}`)
    expect(result).toMatchObject({ format: 'gif', width: 200, height: 100, frames: kept })
    const said = await sharp(bytes, { animated: true }).metadata()
    expect(said.pages ?? 1).toBe(kept)
    if (kept === 1) return
    const sum = (delays: readonly number[] = []) => delays.reduce((total, next) => total + next, 0)
    // What is left out gives its time to the frame before it; only cgif/1 cuts off.
    if (rule !== 'cgif/1') expect(sum(said.delay)).toBe(sum(delay(frames)))
    else expect(said.delay).toEqual(delay(frames).slice(0, 30))
    expect(said.loop).toBe(2)
  })

  test('the frames that are kept are evenly spread, and drawn as always', async () => {
    const strip = Buffer.concat(Array.from({ length: 10 }, (_, i) => Buffer.alloc(20 * 10 * 3, 20 * i)))
    const animated = sharp(strip, { raw: { width: 20, height: 100, channels: 3, pageHeight: 10 } })
    keep('steps', await animated.webp({ lossless: true, delay: Array(10).fill(50) }).toBuffer())
    const { bytes } = await process('steps', 'imageMogr2/cgif/3/rotate/90/quality/100')
    const greys = await Promise.all([0, 1, 2].map(async (page) => (await pixel(bytes, 5, 5, page))[0]))
    greys.forEach((grey, index) => {
      expect(Math.abs(grey - [0, 60, 120][index]!)).toBeLessThanOrEqual(2)
    })
    expect((await sharp(bytes, { animated: true }).metadata()).delay).toEqual([150, 150, 200])
  })

  test.each([
    [1, 3, 256],
    [2, 2, 128],
    [3, 3, 128],
    [50, 3, 128],
    [100, 3, 128],
  ])('cgif/%i of a GIF with three frames keeps %i, with at most %i colours each', async (number, kept, most) => {
    const [width, height] = [96, 80]
    const strip = Buffer.alloc(width * height * 3 * 3)
    for (let i = 0; i < strip.length; i++) strip[i] = ((i * 7919) >> (i % 3)) & 255
    const moving = sharp(strip, { raw: { width, height: height * 3, channels: 3, pageHeight: height } })
    keep('colourful', await moving.gif({ delay: [50, 60, 70], loop: 2 }).toBuffer())
    const { bytes } = await process('colourful', `imageMogr2/cgif/${number}`)
    for (let page = 0; page < kept; page++) {
      const pixels = await sharp(bytes, { page }).removeAlpha().raw().toBuffer()
      const colours = new Set(Array.from({ length: width * height }, (_, i) => pixels.readUIntBE(3 * i, 3)))
      expect(colours.size).toBeLessThanOrEqual(most)
      expect(colours.size).toBeGreaterThan(most / 2)
    }
  })

  test.each([
    ['AN08', 'G5', 'frame/1/format/png', 0],
    ['AN09', 'W5', 'frame/3/format/jpg/quality/100!', 2],
    ['Z19: beyond the end, the last', 'G5', 'frame/9/format/png', 4],
    ['chosen first, drawn then', 'G5', 'thumbnail/!100p/frame/4|imageMogr2/format/png', 3],
  ])('%s: %s %s', async (_, input, rule, page) => {
    const { result, bytes } = await process(input, `imageMogr2/${rule}`)
    expect(result).toMatchObject({ width: 200, height: 100, frames: 1 })
    const source = await sharp(await fileOf(input), { page })
      .png()
      .toBuffer()
    for (const [x, y] of [
      [40, 40],
      [160, 80],
    ] as const)
      expectColour(await pixel(bytes, x, y), await pixel(source, x, y), 4)
  })

  test('a frame as GIF does not move, and may be enlarged', async () => {
    const { result } = await process('G5', 'imageMogr2/frame/2/thumbnail/400x')
    expect(result).toMatchObject({ format: 'gif', frames: 1, width: 400, height: 200 })
  })

  test('Z20: on a still picture nothing is to be chosen', async () => {
    const { result } = await process('L', 'imageMogr2/frame/2/cgif/5/egif/2')
    expect(result).toMatchObject({ format: 'jpeg', frames: 1, width: 1000, height: 500 })
  })
})

describe('size', () => {
  test('Q23: size-limit lowers the quality until the file is small enough, and says the quality it took', async () => {
    keep('photo', await photo(95))
    for (const kilobytes of [60, 20]) {
      const { result, bytes } = await process('photo', `imageMogr2/size-limit/${kilobytes}k`)
      expect(bytes.length).toBeLessThanOrEqual(kilobytes * 1024)
      expect(result).toMatchObject({ format: 'jpeg', width: 1000, height: 500 })
      expect(result.quality).toBeLessThan(95)
      expect(result.quality).toBeGreaterThanOrEqual(10)
      // Near the limit, not far below it.
      expect(bytes.length).toBeGreaterThan(kilobytes * 1024 * 0.6)
    }
    const smallest = await process('photo', 'imageMogr2/size-limit/1k')
    expect(smallest.result.quality).toBe(10)
    const scaled = await process('photo', 'imageMogr2/thumbnail/500x/rotate/90/size-limit/10k')
    expect(scaled.result).toMatchObject({ width: 250, height: 500 })
    expect(scaled.result.size).toBeLessThanOrEqual(10 * 1024)
  })

  test('a file below the limit is written as without it', async () => {
    expect((await process('L', 'imageMogr2/thumbnail/500x/size-limit/1m')).bytes).toEqual(
      (await process('L', 'imageMogr2/thumbnail/500x')).bytes,
    )
  })

  test('profile, EXIF and orientation outlive the tries', async () => {
    const { said } = await process('described', 'imageMogr2/size-limit/2k')
    expect(said.exif?.toString('latin1')).toContain('somebody')
    expect(said.icc).toBeDefined()
    expect((await process('L6', 'imageMogr2/size-limit/2k')).said.orientation).toBe(6)
  })

  test('other formats know no size limit', async () => {
    expect((await process('L', 'imageMogr2/format/png/size-limit/1k')).result.size).toBeGreaterThan(1024)
  })

  test.each([
    ['Q21', 'photo30', 'imageMogr2/quality/100!/size-limit/1m!', true],
    ['Z27', 'photo30', 'imageMogr2/quality/100!/minisize/1', true],
    ['a smaller result', 'photo80', 'imageMogr2/quality/20/minisize/1', false],
    ['a smaller result', 'photo80', 'imageMogr2/quality/20/size-limit/1m!', false],
    ['switched off', 'photo30', 'imageMogr2/quality/100!/minisize/0', false],
    ['an earlier stage', 'photo30', 'imageMogr2/minisize/1|imageMogr2/quality/100!', true],
    ['no JPEG', 'photo30', 'imageMogr2/format/png/size-limit/1k!', false],
  ])('%s: %s with %s gives the original: %s', async (_, input, rule, original) => {
    keep(input, await photo(input === 'photo30' ? 30 : 80))
    expect(await isOriginal(input, rule)).toBe(original)
    if (original) expect((await process(input, rule, true)).result).toMatchObject({ quality: 30, format: 'jpeg' })
  })

  test('yjpeg is a JPEG, and smaller', async () => {
    const { result, bytes } = await process('N', 'imageMogr2/format/yjpeg/quality/80')
    expect(result).toMatchObject({ format: 'jpeg', contentType: 'image/jpeg', quality: 80 })
    expect(bytes.length).toBeLessThan((await process('N', 'imageMogr2/format/jpg/quality/80')).bytes.length)
    expect((await process('Q30', 'imageMogr2/format/yjpeg|imageMogr2/format/jpg')).said.isProgressive).toBe(false)
    expect(quality((await process('Q60', 'imageMogr2/format/jpg/interlace/1')).bytes)).toBe(60)
  })
})

describe('ignore-error', () => {
  test.each([
    ['F11', 'bright/101/ignore-error/1'],
    ['F12', 'bright/-101/ignore-error/1'],
    ['F14', 'sharpen/9/ignore-error/1'],
    ['F15', 'sharpen/301/ignore-error/1'],
    ['F16', 'blur/51x5/ignore-error/1'],
    ['C18', 'iradius/300/ignore-error/1'],
    ['written first', 'ignore-error/1/bright/101/format/png'],
    ['a strip of no width', 'indexcrop/width/0/index/3/ignore-error/1'],
    ['an impossible percentage', 'thumbnail/!2000p/ignore-error/1'],
    ['outside of the picture', 'cut/10x10x5000x0/format/webp/ignore-error/1'],
    ['a result over the limits', 'thumbnail/!1000p/thumbnail/!600p/ignore-error/1'],
    ['a side that WebP does not have', 'thumbnail/10000x10!/thumbnail/!170px/format/webp/ignore-error/1'],
  ])('%s: %s gives the original', async (_, rule) => {
    expect(await isOriginal('L', `imageMogr2/${rule}`)).toBe(true)
    expect((await process('L', `imageMogr2/${rule}`, true)).source.averageColour).toMatch(/^0x/)
  })

  test.each([
    'imageMogr2/bright/101',
    'imageMogr2/bright/101/ignore-error/0',
    'imageView2/7/w/10',
    'imageMogr2/thumbnail/!0p',
    'imageMogr2/bright/abc/ignore-error/1',
    'imageMogr2/bright/101/nonsense/1/ignore-error/1',
    'imageMogr2/bright/1.5/ignore-error/1',
    'imageMogr2/bright/101|imageMogr2/ignore-error/1',
    'watermark/2/text/VGVzdA/fontsize/0',
  ])('%s is refused', (rule) => {
    expect(() => checkRule(rule)).toThrow(Failure)
  })

  test('a stage that fails hands on what it was given', async () => {
    const middle = await process('L', 'imageMogr2/thumbnail/500x|imageMogr2/iradius/300/format/png/ignore-error/1')
    expect(middle.result).toMatchObject({ width: 500, height: 250, format: 'jpeg' })
    const first = await process('L', 'imageMogr2/sharpen/1/ignore-error/1|imageMogr2/rotate/90')
    expect(first.result).toMatchObject({ width: 500, height: 1000 })
    const last = await process('L', 'imageMogr2/rotate/90|imageView2/1/w/0/ignore-error/1')
    expect(last.result).toMatchObject({ width: 500, height: 1000 })
  })

  test('a stage after it that does not ignore errors is heard', async () => {
    const failure = await refused('L', 'imageMogr2/iradius/300/ignore-error/1|imageMogr2/iradius/400')
    expect(failure.message).toContain('iradius is 400')
  })

  test('what can be carried out is carried out', async () => {
    expect((await process('L', 'imageMogr2/thumbnail/100x/ignore-error/1')).result.width).toBe(100)
  })

  test.each(['L', 'N', 'W5', 'progressive', 'tiff'])('%s cut off in the middle is given as it is', async (input) => {
    const whole = readFileSync(await fileOf(input))
    keep('cut off', whole.subarray(0, Math.floor(whole.length / 2)))
    expect((await refused('cut off', 'imageMogr2/rotate/90')).code).toBe('PictureBroken')
    const outcome = await open('cut off', 'imageMogr2/rotate/90/ignore-error/1').catch((error: Failure) => error)
    // Where the directory of a TIFF stands behind its pixels, nothing can be said of what is left of it.
    if (input === 'tiff') expect(outcome).toHaveProperty('code', 'PictureBroken')
    else expect(outcome).toMatchObject({ result: { size: Math.floor(whole.length / 2) } })
  })

  test.each([
    ['too many frames', 'G301', {}],
    ['too many bytes', 'L', { maxSourceBytes: 3_000 }],
    ['too many pixels', 'N', { maxPixels: 1_000 }],
    ['too wide', 'L', { maxSide: 999 }],
  ])('%s: the original is given, and what it is', async (_, input, limits) => {
    const file = readFileSync(await fileOf(input))
    const rule = 'imageMogr2/thumbnail/10x/ignore-error/1'
    const { result, bytes } = await open(input, rule, { ...defaultPictureLimits, ...limits })
    expect(bytes.equals(file)).toBe(true)
    const said = await sharp(file).metadata()
    expect(result).toMatchObject({ width: said.width, height: said.height, frames: said.pages ?? 1, size: file.length })
    // Its average colour cannot be had without decoding it.
    await expect(open(input, rule, { ...defaultPictureLimits, ...limits }, true)).rejects.toMatchObject({
      code: 'maxSourceBytes' in limits ? 'SourceTooLarge' : 'PictureOverLimit',
    })
  })

  test('what is no picture is refused all the same', async () => {
    keep('text', Buffer.from('Hello, this is only some text that goes on.'))
    expect((await refused('text', 'imageMogr2/rotate/90/ignore-error/1')).code).toBe('PictureNotSupported')
  })

  test('only the first page of a TIFF is looked at, but all of its file is given', async () => {
    const file = readFileSync(await fileOf('tiff'))
    await process('tiff', 'imageMogr2/iradius/400/ignore-error/1')
    expect(await isOriginal('tiff', 'imageMogr2/iradius/400/ignore-error/1')).toBe(true)
    expect(readFileSync(await fileOf('tiff')).equals(file)).toBe(true)
    expectColour(await pixel(file, 3, 3), red)
  })

  async function open(
    input: string,
    rule: string,
    limits: PictureLimits = defaultPictureLimits,
    wantSourceFacts = false,
  ) {
    const outputFile = `${folder}/original`
    const task = { sourceFile: await fileOf(input), outputFile, rule: checkRule(rule), wantSourceFacts, limits }
    const picture = await openPicture(sharp, task)
    expect(picture.priceBytes).toBeGreaterThan(0)
    const outcome = await picture.finish()
    return { ...outcome, bytes: readFileSync(outputFile) }
  }
})
