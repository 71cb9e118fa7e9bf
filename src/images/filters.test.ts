import fc from 'fast-check'
import sharp, { type ChannelStats } from 'sharp'
import { describe, expect, test } from 'vitest'
import {
  addressOf,
  blue,
  delay,
  drawn,
  expectColour,
  fileOf,
  keep,
  pixel,
  process,
  type Rgb,
  red,
  refused,
} from '../../test/support/drawn-pictures.ts'

async function statsOf(bytes: Buffer): Promise<{ mean: number; deviation: number }> {
  const { channels } = await sharp(bytes).removeAlpha().stats()
  const sum = (pick: (channel: ChannelStats) => number) =>
    channels.reduce((total, channel) => total + pick(channel), 0) / channels.length
  return { mean: sum((channel) => channel.mean), deviation: sum((channel) => channel.stdev) }
}

/** How much neighbours differ on average. */
async function edges(bytes: Buffer): Promise<number> {
  const { data, info } = await sharp(bytes).greyscale().raw().toBuffer({ resolveWithObject: true })
  let sum = 0
  for (let i = info.channels; i < data.length; i += info.channels) sum += Math.abs(data[i]! - data[i - info.channels]!)
  return sum
}

async function opacity(bytes: Buffer, x: number, y: number): Promise<number> {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return data[(y * info.width + x) * 4 + 3]!
}

