import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { type Field, oneStrip } from '../../test/hostile/makers/tiff.ts'
import {
  blue,
  delay,
  drawn,
  expectColour,
  fileOf,
  folder,
  green,
  keep,
  pixel,
  process,
  quality,
  quarters,
  type Rgb,
  red,
  refused,
  yellow,
} from '../../test/support/drawn-pictures.ts'
import { checkRule } from './check-rule.ts'
import { openPicture } from './engine/process-picture.ts'
import { defaultPictureLimits } from './limits.ts'

/** What rules do to real pictures, through real sharp. */

describe('thumbnail', () => {
  test.each([
    ['T01', 'L', '!50p', 500, 250],
    ['T02', 'L', '!10p', 100, 50],
    ['T04', 'L', '!200p', 2000, 1000],
    ['T05', 'L', '!25p', 250, 125],
    ['T06', 'P', '!50p', 250, 500],
    ['T08', 'L', '!20px', 200, 500],
    ['T09', 'P', '!50px', 250, 1000],
    ['T10', 'L', '!x50p', 1000, 250],
    ['T12', 'P', '!x50p', 500, 500],
    ['T13', 'L', '500x', 500, 250],
    ['T14', 'L', '200x', 200, 100],
    ['T16', 'L', '2000x', 2000, 1000],
    ['T17', 'L', 'x250', 500, 250],
    ['T18', 'L', 'x100', 200, 100],
    ['T20', 'L', 'x1000', 2000, 1000],
    ['T21', 'L', '400x400', 400, 200],
    ['T22', 'L', '400x100', 200, 100],
    ['T24', 'L', '500x250', 500, 250],
    ['T25', 'L', '400x400>', 400, 200],
    ['T26', 'L', '200x500>', 200, 100],
    ['T28', 'L', '1500x600>', 1000, 500],
    ['T29', 'L', '2000x2000<', 2000, 1000],
    ['T30', 'L', '4000x1500<', 3000, 1500],
    ['smaller target with <', 'L', '2000x100<', 1000, 500],
    ['one side with >', 'L', '2000x>', 1000, 500],
    ['one side with <', 'L', 'x1000<', 2000, 1000],
    ['T32', 'L', '!400x400r', 800, 400],
    ['T33', 'L', '!500x100r', 500, 250],
    ['T34', 'P', '!400x400r', 400, 800],
    ['T36', 'L', '300x300!', 300, 300],
    ['T37', 'L', '1000x100!', 1000, 100],
    ['T38', 'L', '200x800!', 200, 800],
    ['T40', 'L', '20000@', 200, 100],
    ['T41', 'L', '5000@', 100, 50],
    ['T42', 'P', '125000@', 250, 500],
    ['an area is never exceeded', 'M', '50000@', 273, 182],
    ['an area that it has already', 'M', '300000@', 640, 427],
    ['half a pixel is a whole one', 'M', '!50p', 320, 214],
    ['one side with r', 'L', '!400xr', 400, 200],
    ['one side with r', 'L', '!x400r', 800, 400],
    ['T44', 'L', '20000x20!', 10000, 20],
    ['T48', 'L', '600x600/pad/0', 600, 300],
    ['T53', 'L', '!50p/', 500, 250],
    ['Z01', 'M', '700x', 700, 467],
    ['Z02', 'M', '!75p', 480, 320],
    ['Z03', 'M', '300x300', 300, 200],
    ['Z04', 'M', '!200x200r', 300, 200],
    ['Z05', 'X', '50x', 50, 38],
    ['Z06', 'L', '2000x2000', 2000, 1000],
    ['O19', 'A', '200x', 200, 150],
  ])('%s: %s thumbnail/%s is %dx%d', async (_, input, geometry, width, height) => {
    const { result, bytes } = await process(input, `imageMogr2/thumbnail/${geometry}`)
    expect([result.width, result.height]).toEqual([width, height])
    if (input === 'A') return
    expectColour(await pixel(bytes, 0, 0), red)
    expectColour(await pixel(bytes, width - 1, height - 1), yellow)
  })

  test('T54: a rule that is encoded as a whole', async () => {
    expect((await process('L', 'imageMogr2%2Fthumbnail%2F%2150p')).result).toMatchObject({ width: 500, height: 250 })
  })

  test.each([
    ['T45', '600x600/pad/1/color/IzNEM0QzRA', [61, 61, 61] as Rgb],
    ['T46', '600x600/pad/1', [255, 255, 255] as Rgb],
  ])('%s: pad has bars above and below', async (_, geometry, bar) => {
    const { bytes, result } = await process('L', `imageMogr2/thumbnail/${geometry}/format/png`)
    expect([result.width, result.height]).toEqual([600, 600])
    for (const y of [0, 149, 450, 599]) expect(await pixel(bytes, 300, y)).toEqual(bar)
    expectColour(await pixel(bytes, 10, 150), red)
    expectColour(await pixel(bytes, 590, 449), yellow)
    // The rule of the page, which leaves the format as it is.
    const jpeg = await process('L', `imageMogr2/thumbnail/${geometry}`)
    expect(jpeg.result).toMatchObject({ format: 'jpeg', width: 600, height: 600 })
    for (const y of [2, 140, 460, 597]) expectColour(await pixel(jpeg.bytes, 300, y), bar, 12)
  })

  test('a smaller picture is enlarged onto the canvas, a frame of an animation is not, and pad needs both sides', async () => {
    const large = await process('X', 'imageMogr2/thumbnail/200x200/pad/1/format/png')
    expect([large.result.width, large.result.height]).toEqual([200, 200])
    expectColour(await pixel(large.bytes, 2, 30), red, 20)
    expect(await pixel(large.bytes, 100, 20)).toEqual([255, 255, 255])
    const moving = await process('G5', 'imageMogr2/thumbnail/400x400/pad/1')
    expect(moving.result).toMatchObject({ width: 400, height: 400, frames: 5 })
    expectColour(await pixel(moving.bytes, 105, 155, 2), red, 30)
    expectColour(await pixel(moving.bytes, 95, 155, 2), [255, 255, 255], 4)
    expect((await process('L', 'imageMogr2/thumbnail/200x/pad/1')).result).toMatchObject({ width: 200, height: 100 })
  })

  test('an odd pixel of the canvas is left over below and on the right', async () => {
    const white = [255, 255, 255]
    const below = (await process('X', 'imageMogr2/thumbnail/101x81/pad/1/format/png')).bytes
    const isWhite = async (bytes: Buffer, x: number, y: number) => String(await pixel(bytes, x, y)) === String(white)
    expect(await Promise.all([1, 2, 77, 78].map((y) => isWhite(below, 50, y)))).toEqual([true, false, false, true])
    const beside = (await process('X', 'imageMogr2/thumbnail/121x75/pad/1/format/png')).bytes
    expect(await Promise.all([9, 10, 109, 110].map((x) => isWhite(beside, x, 40)))).toEqual([true, false, false, true])
  })

  test('T49: pad has bars left and right', async () => {
    const { bytes } = await process('P', 'imageMogr2/thumbnail/600x600/pad/1/format/png')
    for (const x of [0, 149, 450, 599]) expect(await pixel(bytes, x, 300)).toEqual([255, 255, 255])
    expectColour(await pixel(bytes, 150, 10), red)
    expectColour(await pixel(bytes, 449, 590), yellow)
  })

  test('the canvas of a grey picture is in colour', async () => {
    const { bytes } = await process('grey', `imageMogr2/thumbnail/600x600/pad/1/color/I0ZGMDAwMA/format/png`)
    expect(await pixel(bytes, 0, 0)).toEqual([255, 0, 0])
    const [r, g, b] = await pixel(bytes, 300, 300)
    expect([g, b]).toEqual([r, r])
  })

  test('the canvas of a transparent picture is opaque, the picture stays transparent', async () => {
    const { bytes } = await process('A', 'imageMogr2/thumbnail/400x400/pad/1')
    const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
    expect([...data.subarray(0, 4)]).toEqual([255, 255, 255, 255])
    expect(data[(200 * 400 + 50) * 4 + 3]).toBe(0)
  })
})

