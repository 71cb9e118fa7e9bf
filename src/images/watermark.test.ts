import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import {
  addressOf,
  animation,
  delay,
  drawn,
  expectColour,
  keep,
  pixel,
  plain,
  process,
  type Rgb,
  refused,
} from '../../test/support/drawn-pictures.ts'
import { checkRule } from './check-rule.ts'
import { pictureMarkParameters, textMarkParameters } from './operations/mark-reference.ts'
import type { ParameterForm } from './rule/form.ts'

/** What watermark/1 lays over real pictures, through real sharp. */

const magenta = [255, 0, 255] as const
const k = addressOf('K')

interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Where pixels of a colour are, edges included; `null` for nowhere. */
async function boxOf(bytes: Buffer, [r, g, b]: Rgb, page = 0): Promise<Box | null> {
  const { data, info } = await sharp(bytes, { page })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  let box: Box | null = null
  for (let y = 0; y < info.height; y++) {
    for (let x = 0; x < info.width; x++) {
      const at = (y * info.width + x) * info.channels
      if (data[at] !== r || data[at + 1] !== g || data[at + 2] !== b) continue
      const so: Box = box ?? { left: x, top: y, right: x, bottom: y }
      box = { left: Math.min(so.left, x), top: so.top, right: Math.max(so.right, x), bottom: y }
    }
  }
  return box
}

const box = (left: number, top: number, right: number, bottom: number): Box => ({ left, top, right, bottom })

describe('the place of a mark', () => {
  test.each([
    ['W01: lower right by default', '', box(980, 490, 999, 499)],
    ['W02', '/gravity/southeast/dx/10/dy/10', box(970, 480, 989, 489)],
    ['W03', '/gravity/northwest/dx/10/dy/10', box(10, 10, 29, 19)],
    ['northeast', '/gravity/NorthEast/dx/10/dy/20', box(970, 20, 989, 29)],
    ['southwest', '/gravity/SouthWest/dx/10/dy/20', box(10, 470, 29, 479)],
    ['north, where dx does not count', '/gravity/north/dx/50/dy/20', box(490, 20, 509, 29)],
    ['W05: nor in the south', '/gravity/south/dx/50/dy/20', box(490, 470, 509, 479)],
    ['W06: in the west dy does not count', '/gravity/west/dx/5/dy/50', box(5, 245, 24, 254)],
    ['W07: nor in the east', '/gravity/east/dy/50', box(980, 245, 999, 254)],
    ['nor either in the centre', '/gravity/center/dx/50/dy/50', box(490, 245, 509, 254)],
    ['partly outside', '/dx/990', box(0, 490, 9, 499)],
    ['just outside', '/dx/1000', null],
    ['far outside', '/gravity/northwest/dx/50000/dy/50000', null],
  ])('%s', async (_, place, expected) => {
    const { bytes, result } = await process('N', `watermark/1/image/${k}/dissolve/100${place}`)
    expect(await boxOf(bytes, magenta)).toEqual(expected)
    expect([result.format, result.width, result.height]).toEqual(['png', 1000, 500])
  })
})

describe('the size of a mark', () => {
  test.each([
    ['by the width', 'N', 'scatype/1/spcent/100', [100, 50]],
    ['W13: by the height', 'N', 'scatype/2/spcent/200', [200, 100]],
    ['W14: by the area', 'N', 'scatype/3/spcent/10', [100, 50]],
    ['as large as the picture', 'N', 'scatype/1/spcent/1000', [1000, 500]],
    ['smaller', 'N', 'scatype/1/spcent/1', [1, 1]],
    ['a kind without a share counts for nothing', 'N', 'scatype/1', [20, 10]],
    ['a share without a kind too', 'N', 'spcent/500', [20, 10]],
    ['a smaller one is not scaled to fit', 'N', 'blogo/1', [20, 10]],
  ])('%s', async (_, input, scale, size) => {
    const { bytes } = await process(input, `watermark/1/image/${k}/dissolve/100/gravity/northwest/${scale}`)
    expect(await boxOf(bytes, magenta)).toEqual(box(0, 0, size[0]! - 1, size[1]! - 1))
  })

  test('larger than the picture, it is cropped, or scaled to fit', async () => {
    keep(
      'large',
      await sharp(await plain(400, 100, '#00ffff').png().toBuffer())
        .png()
        .toBuffer(),
    )
    keep('small', await plain(100, 100, '#000000').png().toBuffer())
    const large = addressOf('large')
    for (const blogo of ['', '/blogo/2']) {
      const { bytes, result } = await process('small', `watermark/1/image/${large}/dissolve/100${blogo}`)
      expect(await boxOf(bytes, [0, 255, 255])).toEqual(box(0, 0, 99, 99))
      expect([result.width, result.height]).toEqual([100, 100])
    }
    const { bytes } = await process('small', `watermark/1/image/${large}/dissolve/100/blogo/1`)
    expect(await boxOf(bytes, [0, 255, 255])).toEqual(box(0, 75, 99, 99))
  })

  test('is refused beyond the limits', async () => {
    keep('thread', await plain(1, 2000, '#00ffff').png().toBuffer())
    expect(await refused('N', `watermark/1/image/${addressOf('thread')}/scatype/1/spcent/1000`)).toMatchObject({
      code: 'PictureOverLimit',
      message: 'Stage 1: The height of the watermark is 2000000 pixels, at most 50000 pixels are allowed.',
    })
  })
})