describe('filters', () => {
  test.each([
    ['F02', 'bright/30', 77],
    ['F03', 'bright/-30', -77],
    ['all of it', 'bright/100', 255],
  ])('%s: %s moves every channel by %d', async (_, rule, by) => {
    const { result, bytes } = await process('N', `imageMogr2/${rule}`)
    expect([result.width, result.height]).toEqual([1000, 500])
    for (const [x, y] of [
      [3, 3],
      [996, 496],
    ] as const) {
      const before = await pixel(await sharp(await fileOf('N')).toBuffer(), x, y)
      const after = before.map((value) => Math.min(Math.max(value + by, 0), 255)) as unknown as Rgb
      expectColour(await pixel(bytes, x, y), after, 1)
    }
  })

  test.each(['contrast/0', 'bright/0', 'grayscale/0', 'blur/5x0.2'])('F04, F10: %s leaves the pixels', async (rule) => {
    const { bytes } = await process('N', `imageMogr2/${rule}`)
    const raw = (picture: Buffer | string) => sharp(picture).raw().toBuffer()
    expect((await raw(bytes)).equals(await raw(await fileOf('N')))).toBe(true)
  })

  test('F06: contrast draws tones together or spreads them around the middle', async () => {
    const before = await statsOf((await process('N', 'imageMogr2')).bytes)
    expect((await statsOf((await process('N', 'imageMogr2/contrast/-50')).bytes)).deviation).toBeLessThan(
      before.deviation * 0.6,
    )
    const flat = await statsOf((await process('N', 'imageMogr2/contrast/-100')).bytes)
    expect(flat.deviation).toBe(0)
    expect(Math.abs(flat.mean - 127.5)).toBeLessThanOrEqual(0.5)
    // Around the middle, by the slope of ImageMagick.
    for (const value of [40, -30]) {
      const { bytes } = await process('N', `imageMogr2/contrast/${value}`)
      const slope = Math.tan((Math.PI / 4) * (1 + value / 100))
      const from = await pixel(await sharp(await fileOf('N')).toBuffer(), 300, 400)
      const expected = from.map((tone) => Math.min(Math.max((tone - 127.5) * slope + 127.5, 0), 255))
      expectColour(await pixel(bytes, 300, 400), expected as unknown as Rgb, 1)
    }
    const { bytes } = await process('N', 'imageMogr2/contrast/100')
    expect(new Set(await sharp(bytes).raw().toBuffer())).toEqual(new Set([0, 255]))
  })

  test('F07, F08: sharpen raises local contrast, blur lowers it', async () => {
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 40 }
    const noisy = sharp({ create: { width: 200, height: 100, channels: 3, background: '#888888', noise } }).blur(1)
    keep('noisy', await noisy.png().toBuffer())
    const before = await edges((await process('noisy', 'imageMogr2')).bytes)
    expect(await edges((await process('noisy', 'imageMogr2/sharpen/70')).bytes)).toBeGreaterThan(before * 1.1)
    expect(await edges((await process('noisy', 'imageMogr2/sharpen/300')).bytes)).toBeGreaterThan(before * 1.5)
    expect(await edges((await process('noisy', 'imageMogr2/blur/8x5')).bytes)).toBeLessThan(before * 0.5)
  })

  test.each([
    ['blur/8x5', 8],
    ['blur/50x1000', 50],
    ['blur/1x1000', 1],
    ['blur/50x1', 4],
  ])('%s spreads a point as far as its radius, or as its sigma goes', async (rule, far) => {
    const point = Buffer.alloc(151 * 9)
    for (let y = 0; y < 9; y++) point[y * 151 + 75] = 255
    keep(
      'point',
      await sharp(point, { raw: { width: 151, height: 9, channels: 1 } })
        .toColourspace('b-w')
        .png()
        .toBuffer(),
    )
    const { bytes } = await process('point', `imageMogr2/${rule}`)
    const row = await sharp(bytes).extractChannel(0).raw().toBuffer()
    const reached = [...row.subarray(0, 151)].findLastIndex((value) => value > 0) - 75
    expect(reached).toBeLessThanOrEqual(far)
    expect(reached).toBeGreaterThanOrEqual(Math.min(far, 2))
  })

  test('grayscale/1 takes the colour out, and the file is a grey one', async () => {
    const { bytes, said } = await process('L', 'imageMogr2/grayscale/1')
    expect(said.channels).toBe(1)
    const [r, g, b] = await pixel(bytes, 10, 10)
    expect([g, b]).toEqual([r, r])
    const padded = await process('L', 'imageMogr2/grayscale/1/thumbnail/100x100/pad/1/color/I0ZGMDAwMA/format/png')
    expect(await pixel(padded.bytes, 50, 5)).toEqual([255, 0, 0])
    const [pr, pg, pb] = await pixel(padded.bytes, 50, 50)
    expect([pg, pb]).toEqual([pr, pr])
  })

  test('steps are taken in the order in which they are written', async () => {
    // White from the canvas and from too much brightness is drawn to the middle only by what comes after.
    const rule = 'imageMogr2/thumbnail/100x100/pad/1/contrast/-100/format/png'
    const { bytes } = await process('L', rule)
    expectColour(await pixel(bytes, 50, 5), [128, 128, 128], 1)
    const after = await process('L', 'imageMogr2/contrast/-100/thumbnail/100x100/pad/1/format/png')
    expect(await pixel(after.bytes, 50, 5)).toEqual([255, 255, 255])
    const clipped = await process('N', 'imageMogr2/bright/100/bright/-100')
    expect(await pixel(clipped.bytes, 10, 10)).toEqual([0, 0, 0])
  })

  test.each(['bright/30', 'contrast/40', 'sharpen/70', 'blur/4x2', 'grayscale/1'])(
    'what is transparent stays so, and sixteen bits stay, with %s',
    async (rule) => {
      const { bytes } = await process('A', `imageMogr2/${rule}`)
      expect([await opacity(bytes, 20, 150), await opacity(bytes, 380, 150)]).toEqual([0, 255])
      const deep = await process('deep', `imageMogr2/${rule}`)
      expect(deep.said.depth).toBe('ushort')
      // As with eight bits, within what rounding does.
      const shallow = await process('deep', `imageMogr2/${rule}/format/tiff`)
      expectColour(
        await pixel(await sharp(deep.bytes).toColourspace('srgb').png().toBuffer(), 60, 30),
        await pixel(shallow.bytes, 60, 30),
        3,
      )
    },
  )

  test.each(['bright/20', 'contrast/20', 'sharpen/70', 'blur/3x2', 'grayscale/1'])(
    '%s is done frame by frame',
    async (rule) => {
      const { bytes, result } = await process('W5', `imageMogr2/${rule}`)
      expect(result.frames).toBe(5)
      expect(await sharp(bytes, { animated: true }).metadata()).toMatchObject({ pages: 5, loop: 3, delay: delay(5) })
    },
  )

  test('blur does not bleed from one frame into the next', async () => {
    // Frames that are black and white in turn: grey at an edge would come from the neighbour.
    const strip = Buffer.concat(Array.from({ length: 4 }, (_, i) => Buffer.alloc(40 * 30 * 3, i % 2 === 0 ? 0 : 255)))
    const animated = sharp(strip, { raw: { width: 40, height: 120, channels: 3, pageHeight: 30 } })
    keep('blinking', await animated.webp({ lossless: true, delay: delay(4) }).toBuffer())
    const { bytes } = await process('blinking', 'imageMogr2/blur/10x5/quality/100')
    for (let page = 0; page < 4; page++) {
      const grey = page % 2 === 0 ? 0 : 255
      for (const y of [0, 15, 29]) expectColour(await pixel(bytes, 20, y, page), [grey, grey, grey], 2)
    }
  })
})

