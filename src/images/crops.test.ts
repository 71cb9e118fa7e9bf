import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import {
  blue,
  delay,
  expectColour,
  fileOf,
  green,
  keep,
  pixel,
  placeOf,
  places,
  process,
  red,
  refused,
  yellow,
} from '../../test/support/drawn-pictures.ts'

/** `places` says of every pixel where in the source it was, so that what is cut out can be read off. */
async function cutFrom(rule: string): Promise<{ size: number[]; from: number[]; to: number[] }> {
  const { result, bytes } = await process('places', rule)
  const { width, height } = result
  const from = placeOf(await pixel(bytes, 0, 0))
  const to = placeOf(await pixel(bytes, width - 1, height - 1))
  return { size: [width, height], from, to }
}

describe('without scaling', () => {
  test.each([
    ['C02', 'cut/100x100x10x10', [100, 100], [10, 10]],
    ['C03', 'cut/400x300x500x100', [400, 300], [500, 100]],
    ['measured from another corner', 'cut/100x50x10x20/gravity/southeast', [100, 50], [890, 430]],
    [
      'measured from an edge, where the offset along it does not count',
      'cut/100x50x10x20/gravity/south',
      [100, 50],
      [450, 430],
    ],
    ['measured from the side', 'cut/100x50x10x20/gravity/West', [100, 50], [10, 225]],
    [
      'measured from the top, where the offset along it does not count',
      'cut/100x50x10x20/gravity/North',
      [100, 50],
      [450, 20],
    ],
    ['measured from the upper right', 'cut/100x50x10x20/gravity/NorthEast', [100, 50], [890, 20]],
    ['measured from the right', 'cut/100x50x10x20/gravity/east', [100, 50], [890, 225]],
    ['measured from the lower left', 'gravity/southwest/cut/100x50x10x20', [100, 50], [10, 430]],
    ['the upper left said', 'cut/100x50x10x20/gravity/northwest', [100, 50], [10, 20]],
    ['the centre has no offsets', 'gravity/center/cut/100x50x10x20', [100, 50], [450, 225]],
    ['over the edge', 'cut/400x300x900x400', [100, 100], [900, 400]],
    ['all of it', 'cut/1000x500x0x0', [1000, 500], [0, 0]],
    ['C06', 'crop/300x', [300, 500], [0, 0]],
    ['C07', 'crop/x200', [1000, 200], [0, 0]],
    ['C06 from the right', 'crop/300x/gravity/east', [300, 500], [700, 0]],
    ['wider than the picture', 'crop/3000x200', [1000, 200], [0, 0]],
    ['larger than the picture', 'crop/3000x2000', [1000, 500], [0, 0]],
    ['the old form: shifted', 'crop/!300x300a30a100', [300, 300], [30, 100]],
    ['Z11, the old form: trimmed', 'crop/!300x300-30-100', [270, 200], [0, 0]],
    ['Z10, the old form: both', 'crop/!300x300-30a100', [270, 300], [0, 100]],
    ['Z09, the old form: both', 'crop/!300x300a30-100', [300, 200], [30, 0]],
    ['the old form: one side', 'crop/!300xa30a100', [300, 400], [30, 100]],
    ['the old form from another corner', 'crop/!300x200a30a100/gravity/southeast', [300, 200], [670, 200]],
    ['C19', 'rcrop/100x100', [500, 500], [250, 0]],
    ['C20', 'rcrop/50x150', [750, 500], [125, 0]],
    ['C22', 'rcrop/100x300', [1000, 500], [0, 0]],
    ['C23', 'rcrop/1x10000', [1000, 500], [0, 0]],
    ['half a pixel is a whole one, and the odd one is left below', 'rcrop/150x167', [835, 500], [82, 0]],
    ['both lengths: the height counts', 'indexcrop/width/300/height/200/index/1', [1000, 200], [0, 200]],
    ['the whole width', 'indexcrop/width/1000', [1000, 500], [0, 0]],
    ['the old form with a plus', 'crop/!300x200+30%2B100', [300, 200], [30, 100]],
    ['the old form over the edge', 'crop/!300x200a900a400', [100, 100], [900, 400]],
    ['too wide a range of its own', 'rcrop/300x400', [1000, 333], [0, 83]],
    ['C26', 'indexcrop/width/300/index/0', [300, 500], [0, 0]],
    ['C27', 'indexcrop/width/300/index/2', [300, 500], [600, 0]],
    ['C28', 'indexcrop/width/500', [500, 500], [0, 0]],
    ['C30', 'indexcrop/height/500/index/0', [1000, 500], [0, 0]],
    ['a strip from the top', 'indexcrop/height/200/index/1', [1000, 200], [0, 200]],
    ['Z14', 'indexcrop/width/300/index/3', [100, 500], [900, 0]],
    ['Z15', 'indexcrop/width/300/index/4', [1000, 500], [0, 0]],
    ['just beyond the last strip', 'indexcrop/width/500/index/2', [1000, 500], [0, 0]],
    ['far beyond the last strip', 'indexcrop/width/1000/index/1000000', [1000, 500], [0, 0]],
    ['cut twice', 'cut/500x400x100x50/cut/100x100x10x20', [100, 100], [110, 70]],
  ])('%s: %s', async (_, rule, size, from) => {
    const to = [from[0]! + size[0]! - 1, from[1]! + size[1]! - 1]
    expect(await cutFrom(`imageMogr2/${rule}`)).toEqual({ size, from, to })
  })

  test('C04, C24: of a picture that stands upright', async () => {
    keep('upright', await places(500, 1000).png().toBuffer())
    const cut = await process('upright', 'imageMogr2/cut/200x500x50x200')
    expect([cut.result.width, cut.result.height]).toEqual([200, 500])
    expect(placeOf(await pixel(cut.bytes, 0, 0))).toEqual([50, 200])
    const ratio = await process('upright', 'imageMogr2/rcrop/100x200')
    expect([ratio.result.width, ratio.result.height]).toEqual([500, 500])
    expect(placeOf(await pixel(ratio.bytes, 0, 0))).toEqual([0, 250])
  })

  test.each([
    ['cut/100x100x1000x0', /100x100 pixels at \(1000,0\), expected a rectangle on the picture of 1000x500/],
    ['cut/100x100x999999999999x0', /999999999999/],
    ['crop/!300x300-300-0', /0x300/],
    ['indexcrop/width/1001', /indexcrop\/width is 1001, expected at most 1000/],
    ['indexcrop/height/501/index/3', /indexcrop\/height is 501, expected at most 500/],
  ])('nothing is left of it: %s', async (rule, says) => {
    const failure = await refused('places', `imageMogr2/${rule}`)
    expect(failure.code).toBe('RuleNotApplicable')
    expect(failure.message).toMatch(says)
  })
})

