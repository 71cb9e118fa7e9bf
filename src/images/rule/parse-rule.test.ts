import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../base/index.ts'
import { gravities } from './gravity.ts'
import { parseRule } from './parse-rule.ts'
import { printRule } from './print-rule.ts'

/** Texts and what they are canonically. */
const same: readonly (readonly [string, string])[] = [
  ['imageMogr2', 'imageMogr2'],
  ['imageMogr2/', 'imageMogr2'],
  [' imageMogr2/thumbnail/!50p\n', 'imageMogr2/thumbnail/!50p'],
  ['imageMogr2/thumbnail/!50p/', 'imageMogr2/thumbnail/!50p'],
  ['imageMogr2%2Fthumbnail%2F%2150p', 'imageMogr2/thumbnail/!50p'],
  ['imagemogr2/thumbnail/100x%7CimageMogr2/format/png', 'imageMogr2/thumbnail/100x|imageMogr2/format/png'],
  ['IMAGEMOGR2/Thumbnail/200X300!', 'imageMogr2/thumbnail/200x300!'],
  ['imageMogr2/thumbnail/!50px', 'imageMogr2/thumbnail/!50px'],
  ['imageMogr2/thumbnail/!x50p', 'imageMogr2/thumbnail/!x50p'],
  ['imageMogr2/thumbnail/x100', 'imageMogr2/thumbnail/x100'],
  ['imageMogr2/thumbnail/200x>', 'imageMogr2/thumbnail/200x>'],
  ['imageMogr2/thumbnail/x200<', 'imageMogr2/thumbnail/x200<'],
  ['imageMogr2/thumbnail/512x512%3E', 'imageMogr2/thumbnail/512x512>'],
  ['imageMogr2/thumbnail/!400x300r', 'imageMogr2/thumbnail/!400x300r'],
  ['imageMogr2/thumbnail/!400xr', 'imageMogr2/thumbnail/400x'],
  ['imageMogr2/thumbnail/!x300r', 'imageMogr2/thumbnail/x300'],
  ['imageMogr2/thumbnail/20000x20!', 'imageMogr2/thumbnail/10000x20!'],
  ['imageMogr2/thumbnail/20000@', 'imageMogr2/thumbnail/20000@'],
  ['imageMogr2/thumbnail/6x6/pad/1', 'imageMogr2/thumbnail/6x6/pad/1/color/I0ZGRkZGRg'],
  ['imageMogr2/thumbnail/6x6/pad/0/color/IzNEM0QzRA', 'imageMogr2/thumbnail/6x6'],
  ['imageMogr2/color/IzNEM0QzRA/pad/1/thumbnail/6x6', 'imageMogr2/thumbnail/6x6/pad/1/color/IzNEM0QzRA'],
  ['imageMogr2/thumbnail/6x6/strip/pad/1/color/M2QzZDNk', 'imageMogr2/thumbnail/6x6/pad/1/color/IzNEM0QzRA/strip'],
  ['imageMogr2/thumbnail/6x/pad/1', 'imageMogr2/thumbnail/6x'],
  ['imageMogr2/auto-orient/1/strip', 'imageMogr2/auto-orient/strip'],
  ['imageMogr2/auto-orient/0/strip/0', 'imageMogr2/strip/0'],
  ['imageMogr2/quality/60/format/jpeg', 'imageMogr2/format/jpg/quality/60'],
  ['imageMogr2/quality/60/quality/90!', 'imageMogr2/quality/90!'],
  ['imageMogr2/quality/150', 'imageMogr2/quality/100'],
  ['imageMogr2/rotate/90/rotate/90', 'imageMogr2/rotate/90/rotate/90'],
  ['imageMogr2/flip/Vertical', 'imageMogr2/flip/vertical'],
  ['imageMogr2/gravity/Center/crop/200x200', 'imageMogr2/crop/200x200/gravity/center'],
  ['imageMogr2/crop/200x200/gravity/SouthEast', 'imageMogr2/crop/200x200/gravity/southeast'],
  ['imageMogr2/crop/1x/crop/2x/gravity/east/gravity/west', 'imageMogr2/crop/1x/gravity/west/crop/2x/gravity/east'],
  ['imageMogr2/gravity/center/thumbnail/9x', 'imageMogr2/thumbnail/9x'],
  ['imageMogr2/crop/!300x300a30-100', 'imageMogr2/crop/!300x300a30-100'],
  ['imageMogr2/crop/!300x300+30%2B100', 'imageMogr2/crop/!300x300a30a100'],
  ['imageMogr2/cut/100x100x10x10', 'imageMogr2/cut/100x100x10x10'],
  ['imageMogr2/rcrop/50x150', 'imageMogr2/rcrop/50x150'],
  ['imageMogr2/indexcrop/width/500', 'imageMogr2/indexcrop/width/500/index/0'],
  ['imageMogr2/indexcrop/width/5/height/7/index/2', 'imageMogr2/indexcrop/height/7/index/2'],
  ['imageMogr2/blur/8x5', 'imageMogr2/blur/8x5'],
  ['imageMogr2/bright/-30', 'imageMogr2/bright/-30'],
  ['imageMogr2/size-limit/1024k!', 'imageMogr2/size-limit/1m!'],
  ['imageMogr2/AIGCMetadata/Label/YQ/ProduceID/Yg', 'imageMogr2/AIGCMetadata/Label/YQ/ProduceID/Yg'],
  ['imageMogr2/strip/bright/101/format/png/ignore-error/1', 'imageMogr2/bright/101/ignore-error/1'],
  [
    'imageMogr2/indexcrop/width/99999/index/2/ignore-error/1',
    'imageMogr2/indexcrop/width/99999/index/2/ignore-error/1',
  ],
  ['imageView2/9/w/100/ignore-error/1', 'imageView2/9/ignore-error/1'],
  ['imageView2/1/w/0/h/0/ignore-error/1', 'imageView2/w/0/ignore-error/1'],
  ['imageView2/2/w/500/q/60!', 'imageView2/2/w/500/q/60!'],
  ['imageView2/format/png', 'imageView2/format/png'],
  ['watermark/2/text/VGVzdA==/fill/I0ZGMDAwMA==/dx/20', 'watermark/2/text/VGVzdA/fill/I0ZGMDAwMA/dx/20'],
  // The standard alphabet has a slash: the text continues until the next known name.
  ['watermark/2/text/Pz8/Pw==/dx/1', 'watermark/2/text/Pz8_Pw/dx/1'],
  ['watermark/1/image/aHR0cDovL2EuYi9jLnBuZw/gravity/North', 'watermark/1/image/aHR0cDovL2EuYi9jLnBuZw/gravity/north'],
  ['imageSlim', 'imageSlim'],
  ['style/Small', 'style/Small'],
  ['QRcode/cover/1', 'QRcode/cover/1'],
]