describe('turning', () => {
  /** Colours of the corners: upper left, upper right, lower left, lower right. */
  test.each([
    ['R01', 'L', 'rotate/90', 500, 1000, [blue, red, yellow, green]],
    ['R02', 'L', 'rotate/180', 1000, 500, [yellow, blue, green, red]],
    ['270', 'L', 'rotate/270', 500, 1000, [green, yellow, red, blue]],
    ['R04', 'L', 'rotate/0', 1000, 500, [red, green, blue, yellow]],
    ['R05', 'L', 'rotate/360', 1000, 500, [red, green, blue, yellow]],
    ['R06', 'J', 'rotate/90', 417, 500, [blue, red, yellow, green]],
    ['R08', 'L', 'flip/horizontal', 1000, 500, [green, red, yellow, blue]],
    ['flip', 'L', 'flip/vertical', 1000, 500, [blue, yellow, red, green]],
    ['R12', 'L2', 'auto-orient', 1000, 500, [green, red, yellow, blue]],
    ['R13', 'L3', 'auto-orient', 1000, 500, [yellow, blue, green, red]],
    ['R14', 'L4', 'auto-orient', 1000, 500, [blue, yellow, red, green]],
    ['5', 'L5', 'auto-orient', 500, 1000, [red, blue, green, yellow]],
    ['R16', 'L6', 'auto-orient', 500, 1000, [blue, red, yellow, green]],
    ['R17', 'L7', 'auto-orient', 500, 1000, [yellow, green, blue, red]],
    ['R18', 'L8', 'auto-orient', 500, 1000, [green, yellow, red, blue]],
    ['none to apply', 'L', 'auto-orient', 1000, 500, [red, green, blue, yellow]],
    ['left to right', 'L', 'rotate/90/flip/horizontal', 500, 1000, [red, blue, green, yellow]],
    ['left to right', 'L', 'flip/horizontal/rotate/90', 500, 1000, [yellow, green, blue, red]],
    ['turned, then scaled', 'L', 'rotate/90/thumbnail/250x', 250, 500, [blue, red, yellow, green]],
    ['scaled, then turned', 'L', 'thumbnail/250x/rotate/90', 125, 250, [blue, red, yellow, green]],
    ['upright, then scaled', 'L6', 'auto-orient/thumbnail/250x', 250, 500, [blue, red, yellow, green]],
    [
      'upright, scaled, turned',
      'L7',
      'auto-orient/thumbnail/100x/rotate/90/flip/vertical',
      200,
      100,
      [red, green, blue, yellow],
    ],
    ['scaled, then upright', 'L8', 'thumbnail/100x/auto-orient', 50, 100, [green, yellow, red, blue]],
    ['padded, then turned', 'L', 'thumbnail/101x50/pad/1/rotate/90', 50, 101, null],
    ['upright once only', 'L6', 'auto-orient/auto-orient', 500, 1000, [blue, red, yellow, green]],
  ] as readonly (readonly [string, string, string, number, number, readonly Rgb[] | null])[])(
    '%s: %s %s is %dx%d',
    async (_, input, rule, width, height, corners) => {
      const { result, bytes, said } = await process(input, `imageMogr2/${rule}`)
      expect([result.width, result.height]).toEqual([width, height])
      if (rule.includes('auto-orient')) expect(said.orientation ?? 1).toBe(1)
      if (corners === null) return
      expectColour(await pixel(bytes, 0, 0), corners[0]!)
      expectColour(await pixel(bytes, width - 1, 0), corners[1]!)
      expectColour(await pixel(bytes, 0, height - 1), corners[2]!)
      expectColour(await pixel(bytes, width - 1, height - 1), corners[3]!)
    },
  )

  test('without auto-orient, pixels and orientation stay as they are', async () => {
    const { source, result, said, bytes } = await process('L6', 'imageMogr2/thumbnail/500x')
    expect(source.orientation).toBe(6)
    expect([result.width, result.height, said.orientation]).toEqual([500, 250, 6])
    expectColour(await pixel(bytes, 0, 0), red)
  })

  test.each(['gif', 'avif'])('%s has no orientation, so the picture is turned', async (format) => {
    const { result, bytes } = await process('L6', `imageMogr2/thumbnail/200x/format/${format}`)
    expect([result.width, result.height]).toEqual([100, 200])
    expectColour(await pixel(bytes, 0, 0), blue, 40)
  })

  test.each(['format/gif', 'format/avif', 'strip/format/avif', 'strip/auto-orient'])(
    'the orientation outlives the steps before it is heeded: pad, then %s',
    async (rest) => {
      const { result, bytes } = await process('L6', `imageMogr2/thumbnail/120x80/pad/1|imageMogr2/${rest}`)
      expect([result.width, result.height]).toEqual([80, 120])
      expectColour(await pixel(bytes, 12, 4), blue, 40)
    },
  )

  test('a TIFF that is turned by its own field, without EXIF, is turned like any other', async () => {
    const fields: Field[] = [[274, [6]]]
    keep('turned TIFF', oneStrip({ width: 100, height: 50 }, quarters(100, 50), ...fields))
    const kept = await process('turned TIFF', 'imageMogr2/thumbnail/40x/format/jpg')
    expect([kept.source.orientation, kept.said.orientation]).toEqual([6, 6])
    const padded = await process('turned TIFF', 'imageMogr2/thumbnail/60x40/pad/1/auto-orient/format/png')
    expect([padded.result.width, padded.result.height, padded.said.orientation ?? 1]).toEqual([40, 60, 1])
    expectColour(await pixel(padded.bytes, 12, 4), blue)
  })
})

