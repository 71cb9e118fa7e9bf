import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp, { type Metadata, type Sharp } from 'sharp'
import { expect, inject } from 'vitest'
import { crc64, type Failure } from '../../src/base/index.ts'
import { isBmp } from '../../src/images/bmp/bmp-header.ts'
import { checkRule } from '../../src/images/check-rule.ts'
import type { NamedInput, ProcessedPicture } from '../../src/images/engine/messages.ts'
import { openPicture } from '../../src/images/engine/process-picture.ts'
import { estimateJpegQuality } from '../../src/images/facts/jpeg-quality.ts'
import { readJpegSegments } from '../../src/images/facts/jpeg-segments.ts'
import { FontShelf } from '../../src/images/fonts/font-shelf.ts'
import { defaultPictureLimits } from '../../src/images/limits.ts'
import type { Rule } from '../../src/images/rule/rule.ts'
import { needsOf } from '../../src/images/rule-needs.ts'

/**
 * Pictures for tests that are drawn when they are needed: a red, a green, a blue and a yellow quarter with a soft slope
 * over them, so that every corner shows where it came from. And what rules make of them, through real sharp.
 */

/** Of this process, so for the tests of several files; goes at the end of the run. */
export const folder = mkdtempSync(join(inject('runFolder'), 'pictures-'))

export const red = [220, 30, 30] as const
export const green = [30, 200, 30] as const
export const blue = [30, 30, 220] as const
export const yellow = [220, 220, 30] as const
export type Rgb = readonly [number, number, number]

/** Quarters: red, green above; blue, yellow below. */
export function quarters(width: number, height: number, shade = 0): Buffer {
  const pixels = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = y < height / 2 ? (x < width / 2 ? red : green) : x < width / 2 ? blue : yellow
      const slope = Math.round((8 * x) / width + (8 * y) / height) - 8 + shade
      for (let c = 0; c < 3; c++) pixels[(y * width + x) * 3 + c] = Math.min(Math.max(colour[c]! + slope, 0), 255)
    }
  }
  return pixels
}

export function drawn(width: number, height: number): Sharp {
  return sharp(quarters(width, height), { raw: { width, height, channels: 3 } })
}

/** One colour. */
export function plain(width: number, height: number, background: string): Sharp {
  return sharp({ create: { width, height, channels: 3, background } })
}

export function jpeg(width: number, height: number, quality = 80): Promise<Buffer> {
  return drawn(width, height).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer()
}

async function oriented(orientation: number): Promise<Buffer> {
  return sharp(await jpeg(1000, 500))
    .withMetadata({ orientation })
    .jpeg({ quality: 80 })
    .toBuffer()
}

/** Every pixel says where it is: see `placeOf`. For sides up to 4096. */
export function places(width: number, height: number): Sharp {
  const pixels = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.set([x & 255, y & 255, (x >> 8) * 16 + (y >> 8)], (y * width + x) * 3)
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}

/** Column and row of the pixel of `places` that has this colour. */
export function placeOf([r, g, b]: Rgb): [number, number] {
  return [(b >> 4) * 256 + r, (b & 15) * 256 + g]
}

/** Frames that differ: each has its own shade, and a block that moves. */
export function animation(width: number, height: number, frames: number): Sharp {
  const strip = Buffer.concat(Array.from({ length: frames }, (_, frame) => quarters(width, height, (frame % 5) * 6)))
  for (let frame = 0; frame < frames; frame++) {
    const at = (frame * height * width + (frame % width)) * 3
    strip.fill(255, at, at + 9)
  }
  return sharp(strip, { raw: { width, height: height * frames, channels: 3, pageHeight: height } })
}

export const delay = (frames: number) => Array.from({ length: frames }, (_, frame) => 50 + 10 * frame)

const inputs: { readonly [name: string]: () => Promise<Buffer> } = {
  L: () => jpeg(1000, 500),
  P: () => jpeg(500, 1000),
  S: () => jpeg(1200, 900),
  A: () => {
    const pixels = Buffer.alloc(400 * 300 * 4)
    for (let i = 0; i < 400 * 300; i++) pixels.set([200, 40, 40, i % 400 < 200 ? 0 : 255], i * 4)
    return sharp(pixels, { raw: { width: 400, height: 300, channels: 4 } })
      .png()
      .toBuffer()
  },
  N: () => drawn(1000, 500).png().toBuffer(),
  K: () => plain(20, 10, '#ff00ff').png().toBuffer(),
  white: () => plain(20, 10, '#ffffff').png().toBuffer(),
  black: () => plain(1000, 500, '#000000').png().toBuffer(),
  places: () => places(1000, 500).png().toBuffer(),
  J: () => jpeg(500, 417, 68),
  M: () => jpeg(640, 427, 100),
  X: () => jpeg(100, 75),
  Q30: () => jpeg(1000, 500, 30),
  Q60: () => jpeg(1000, 500, 60),
  Q80: () => jpeg(1000, 500, 80),
  Q85: () => jpeg(1000, 500, 85),
  G5: () =>
    animation(200, 100, 5)
      .gif({ delay: delay(5), loop: 3 })
      .toBuffer(),
  G301: () => animation(20, 10, 301).gif({ delay: 50 }).toBuffer(),
  W5: () =>
    animation(200, 100, 5)
      .webp({ delay: delay(5), loop: 3 })
      .toBuffer(),
  progressive: () => drawn(1000, 500).jpeg({ quality: 80, progressive: true }).toBuffer(),
  grey: () => drawn(1000, 500).greyscale().toColourspace('b-w').jpeg({ quality: 80 }).toBuffer(),
  cmyk: () => drawn(1000, 500).toColourspace('cmyk').jpeg({ quality: 80 }).toBuffer(),
  deep: () => drawn(100, 50).toColourspace('rgb16').png().toBuffer(),
  palette: () => {
    const pixels = Buffer.alloc(100 * 50 * 4)
    for (let i = 0; i < 100 * 50; i++)
      pixels.set([(i % 7) * 30, (i % 11) * 20, (i % 3) * 80, i % 5 === 0 ? 0 : 255], i * 4)
    return sharp(pixels, { raw: { width: 100, height: 50, channels: 4 } })
      .png({ palette: true, dither: 0 })
      .toBuffer()
  },
  tiff: () => drawn(1000, 500).tiff({ compression: 'deflate' }).toBuffer(),
  avif: () => drawn(200, 100).avif({ effort: 0 }).toBuffer(),
  described: () =>
    drawn(1000, 500)
      .withIccProfile('p3')
      .withExif({ IFD0: { Copyright: 'somebody' } })
      .jpeg({ quality: 80 })
      .toBuffer(),
  ...Object.fromEntries([2, 3, 4, 5, 6, 7, 8].map((n) => [`L${n}`, () => oriented(n)])),
}

