import fc from 'fast-check'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { animation, fileOf, keep, places, process } from '../../test/support/drawn-pictures.ts'
import { Failure } from '../base/index.ts'
import { checkRule } from './check-rule.ts'
import { openPicture } from './engine/process-picture.ts'
import { defaultPictureLimits } from './limits.ts'
import { printRule } from './rule/print-rule.ts'

/** What is announced of a picture before it is decoded holds for every picture and every rule. */

const side = fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 3 }))
/** Small ones, odd ones, and slivers as long as a picture may be. */
const size = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(side, side) },
  fc.constantFrom([1, 1] as const, [1, 30_000] as const, [30_000, 1] as const, [2, 29_999] as const),
)
const geometry = fc.oneof(
  fc.integer({ min: 1, max: 200 }).chain((s) => fc.constantFrom(`!${s}p`, `!${s}px`, `!x${s}p`)),
  fc.tuple(side, fc.constantFrom('', '>', '<')).chain(([s, end]) => fc.constantFrom(`${s}x${end}`, `x${s}${end}`)),
  fc.tuple(side, side, fc.constantFrom('', '>', '<', '!')).map(([w, h, end]) => `${w}x${h}${end}`),
  fc.tuple(side, side).map(([w, h]) => `!${w}x${h}r`),
  fc.integer({ min: 1, max: 9_000 }).map((area) => `${area}@`),
)
const gravity = fc.constantFrom('', '/gravity/center', '/gravity/southeast', '/gravity/North')
const step = fc.oneof(
  geometry.map((text) => `thumbnail/${text}`),
  fc.tuple(side, side).map(([w, h]) => `thumbnail/${w}x${h}/pad/1`),
  fc.tuple(side, side, gravity).map(([w, h, at]) => `crop/${w}x${h}${at}`),
  fc.tuple(side, side, side, side, gravity).map(([w, h, x, y, at]) => `cut/${w}x${h}x${x}x${y}${at}`),
  fc.tuple(side, side).map(([w, x]) => `crop/!${w}xa${x}-${x}`),
  fc.tuple(side, side).map(([min, more]) => `rcrop/${min}x${min + more}`),
  fc
    .tuple(fc.constantFrom('width', 'height'), side, fc.nat(3))
    .map((all) => `indexcrop/${all[0]}/${all[1]}/index/${all[2]}`),
  fc.integer({ min: 0, max: 360 }).map((degrees) => `rotate/${degrees}`),
  fc.constantFrom('rotate/90', 'rotate/270', 'flip/vertical', 'flip/horizontal', 'auto-orient'),
  side.chain((radius) => fc.constantFrom(`iradius/${radius}`, `rradius/${radius}`)),
)
const stage = fc.oneof(
  { weight: 3, arbitrary: fc.array(step, { minLength: 1, maxLength: 4 }).map((all) => `imageMogr2/${all.join('/')}`) },
  fc.tuple(fc.nat(5), side, side).map(([mode, w, h]) => `imageView2/${mode}/w/${w}/h/${h}`),
)
const format = fc.constantFrom('jpg', 'png', 'webp', 'gif', 'bmp', 'tiff')
const rule = fc
  .tuple(fc.array(stage, { minLength: 1, maxLength: 3 }), format)
  .map(([stages, name]) => `${stages.join('|')}|imageMogr2/format/${name}`)

/** What is said before a pixel is decoded; the failure when the rule does not fit the picture. */
async function announcedOf(input: string, text: string): Promise<object | Failure> {
  const task = {
    sourceFile: await fileOf(input),
    outputFile: '',
    rule: checkRule(text),
    wantSourceFacts: false,
    limits: defaultPictureLimits,
  }
  return openPicture(sharp, task).then(
    ({ announced: { result } }) => ({ format: result.format, width: result.width, height: result.height }),
    (failure: Failure) => failure,
  )
}

/** Both end the same way: with the size that was announced, or with the same refusal before anything was decoded. */
async function expectAsAnnounced(input: string, text: string): Promise<void> {
  const announced = await announcedOf(input, text)
  if (announced instanceof Failure) {
    expect(['RuleNotApplicable', 'PictureOverLimit']).toContain(announced.code)
    await expect(process(input, text)).rejects.toMatchObject({ code: announced.code, message: announced.message })
    return
  }
  // `process` compares what the engine says with what it wrote.
  expect((await process(input, text)).result).toMatchObject(announced)
}

test('the size that is announced is the real one, of any rule on any picture', async () => {
  await fc.assert(
    fc.asyncProperty(size, fc.nat(8), rule, async ([width, height], orientation, text) => {
      const source = places(width, height).png({ compressionLevel: 1 })
      keep('any', await (orientation > 0 ? source.withMetadata({ orientation }) : source).toBuffer())
      await expectAsAnnounced('any', text)
    }),
    { numRuns: 120 },
  )
})

test('and of any rule on an animation, whose frames, delays and loops stay', async () => {
  const delay = [40, 90, 50, 60]
  const moving = fc.tuple(side, side, fc.constantFrom('gif', 'webp'))
  await fc.assert(
    fc.asyncProperty(moving, fc.array(stage, { minLength: 1, maxLength: 2 }), async ([width, height, kind], stages) => {
      const picture = animation(width + 3, height + 3, 4)
      const options = { delay, loop: 2 }
      keep(
        'moves',
        await (kind === 'gif' ? picture.gif(options) : picture.webp({ ...options, lossless: true })).toBuffer(),
      )
      const text = stages.join('|')
      await expectAsAnnounced('moves', text)
      if ((await announcedOf('moves', text)) instanceof Failure) return
      const { bytes, result } = await process('moves', text)
      const said = await sharp(bytes, { animated: true }).metadata()
      // WebP puts equal neighbours together, as which frames of a few pixels may end.
      if (result.frames === 4) expect(said).toMatchObject({ pages: 4, delay, loop: 2 })
      else expect([kind, said.delay?.reduce((sum, ms) => sum + ms, 0) ?? 240]).toEqual(['webp', 240])
    }),
    { numRuns: 60 },
  )
})

test('the canonical form gives the same picture', async () => {
  keep('odd', await places(71, 43).withMetadata({ orientation: 7 }).png().toBuffer())
  await fc.assert(
    fc.asyncProperty(rule, async (text) => {
      if ((await announcedOf('odd', text)) instanceof Failure) return
      const written = await process('odd', text)
      expect((await process('odd', printRule(checkRule(text)))).bytes.equals(written.bytes)).toBe(true)
    }),
    { numRuns: 40 },
  )
})