describe('formats', () => {
  test.each([
    ['O02', 'L', 'format/webp', 'webp', 1000, 500],
    ['O03', 'L', 'format/gif', 'gif', 1000, 500],
    ['O06', 'A', 'format/jpg', 'jpeg', 400, 300],
    ['O07', 'A', 'format/webp', 'webp', 400, 300],
    ['O08', 'A', 'format/gif', 'gif', 400, 300],
    ['O10', 'L', 'thumbnail/200x/format/avif', 'avif', 200, 100],
    ['O11', 'A', 'thumbnail/200x/format/avif', 'avif', 200, 150],
    ['O16', 'L', 'format/tiff', 'tiff', 1000, 500],
    ['O18', 'L', 'thumbnail/500x', 'jpeg', 500, 250],
    ['jpeg is jpg', 'N', 'format/jpeg', 'jpeg', 1000, 500],
    ['O23', 'A', 'interlace/1', 'png', 400, 300],
    ['progressive', 'progressive', 'thumbnail/100x', 'jpeg', 100, 50],
    ['TIFF', 'tiff', 'thumbnail/100x', 'tiff', 100, 50],
    ['TIFF', 'tiff', 'format/jpg', 'jpeg', 1000, 500],
    ['AVIF', 'avif', 'format/png', 'png', 200, 100],
    ['CMYK', 'cmyk', 'thumbnail/100x', 'jpeg', 100, 50],
    ['CMYK', 'cmyk', 'thumbnail/100x/format/png', 'png', 100, 50],
  ])('%s: %s %s is %s %dx%d', async (_, input, rule, format, width, height) => {
    const { result } = await process(input, `imageMogr2/${rule}`)
    expect(result).toMatchObject({ format, width, height, frames: 1, contentType: `image/${format}` })
  })

  test('O22, O24: interlace makes a JPEG progressive, or not', async () => {
    expect((await process('progressive', 'imageMogr2/interlace/0')).said.isProgressive).toBe(false)
    expect((await process('A', 'imageMogr2/format/jpg/interlace/1')).said.isProgressive).toBe(true)
    expect((await process('L', 'imageMogr2/interlace/1|imageMogr2/interlace/0')).said.isProgressive).toBe(false)
  })

  test('Z17: what is transparent becomes white in a JPEG, also when a later stage writes another format', async () => {
    for (const rule of ['imageMogr2/format/jpg', 'imageMogr2/format/jpg|imageMogr2/format/png']) {
      const { bytes, said } = await process('A', rule)
      expect(said.hasAlpha).toBe(false)
      expectColour(await pixel(bytes, 50, 150), [255, 255, 255], 2)
      expectColour(await pixel(bytes, 350, 150), [200, 40, 40], 6)
    }
  })

  test('O26: strip leaves EXIF and profile out; without it they stay', async () => {
    const kept = await process('described', 'imageMogr2/thumbnail/100x/rotate/90')
    expect(kept.said.exif?.toString('latin1')).toContain('somebody')
    expect(kept.said.icc).toBeDefined()
    const stripped = await process('described', 'imageMogr2/thumbnail/100x/strip')
    expect([stripped.said.exif, stripped.said.icc]).toEqual([undefined, undefined])
    // What one stage took away does not come back in the next.
    expect((await process('described', 'imageMogr2/strip|imageMogr2/strip/0')).said.icc).toBeUndefined()
    // Several passes carry it along.
    const padded = await process('described', 'imageMogr2/thumbnail/100x100/pad/1/thumbnail/50x')
    expect(padded.said.exif?.toString('latin1')).toContain('somebody')
    expect(padded.said.icc).toEqual(kept.said.icc)
  })

  test.each(['jpg', 'png', 'webp', 'tiff'])('XMP without EXIF stays in %s, and no EXIF comes to it', async (format) => {
    const xmp =
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
    keep('with XMP', await drawn(60, 40).withXmp(xmp).png().toBuffer())
    const { said } = await process('with XMP', `imageMogr2/thumbnail/30x/format/${format}`)
    expect([said.xmp?.toString().includes('x:xmpmeta'), said.exif]).toEqual([true, undefined])
    const stripped = await process('with XMP', `imageMogr2/thumbnail/30x/strip/format/${format}`)
    expect(stripped.said.xmp).toBeUndefined()
  })

  test('a picture without EXIF gets none', async () => {
    expect((await process('L', 'imageMogr2/thumbnail/100x')).said.exif).toBeUndefined()
  })

  test('16 bits stay where the format does', async () => {
    expect((await process('deep', 'imageMogr2/thumbnail/50x')).said.depth).toBe('ushort')
    expect((await process('deep', 'imageMogr2/thumbnail/50x20/pad/1/rotate/90')).said.depth).toBe('ushort')
    expect((await process('deep', 'imageMogr2/format/webp')).said.depth).toBe('uchar')
  })

  test('a palette stays where no new colours come in, exactly', async () => {
    const turned = await process('palette', 'imageMogr2/rotate/90')
    expect(turned.said.isPalette).toBe(true)
    const expected = await sharp(await fileOf('palette'))
      .rotate(90)
      .ensureAlpha()
      .raw()
      .toBuffer()
    expect((await sharp(turned.bytes).ensureAlpha().raw().toBuffer()).equals(expected)).toBe(true)
    expect((await process('palette', 'imageMogr2/thumbnail/30x')).said.isPalette).toBe(false)
  })

  test.each(['jpg', 'png', 'tiff'])('grey stays grey in %s', async (format) => {
    expect((await process('grey', `imageMogr2/thumbnail/50x/format/${format}`)).said.channels).toBe(1)
  })
})

