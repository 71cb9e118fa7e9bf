import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { addressOf, delay, folder, keep, plain, process, refused, shelf } from '../../test/support/drawn-pictures.ts'
import { checkRule } from './check-rule.ts'
import { facesFor } from './fonts/faces-for.ts'
import { FontShelf } from './fonts/font-shelf.ts'
import { layOut } from './marks/text-layout.ts'
import { openTypeface } from './marks/typeface.ts'

/** What watermark/2 sets on real pictures, with the font of the project and a few Chinese characters. */

const base64 = (text: string) => Buffer.from(text).toString('base64url')
const text = (words: string, more = '') => `watermark/2/text/${base64(words)}${more}`
const white = base64('#FFFFFF')
const bright = `/fill/${white}/dissolve/100`

interface Ink {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  readonly width: number
  readonly height: number
  /** Of all pixels, 0 to 255. */
  readonly mean: number
}

/** Where something is that is not black. */
async function inkOf(bytes: Buffer, page = 0): Promise<Ink> {
  const { data, info } = await sharp(bytes, { page })
    .removeAlpha()
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const box = { left: info.width, top: info.height, right: -1, bottom: -1 }
  let sum = 0
  for (let y = 0; y < info.height; y++) {
    for (let x = 0; x < info.width; x++) {
      const value = data[y * info.width + x]!
      sum += value
      if (value < 16) continue
      box.left = Math.min(box.left, x)
      box.right = Math.max(box.right, x)
      box.top = Math.min(box.top, y)
      box.bottom = y
    }
  }
  const { left, top, right, bottom } = box
  return { ...box, width: right - left + 1, height: bottom - top + 1, mean: sum / data.length }
}

const on = async (rule: string, input = 'black') => inkOf((await process(input, rule)).bytes)

describe('the place of a text', () => {
  test.each([
    ['W18: lower right by default', '', 'right', 'bottom'],
    ['W19', '/gravity/northwest', 'left', 'top'],
    ['northeast', '/gravity/northeast', 'right', 'top'],
    ['southwest', '/gravity/SouthWest', 'left', 'bottom'],
    ['center', '/gravity/center', 'middle', 'middle'],
    ['west', '/gravity/west', 'left', 'middle'],
    ['north', '/gravity/north', 'middle', 'top'],
  ])('%s', async (_, gravity, across, down) => {
    const ink = await on(text('数据万象', `${bright}/fontsize/40${gravity}`))
    const near = (value: number, expected: number) => expect(Math.abs(value - expected)).toBeLessThan(25)
    if (across === 'left') near(ink.left, 0)
    if (across === 'right') near(ink.right, 999)
    if (across === 'middle') near((ink.left + ink.right) / 2, 500)
    if (down === 'top') near(ink.top, 0)
    if (down === 'bottom') near(ink.bottom, 499)
    if (down === 'middle') near((ink.top + ink.bottom) / 2, 250)
    expect(ink.width).toBeGreaterThan(140)
    expect(ink.width).toBeLessThan(170)
  })

  test('moves by dx and dy to the inside', async () => {
    const [there, moved] = await Promise.all([on(text('Test', bright)), on(text('Test', `${bright}/dx/30/dy/20`))])
    expect([there.left - moved.left, there.top - moved.top]).toEqual([30, 20])
    expect([moved.width, moved.height]).toEqual([there.width, there.height])
  })

  test('letters that swing out of their box are whole where there is room', async () => {
    // A j begins to the left of where it is set.
    const ink = await on(text('j', `${bright}/fontsize/200/gravity/northwest/dx/60`))
    const middle = await on(text('Mj', `${bright}/fontsize/200/gravity/northwest/dx/60`))
    expect(ink.left).toBeLessThan(60)
    expect(ink.right).toBeLessThan(middle.right)
    expect((await on(text('j', `${bright}/fontsize/200/gravity/northwest`))).left).toBe(0)
  })

  test('what does not fit is cut off, whatever the size of the text', async () => {
    const wide = await on(text('a very long line '.repeat(40).trim(), `${bright}/fontsize/60`))
    expect([wide.left < 30, wide.right > 970]).toEqual([true, true])
    expect((await on(text('A', `${bright}/fontsize/5000/gravity/center`))).mean).toBeGreaterThan(20)
    expect((await on(text('A', `${bright}/gravity/northwest/dx/2000`))).mean).toBe(0)
  })
})

