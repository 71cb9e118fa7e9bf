import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import {
  addressOf,
  drawn,
  expectColour,
  folder,
  green,
  keep,
  pixel,
  process,
  quarters,
  type Rgb,
  red,
  refused,
  yellow,
} from '../../test/support/drawn-pictures.ts'
import { growth } from '../../test/support/growth.ts'
import { Failure } from '../base/index.ts'
import { readBmp } from './bmp/read-bmp.ts'
import { writeBmp } from './bmp/write-bmp.ts'
import { sanitizedSvg } from './facts/svg.ts'

const bmp64 = () => writeBmp(quarters(64, 48), 64, 48)

/** The same picture as a PNG, so that sharp can look at it. */
function asPng(bytes: Buffer): Promise<Buffer> {
  const { pixels, ...raw } = readBmp(bytes)
  return sharp(pixels, { raw }).png().toBuffer()
}

describe('BMP', () => {
  test.each([
    ['O14', 'imageMogr2/format/png', 'png', 64, 48],
    ['O15', 'imageMogr2/format/jpg', 'jpeg', 64, 48],
    ['kept', 'imageMogr2/thumbnail/32x', 'bmp', 32, 24],
    ['turned', 'imageMogr2/rotate/90/format/webp', 'webp', 48, 64],
    ['in several passes', 'imageMogr2/bright/1/blur/3x1/rotate/10|imageView2/1/w/20/h/20', 'bmp', 20, 20],
  ])('%s: in, with %s', async (_, rule, format, width, height) => {
    keep('B', bmp64())
    const { source, result, bytes } = await process('B', rule, true)
    expect(source).toMatchObject({ format: 'bmp', width: 64, height: 48, quality: 100, frames: 1 })
    expect(source.averageColour).toMatch(/^0x[0-9a-f]{6}$/)
    expect(result).toMatchObject({ format, width, height })
    if (width > 30)
      expectColour(
        await pixel(format === 'bmp' ? await asPng(bytes) : bytes, width - 1, height - 1),
        rule.includes('rotate') ? green : yellow,
        40,
      )
  })

  test.each([
    ['O04', 'L', 1000, 500],
    ['transparent', 'A', 400, 300],
    ['grey', 'grey', 1000, 500],
    ['16 bits', 'deep', 100, 50],
    ['CMYK', 'cmyk', 1000, 500],
    ['an animation', 'G5', 200, 100],
    ['turned by its orientation, which BMP does not have', 'L6', 500, 1000],
  ])('%s: out, from %s', async (_, input, width, height) => {
    const { result, bytes } = await process(input, 'imageMogr2/format/bmp')
    expect(result).toMatchObject({ format: 'bmp', contentType: 'image/bmp', width, height, frames: 1, quality: 100 })
    expect(bytes.length).toBe(54 + Math.ceil((width * 3) / 4) * 4 * height)
    const png = await asPng(bytes)
    if (input === 'A') expect(await pixel(png, 10, 10)).toEqual([255, 255, 255])
    if (input === 'deep' || input === 'G5') expectColour(await pixel(png, 3, 3), red, 40)
  })

  test('the original of a BMP is the BMP', async () => {
    keep('B', bmp64())
    const { bytes, result } = await process('B', 'imageMogr2/iradius/100/ignore-error/1', true)
    expect(bytes.equals(bmp64())).toBe(true)
    expect(result).toMatchObject({ format: 'bmp', width: 64, height: 48 })
  })

  test('one that is cut off is refused', async () => {
    keep('cut BMP', bmp64().subarray(0, 5_000))
    const failure = await refused('cut BMP', 'imageMogr2/rotate/90')
    expect([failure.code, failure.message]).toEqual([
      'PictureBroken',
      'The source looks like BMP and cannot be decoded: its pixels are cut off.',
    ])
  })

  test('its size is judged before a pixel is', async () => {
    const lying = bmp64()
    lying.writeInt32LE(60_000, 18)
    keep('lying BMP', lying)
    expect((await refused('lying BMP', 'imageMogr2')).message).toMatch(/width of the source is 60000/)
  })
})