describe('quality', () => {
  test.each([
    ['Q01', 'Q80', 'quality/60', 60],
    ['Q03', 'Q80', 'quality/90!', 90],
    ['Q04', 'Q60', 'quality/80', 60],
    ['Q05', 'Q60', 'quality/80!', 80],
    ['Q07', 'Q80', 'rquality/80', 64],
    ['Q08', 'Q80', 'rquality/50', 40],
    ['Q09', 'Q60', 'rquality/50', 30],
    ['Q11', 'Q85', 'lquality/80', 85],
    ['Q12', 'Q60', 'lquality/80', 80],
    ['Q13', 'Q80', 'lquality/80', 80],
    ['none asked for', 'Q30', 'thumbnail/500x', 30],
    ['quality 0', 'Q80', 'quality/0', 1],
    ['several', 'Q80', 'rquality/10/quality/70/lquality/75', 75],
    ['no quality to keep', 'N', 'format/jpg', 85],
    ['a PNG counts as 100', 'N', 'format/jpg/rquality/50', 50],
    ['what an earlier stage wrote counts', 'Q80', 'rquality/50|imageMogr2/rquality/50', 20],
    ['carried over a PNG', 'Q60', 'format/png|imageMogr2/format/jpg', 60],
  ])('%s: %s with %s is written with %d', async (_, input, rule, expected) => {
    const { result, bytes } = await process(input, `imageMogr2/${rule}`)
    expect(result.quality).toBe(expected)
    expect(quality(bytes)).toBe(expected)
  })

  test.each([
    ['L', 'format/webp/quality/60', 60],
    ['L', 'format/webp', 80],
    ['Q60', 'format/webp', 60],
    ['N', 'format/webp', 80],
    ['N', 'thumbnail/100x/format/avif', 60],
    ['L', 'format/png/quality/50', 100],
    ['G5', 'quality/50', 100],
  ])('%s with %s says %d', async (input, rule, expected) => {
    expect((await process(input, `imageMogr2/${rule}`)).result.quality).toBe(expected)
  })
})