describe('a rule is read as', () => {
  test.each(same)('%s → %s', (text, canonical) => {
    expect(printRule(parseRule(text))).toBe(canonical)
    expect(printRule(parseRule(canonical))).toBe(canonical)
  })
})

/** Texts and what the complaint has to name. */
const refused: [string, ...RegExp[]][] = [
  ['', /empty/],
  ['   ', /empty/],
  ['imageMogr2|', /Stage 2/, /""/],
  ['imageMogr2/thumbnail', /Stage 1: thumbnail has no value/, /<W>x<H>/],
  ['imageMogr2/thumbnail/abc', /thumbnail is "abc"/, /expected one of/],
  ['imageMogr2/thumbnail/0x5', /thumbnail is "0x5"/, /at least 1/],
  ['imageMogr2/thumbnail/-5x', /thumbnail is "-5x"/],
  ['imageMogr2/thumbnail/!0p', /from 1 to 1000/],
  ['imageMogr2/thumbnail/!1001p', /from 1 to 1000/],
  ['imageMogr2/thumbnail/250000001@', /from 1 to 250000000/],
  ['imageMogr2/thumbnail/1.5x', /"1.5x"/],
  ['imageMogr2/thumbnail/200x!', /"200x!"/],
  ['imageMogr2|imageMogr2/rotate/361', /Stage 2: rotate is "361", expected a whole number from 0 to 360/],
  ['imageMogr2/rotate', /Stage 1: rotate has no value, expected a whole number from 0 to 360/],
  ['imageMogr2/flip/sideways', /flip is "sideways"/, /vertical, horizontal/],
  // Z26
  [
    'imageMogr2/nonsense/1',
    /the name of an operation is "nonsense", expected one of thumbnail, cut, crop, .*ignore-error/,
  ],
  ['imageMogr2//strip', /""/],
  ['imageMogr2/format/nonsense', /format is "nonsense"/, /webp/],
  ['imageMogr2/quality/-1', /quality is "-1"/],
  ['imageMogr2/quality/!50', /quality is "!50"/],
  ['imageMogr2/interlace/2', /interlace is "2", expected 0 or 1/],
  ['imageMogr2/thumbnail/6x6/pad/1/color/IzNEM0', /color is "IzNEM0"/, /#RRGGBB/],
  ['imageMogr2/pad/1', /no|none/],
  ['imageMogr2/bright/101', /from -100 to 100/],
  ['imageMogr2/blur/51x5', /blur is "51x5"/],
  ['imageMogr2/crop/x', /crop is "x"/],
  ['imageMogr2/thumb nail/1x', /U\+0020/],
  ['imageMogr2/strip\u0000', /U\+0000/],
  ['imageMogr2/%zz', /%/],
  ['imageInfo', /only available on GET/],
  ['imageInfo/1', /^Stage 1: imageInfo is "1", expected nothing after it\.$/],
  ['imageMogr2/strip|exif', /Stage 2: exif/, /GET/],
  ['imageAve', /GET/],
  ['imageView2/6/w/1', /mode of imageView2 is "6"/],
  ['imageView2/1/z/1', /"z"/],
  ['watermark/5/text/YQ', /"5"/],
  ['watermark/2/dx/1', /has no text/],
  ['watermark/2/text/!!!', /text is "!!!"/],
  [
    'watermark/2/text/VGVzdA/colour/1',
    /^Stage 1: the name of a parameter of watermark\/2 is "colour", expected one of text, /,
  ],
  ['watermark/2/text/VGVzdA==/colour/1', /the name of a parameter of watermark\/2 is "colour"/],
  ['watermark/1/image/ZnRwOi8vYS9i', /http/],
  ['fooBar/1', /name of the interface is "fooBar"/],
  ['constructor', /"constructor"/],
  ['__proto__/1', /"__proto__"/],
  ['imageMogr2/constructor/1', /"constructor"/],
  // Z25
  [Array(11).fill('imageMogr2/rotate/90').join('|'), /has 11 stages, at most 10 are allowed/],
]

const mark = `watermark/1/image/${Buffer.from('http://a/b.png').toString('base64url')}`

/** Every parameter with a range: what lies just outside of it, and the range that the complaint has to name. */
const ranges: readonly (readonly [stage: string, parameter: string, outside: string, range: string])[] = [
  ['imageMogr2/thumbnail/', 'thumbnail', '!0px', 'a percentage from 1 to 1000'],
  ['imageMogr2/thumbnail/', 'thumbnail', '!x1001p', 'a percentage from 1 to 1000'],
  ['imageMogr2/thumbnail/', 'thumbnail', '0@', 'an area from 1 to 250000000 pixels'],
  ['imageMogr2/thumbnail/', 'thumbnail', '5x0>', 'sides of at least 1 pixel'],
  ['imageMogr2/thumbnail/5x5/pad/', 'pad', '2', '0 or 1'],
  ['imageMogr2/cut/', 'cut', '5x0x1x1', '<W>x<H>x<dx>x<dy> with whole numbers, width and height from 1'],
  ['imageMogr2/cut/', 'cut', '5x5x-1x1', '<W>x<H>x<dx>x<dy> with whole numbers, width and height from 1'],
  ['imageMogr2/crop/', 'crop', '0x5', 'sides of at least 1 pixel'],
  ['imageMogr2/crop/', 'crop', '!0x5a1a1', 'sides of at least 1 pixel'],
  ['imageMogr2/iradius/', 'iradius', '0', 'a whole number from 1 to 50000'],
  ['imageMogr2/rradius/', 'rradius', '50001', 'a whole number from 1 to 50000'],
  [
    'imageMogr2/rcrop/',
    'rcrop',
    '1x10001',
    '<min>x<max> with whole numbers from 1 to 10000, the first not above the second',
  ],
  [
    'imageMogr2/rcrop/',
    'rcrop',
    '3x2',
    '<min>x<max> with whole numbers from 1 to 10000, the first not above the second',
  ],
  ['imageMogr2/indexcrop/width/', 'width', '0', 'a whole number from 1 to 50000'],
  ['imageMogr2/indexcrop/height/', 'height', '50001', 'a whole number from 1 to 50000'],
  ['imageMogr2/indexcrop/width/5/index/', 'index', '-1', 'a whole number from 0 to 1000000'],
  ['imageMogr2/rotate/', 'rotate', '-1', 'a whole number from 0 to 360'],
  ['imageMogr2/bright/', 'bright', '-101', 'a whole number from -100 to 100'],
  ['imageMogr2/contrast/', 'contrast', '101', 'a whole number from -100 to 100'],
  ['imageMogr2/sharpen/', 'sharpen', '9', 'a whole number from 10 to 300'],
  ['imageMogr2/sharpen/', 'sharpen', '301', 'a whole number from 10 to 300'],
  ['imageMogr2/blur/', 'blur', '0x1', '<radius>x<sigma>, a whole number from 1 to 50 and a number from 0.001 to 1000'],
  [
    'imageMogr2/blur/',
    'blur',
    '5x1001',
    '<radius>x<sigma>, a whole number from 1 to 50 and a number from 0.001 to 1000',
  ],
  ['imageMogr2/grayscale/', 'grayscale', '2', '0 or 1'],
  ['imageMogr2/interlace/', 'interlace', 'yes', '0 or 1'],
  ['imageMogr2/rquality/', 'rquality', '-1', 'a whole number from 0 to 100'],
  ['imageMogr2/lquality/', 'lquality', '5!', 'a whole number from 0 to 100'],
  ['imageMogr2/size-limit/', 'size-limit', '0k', '<n>k or <n>m with a whole number from 1, with or without ! after it'],
  ['imageMogr2/cgif/', 'cgif', '101', 'a whole number from 1 to 100'],
  ['imageMogr2/egif/', 'egif', '0', 'a whole number from 1 to 300'],
  ['imageMogr2/frame/', 'frame', '0', 'a whole number from 1 to 1000000'],
  ['imageMogr2/minisize/', 'minisize', '2', '0 or 1'],
  ['imageMogr2/ignore-error/', 'ignore-error', '2', '0 or 1'],
  ['imageView2/', 'the mode of imageView2', '6', 'a whole number from 0 to 5'],
  ['imageView2/1/w/', 'w', '0', 'a whole number from 1'],
  ['imageView2/1/h/', 'h', '-5', 'a whole number from 1'],
  ['imageView2/1/w/5/lq/', 'lquality', '-1', 'a whole number from 0 to 100'],
  [`${mark}/gravity/`, 'gravity', 'middle', `one of ${gravities.join(', ')}`],
  [`${mark}/dx/`, 'dx', '-1', 'a whole number from 0 to 50000'],
  [`${mark}/dy/`, 'dy', '50001', 'a whole number from 0 to 50000'],
  [`${mark}/blogo/`, 'blogo', '3', 'a whole number from 1 to 2'],
  [`${mark}/scatype/`, 'scatype', '4', 'a whole number from 1 to 3'],
  [`${mark}/spcent/`, 'spcent', '1001', 'a whole number from 1 to 1000'],
  [`${mark}/scatype/3/spcent/`, 'spcent', '251', 'a whole number from 1 to 250 when scatype is 3'],
  [`${mark}/dissolve/`, 'dissolve', '0', 'a whole number from 1 to 100'],
  [`${mark}/batch/`, 'batch', '2', '0 or 1'],
  [`${mark}/degree/`, 'degree', '361', 'a whole number from 0 to 360'],
  [`${mark}/spacing/`, 'spacing', '101', 'a whole number from 0 to 100'],
  ['watermark/2/text/YQ/fontsize/', 'fontsize', '0', 'a whole number from 1 to 10000'],
  ['watermark/2/text/YQ/fill/', 'fill', 'I0ZG', 'URL-safe Base64 of a colour #RRGGBB'],
  ['watermark/2/text/YQ/shadow/', 'shadow', '101', 'a whole number from 0 to 100'],
]

test.each(ranges)('%s: %s outside of its range is refused with both', (stage, parameter, outside, range) => {
  const text = `imageMogr2/strip|${stage}${outside}/`
  expect(refusal(text).message).toBe(`Stage 2: ${parameter} is "${outside}", expected ${range}.`)
})

describe('a rule is refused', () => {
  test.each(refused)('%s', (text, ...says) => {
    const failure = refusal(text)
    expect(failure.code).toBe('RuleInvalid')
    for (const words of says) expect(failure.message).toMatch(words)
  })

  test.each([
    ['100 kB of one letter', 'a'.repeat(100_000)],
    ['1000 stages', Array(1000).fill('imageMogr2').join('|')],
    ['16 kB of slashes', `imageMogr2${'/'.repeat(16_000)}x`],
    ['16 kB of digits', `imageMogr2/thumbnail/${'9'.repeat(16_000)}x`],
    ['16 kB of Base64', `watermark/2/text/${'QUJD'.repeat(4_000)}`],
    ['thousands of operations with a mistake at the end', `imageMogr2${'/rotate/90'.repeat(1_500)}/x`],
    ['control characters', `imageMogr2/${'\u001b[2J'.repeat(100)}`],
    ['half of a surrogate pair', 'imageMogr2/\ud800'],
  ])('quickly and in few words: %s', (_, text) => {
    const message = refusal(text).message
    expect(message.length).toBeLessThan(400)
    expect(message).toMatch(/^[\x20-\x7e]*$/)
  })

  test('whatever nonsense it is, with a Failure and nothing else', () => {
    const pieces = fc.constantFrom(
      ...'imageMogr2 / thumbnail ! 50 p x | crop rotate 90 % gravity center pad 1 a'.split(' '),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((all) => all.join('')),
        ),
        (text) => {
          try {
            const rule = parseRule(text)
            expect(parseRule(printRule(rule))).toEqual(rule)
          } catch (error) {
            expect(error).toBeInstanceOf(Failure)
          }
        },
      ),
    )
  })
})