describe('scaled until it covers, then cut', () => {
  test.each([
    ['C10', 'L', 'imageMogr2/crop/300x300', 300, 300],
    ['C08', 'P', 'imageMogr2/crop/x300', 500, 300],
    ['C11', 'L', 'imageMogr2/crop/900x100', 900, 100],
    ['C12', 'L', 'imageMogr2/crop/200x200/gravity/northwest', 200, 200],
    ['C14', 'L', 'imageMogr2/gravity/Center/crop/200x200', 200, 200],
    ['Z28', 'L', 'imageMogr2/crop/400x400/gravity/center/thumbnail/200x', 200, 200],
    ['PI05', 'L', 'imageMogr2/thumbnail/!200x200r|imageMogr2/gravity/Center/crop/200x200', 200, 200],
    ['V01', 'L', 'imageView2/1/w/500/h/400', 500, 400],
    ['V02', 'L', 'imageView2/2/w/500/h/400', 500, 250],
    ['V03', 'L', 'imageView2/3/w/500/h/400', 800, 400],
    ['V05', 'L', 'imageView2/1/h/200', 200, 200],
    ['V06', 'L', 'imageView2/2/w/200', 200, 100],
    ['V07', 'L', 'imageView2/2/h/200', 400, 200],
    ['V09', 'L', 'imageView2/3/h/100', 200, 100],
    ['V10', 'L', 'imageView2/4/w/500/h/400', 800, 400],
    ['V11', 'P', 'imageView2/4/w/500/h/400', 400, 800],
    ['V13', 'P', 'imageView2/1/w/200/h/200', 200, 200],
    ['V14', 'P', 'imageView2/2/w/500/h/400', 200, 400],
    ['V15', 'P', 'imageView2/3/w/250/h/100', 250, 500],
    ['V17', 'P', 'imageView2/5/h/200', 200, 200],
    ['V18', 'S', 'imageView2/1/w/400/h/600', 400, 600],
    ['V19', 'L', 'imageView2/2/w/500/h/400/format/png', 500, 250],
    ['O20', 'L', 'imageView2/format/png', 1000, 500],
    ['Z21', 'L', 'imageView2/5/w/500/h/400', 500, 400],
    ['Z22', 'P', 'imageView2/5/w/500/h/400', 400, 500],
    ['Z23', 'L', 'imageView2/0/w/500/h/400', 500, 250],
    ['the long edge alone', 'P', 'imageView2/0/w/500', 250, 500],
    ['Z24', 'L', 'imageView2/2/w/2000/h/2000', 1000, 500],
    ['never enlarged, but cut', 'L', 'imageView2/1/w/400/h/2000', 400, 500],
    ['never enlarged', 'L', 'imageView2/3/w/3000', 1000, 500],
    ['a mode without sides', 'L', 'imageView2/1', 1000, 500],
    ['no mode', 'L', 'imageView2/w/100/h/100', 1000, 500],
    ['half a pixel is a whole one: mode 0', 'M', 'imageView2/0/w/320', 320, 214],
    ['half a pixel is a whole one: mode 2', 'X', 'imageView2/2/w/50/h/50', 50, 38],
    ['half a pixel is a whole one: mode 3', 'M', 'imageView2/3/w/100/h/214', 321, 214],
    ['half a pixel is a whole one: mode 4', 'M', 'imageView2/4/w/100/h/214', 321, 214],
    ['mode 1 covers first', 'M', 'imageView2/1/w/99/h/101', 99, 101],
    ['mode 5 of a portrait, one value', 'P', 'imageView2/5/w/100', 100, 100],
    ['mode 4, one value', 'L', 'imageView2/4/w/250', 500, 250],
    ['mode 0 of a portrait, the short edge alone', 'P', 'imageView2/0/h/250', 250, 500],
    ['never less than a pixel', 'L', 'imageView2/2/w/1/h/1', 1, 1],
    ['beyond what a side may be', 'L', 'imageView2/1/w/20000/h/20000', 1000, 500],
    ['a stage after it', 'L', 'imageView2/1/w/300/h/300|imageMogr2/rotate/90/thumbnail/100x', 100, 100],
  ])('%s: %s %s is %dx%d', async (_, input, rule, width, height) => {
    const { result } = await process(input, rule)
    expect([result.width, result.height]).toEqual([width, height])
    expect(result.format).toBe(rule.includes('png') ? 'png' : 'jpeg')
  })

  test.each([
    ['V01: columns 150 to 649 of 800', 'imageView2/1/w/500/h/400', 150 / 0.8],
    ['Z07: columns 150 to 449 of 600', 'imageMogr2/crop/300x300/gravity/center', 150 / 0.6],
    ['Z08: columns 300 to 599 of 600', 'imageMogr2/crop/300x300/gravity/east', 300 / 0.6],
  ])('%s', async (_, rule, from) => {
    const ramp = Buffer.alloc(1000 * 500, Buffer.from(Array.from({ length: 1000 }, (_, x) => Math.floor(x / 4))))
    keep(
      'ramp',
      await sharp(ramp, { raw: { width: 1000, height: 500, channels: 1 } })
        .png()
        .toBuffer(),
    )
    const { bytes } = await process('ramp', rule)
    expect(Math.abs((await pixel(bytes, 0, 100))[0] - from / 4)).toBeLessThanOrEqual(1)
  })

  test.each(['imageView2/1/w/500/h/500', 'imageView2/5/w/500/h/500', 'imageView2/1/h/500'])(
    '%s cuts a picture that stands upright in its middle, too',
    async (rule) => {
      keep('upright', await places(500, 1000).png().toBuffer())
      const { bytes } = await process('upright', rule)
      expect(placeOf(await pixel(bytes, 0, 0))).toEqual([0, 250])
      expect(placeOf(await pixel(bytes, 499, 499))).toEqual([499, 749])
    },
  )

  test('on a square picture the long edge is the width', async () => {
    keep('square', await places(400, 400).png().toBuffer())
    expect((await process('square', 'imageView2/5/w/300/h/100')).result).toMatchObject({ width: 300, height: 100 })
  })

  test.each([
    ['Q15', 'Q80', 'q/60', 60],
    ['Q16', 'Q80', 'q/90', 80],
    ['Q17', 'Q80', 'q/90!', 90],
    ['Q19', 'Q60', 'lq/80', 80],
    ['Q20', 'Q85', 'lq/80', 85],
    ['half of it', 'Q80', 'rq/50', 40],
    ['half of it, and no less than', 'Q80', 'rq/50/lq/60', 60],
    ['the highest before the share', 'Q80', 'q/70/rq/10', 70],
  ])('%s: imageView2 of %s with %s is written with %d', async (_, input, option, quality) => {
    const { result } = await process(input, `imageView2/2/w/500/${option}`)
    expect(result).toMatchObject({ width: 500, height: 250, quality })
  })
})