describe('animations', () => {
  test.each([
    ['T50', 'G5', 'thumbnail/100x', 'gif', 100, 50],
    ['T52', 'G5', 'thumbnail/400x', 'gif', 200, 100],
    ['not enlarged in one side', 'G5', 'thumbnail/300x50!', 'gif', 200, 100],
    ['R09', 'G5', 'rotate/90', 'gif', 100, 200],
    ['R10', 'G5', 'flip/vertical', 'gif', 200, 100],
    ['O12', 'G5', 'format/webp', 'webp', 200, 100],
    ['back', 'W5', 'format/gif', 'gif', 200, 100],
    ['WebP', 'W5', 'rotate/180/thumbnail/!50p', 'webp', 100, 50],
    ['padded', 'G5', 'thumbnail/100x100/pad/1', 'gif', 100, 100],
  ])('%s: %s %s is %s %dx%d with 5 frames', async (_, input, rule, format, width, height) => {
    const { source, result, bytes } = await process(input, `imageMogr2/${rule}`)
    expect(source).toMatchObject({ width: 200, height: 100, frames: 5 })
    expect(result).toMatchObject({ format, width, height, frames: 5 })
    const said = await sharp(bytes, { animated: true }).metadata()
    expect(said).toMatchObject({ pages: 5, loop: 3, delay: delay(5), pageHeight: height })
  })

  test.each(['rotate/90', 'flip/vertical', 'rotate/180', 'flip/horizontal', 'thumbnail/!100p'])(
    '%s keeps the order of the frames',
    async (rule) => {
      const { bytes } = await process('G5', `imageMogr2/${rule}`)
      const { width, height } = await sharp(bytes).metadata()
      const shades = []
      for (let page = 0; page < 5; page++)
        shades.push((await pixel(bytes, Math.floor(width / 4), Math.floor(height / 4), page))[1]!)
      expect(shades).toEqual([...shades].sort((a, b) => a - b))
      expect(new Set(shades).size).toBe(5)
    },
  )

  test('a turned frame is turned', async () => {
    const { bytes } = await process('G5', 'imageMogr2/rotate/90')
    expectColour(await pixel(bytes, 10, 10, 0), blue)
    expectColour(await pixel(bytes, 10, 190, 4), yellow, 40)
  })

  test('Z18: a still format takes the first frame, and may enlarge it', async () => {
    expect((await process('G5', 'imageMogr2/format/jpg')).result).toMatchObject({
      format: 'jpeg',
      frames: 1,
      width: 200,
      height: 100,
    })
    expect((await process('W5', 'imageMogr2/thumbnail/400x/format/png')).result).toMatchObject({
      width: 400,
      height: 200,
    })
    expect((await process('G5', 'imageMogr2/format/png|imageMogr2/format/gif')).result).toMatchObject({
      format: 'gif',
      frames: 1,
    })
  })

  test('AVIF holds no animation', async () => {
    const failure = await refused('G5', 'imageMogr2/format/avif')
    expect(failure.code).toBe('RuleNotApplicable')
    expect(failure.message).toContain('5 frames')
  })

  test('AN10: more than 300 frames are refused, even for a still', async () => {
    const failure = await refused('G301', 'imageMogr2/format/png')
    expect(failure.code).toBe('PictureOverLimit')
    expect(failure.message).toMatch(/301 frames.*300 frames/)
  })
})