const svg = (inside: string, more = '') =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="200" height="100" ${more}>${inside}</svg>`,
  )

describe('SVG', () => {
  const shapes = '<rect width="100" height="100" fill="#ff0000"/><circle cx="150" cy="50" r="40" fill="url(#g)"/>'
  const gradient = '<defs><linearGradient id="g"><stop stop-color="#00ff00"/></linearGradient></defs>'

  test.each([
    ['as PNG when nothing is said', 'imageMogr2', 'png', 200, 100],
    ['scaled', 'imageMogr2/thumbnail/50x', 'png', 50, 25],
    ['as JPEG, on white', 'imageMogr2/format/jpg', 'jpeg', 200, 100],
    ['turned and cut', 'imageMogr2/rotate/90/crop/100x100/format/webp', 'webp', 100, 100],
  ])('is drawn %s', async (_, rule, format, width, height) => {
    keep('drawing', svg(gradient + shapes))
    const { source, result, bytes } = await process('drawing', rule, true)
    expect(source).toMatchObject({ format: 'svg', width: 200, height: 100 })
    expect(result).toMatchObject({ format, width, height })
    if (rule === 'imageMogr2/format/jpg') {
      expectColour(await pixel(bytes, 50, 50), [255, 0, 0], 4)
      expectColour(await pixel(bytes, 150, 50), [0, 255, 0], 4)
      expectColour(await pixel(bytes, 197, 3), [255, 255, 255], 4)
    }
  })

  test.each([
    ['<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by hand -->\n'],
    ['\ufeff<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'],
  ])('is known behind %s', async (before) => {
    keep('with a prologue', Buffer.concat([Buffer.from(before), svg(shapes)]))
    expect((await process('with a prologue', 'imageMogr2')).result).toMatchObject({ width: 200, height: 100 })
  })

  test.each([
    ['entities', Buffer.concat([Buffer.from('<!DOCTYPE svg [<!ENTITY a "aaaa">]>'), svg('&a;')]), /entities/],
    ['a style sheet from elsewhere', svg('<style>@import url(http://a.test/a.css);</style>'), /style sheet/],
    [
      'an include',
      svg('<xi:include href="/etc/passwd" parse="text"/>', 'xmlns:xi="http://www.w3.org/2001/XInclude"'),
      /includes/,
    ],
    ['a picture as data', svg('<image width="9" height="9" href=" data:image/png;base64,AAAA"/>'), /another picture/],
    [
      'a picture from a file',
      svg('<image width="9" height="9" xlink:href="file:///etc/hostname"/>'),
      /another picture/,
    ],
    [
      'a picture in disguise',
      svg('<image width="9" height="9" href=\'&#104;ttp://a.test/c.png\'/>'),
      /another picture/,
    ],
    ['a filter of a picture', svg('<filter id="f"><feImage href="http://a.test/d.png"/></filter>'), /another picture/],
    ['another encoding', Buffer.from(svg('ä').toString(), 'latin1'), /UTF-8/],
    ['nothing that ends', svg('<g>').subarray(0, 100), /SVG and cannot be decoded/],
    [
      'a size beyond the limits',
      svg('', 'viewBox="0 0 1 1"').toString().replace('width="200"', 'width="99999"'),
      /99999|SVG/,
    ],
  ])('with %s is refused', async (_, file, says) => {
    keep('hostile drawing', Buffer.from(file))
    const failure = await refused('hostile drawing', 'imageMogr2')
    expect(failure.code).toMatch(/PictureNotSupported|PictureBroken|PictureOverLimit/)
    expect(failure.message).toMatch(says)
  })

  test('loads nothing from anywhere', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    keep(
      'black',
      await sharp({ create: { width: 9, height: 9, channels: 3, background: '#000000' } })
        .png()
        .toBuffer(),
    )
    try {
      const inside = [
        `<a href="${at}/a"><rect width="9" height="9"/></a>`,
        `<rect width="200" height="100" fill="url(${at}/e.svg#a) #00ff00"/>`,
        `<use href="${at}/f.svg#a"/>`,
        `<style>rect{mask:url("${at}/g.svg#m")}</style>`,
        `<script href="${at}/h.js">document.title = 1</script>`,
      ]
      keep('curious', svg(inside.join('')))
      const { bytes } = await process('curious', 'imageMogr2/format/jpg')
      expectColour(await pixel(bytes, 190, 90), [0, 255, 0], 4)
      expect(asked).toEqual([])
    } finally {
      server.close()
    }
  })

  test('long text is refused, because a line takes the square of its length', async () => {
    keep('long', svg(`<text>${'words '.repeat(800)}</text>`))
    expect((await refused('long', 'imageMogr2')).message).toMatch(/4800 characters of text, at most 4000/)
    keep('long', svg(`<text><![CDATA[${'words '.repeat(800)}]]></text>`))
    expect((await refused('long', 'imageMogr2')).message).toMatch(/characters of text/)
    keep('long', svg(`<!-- ${'words '.repeat(800)} --><style>/* ${'words '.repeat(800)} */</style><text>few</text>`))
    expect((await process('long', 'imageMogr2')).result.width).toBe(200)
  })

  const uses = (of: string, count: number, quote = '"') => `<use href=${quote}#${of}${quote}/>`.repeat(count)
  const levels = (count: number, width: number, quote?: string) =>
    `<defs><g id="l0"><rect width="1" height="1"/></g>${Array.from({ length: count }, (_, n) => `<g id="l${n + 1}">${uses(`l${n}`, width, quote)}</g>`).join('')}</defs>${uses(`l${count}`, 1)}`

  const nest = (kind: string, by: string, more = '') =>
    `<defs>${Array.from({ length: 9 }, (_, n) => `<${kind} id="n${n + 1}"${more}>${`<rect width="50" height="50" ${by}="url(#n${n})"/>`.repeat(10)}</${kind}>`).join('')}</defs><rect width="200" height="100" ${by}="url(#n9)"/>`

  test.each([
    ['billions', levels(12, 10)],
    ['billions, in other quotes, with marks that end nothing', `<!-- <g> --><g class=">">${levels(12, 10, "'")}</g>`],
    ['billions, by encoded names', levels(12, 10).replaceAll('"#l', '"#&#108;').replaceAll('id="l', 'id="&#x6c;')],
    ['a large group, often', `<g id="l0">${'<rect/>'.repeat(2_000)}</g>${uses('l0', 100)}`],
    ['patterns of patterns', nest('pattern', 'fill', ' width="50" height="50" patternUnits="userSpaceOnUse"')],
    ['masks of masks', nest('mask', 'mask')],
    ['paths clipped by clipped paths', nest('clipPath', 'clip-path')],
    [
      'further than anybody counts',
      Array.from({ length: 600 }, (_, n) => `<g id="r${n}">${uses(`r${n + 1}`, 1)}</g>`).join(''),
    ],
  ])('what draws itself again and again is refused before it is drawn: %s', async (_, inside) => {
    keep('bomb', svg(inside))
    const failure = await refused('bomb', 'imageMogr2')
    expect([failure.code, failure.message]).toEqual([
      'PictureNotSupported',
      expect.stringMatching(/it has (?:\d+|Infinity) elements drawn again by reference, at most 1\d{5} are allowed/),
    ])
  })

  test('a few copies of copies are drawn, and so is what names itself or nothing', async () => {
    keep('copies', svg(`${levels(3, 10)}${uses('nothing', 3)}<g id="ring">${uses('ring', 2)}</g>`))
    const { bytes } = await process('copies', 'imageMogr2/format/jpg')
    expectColour(await pixel(bytes, 0, 0), [0, 0, 0], 8)
    // As a plot has them.
    const point = `<use href="#l0" clip-path="url(#clip)"/>`.repeat(3_000)
    keep('plot', svg(`<clipPath id="clip"><rect width="9" height="9"/></clipPath>${levels(0, 1)}${point}`))
    expect((await process('plot', 'imageMogr2')).result.width).toBe(200)
  })

  test.each([
    'url( ',
    'url(',
    'href="',
    "href='",
    'href =  ',
    '<a:',
    '<?xml ',
    ' ',
    '<!--',
    '<style>',
    '<use ',
    '<use href="#a" ',
    '"<',
  ])('megabytes of "%s" are looked through once', (text) => {
    const files = new Map([10_000, 400_000].map((size) => [size, svg(`<g ${text.repeat(size)}`)]))
    const look = (size: number) => {
      try {
        sanitizedSvg(files.get(size)!)
      } catch (error) {
        expect(error).toBeInstanceOf(Failure)
      }
    }
    // Forty times the text: what looks at the rest of it from every place takes 1600 times as long.
    expect(growth(look, 10_000, 40)).toBeLessThan(400)
  })
})