describe('opacity', () => {
  test.each([
    ['W10: nine tenths by default', '', 229.5],
    ['W11', '/dissolve/50', 127.5],
    ['W09', '/dissolve/100', 255],
    ['least', '/dissolve/1', 2.55],
  ])('%s', async (_, dissolve, expected) => {
    const { bytes } = await process('black', `watermark/1/image/${addressOf('white')}${dissolve}`)
    for (const value of await pixel(bytes, 990, 495)) expect(Math.abs(value - expected)).toBeLessThanOrEqual(0.6)
    expect(await pixel(bytes, 979, 495)).toEqual([0, 0, 0])
  })

  test('counts on that of the mark itself', async () => {
    const pixels = Buffer.from([255, 255, 255, 0, 255, 255, 255, 128])
    keep(
      'half',
      await sharp(pixels, { raw: { width: 2, height: 1, channels: 4 } })
        .png()
        .toBuffer(),
    )
    const { bytes } = await process('black', `watermark/1/image/${addressOf('half')}/dissolve/50`)
    expect(await pixel(bytes, 998, 499)).toEqual([0, 0, 0])
    expect(Math.abs((await pixel(bytes, 999, 499))[0] - 64)).toBeLessThanOrEqual(1)
  })

  test('of the picture stays: what was transparent is so beside the mark', async () => {
    const { bytes } = await process('A', `watermark/1/image/${k}/dissolve/100/gravity/west`)
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
    expect(info.channels).toBe(4)
    const at = (x: number, y: number) => [...data.subarray((y * 400 + x) * 4, (y * 400 + x) * 4 + 4)]
    expect(at(10, 150)).toEqual([255, 0, 255, 255])
    expect(at(10, 100)[3]).toBe(0)
  })
})