describe('the letters', () => {
  test('are as large as asked for, 13 pixels by default', async () => {
    const [said, unsaid] = await Promise.all(
      ['/fontsize/13', ''].map((size) => process('black', text('Hg', bright + size))),
    )
    expect(unsaid!.bytes.equals(said!.bytes)).toBe(true)
    const height = async (fontsize: string) => (await on(text('H', `${bright}${fontsize}`))).height
    // The H of this font is 0.71 of its size.
    expect(await height('')).toBeGreaterThanOrEqual(9)
    expect(await height('')).toBeLessThanOrEqual(11)
    expect(Math.abs((await height('/fontsize/100')) - 71)).toBeLessThanOrEqual(2)
  })

  test('have the colour asked for, and #3D3D3D by default', async () => {
    const colourOf = async (rule: string) => {
      const { bytes } = await process('black', `${rule}/fontsize/200/gravity/northwest`)
      const { channels } = await sharp(bytes).stats()
      return channels.map(({ max }) => max)
    }
    expect(await colourOf(text('I', `/fill/${base64('#FF8000')}/dissolve/100`))).toEqual([255, 128, 0])
    expect(await colourOf(text('I', '/dissolve/100'))).toEqual([61, 61, 61])
    expect((await colourOf(text('I', `/fill/${white}`)))[0]).toBe(230)
    expect((await colourOf(text('I', `/fill/${white}/dissolve/50`)))[0]).toBe(128)
  })

  test('W21: padding of Base64 makes no difference', async () => {
    const [one, other] = await Promise.all(
      ['I0ZGMDAwMA', 'I0ZGMDAwMA=='].map((fill) =>
        process('N', `watermark/2/text/VGVzdA/fill/${fill}/dissolve/100/fontsize/40`),
      ),
    )
    expect(one!.bytes.equals(other!.bytes)).toBe(true)
  })

  test('PI01: the example of the pages', async () => {
    const rule = 'imageMogr2/thumbnail/!50p|watermark/2/text/5pWw5o2u5LiH6LGh/fill/I0ZGRkZGRg==/fontsize/30/dx/20/dy/20'
    const { result, bytes } = await process('black', rule)
    expect([result.width, result.height]).toEqual([500, 250])
    const ink = await inkOf(bytes)
    expect([ink.left > 350, ink.top > 180, ink.right < 481, ink.bottom < 231]).toEqual([true, true, true, true])
  })

  test('stand in as many lines as there are, kerned, with accents over them', async () => {
    const [one, two] = await Promise.all([on(text('H', bright)), on(text('H\nH\r\nH', bright))])
    expect(two.width).toBe(one.width)
    expect(two.height).toBeGreaterThan(one.height + 30)
    const wide = async (words: string) => (await on(text(words, `${bright}/fontsize/100/gravity/northwest`))).width
    expect(await wide('AV')).toBeLessThan((await wide('A')) + (await wide('V')))
    expect((await on(text('E\u0301', `${bright}/fontsize/100`))).height).toBe(
      (await on(text('\u00c9', `${bright}/fontsize/100`))).height,
    )
  })

  test('have a shadow to the lower right, as dark as asked for', async () => {
    keep('paper', await plain(300, 200, '#ffffff').png().toBuffer())
    const darkest = async (shadow: string) => {
      const { bytes } = await process('paper', text('I', `${bright}/fontsize/100/gravity/northwest${shadow}`))
      return (await sharp(bytes).stats()).channels[0]!.min
    }
    expect(await darkest('')).toBe(255)
    expect(await darkest('/shadow/0')).toBe(255)
    const inked = async (shadow: string) => {
      const { bytes } = await process(
        'paper',
        text('I', `/fill/${base64('#FE0000')}/dissolve/100/fontsize/100/gravity/northwest${shadow}`),
      )
      const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
      // Blue is gone from letters and from their shadow alike.
      const columns = Array.from({ length: 100 * info.width }, (_, at) => at).filter((at) => data[at * 3 + 2]! < 128)
      return {
        left: Math.min(...columns.map((at) => at % info.width)),
        right: Math.max(...columns.map((at) => at % info.width)),
      }
    }
    const [bare, shaded] = [await inked(''), await inked('/shadow/100')]
    expect(shaded.left).toBe(bare.left)
    expect(Math.abs(shaded.right - bare.right - 10)).toBeLessThanOrEqual(2)
    const [half, full] = [await darkest('/shadow/50'), await darkest('/shadow/100')]
    expect(full).toBeLessThan(60)
    expect(half).toBeGreaterThan(full + 60)
    // Of black on black nothing is seen, and the letters stay where they are.
    expect(await on(text('I', `${bright}/fontsize/100/shadow/90/gravity/northwest`))).toMatchObject({
      left: (await on(text('I', `${bright}/fontsize/100/gravity/northwest`))).left,
    })
  })

  test.each([
    ['width', '/scatype/1/spcent/500', (ink: Ink) => ink.width / 1000, 0.47],
    ['height', '/scatype/2/spcent/500', (ink: Ink) => ink.height / 500, 0.26],
    ['area', '/scatype/3/spcent/250', (ink: Ink) => ((ink.width / 1000) * ink.height) / 500, 0.125],
  ])('take their share of the %s', async (_, scale, share, expected) => {
    expect(Math.abs(share(await on(text('HHHH', `${bright}${scale}`))) - expected)).toBeLessThan(0.03)
  })
})

