import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import {
  addressOf,
  animation,
  delay,
  drawn,
  expectColour,
  fileOf,
  keep,
  pixel,
  process,
  quality,
  refused,
} from '../../test/support/drawn-pictures.ts'

/** What imageSlim does to real pictures. */

const bytesOf = async (name: string) => readFileSync(await fileOf(name))

/** Too many colours for a palette, and nothing that repeats. */
function noise(width: number, height: number): Buffer {
  const pixels = Buffer.alloc(width * height * 3)
  let seed = 1
  for (let at = 0; at < pixels.length; at++) {
    seed = (seed * 16_807) % 2_147_483_647
    pixels[at] = seed & 127
  }
  return pixels
}

describe('a JPEG', () => {
  test('becomes smaller at quality 75, with its sides and metadata', async () => {
    keep(
      'fine',
      await sharp(await bytesOf('described'))
        .keepMetadata()
        .jpeg({ quality: 95 })
        .toBuffer(),
    )
    const { bytes, result, said } = await process('fine', 'imageSlim')
    expect(result).toMatchObject({ format: 'jpeg', width: 1000, height: 500, quality: 75 })
    expect(bytes.length).toBeLessThan((await bytesOf('fine')).length)
    expect([said.exif === undefined, said.icc === undefined]).toEqual([false, false])
  })

  test('that has no more already is given as it is, and so is what was made smaller', async () => {
    const low = await process('Q60', 'imageSlim')
    expect(low.bytes.equals(await bytesOf('Q60'))).toBe(true)
    const once = await process('L', 'imageSlim')
    keep('slim', once.bytes)
    const twice = await process('slim', 'imageSlim', true)
    expect(twice.bytes.equals(once.bytes)).toBe(true)
    expect(twice.source.averageColour).toMatch(/^0x/)
  })

  test('after other stages is written at no more than its own quality, whatever its size', async () => {
    const { bytes } = await process('Q60', 'imageMogr2/thumbnail/!200p|imageSlim')
    expect(quality(bytes)).toBeLessThanOrEqual(60)
    expect((await sharp(bytes).metadata()).width).toBe(2000)
    const converted = await process('N', 'imageMogr2/format/jpg|imageSlim')
    expect(converted.result).toMatchObject({ format: 'jpeg', quality: 75 })
  })

  test('is not bound by a size-limit beside it', async () => {
    const { result } = await process('L', 'imageMogr2/size-limit/1k|imageSlim')
    expect(result).toMatchObject({ quality: 75 })
    expect((await process('L', 'imageSlim|imageMogr2/size-limit/1k')).result.quality).toBe(75)
  })
})

describe('a PNG', () => {
  test('of few colours gets a palette, its transparency included', async () => {
    const pixels = Buffer.alloc(300 * 200 * 4)
    for (let i = 0; i < 300 * 200; i++)
      pixels.set([(i >> 4) % 3 === 0 ? 200 : 20, 90, 30, i % 2 === 0 ? 0 : 255], i * 4)
    keep(
      'few',
      await sharp(pixels, { raw: { width: 300, height: 200, channels: 4 } })
        .png({ compressionLevel: 1 })
        .toBuffer(),
    )
    const { bytes, said } = await process('few', 'imageSlim')
    expect([said.isPalette, said.hasAlpha]).toEqual([true, true])
    expect(bytes.length).toBeLessThan((await bytesOf('few')).length)
    const back = await sharp(bytes).ensureAlpha().raw().toBuffer()
    for (const at of [4, 44, 4004]) expect([...back.subarray(at, at + 4)]).toEqual([...pixels.subarray(at, at + 4)])
  })

  test('that no palette can show keeps every pixel', async () => {
    const raw = noise(120, 80)
    keep(
      'noise',
      await sharp(raw, { raw: { width: 120, height: 80, channels: 3 } })
        .png({ compressionLevel: 0 })
        .toBuffer(),
    )
    const { bytes, said } = await process('noise', 'imageSlim')
    expect(said.isPalette).toBe(false)
    expect((await sharp(bytes).removeAlpha().raw().toBuffer()).equals(raw)).toBe(true)
    expect(bytes.length).toBeLessThan((await bytesOf('noise')).length)
  })

  test('a large one keeps every pixel where its middle has too many colours, and gets a palette where it has few', async () => {
    const [width, height] = [640, 480]
    const raw = { width, height, channels: 3 } as const
    const busy = noise(width, height)
    keep('busy', await sharp(busy, { raw }).png({ compressionLevel: 0 }).toBuffer())
    const kept = await process('busy', 'imageSlim')
    expect(kept.said.isPalette).toBe(false)
    expect((await sharp(kept.bytes).removeAlpha().raw().toBuffer()).equals(busy)).toBe(true)
    // Plain in the middle, so only the whole can tell.
    const framed = Buffer.from(busy)
    for (let y = 100; y < 380; y++) framed.fill(90, (y * width + 100) * 3, (y * width + 540) * 3)
    keep('framed', await sharp(framed, { raw }).png({ compressionLevel: 0 }).toBuffer())
    expect((await process('framed', 'imageSlim')).said.isPalette).toBe(false)
    keep('plain', await drawn(width, height).png({ compressionLevel: 0 }).toBuffer())
    expect((await process('plain', 'imageSlim')).said.isPalette).toBe(true)
  })

  test('that cannot become smaller is given as it is', async () => {
    keep(
      'dot.png',
      await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
        .png({ palette: true })
        .toBuffer(),
    )
    const once = await process('dot.png', 'imageSlim')
    expect(once.bytes.length).toBeLessThanOrEqual((await bytesOf('dot.png')).length)
    keep('again.png', once.bytes)
    expect((await process('again.png', 'imageSlim')).bytes.equals(once.bytes)).toBe(true)
  })

  test('of sixteen bits is never larger afterwards', async () => {
    expect((await process('deep', 'imageSlim')).bytes.length).toBeLessThanOrEqual((await bytesOf('deep')).length)
  })
})

test('a GIF keeps its frames, and is never larger', async () => {
  keep(
    'moving',
    await animation(200, 100, 8)
      .gif({ delay: delay(8), loop: 2, effort: 1 })
      .toBuffer(),
  )
  const { bytes, result } = await process('moving', 'imageSlim')
  expect(bytes.length).toBeLessThanOrEqual((await bytesOf('moving')).length)
  expect(result.frames).toBe(8)
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'gif', pages: 8, delay: delay(8), loop: 2 })
})

test('other formats are refused, and one that became JPEG before is not', async () => {
  for (const [name, format] of [
    ['W5', 'WEBP'],
    ['tiff', 'TIFF'],
    ['avif', 'AVIF'],
  ] as const) {
    expect(await refused(name, 'imageSlim')).toMatchObject({
      code: 'RuleNotApplicable',
      message: `Stage 1: imageSlim is for JPEG, PNG and GIF pictures, and this one is written as ${format}.`,
    })
  }
  expect((await process('tiff', 'imageMogr2/format/jpg|imageSlim')).result.format).toBe('jpeg')
})

test('with a watermark before it, the picture is the marked one', async () => {
  keep('blue', await drawn(40, 20).png().toBuffer())
  const { bytes } = await process(
    'Q60',
    `watermark/1/image/${addressOf('K')}/dissolve/100/scatype/1/spcent/200|imageSlim`,
  )
  expectColour(await pixel(bytes, 900, 450), [255, 0, 255], 30)
})