describe('over the whole picture', () => {
  const laid = (rule: string) => process('black', `watermark/1/image/${k}/dissolve/100/batch/1/${rule}`)
  const isMark = async (bytes: Buffer, x: number, y: number) => (await pixel(bytes, x, y))[0] === 255

  test('W15: from the corner on, a tenth of its sides apart', async () => {
    const { bytes } = await laid('gravity/northwest')
    for (const [x, y, expected] of [
      [0, 0, true],
      [19, 9, true],
      [20, 0, false],
      [21, 0, false],
      [22, 0, true],
      [0, 10, false],
      [0, 11, true],
      [990, 496, true],
      [999, 499, true],
    ] as const) {
      expect(await isMark(bytes, x, y), `(${x},${y})`).toBe(expected)
    }
  })

  test('a tenth of its sides, not of itself: a larger one has more room around it', async () => {
    const { bytes } = await laid('gravity/northwest/scatype/3/spcent/10')
    for (const [at, expected] of [
      [0, true],
      [99, true],
      [100, false],
      [109, false],
      [110, true],
    ] as const) {
      expect(await isMark(bytes, at, 20), `(${at},20)`).toBe(expected)
      expect(await isMark(bytes, 50, at >> 1), `(50,${at >> 1})`).toBe(at === 109 ? false : expected)
    }
  })

  test('one of the tiles lies where the mark alone would', async () => {
    const { bytes } = await laid('gravity/southeast/dx/7/dy/3/spacing/100')
    for (const [x, y, expected] of [
      [992, 496, true],
      [993, 496, false],
      [973, 487, true],
      [972, 487, false],
      [952, 496, true],
      [933, 476, true],
    ] as const) {
      expect(await isMark(bytes, x, y), `(${x},${y})`).toBe(expected)
    }
  })

  test('without space between, nothing is left free', async () => {
    const { bytes } = await laid('spacing/0')
    const { channels } = await sharp(bytes).stats()
    expect(channels.map(({ min, max }) => [min, max])).toEqual([
      [255, 255],
      [0, 0],
      [255, 255],
    ])
  })

  test('turned clockwise, with nothing in its corners', async () => {
    keep('arrow', await drawn(40, 20).png().toBuffer())
    const arrow = addressOf('arrow')
    const quarter = await process(
      'black',
      `watermark/1/image/${arrow}/dissolve/100/batch/1/degree/90/gravity/northwest`,
    )
    // Red was upper left; now it is upper right, and the tile stands upright.
    expectColour(await pixel(quarter.bytes, 15, 5), [220, 30, 30])
    expectColour(await pixel(quarter.bytes, 5, 5), [30, 30, 220])
    expect(await pixel(quarter.bytes, 21, 5)).toEqual([0, 0, 0])
    const half = await process('black', `watermark/1/image/${arrow}/dissolve/100/batch/1/degree/45/gravity/northwest`)
    expect(await pixel(half.bytes, 1, 1)).toEqual([0, 0, 0])
    expect(Math.max(...(await pixel(half.bytes, 21, 21)))).toBeGreaterThan(150)
  })

  test('a degree counts only there', async () => {
    const [one, other] = await Promise.all(
      ['', '/degree/45'].map((degree) => process('N', `watermark/1/image/${k}${degree}`)),
    )
    expect(one!.bytes.equals(other!.bytes)).toBe(true)
  })

  test('a mark that is larger than the picture shows its part', async () => {
    keep('wide', await drawn(3000, 20).png().toBuffer())
    const { bytes } = await process('black', `watermark/1/image/${addressOf('wide')}/dissolve/100/batch/1/spacing/0`)
    // Its right third, in every row of tiles.
    for (const y of [5, 485]) expectColour(await pixel(bytes, 500, y), [30, 200, 30])
  })

  test('a mark of one pixel', async () => {
    keep('dot', await plain(1, 1, '#ffffff').png().toBuffer())
    const { bytes } = await process('black', `watermark/1/image/${addressOf('dot')}/dissolve/100/batch/1/spacing/100`)
    const { channels } = await sharp(bytes).stats()
    expect(channels[0]!.mean).toBeCloseTo(255 / 4, 0)
  })
})