describe('pipes', () => {
  test.each([
    ['PI03', 'imageMogr2/rotate/90|imageMogr2/thumbnail/250x', 250, 500, 'jpeg'],
    ['PI04', 'imageMogr2/rotate/90|imageMogr2/thumbnail/!50px', 250, 1000, 'jpeg'],
    ['PI07', Array(10).fill('imageMogr2/rotate/90').join('|'), 1000, 500, 'jpeg'],
    ['PI08', 'imageMogr2/thumbnail/!50p%7CimageMogr2/format/png', 500, 250, 'png'],
    ['a format in the middle', 'imageMogr2/format/png|imageMogr2/thumbnail/100x', 100, 50, 'png'],
    ['scaled twice', 'imageMogr2/thumbnail/!50p/thumbnail/!50p|imageMogr2/thumbnail/!50p', 125, 63, 'jpeg'],
  ])('%s', async (_, rule, width, height, format) => {
    expect((await process('L', rule)).result).toMatchObject({ width, height, format })
  })
})

describe('facts', () => {
  test('of a JPEG', async () => {
    const { source } = await process('L', 'imageMogr2', true)
    expect(source).toEqual({
      format: 'jpeg',
      width: 1000,
      height: 500,
      orientation: 0,
      quality: 80,
      frames: 1,
      averageColour: expect.stringMatching(/^0x[0-9a-f]{6}$/),
    })
  })

  test('the colour is only told when asked for', async () => {
    expect((await process('L', 'imageMogr2')).source).not.toHaveProperty('averageColour')
  })

  test.each([
    ['the picture itself', 'L', 'imageMogr2'],
    ['the scaled pixels', 'L', 'imageMogr2/thumbnail/500x'],
    ['a picture with a profile', 'described', 'imageMogr2/thumbnail/500x'],
    ['a PNG', 'N', 'imageMogr2/thumbnail/100x'],
    ['a grey one', 'grey', 'imageMogr2/thumbnail/100x'],
  ])('the average colour from %s is that of all pixels', async (_, input, rule) => {
    const { source } = await process(input, rule, true)
    const { data, info } = await sharp(await fileOf(input))
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const mean = [0, 1, 2].map((c) => {
      let sum = 0
      for (let i = info.channels < 3 ? 0 : c; i < data.length; i += info.channels) sum += data[i]!
      return sum / (info.width * info.height)
    })
    const said = [2, 4, 6].map((at) => Number.parseInt(source.averageColour!.slice(at, at + 2), 16))
    for (let c = 0; c < 3; c++) expect(Math.abs(said[c]! - mean[c]!), `${said} is not ${mean}`).toBeLessThanOrEqual(1)
  })

  test('I06: a flat picture has its own colour, a transparent half counts as white', async () => {
    const flat = { create: { width: 60, height: 40, channels: 3 as const, background: '#736246' } }
    keep('flat', await sharp(flat).png().toBuffer())
    expect((await process('flat', 'imageMogr2', true)).source.averageColour).toBe('0x736246')
    // Half white, half (200,40,40).
    expect((await process('A', 'imageMogr2', true)).source.averageColour).toBe('0xe49494')
  })

  test('the result by way of its pixels is the result without the detour', async () => {
    const plain = await process('L', 'imageMogr2/thumbnail/300x')
    const detour = await process('L', 'imageMogr2/thumbnail/300x', true)
    expect(detour.result).toEqual(plain.result)
  })

  test('the quality of a JPEG is read exactly, for every quality', async () => {
    const picture = drawn(32, 16)
    for (let asked = 1; asked <= 100; asked++) {
      expect(quality(await picture.clone().jpeg({ quality: asked }).toBuffer())).toBe(asked)
    }
  })
})