describe('with the orientation and turns around it', () => {
  test.each([
    ['turned, then cut', 'L', 'rotate/90/cut/500x500x0x500', [500, 500], [yellow, green]],
    ['cut, then turned', 'L', 'cut/500x500x500x0/rotate/180', [500, 500], [yellow, green]],
    ['upright, then cut', 'L6', 'auto-orient/cut/250x500x0x500', [250, 500], [yellow, yellow]],
    ['upright, scaled, cut, turned', 'L7', 'auto-orient/crop/100x100/gravity/south/rotate/90', [100, 100], [blue, red]],
  ] as const)('%s', async (_, input, rule, size, [first, last]) => {
    const { result, bytes } = await process(input, `imageMogr2/${rule}`)
    expect([result.width, result.height]).toEqual(size)
    expectColour(await pixel(bytes, 2, 2), first)
    expectColour(await pixel(bytes, size[0] - 3, size[1] - 3), last)
  })

  test('any chain of cuts and turns gives the pixels that doing one after the other gives', async () => {
    const step = fc.oneof(
      fc.tuple(fc.nat(20), fc.nat(20), fc.integer({ min: 5, max: 40 }), fc.integer({ min: 5, max: 40 })),
      fc.constantFrom('rotate/90', 'rotate/180', 'rotate/270', 'flip/vertical', 'flip/horizontal', 'auto-orient'),
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(8), fc.array(step, { maxLength: 6 }), async (orientation, steps) => {
        const source = places(47, 31).png()
        keep('oriented', await (orientation > 0 ? source.withMetadata({ orientation }) : source).toBuffer())
        // A strip that is missed altogether is refused; the offset is kept so small that this cannot happen at 31 pixels.
        let size = { width: 47, height: 31 }
        let waiting = orientation
        const texts: string[] = []
        const swaps = (text: string) => text === 'rotate/90' || text === 'rotate/270'
        for (const one of steps) {
          if (typeof one === 'string') {
            texts.push(one)
            if (swaps(one) || (one === 'auto-orient' && waiting > 4)) size = { width: size.height, height: size.width }
            if (one === 'auto-orient') waiting = 1
            continue
          }
          const [x, y, w, h] = one
          const dx = Math.min(x, size.width - 1)
          const dy = Math.min(y, size.height - 1)
          size = { width: Math.min(w, size.width - dx), height: Math.min(h, size.height - dy) }
          texts.push(`cut/${w}x${h}x${dx}x${dy}`)
        }
        const together = await process('oriented', `imageMogr2/${texts.join('/')}`)
        expect([together.result.width, together.result.height]).toEqual([size.width, size.height])
        keep('so far', readFileSync(await fileOf('oriented')))
        let bytes: Buffer = readFileSync(await fileOf('oriented'))
        for (const text of texts) {
          bytes = (await process('so far', `imageMogr2/${text}`)).bytes
          keep('so far', bytes)
        }
        const raw = (file: Buffer) => sharp(file).removeAlpha().raw().toBuffer()
        expect((await raw(together.bytes)).equals(await raw(bytes))).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  test('the size that is announced is the real one, whatever is cut, scaled and turned', async () => {
    const side = fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 3 }))
    const step = fc.oneof(
      fc.tuple(side, side).map(([w, h]) => `crop/${w}x${h}/gravity/center`),
      side.map((w) => `crop/${w}x`),
      fc.tuple(side, side).map(([w, h]) => `thumbnail/!${w}x${h}r`),
      fc.tuple(side, side).map(([w, h]) => `thumbnail/${w}x${h}/pad/1`),
      fc.tuple(side, side).map(([w, h]) => `thumbnail/${w}x${h}!`),
      fc.integer({ min: 1, max: 300 }).map((percent) => `thumbnail/!${percent}p`),
      fc.integer({ min: 1, max: 9_000 }).map((pixels) => `thumbnail/${pixels}@`),
      fc.tuple(side, side).map(([min, more]) => `rcrop/${min}x${min + more}`),
      fc.constantFrom('rotate/90', 'rotate/270', 'flip/vertical', 'auto-orient'),
    )
    const stage = fc.oneof(
      fc.array(step, { minLength: 1, maxLength: 5 }).map((steps) => `imageMogr2/${steps.join('/')}`),
      fc.tuple(fc.nat(5), side, side).map(([mode, w, h]) => `imageView2/${mode}/w/${w}/h/${h}`),
    )
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        fc.nat(8),
        fc.array(stage, { minLength: 1, maxLength: 3 }),
        async (width, height, orientation, stages) => {
          const source = places(width, height).png({ compressionLevel: 1 })
          keep('any', await (orientation > 0 ? source.withMetadata({ orientation }) : source).toBuffer())
          // `process` compares what is announced with what was written.
          await process('any', stages.join('|'))
        },
      ),
      { numRuns: 120 },
    )
  })
})