describe('colours', () => {
  const flat = (colour: string) => sharp({ create: { width: 40, height: 30, channels: 3, background: colour } })

  test('a wide gamut keeps its profile, and its colours are right without it', async () => {
    keep('P3', await drawn(100, 50).withIccProfile('p3').png().toBuffer())
    const kept = await process('P3', 'imageMogr2/thumbnail/50x')
    expect(kept.said.icc).toBeDefined()
    for (const rule of [
      'imageMogr2/thumbnail/50x/strip',
      'imageMogr2/format/bmp',
      'imageMogr2/rotate/10/rotate/350/strip',
    ]) {
      const { bytes, said, result } = await process('P3', rule)
      expect(said.icc).toBeUndefined()
      const png = result.format === 'bmp' ? await asPng(bytes) : bytes
      const middle = [Math.floor(result.width / 4), Math.floor(result.height / 4)] as const
      expectColour(await pixel(png, ...middle), red, 12)
    }
  })

  test.each([
    ['CMYK', () => flat('#c83232').toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer()],
    ['grey', () => flat('#646464').toColourspace('b-w').jpeg({ quality: 100 }).toBuffer()],
    ['16 bits', () => flat('#c83232').toColourspace('rgb16').png().toBuffer()],
    ['grey of 16 bits', () => flat('#646464').toColourspace('grey16').png().toBuffer()],
    ['16 bits of TIFF', () => flat('#c83232').toColourspace('rgb16').tiff().toBuffer()],
  ])('%s comes out as the colour it is, in every format and through every kind of step', async (name, make) => {
    keep(name, await make())
    // What little a press cannot print is lost on the way into CMYK.
    const expected: Rgb = name.startsWith('grey') ? [100, 100, 100] : name === 'CMYK' ? [200, 37, 30] : [200, 50, 50]
    for (const format of ['jpg', 'png', 'webp', 'gif', 'avif', 'bmp', 'tiff']) {
      for (const steps of ['thumbnail/20x', 'blur/2x1', 'rotate/180', 'rradius/2', 'thumbnail/30x30/pad/1/rotate/90']) {
        const { bytes, result } = await process(name, `imageMogr2/${steps}/format/${format}/quality/95!`)
        const png =
          result.format === 'bmp' ? await asPng(bytes) : await sharp(bytes).toColourspace('srgb').png().toBuffer()
        const at = [result.width >> 1, result.height >> 1] as const
        expectColour(await pixel(png, ...at), expected, 8)
      }
    }
  })

  test('16 bits of a wide gamut are the colours they are, with a profile and without one, turned or not', async () => {
    const picture = flat('#c85a28').toColourspace('rgb16').withIccProfile('p3')
    keep('deep P3', await picture.clone().png().toBuffer())
    keep(
      'deep P3 with EXIF',
      await picture
        .withExif({ IFD0: { Artist: 'somebody' } })
        .png()
        .toBuffer(),
    )
    for (const input of ['deep P3', 'deep P3 with EXIF']) {
      for (const format of ['jpg', 'png', 'webp', 'gif', 'avif', 'bmp', 'tiff']) {
        for (const steps of [
          'thumbnail/20x',
          'rotate/90',
          'rotate/90/rotate/30',
          'blur/2x1',
          'strip',
          'rotate/90/strip',
        ]) {
          const { bytes, said, result } = await process(input, `imageMogr2/${steps}/format/${format}/quality/95!`)
          const isKept = !steps.includes('strip') && format !== 'gif' && format !== 'bmp'
          expect([format, steps, said.icc !== undefined]).toEqual([format, steps, isKept])
          if (format === 'png') expect(said.depth).toBe('ushort')
          const picture = result.format === 'bmp' ? sharp(await asPng(bytes)) : sharp(bytes).toColourspace('srgb')
          // Read with a profile asked for, because sharp leaves colours of 16 bits in P3 otherwise.
          if (said.depth === 'ushort' && isKept) picture.withIccProfile('srgb', { attach: false })
          const shown = await picture.png().toBuffer()
          expectColour(await pixel(shown, result.width >> 1, result.height >> 1), [200, 90, 40], 8)
        }
      }
      expect((await process(input, 'imageMogr2', true)).source.averageColour).toMatch(/^0xc[789]5[9ab]2[789]$/)
    }
  })

  test('what a rule puts on is the colour that the rule says, whatever the colours of the picture', async () => {
    const rust: Rgb = [200, 90, 40]
    const fill = Buffer.from('#c85a28').toString('base64url')
    keep('rust', await flat('#c85a28').png().toBuffer())
    keep('grey P3', await flat('#808080').withIccProfile('p3').png().toBuffer())
    keep(
      'grey P3 with EXIF',
      await flat('#808080')
        .withIccProfile('p3')
        .withExif({ IFD0: { Artist: 'somebody' } })
        .jpeg({ quality: 100 })
        .toBuffer(),
    )
    keep('deep grey P3', await flat('#808080').toColourspace('rgb16').withIccProfile('p3').png().toBuffer())
    const inputs = ['grey P3', 'grey P3 with EXIF', 'deep grey P3']
    // Each with how far above the middle of the picture it is looked at.
    const puts: readonly (readonly [rule: string, above: number])[] = [
      [`imageMogr2/thumbnail/60x60/pad/1/color/${fill}`, 26],
      [`watermark/1/image/${addressOf('rust')}/dissolve/100/gravity/north/scatype/1/spcent/500`, 10],
      [`watermark/1/image/${addressOf('rust')}/dissolve/100/batch/1/spacing/0`, 10],
      // Of an I of this size nothing is seen but its colour.
      [
        `watermark/2/text/${Buffer.from('I').toString('base64url')}/fontsize/2000/gravity/center/dissolve/100/fill/${fill}`,
        10,
      ],
    ]
    const ends = [
      'format/png',
      'format/webp/quality/100!',
      'format/tiff',
      'strip',
      'rotate/30/rotate/330',
      'rotate/20/rotate/340/strip',
    ]
    for (const input of inputs) {
      for (const [put, above] of puts) {
        for (const end of ends) {
          const { bytes, said, result } = await process(input, `${put}|imageMogr2/${end}`)
          const isKept = !end.includes('strip')
          expect([input, put, end, said.icc !== undefined]).toEqual([input, put, end, isKept])
          const picture = sharp(bytes).toColourspace('srgb')
          if (said.depth === 'ushort' && isKept) picture.withIccProfile('srgb', { attach: false })
          const shown = await picture.png().toBuffer()
          const seen = await pixel(shown, result.width >> 1, (result.height >> 1) - above)
          expectColour(seen, rust, 12)
        }
      }
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.profile'))).toEqual([])
  })

  test('what is transparent is white wherever nothing can be transparent', async () => {
    for (const format of ['jpg', 'yjpeg', 'bmp']) {
      for (const steps of ['', 'thumbnail/100x/', 'blur/3x2/', 'rotate/20/', 'rradius/9/', 'grayscale/1/']) {
        const { bytes, result } = await process('A', `imageMogr2/${steps}format/${format}`)
        const png = result.format === 'bmp' ? await asPng(bytes) : bytes
        expectColour(await pixel(png, result.width >> 2, result.height >> 1), [255, 255, 255], 3)
      }
    }
  })
})