describe('what is not a picture', () => {
  test.each([
    ['nothing', Buffer.alloc(0), /empty/],
    ['text', Buffer.from('Hello, this is only some text that goes on.'), /not a picture/],
    ['another XML document', Buffer.from('<?xml version="1.0"?><html><svg/></html>'), /not a picture/],
    [
      'text that begins like a BMP',
      Buffer.from('BMW built this car in the year it was built in, they say.'),
      /not a picture/,
    ],
    ['PDF', Buffer.from('%PDF-1.7 and so on'), /PDF/],
    ['HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic'), /HEIC/],
    ['the beginning of a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), /JPEG and cannot be decoded/, 'PictureBroken'],
    ['a PNG signature alone', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /PNG and cannot be decoded/, 'PictureBroken'],
    [
      'random bytes behind a GIF signature',
      Buffer.from('GIF89a\xff\xff\xff\xff\x00\x00\x00junk', 'latin1'),
      /GIF|over|limit|at most/,
      'PictureBroken',
    ],
    ['a WebP without content', Buffer.from('RIFF\x04\x00\x00\x00WEBP', 'latin1'), /WEBP/, 'PictureBroken'],
  ])('%s is refused', async (name, bytes, says, code = 'PictureNotSupported') => {
    keep(name, bytes)
    const failure = await refused(name, 'imageMogr2/thumbnail/10x')
    expect(failure.code).toBe(code)
    expect(failure.message).toMatch(says)
  })

  test.each(['L', 'N', 'W5', 'tiff', 'avif', 'progressive'])('%s cut off in the middle is refused', async (input) => {
    const whole = readFileSync(await fileOf(input))
    keep('cut', whole.subarray(0, Math.floor(whole.length / 2)))
    expect((await refused('cut', 'imageMogr2/rotate/90')).code).toBe('PictureBroken')
  })
})