describe('what the reference says of parameters that are not given', () => {
  const value = (said: string) => (said.startsWith('#') ? Buffer.from(said).toString('base64url') : said)
  const literal = (parameters: readonly ParameterForm[]) =>
    parameters.filter((parameter) => /^(?:\d+|#[0-9A-F]{6}|southeast)$/.test(parameter.default ?? ''))

  test.each([
    ...literal(pictureMarkParameters).map((one) => ['watermark/1', one.name, one.default!] as const),
    ...literal(textMarkParameters).map((one) => ['watermark/2', one.name, one.default!] as const),
  ])('%s: %s is %s', async (operation, name, said) => {
    keep('sheet', await plain(200, 120, '#d0d0d0').png().toBuffer())
    const text = Buffer.from('Words').toString('base64url')
    const rule = operation === 'watermark/1' ? `${operation}/image/${k}` : `${operation}/text/${text}`
    for (const more of name === 'batch' ? [''] : ['', '/batch/1', '/batch/1/degree/30']) {
      if (name === 'degree' && more.endsWith('30')) continue
      // A larger one than that shows what a percent does.
      const large = '/scatype/1/spcent/300'
      const [without, written] = await Promise.all(
        [rule, `${rule}/${name}/${value(said)}`].map((start) => process('sheet', `${start}${more}${large}`)),
      )
      expect(written!.bytes.equals(without!.bytes), more).toBe(true)
    }
  })
})

describe('what may be put on', () => {
  test.each(['L', 'A', 'J', 'grey', 'cmyk', 'deep', 'palette', 'tiff', 'avif'])('a picture like %s', async (name) => {
    const { bytes } = await process('N', `watermark/1/image/${addressOf(name)}/dissolve/100/scatype/1/spcent/100`)
    expect(await pixel(bytes, 100, 100)).toEqual(await pixel((await process('N', 'imageMogr2/strip')).bytes, 100, 100))
    const [r, g, b] = await pixel(bytes, 995, 496)
    if (name === 'L' || name === 'tiff' || name === 'avif' || name === 'J') expectColour([r, g, b], [220, 220, 30], 40)
    if (name === 'grey') expect([g, b]).toEqual([r, r])
    if (name === 'A') expectColour([r, g, b], [200, 40, 40])
  })

  test('one that stands on its side is put upright', async () => {
    const { bytes } = await process('N', `watermark/1/image/${addressOf('L6')}/dissolve/100/scatype/1/spcent/50`)
    // 50 wide, so 100 high; upper left is what was lower left.
    expectColour(await pixel(bytes, 952, 405), [30, 30, 220])
    expectColour(await pixel(bytes, 995, 405), [220, 30, 30])
  })

  test('the picture itself', async () => {
    const { bytes } = await process('N', `watermark/1/image/${addressOf('N')}/dissolve/100/scatype/1/spcent/200`)
    expectColour(await pixel(bytes, 805, 405), [220, 30, 30])
    expectColour(await pixel(bytes, 995, 495), [220, 220, 30])
  })

  test('what a rule makes of an object, and a mark on a mark on a mark', async () => {
    const cut = addressOf('N', 'q-sign-algorithm=sha1&imageMogr2/cut/20x10x0x0')
    expectColour(await pixel((await process('L', `watermark/1/image/${cut}`)).bytes, 990, 495), [220, 30, 30], 30)
    const inner = addressOf('black', `watermark/1/image/${k}/dissolve/100/gravity/northwest`)
    const { bytes } = await process('N', `watermark/1/image/${inner}/dissolve/100/scatype/1/spcent/500`)
    expect(await pixel(bytes, 502, 251)).toEqual([255, 0, 255])
    expect(await pixel(bytes, 520, 270)).toEqual([0, 0, 0])
  })

  test('not an animation, but a frame of one', async () => {
    expect(await refused('N', `watermark/1/image/${addressOf('G5')}`)).toMatchObject({
      code: 'RuleNotApplicable',
      message: expect.stringMatching(
        /^Stage 1: The watermark "http:.*G5": it is an animation of 5 frames, expected one picture\.$/,
      ),
    })
    const { bytes } = await process('N', `watermark/1/image/${addressOf('G5', 'imageMogr2/frame/2')}/dissolve/100`)
    expectColour(await pixel(bytes, 999, 499), [220, 220, 30], 30)
  })

  test('nothing that is no picture, broken, or refused as a source', async () => {
    keep('text', Buffer.from('no picture'))
    keep(
      'broken',
      (
        await sharp({ create: { width: 50, height: 50, channels: 3, background: 'red' } })
          .png()
          .toBuffer()
      ).subarray(0, 90),
    )
    keep(
      'svg',
      Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>',
      ),
    )
    for (const name of ['text', 'broken', 'svg', 'G301']) {
      const failure = await refused('N', `watermark/1/image/${addressOf(name)}`)
      expect(failure.code).toBe({ G301: 'PictureOverLimit', broken: 'PictureBroken' }[name] ?? 'PictureNotSupported')
      expect(failure.message).toContain(`The watermark "http://album-1250000000.cos.ap-test.myqcloud.com/${name}": `)
    }
  })
})

describe('on every kind of picture', () => {
  test.each(['jpg', 'png', 'webp', 'gif', 'avif', 'bmp', 'tiff'])('written as %s', async (format) => {
    const { bytes, result } = await process(
      'N',
      `watermark/1/image/${k}/dissolve/100/scatype/1/spcent/100|imageMogr2/format/${format}`,
    )
    expect([result.width, result.height]).toEqual([1000, 500])
    if (format === 'bmp') return
    expectColour(await pixel(bytes, 950, 475), magenta, 30)
    expect((await sharp(bytes).metadata()).hasAlpha).toBe(format === 'gif')
  })

  test.each(['L', 'grey', 'cmyk', 'deep', 'progressive', 'palette', 'described', 'tiff', 'avif'])(
    'read like %s',
    async (name) => {
      const { bytes, said } = await process(name, `watermark/1/image/${k}/dissolve/100/gravity/northwest`)
      expectColour(await pixel(bytes, 10, 5), magenta, 40)
      if (name === 'deep') expect(said.depth).toBe('ushort')
      if (name === 'described') expect([said.icc === undefined, said.exif === undefined]).toEqual([false, false])
    },
  )

  test('W17: on every frame of an animation, which keeps its frames, delays and loops', async () => {
    for (const [name, format] of [
      ['G5', 'gif'],
      ['W5', 'webp'],
    ] as const) {
      const rule = `watermark/1/image/${k}/dissolve/100|watermark/1/image/${k}/dissolve/100/gravity/northwest`
      const { bytes, result } = await process(name, rule)
      const said = await sharp(bytes).metadata()
      expect(said).toMatchObject({ format, width: 200, pages: 5, loop: 3, delay: delay(5) })
      expect(result.frames).toBe(5)
      for (let page = 0; page < 5; page++) {
        expectColour(await pixel(bytes, 190, 95, page), magenta, 12)
        expectColour(await pixel(bytes, 10, 5, page), magenta, 12)
        expectColour(await pixel(bytes, 150, 20, page), [30, 200, 30], 40)
      }
    }
  })

  test('tiles on frames', async () => {
    keep(
      'G2',
      await animation(60, 40, 2)
        .gif({ delay: delay(2) })
        .toBuffer(),
    )
    const { bytes } = await process('G2', `watermark/1/image/${k}/dissolve/100/batch/1/spacing/0`)
    for (const page of [0, 1])
      for (const [x, y] of [
        [0, 0],
        [59, 39],
      ] as const)
        expectColour(await pixel(bytes, x, y, page), magenta, 12)
  })

  test('after and before other steps', async () => {
    const after = await process('N', `imageMogr2/thumbnail/!50p/rotate/90|watermark/1/image/${k}/dissolve/100`)
    expect(await boxOf(after.bytes, magenta)).toEqual(box(230, 490, 249, 499))
    const before = await process('N', `watermark/1/image/${k}/dissolve/100|imageMogr2/rotate/90`)
    expect(await boxOf(before.bytes, magenta)).toEqual(box(0, 980, 9, 999))
  })

  test('ten of them', async () => {
    const one = (n: number) => `watermark/1/image/${k}/dissolve/100/gravity/northwest/dx/${n * 50}`
    const { bytes } = await process('N', Array.from({ length: 10 }, (_, n) => one(n)).join('|'))
    for (let n = 0; n < 10; n++) expect(await pixel(bytes, n * 50 + 10, 5)).toEqual([255, 0, 255])
  })
})

describe('an address', () => {
  const checked = (url: string) => () => checkRule(`watermark/1/image/${Buffer.from(url).toString('base64url')}`)

  test.each([
    'http://album-1250000000.cos.ap-test.myqcloud.com/logo.png',
    'https://album-1250000000.cos.ap-test.myqcloud.com/a/b%20c.png?q-sign-algorithm=sha1&q-signature=00',
    'HTTP://localhost:9000/album-1250000000/logo.png',
    'http://a/b?imageMogr2/thumbnail/20x',
    'http://a/b?imageMogr2%2Fthumbnail%2F20x=',
  ])('like %s', (url) => {
    expect(checked(url)).not.toThrow()
  })

  test.each([
    'logo.png',
    '//album-1250000000.cos.ap-test.myqcloud.com/logo.png',
    'ftp://a/b.png',
    'file:///etc/passwd',
    'data:image/png;base64,AAAA',
    'http://a/',
    'http://a',
    'http:///b.png',
    'http://somebody@a/b.png',
    'http://a\\@b/c.png',
    'http://a b/c.png',
  ])('is not %s', (url) => {
    expect(checked(url)).toThrow(/Stage 1: image is ".*", expected the Base64 of an http address of an object/)
  })

  test('may hold rules in rules, three deep', () => {
    const around = (rule: string) => `watermark/1/image/${addressOf('K', rule)}`
    const two = around('imageMogr2/thumbnail/20x')
    expect(() => checkRule(two)).not.toThrow()
    expect(() => checkRule(around(two))).not.toThrow()
    expect(() => checkRule(around(around(two)))).toThrow(/lies deeper than 3 rules in each other/)
    expect(() => checkRule(around('imageMogr2/format/tpg'))).toThrow(
      'Stage 1: the rule in the address of the watermark: Stage 1: format/tpg is not offered',
    )
  })
})