describe('free angles', () => {
  test('Z16: the canvas grows, its corners are transparent in PNG', async () => {
    const { result, bytes } = await process('L', 'imageMogr2/rotate/45/format/png')
    expect([result.width, result.height]).toEqual([1061, 1061])
    for (const [x, y] of [
      [0, 0],
      [1060, 0],
      [0, 1060],
      [1060, 1060],
    ] as const)
      expect(await opacity(bytes, x, y)).toBe(0)
    expect(await opacity(bytes, 530, 530)).toBe(255)
  })

  test.each([
    ['in JPEG', 'imageMogr2/rotate/45'],
    ['when a later stage writes a JPEG', 'imageMogr2/rotate/45/format/png|imageMogr2/format/jpg'],
    ['when a JPEG is on the way', 'imageMogr2/rotate/45|imageMogr2/format/png'],
  ])('corners are white %s', async (_, rule) => {
    const { bytes, said } = await process('L', rule)
    expect(said.hasAlpha).toBe(false)
    expectColour(await pixel(bytes, 2, 2), [255, 255, 255], 2)
  })

  test('it is clockwise, and what follows works on the larger canvas', async () => {
    const { bytes, result } = await process('L', 'imageMogr2/rotate/30/format/png|imageMogr2/thumbnail/!50p/rotate/60')
    expect(result.format).toBe('png')
    expect(await opacity(bytes, 0, 0)).toBe(0)
    const once = await process('L', 'imageMogr2/rotate/10/format/png')
    // The red quarter is in the upper left corner, which moves to the right.
    expectColour(await pixel(once.bytes, 200, 120), red)
    expectColour(await pixel(once.bytes, 100, 300), blue, 60)
  })

  test('the announced size is the real one at every angle', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 120 }),
        fc.nat(360),
        async (w, h, degrees) => {
          keep('any', await drawn(w, h).png({ compressionLevel: 1 }).toBuffer())
          await process('any', `imageMogr2/rotate/${degrees}`)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('an animation is turned frame by frame', async () => {
    const { bytes, result } = await process('G5', 'imageMogr2/rotate/20')
    expect(result.frames).toBe(5)
    expect(await sharp(bytes, { animated: true }).metadata()).toMatchObject({ pages: 5, loop: 3, delay: delay(5) })
    expect(await opacity(bytes, 0, 0)).toBe(0)
  })

  test.each(['grey', 'cmyk', 'deep', 'palette', 'described', 'L6', 'tiff', 'avif'])(
    '%s is turned like any other',
    async (input) => {
      await process(input, 'imageMogr2/rotate/33')
      await process(input, 'imageMogr2/auto-orient/thumbnail/60x/rotate/200/format/webp')
    },
  )
})