/** The font of the project, and one with a few Chinese characters. */
export const shelf = new FontShelf(fileURLToPath(new URL('../fixtures/fonts', import.meta.url)))

/** Of the table above, for whichever test file asks first. */
const drawnFiles = new Map<string, string>()
/** By test file and name: test files share a process, and names. */
const keptFiles = new Map<string, string>()
/** Files so far: a name may be given to another picture by the next test. */
let kept = 0

const nameHere = (name: string) => `${expect.getState().testPath} ${name}`

/** Makes a file of this picture, so that rules can be tried on it by its name, which then hides one of the table. */
export function keep(name: string, bytes: Buffer): void {
  keptFiles.set(nameHere(name), writePicture(bytes))
}

/** The file of a picture of the table above, or of one that was kept. */
export async function fileOf(name: string): Promise<string> {
  const file = keptFiles.get(nameHere(name)) ?? drawnFiles.get(name) ?? writePicture(await inputs[name]!())
  if (!keptFiles.has(nameHere(name))) drawnFiles.set(name, file)
  return file
}

function writePicture(bytes: Buffer): string {
  kept += 1
  const file = join(folder, `picture-${kept}`)
  writeFileSync(file, bytes)
  return file
}

export interface Outcome extends ProcessedPicture {
  readonly bytes: Buffer
  readonly said: Metadata
}

/** Results so far; several may be in the making at the same time. */
let made = 0

export async function process(input: string, rule: string, wantSourceFacts = false): Promise<Outcome> {
  made += 1
  const outputFile = join(folder, `result-${made}`)
  const checked = checkRule(rule)
  const task = {
    sourceFile: await fileOf(input),
    outputFile,
    rule: checked,
    inputs: await inputsOf(checked),
    fonts: needsOf(checked).texts.length === 0 ? [] : (await shelf.fonts()).files,
    wantSourceFacts,
    limits: defaultPictureLimits,
  }
  const picture = await (await openPicture(sharp, task)).finish()
  const bytes = readFileSync(outputFile)
  const said = isBmp(bytes) ? bmpSays(bytes) : await sharp(bytes).metadata()
  // What is announced is what was written, whatever the case is about.
  expect(picture.result).toMatchObject({
    width: said.width,
    height: said.height,
    size: bytes.length,
    md5: createHash('md5').update(bytes).digest('hex'),
    crc64: crc64(bytes),
    format: said.format === 'heif' ? 'avif' : said.format,
  })
  return { ...picture, bytes, said }
}

/** The picture of this name, as the value of `image` in a rule; behind `query`, a rule that is made of it first. */
export function addressOf(name: string, query = ''): string {
  const url = `http://album-1250000000.cos.ap-test.myqcloud.com/${name}${query === '' ? '' : `?${query}`}`
  return Buffer.from(url).toString('base64url')
}

/** What a rule names, by `addressOf`. */
export function inputsOf(rule: Rule): Promise<NamedInput[]> {
  const { pictures } = needsOf(rule)
  return Promise.all(pictures.map(async ({ url, path }) => ({ url, file: await fileOf(path.slice(1)) })))
}

/** sharp does not read BMP. */
function bmpSays(bytes: Buffer): Metadata {
  const [width, height] = [bytes.readInt32LE(18), bytes.readInt32LE(22)]
  return { format: 'bmp', width, height } as unknown as Metadata
}

export async function refused(input: string, rule: string): Promise<Failure> {
  const error = await process(input, rule).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toHaveProperty('code')
  return error as Failure
}

export async function pixel(bytes: Buffer, x: number, y: number, page = 0): Promise<Rgb> {
  const { data, info } = await sharp(bytes, { page }).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  const at = (y * info.width + x) * info.channels
  return [data[at]!, data[at + 1]!, data[at + 2]!]
}

export function expectColour(actual: Rgb, expected: Rgb, within = 24): void {
  for (let c = 0; c < 3; c++) {
    expect(Math.abs(actual[c]! - expected[c]!), `${actual} is not ${expected}`).toBeLessThanOrEqual(within)
  }
}

/** The quality a JPEG was written with, by its tables. */
export function quality(bytes: Buffer): number {
  return estimateJpegQuality(readJpegSegments(bytes)!.luminanceTable!)
}