describe('limits, judged by the header alone', () => {
  /** A PNG whose header says this size; there are no pixels behind it. */
  function lyingPng(width: number, height: number): Buffer {
    const header = Buffer.alloc(13)
    header.writeUInt32BE(width, 0)
    header.writeUInt32BE(height, 4)
    header.set([8, 2, 0, 0, 0], 8)
    return Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      chunk('IHDR', header),
      chunk('IDAT', Buffer.from([0x78, 0x9c])),
      chunk('IEND', Buffer.alloc(0)),
    ])
  }

  function chunk(type: string, data: Buffer): Buffer {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }

  function crc32(bytes: Buffer): number {
    let crc = -1
    for (const byte of bytes) {
      crc ^= byte
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
    }
    return ~crc >>> 0
  }

  test.each([
    ['X25: a side', 60_000, 10, /width of the source is 60000 pixels, at most 50000/],
    ['a side', 10, 50_001, /height of the source is 50001/],
    ['the area', 20_000, 20_000, /20000x20000.*400000000 pixels, at most 250000000/],
  ])('%s', async (_, width, height, says) => {
    keep('lying', lyingPng(width, height))
    const failure = await refused('lying', 'imageMogr2/thumbnail/!50p')
    expect(failure.code).toBe('PictureOverLimit')
    expect(failure.message).toMatch(says)
  })

  test('a header that promises pixels which are not there', async () => {
    keep('lying', lyingPng(10_000, 10_000))
    expect((await refused('lying', 'imageMogr2/thumbnail/10x')).code).toBe('PictureBroken')
  })

  test.each([
    ['L', 'imageMogr2/thumbnail/!1000p/thumbnail/!600p', /width of the result is 60000/],
    ['P', 'imageMogr2/thumbnail/10000x/thumbnail/!1000p', /of the result/],
    ['L', 'imageMogr2/thumbnail/10000x10!/thumbnail/!170px/format/webp', /format webp is 17000 pixels, at most 16383/],
    ['L', 'imageMogr2/thumbnail/10x10000!/thumbnail/!x170p/format/avif', /format avif is 17000 pixels, at most 16384/],
  ])('%s %s makes too large a result', async (input, rule, says) => {
    const failure = await refused(input, rule)
    expect(failure.code).toBe('PictureOverLimit')
    expect(failure.message).toMatch(says)
  })

  test('the bytes of the source', async () => {
    const task = {
      sourceFile: await fileOf('L'),
      outputFile: join(folder, 'never'),
      rule: checkRule('imageMogr2'),
      wantSourceFacts: false,
      limits: { ...defaultPictureLimits, maxSourceBytes: 100 },
    }
    await expect(openPicture(sharp, task)).rejects.toThrow(/bytes, at most 100 bytes/)
  })
})