describe('rounded corners', () => {
  test('Z12: a circle with transparent corners', async () => {
    const { result, bytes } = await process('L', 'imageMogr2/iradius/100/format/png')
    expect([result.width, result.height]).toEqual([200, 200])
    for (const [x, y] of [
      [0, 0],
      [199, 0],
      [0, 199],
      [199, 199],
      [25, 25],
      [174, 174],
    ] as const)
      expect(await opacity(bytes, x, y)).toBe(0)
    for (const [x, y] of [
      [100, 1],
      [1, 100],
      [198, 100],
      [100, 198],
      [32, 32],
      [167, 32],
    ] as const)
      expect(await opacity(bytes, x, y)).toBe(255)
  })

  test('the circle is the one of the formula, pixel for pixel', async () => {
    keep(
      'flat black',
      await sharp({ create: { width: 61, height: 61, channels: 3, background: '#000000' } })
        .png()
        .toBuffer(),
    )
    for (const radius of [1, 2, 3, 7, 30]) {
      const { bytes } = await process('flat black', `imageMogr2/iradius/${radius}`)
      const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
      expect(info.width).toBe(2 * radius)
      for (let y = 0; y < 2 * radius; y++) {
        for (let x = 0; x < 2 * radius; x++) {
          const outside = Math.hypot(radius - x - 0.5, radius - y - 0.5) - radius + 0.5
          const expected = 255 * (1 - Math.min(Math.max(outside, 0), 1))
          expect(Math.abs(data[(y * info.width + x) * 4 + 3]! - expected), `${radius}: ${x},${y}`).toBeLessThanOrEqual(
            2,
          )
        }
      }
    }
  })

  test('Z13: white in a JPEG', async () => {
    const { bytes, said } = await process('L', 'imageMogr2/iradius/100')
    expect(said.hasAlpha).toBe(false)
    expectColour(await pixel(bytes, 1, 1), [255, 255, 255], 3)
    expectColour(await pixel(bytes, 198, 198), [255, 255, 255], 3)
    expectColour(await pixel(bytes, 60, 60), red)
  })

  test.each([
    ['C15', 'L', 100, 1000, 500],
    ['C16', 'P', 50, 500, 1000],
  ])('%s: rradius leaves the size and the middle of the edges', async (_, input, radius, width, height) => {
    const { result, bytes } = await process(input, `imageMogr2/rradius/${radius}/format/png`)
    expect([result.width, result.height]).toEqual([width, height])
    const corner = [await opacity(bytes, 0, 0), await opacity(bytes, width - 1, height - 1)]
    const edge = [
      await opacity(bytes, radius, 0),
      await opacity(bytes, 0, radius),
      await opacity(bytes, width >> 1, height >> 1),
    ]
    expect([corner, edge]).toEqual([
      [0, 0],
      [255, 255, 255],
    ])
    expect((await process(input, `imageMogr2/rradius/${radius}`)).said.hasAlpha).toBe(false)
  })

  test('C15, C16: between the corners every pixel is what it was', async () => {
    const { bytes } = await process('N', 'imageMogr2/rradius/100')
    const places = [
      { left: 100, top: 0, width: 800, height: 500 },
      { left: 0, top: 100, width: 1000, height: 300 },
    ]
    for (const place of places) {
      const [made, source] = await Promise.all(
        [bytes, await fileOf('N')].map((file) => sharp(file).extract(place).removeAlpha().raw().toBuffer()),
      )
      expect(made!.equals(source!)).toBe(true)
    }
  })

  test.each(['rradius/40', 'iradius/40', 'rotate/45'])(
    '%s leaves corners that stay transparent under a mark',
    async (step) => {
      for (const input of ['N', 'L']) {
        const { bytes, result } = await process(
          input,
          `imageMogr2/format/png/${step}|watermark/1/image/${addressOf('K')}/dissolve/100/gravity/center`,
        )
        const middle = [result.width >> 1, result.height >> 1] as const
        expect(await pixel(bytes, ...middle)).toEqual([255, 0, 255])
        expect([await opacity(bytes, 0, 0), await opacity(bytes, ...middle)]).toEqual([0, 255])
      }
    },
  )

  test('what is transparent already stays so', async () => {
    const { bytes } = await process('A', 'imageMogr2/rradius/20')
    expect(await opacity(bytes, 100, 150)).toBe(0)
    expect(await opacity(bytes, 399, 0)).toBe(0)
    expect(await opacity(bytes, 390, 150)).toBe(255)
  })

  test('an animated WebP keeps its frames', async () => {
    const { bytes, result } = await process('W5', 'imageMogr2/rradius/20')
    expect(result.frames).toBe(5)
    expect(await opacity(bytes, 0, 0)).toBe(0)
  })

  test.each([
    ['L', 'iradius/250', /iradius is 250, expected less than half of the shorter side.*1000x500/],
    ['L', 'rradius/50000', /rradius is 50000/],
    ['G5', 'iradius/10', /iradius\/10 is not for GIF/],
    ['G5', 'rradius/10/format/webp', /rradius\/10 is not for GIF/],
  ])('%s with %s is refused', async (input, rule, says) => {
    const failure = await refused(input, `imageMogr2/${rule}`)
    expect(failure.code).toBe('RuleNotApplicable')
    expect(failure.message).toMatch(says)
  })

  test.each(['grey', 'cmyk', 'deep', 'palette', 'described', 'L6', 'avif'])(
    '%s is rounded like any other',
    async (input) => {
      expect((await process(input, 'imageMogr2/rradius/10/format/png')).said.hasAlpha).toBe(true)
      expect((await process(input, 'imageMogr2/rradius/10/format/jpg')).said.hasAlpha).toBe(false)
    },
  )
})