function refusal(text: string): Failure {
  try {
    parseRule(text)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error(`${text.slice(0, 100)} was not refused`)
}

describe('every rule that can be written', () => {
  const whole = (min: number, max: number) => fc.integer({ min, max }).map(String)
  const side = whole(1, 12_000)
  const base64 = fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => Buffer.from(text).toString('base64url'))
  const geometry = fc.oneof(
    fc.tuple(fc.constantFrom('!', '!x'), whole(1, 1000)).map(([mark, s]) => `${mark}${s}p`),
    whole(1, 1000).map((s) => `!${s}px`),
    fc.tuple(side, fc.constantFrom('', '>', '<')).map(([w, end]) => `${w}x${end}`),
    fc.tuple(side, fc.constantFrom('', '>', '<')).map(([h, end]) => `x${h}${end}`),
    fc.tuple(side, side, fc.constantFrom('', '>', '<', '!')).map(([w, h, end]) => `${w}x${h}${end}`),
    fc.tuple(side, side).map(([w, h]) => `!${w}x${h}r`),
    whole(1, 250_000_000).map((area) => `${area}@`),
  )
  const sign = fc.constantFrom('a', '-')
  const operation = fc.oneof(
    geometry.map((text) => `thumbnail/${text}`),
    fc.tuple(side, side).map(([w, h]) => `thumbnail/${w}x${h}/pad/1/color/IzNEM0QzRA`),
    fc.tuple(side, side, whole(0, 99), whole(0, 99)).map((all) => `cut/${all.join('x')}`),
    fc.tuple(side, side).map(([w, h]) => `crop/${w}x${h}`),
    fc.tuple(side, sign, whole(0, 99), sign, whole(0, 99)).map(([w, a, x, b, y]) => `crop/!${w}x${a}${x}${b}${y}`),
    fc.constantFrom('northwest', 'Center', 'SOUTH').map((place) => `gravity/${place}`),
    whole(1, 100).map((r) => `iradius/${r}`),
    fc.tuple(whole(1, 100), whole(100, 10_000)).map(([min, max]) => `rcrop/${min}x${max}`),
    fc
      .tuple(fc.constantFrom('width', 'height'), side, whole(0, 9))
      .map(([s, l, i]) => `indexcrop/${s}/${l}/index/${i}`),
    whole(0, 360).map((degrees) => `rotate/${degrees}`),
    fc.constantFrom('auto-orient', 'auto-orient/0', 'strip', 'strip/0', 'strip/1', 'flip/vertical', 'flip/horizontal'),
    whole(-100, 100).map((value) => `bright/${value}`),
    fc.tuple(whole(1, 50), whole(1, 999)).map(([r, s]) => `blur/${r}x0.${s}`),
    fc.constantFrom('jpg', 'jpeg', 'png', 'webp', 'gif', 'avif', 'tpg').map((format) => `format/${format}`),
    fc.tuple(whole(0, 120), fc.constantFrom('', '!')).map(([q, mark]) => `quality/${q}${mark}`),
    fc.tuple(fc.constantFrom('rquality', 'lquality'), whole(0, 100)).map((all) => all.join('/')),
    fc.tuple(whole(1, 5000), fc.constantFrom('k', 'm', 'k!')).map(([n, unit]) => `size-limit/${n}${unit}`),
    fc.constantFrom(
      'interlace/1',
      'interlace/0',
      'minisize/1',
      'ignore-error/1',
      'hdr/1',
      'cgif/30',
      'egif/2',
      'frame/3',
      'sharpen/9/ignore-error/1',
      'ignore-error/1/thumbnail/!0p',
      'cut/0x1x2x3/ignore-error/1/gravity/east',
    ),
    fc.array(base64, { minLength: 1, maxLength: 3 }).map((all) => `animate/duration/100/images/${all.join('/')}`),
    base64.map((text) => `AIGCMetadata/Label/${text}`),
  )
  const stage = fc.oneof(
    { weight: 6, arbitrary: fc.array(operation, { maxLength: 6 }).map((all) => ['imageMogr2', ...all].join('/')) },
    fc.tuple(whole(0, 5), side, side).map(([mode, w, h]) => `imageView2/${mode}/w/${w}/h/${h}/q/80`),
    fc.tuple(base64, whole(0, 360)).map(([text, degree]) => `watermark/2/text/${text}/batch/1/degree/${degree}`),
    fc.constantFrom('imageSlim', 'style/a', 'QRcode/cover/0'),
  )

  test('reads the same after being printed', () => {
    fc.assert(
      fc.property(fc.array(stage, { minLength: 1, maxLength: 10 }), (stages) => {
        const rule = parseRule(stages.join('|'))
        const printed = printRule(rule)
        expect(parseRule(printed)).toEqual(rule)
        expect(printRule(parseRule(printed))).toBe(printed)
      }),
    )
  })
})