describe('over the whole picture', () => {
  test('W22: in all quarters, turned', async () => {
    const { bytes } = await process('black', text('Test', `${bright}/batch/1/degree/45`))
    for (const [left, top] of [
      [0, 0],
      [500, 0],
      [0, 250],
      [500, 250],
    ] as const) {
      const quarter = await sharp(bytes).extract({ left, top, width: 500, height: 250 }).png().toBuffer()
      expect((await inkOf(quarter)).mean).toBeGreaterThan(3)
    }
  })

  test('further apart with more space', async () => {
    const mean = async (spacing: number) => (await on(text('Test', `${bright}/batch/1/spacing/${spacing}`))).mean
    const [close, apart] = [await mean(0), await mean(100)]
    // Four times the area for each.
    expect(close / apart).toBeGreaterThan(3.5)
    expect(close / apart).toBeLessThan(4.5)
  })

  test('W23: a degree without it counts for nothing', async () => {
    const [one, other] = await Promise.all(['', '/degree/45'].map((more) => process('L', text('Test', more))))
    expect(one!.bytes.equals(other!.bytes)).toBe(true)
  })
})

describe('characters', () => {
  const tofu = (character: string, code: string, shown = ` "${character}"`) => [character, code, shown] as const

  test.each([
    tofu('大', 'U+5927'),
    tofu('\u{13000}', 'U+13000'),
    tofu('😀', 'U+1F600'),
    tofu('\u0001', 'U+0001', ''),
    tofu('\u{10fffd}', 'U+10FFFD', ''),
    tofu('\ufffe', 'U+FFFE', ''),
  ])('%j that no font has is named', async (character, code, shown) => {
    expect(await refused('L', `imageMogr2/strip|${text(`数据 and ${character}`)}`)).toMatchObject({
      code: 'RuleNotApplicable',
      message: `Stage 2: No font has the character ${code}${shown} of the text of the watermark.`,
    })
  })

  test('that show nothing need no font', async () => {
    const plain = await on(text('AB', bright))
    expect((await on(text('A\u200b\u2060B\u200d', bright))).width).toBe(plain.width)
    expect((await on(text(' \t \n ', bright))).mean).toBe(0)
  })

  test('of one text may be set in several fonts', async () => {
    const [latin, chinese, both] = await Promise.all(
      ['Test', '数据', 'Test数据'].map((words) => on(text(words, `${bright}/fontsize/50`))),
    )
    expect(Math.abs(both!.width - latin!.width - chinese!.width)).toBeLessThan(12)
  })

  test.each([
    'few-chinese.ttf',
    'FEW-CHINESE.TTF',
    'few-chinese',
    'OpenSans-Regular',
    'tahoma.ttf',
    'simhei.ttf',
    '../../etc/passwd',
  ])('are set with the font "%s"', async (font) => {
    expect((await on(text('Test 数据', `${bright}/font/${base64(font)}`))).mean).toBeGreaterThan(0)
  })
})

test('the font that a rule names comes first, or the one that texts are set in by default', async () => {
  const { files } = await shelf.fonts()
  const hasChinese = async (named: string | undefined, fonts = files) => (await facesFor(named, fonts)(0))!.has('数')
  expect(
    await Promise.all(
      ['few-chinese.ttf', 'FEW-Chinese', 'opensans-regular.ttf', 'unknown', undefined].map((name) => hasChinese(name)),
    ),
  ).toEqual([true, true, false, false, false])
  const own = files.map(({ name, file }) => ({ name: name === 'few-chinese' ? 'tahoma' : name, file }))
  expect(await hasChinese(undefined, own)).toBe(true)
})