describe('what does not fit the picture', () => {
  test.each([
    [
      'cut/10x10x2000x0',
      'cut/10x10x2000x0 asks for 10x10 pixels at (2000,0), expected a rectangle on the picture of 500x250.',
    ],
    ['iradius/125', 'iradius is 125, expected less than half of the shorter side of the picture of 500x250.'],
    [
      'crop/!10x10-30-0',
      'crop/!10x10-30-0 asks for -20x10 pixels at (0,0), expected a rectangle on the picture of 500x250.',
    ],
  ])('%s is refused, and the stage is named', async (step, says) => {
    const failure = await refused(
      'L',
      `imageMogr2/rotate/400/ignore-error/1|imageMogr2/thumbnail/!50p|imageMogr2/${step}`,
    )
    expect([failure.code, failure.message]).toEqual(['RuleNotApplicable', `Stage 3: ${says}`])
  })
})

describe('animations', () => {
  test.each([
    ['imageMogr2/cut/50x40x100x50', 50, 40],
    ['imageMogr2/crop/80x80/gravity/center', 80, 80],
    ['imageMogr2/rcrop/100x100', 100, 100],
    ['imageMogr2/indexcrop/width/70/index/2', 60, 100],
    ['imageMogr2/cut/150x90x0x0/rotate/90/thumbnail/45x', 45, 75],
    ['imageView2/1/w/60/h/60', 60, 60],
    ['imageView2/2/w/50/format/webp', 50, 25],
  ])('%s keeps frames, order, delays and loops', async (rule, width, height) => {
    const { result, bytes } = await process('G5', rule)
    expect(result).toMatchObject({ width, height, frames: 5 })
    const said = await sharp(bytes, { animated: true }).metadata()
    expect(said).toMatchObject({ pages: 5, loop: 3, delay: delay(5), pageHeight: height })
  })

  test('every frame is cut at the same place', async () => {
    const { bytes } = await process('G5', 'imageMogr2/cut/20x20x90x40')
    for (let page = 0; page < 5; page++) {
      expectColour(await pixel(bytes, 2, 2, page), red, 40)
      expectColour(await pixel(bytes, 17, 17, page), yellow, 40)
    }
  })
})