describe('a shelf of fonts', () => {
  const shelfOf = (name: string, files: readonly [name: string, bytes: string | Buffer][]) => {
    const place = join(folder, name)
    mkdirSync(place)
    for (const [file, bytes] of files) writeFileSync(join(place, file), bytes)
    return new FontShelf(place)
  }

  test('has the font of the project, and those of the folder by name', async () => {
    const place = join(folder, 'fonts')
    mkdirSync(place)
    for (const name of ['Tahoma.TTF', 'b.ttf', 'readme.txt'])
      copyFileSync('test/fixtures/fonts/few-chinese.ttf', join(place, name))
    const { files, edition } = await new FontShelf(place).fonts()
    expect(files.map(({ name }) => name)).toEqual(['opensans-regular', 'tahoma', 'b'])
    const own = await new FontShelf(null).fonts()
    expect(own.files.map(({ name }) => name)).toEqual(['opensans-regular'])
    expect(own.edition).not.toBe(edition)
    expect((await new FontShelf(place).fonts()).edition).toBe(edition)
    // What the protocol sets texts in by default is preferred when it is there.
    const { runs } = await layOut('数 A', facesFor(undefined, files))
    expect(runs).toHaveLength(2)
  })

  test('passes over what is no font', async () => {
    const { files } = await shelfOf('broken', [
      ['a.ttf', ''],
      ['b.otf', 'no font'],
      ['c.ttc', Buffer.concat([Buffer.from('ttcf'), Buffer.alloc(8, 255)])],
      ['d.ttf', Buffer.alloc(5000, 7)],
    ]).fonts()
    expect((await layOut('A', facesFor('a', files))).width).toBeGreaterThan(0.5)
    await expect(layOut('大', facesFor('a', files))).rejects.toThrow('U+5927')
  })

  test('a character that a font has, and nothing to be seen of it, is named as well', async () => {
    const { files } = await shelfOf('hollow', [['hollow.ttf', await hollow('A')]]).fonts()
    await expect(layOut('BAB', facesFor('hollow', files))).rejects.toThrow('U+0041 "A"')
    expect((await layOut('B', facesFor('hollow', files))).width).toBeGreaterThan(0.3)
    expect((await layOut('A', facesFor(undefined, files))).width).toBeGreaterThan(0.3)
  })

  test('says so when the folder cannot be one', async () => {
    await expect(new FontShelf(join(folder, 'nowhere')).check()).rejects.toThrow(
      /PIXMILL_FONTS_DIR is .*nowhere: it cannot be read, expected a folder of fonts/,
    )
    const many = Array.from({ length: 201 }, (_, n) => [`${n}.ttf`, ''] as [string, string])
    await expect(shelfOf('many', many).check()).rejects.toThrow('it has 201 fonts, at most 200 are allowed')
  })
})

/** The font of the project with an empty outline for a character: its place in the table of places begins where it ends. */
async function hollow(character: string): Promise<Buffer> {
  const file = 'fonts/OpenSans-Regular.ttf'
  const font = readFileSync(file)
  const placeOf = (table: string) => font.readUInt32BE(font.indexOf(table, 12, 'latin1') + 8)
  const bytes = font.readUInt16BE(placeOf('head') + 50) === 1 ? 4 : 2
  const [glyph] = (await openTypeface(file)).shape(character).glyphs
  const at = placeOf('loca') + glyph!.id * bytes
  font.copy(font, at, at + bytes, at + 2 * bytes)
  return font
}

describe('bounds', () => {
  test('a text of 100 kB is refused, one that just fits into a rule is set', async () => {
    expect(() => checkRule(text('x'.repeat(100_000)))).toThrow(/The rule has \d+ characters, at most 16384/)
    expect(() => checkRule(text('x'.repeat(4_096)))).not.toThrow()
    expect(() => checkRule(text('x'.repeat(4_097)))).toThrow('text has 4097 characters, at most 4096 are allowed')
    expect((await on(text('数'.repeat(4_000), bright))).left).toBe(0)
    for (const gravity of ['northwest', 'center', 'southeast']) {
      expect((await on(text('数据'.repeat(2_000), `${bright}/fontsize/1000/gravity/${gravity}`))).mean).toBeGreaterThan(
        5,
      )
    }
    expect((await on(text('x\n'.repeat(2_000), bright))).mean).toBeGreaterThan(0)
  })

  test('repeated, one that would be larger than any picture is refused with its size', async () => {
    expect(await refused('L', text('W'.repeat(6), '/fontsize/8000/batch/1'))).toMatchObject({
      code: 'PictureOverLimit',
    })
  })
})

test('text on every frame, beside a picture, and in a rule of an address', async () => {
  keep(
    'dark',
    await sharp({ create: { width: 60, height: 40 * 3, channels: 3, background: '#000000' } })
      .raw()
      .toBuffer(),
  )
  const moving = await process(
    'G5',
    `${text('I', `/fill/${white}/dissolve/100/fontsize/60/gravity/center`)}|watermark/1/image/${addressOf('K')}`,
  )
  const said = await sharp(moving.bytes).metadata()
  expect(said).toMatchObject({ pages: 5, delay: delay(5), loop: 3 })
  for (let page = 0; page < 5; page++) {
    const { data, info } = await sharp(moving.bytes, { page }).raw().toBuffer({ resolveWithObject: true })
    const at = (50 * info.width + 100) * info.channels
    expect([...data.subarray(at, at + 3)].every((value) => value > 200)).toBe(true)
  }
  const inner = addressOf('black', text('I', `${bright}/fontsize/400/gravity/center`))
  expect((await on(`watermark/1/image/${inner}/dissolve/100/scatype/1/spcent/500`)).mean).toBeGreaterThan(1)
})
