import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import sharp, { type Sharp } from 'sharp'
import { expect, test } from 'vitest'
import { avifOf, box, codedOf, sidesBox } from '../../../test/hostile/makers/avif.ts'
import { blackPixels, chunk, pngOf } from '../../../test/hostile/makers/png.ts'
import { drawn, fileOf, keep } from '../../../test/support/drawn-pictures.ts'
import { averageColour } from './average-colour.ts'
import { imageAve, imageInfo } from './image-info.ts'
import { readHeader } from './read-header.ts'

async function told(file: Buffer): Promise<string> {
  const header = await readHeader(sharp, file)
  return imageInfo(sharp, file, md5Of(file), header, await averageColour(sharp, file, header))
}

function md5Of(file: Buffer): string {
  return createHash('md5').update(file).digest('hex')
}

test('I06: imageAve of a flat picture, to the letter', async () => {
  const flat = await sharp({ create: { width: 60, height: 40, channels: 3, background: '#736246' } })
    .png()
    .toBuffer()
  expect(imageAve(await averageColour(sharp, flat, await readHeader(sharp, flat)))).toBe('{"RGB": "0x736246"}')
})

test('I01: imageInfo of a JPEG, to the letter', async () => {
  const file = readFileSync(await fileOf('L'))
  const md5 = md5Of(file)
  const colour = await averageColour(sharp, file, await readHeader(sharp, file))
  expect(await told(file)).toBe(
    `{"format": "jpeg", "width": "1000", "height": "500", "size": "${file.length}", "md5": "${md5}", "dynamic_range": "sdr", "frame_count": "1", "bit_depth": "8", "vertical_dpi": "72", "horizontal_dpi": "72", "photo_rgb": "${colour}"}`,
  )
})

test.each<[string, () => Promise<Buffer>, object]>([
  ['10 bits of an AVIF', () => drawn(40, 30).avif({ bitdepth: 10, effort: 0 }).toBuffer(), { bit_depth: '10' }],
  [
    'black and white',
    () => drawn(40, 30).toColourspace('b-w').threshold().tiff({ bitdepth: 1 }).toBuffer(),
    { bit_depth: '1' },
  ],
  ['a palette of two colours', () => drawn(40, 30).png({ colours: 2 }).toBuffer(), { bit_depth: '8' }],
  ['a gain map', () => withGainMap(drawn(40, 30)).jpeg().toBuffer(), { dynamic_range: 'gainmap hdr', bit_depth: '8' }],
  ['PQ in a PNG', () => pngIn(16), { dynamic_range: 'hdr' }],
  ['HLG in a PNG', () => pngIn(18), { dynamic_range: 'hdr' }],
  ['sRGB in a PNG', () => pngIn(13), { dynamic_range: 'sdr' }],
  ['PQ in an AVIF', () => avifIn(16), { dynamic_range: 'hdr', width: '40' }],
  ['sRGB in an AVIF', () => avifIn(13), { dynamic_range: 'sdr' }],
])('imageInfo of %s', async (_, make, members) => {
  expect(JSON.parse(await told(await make()))).toMatchObject(members)
})

/** sharp has it, and its types do not. */
function withGainMap(picture: Sharp): Sharp {
  return (picture as Sharp & { withGainMap(): Sharp }).withGainMap()
}

/** With the transfer of this number, and the primaries of BT.2020. */
async function pngIn(transfer: number): Promise<Buffer> {
  const header = { width: 8, height: 8 }
  return pngOf(header, chunk('cICP', Buffer.from([9, transfer, 0, 1])), blackPixels(header))
}

async function avifIn(transfer: number): Promise<Buffer> {
  const { data, av1C, pixi } = codedOf(await drawn(40, 30).avif({ effort: 0 }).toBuffer())
  const colr = box('colr', 'nclx', Buffer.from([0, 9, 0, transfer, 0, 9, 0x80]))
  const items = [{ id: 1, type: 'av01', extents: [[0, data.length]], properties: [1, 2, 3, 4] }] as const
  return avifOf({ primary: 1, items, properties: [sidesBox(40, 30), av1C, pixi, colr], data })
}

test.each([
  ['I02', 'A', { format: 'png', width: '400', height: '300', frame_count: '1' }],
  ['I03', 'G5', { format: 'gif', width: '200', height: '100', frame_count: '5' }],
  ['WebP', 'W5', { format: 'webp', width: '200', height: '100', frame_count: '5' }],
  ['AVIF', 'avif', { format: 'avif', width: '200', height: '100' }],
  ['16 bits', 'deep', { bit_depth: '16' }],
  ['as stored', 'L6', { width: '1000', height: '500' }],
  ['dots', 'dots', { vertical_dpi: '300', horizontal_dpi: '300' }],
])('%s: imageInfo of %s', async (_, input, members) => {
  if (input === 'dots') keep('dots', await drawn(40, 30).withMetadata({ density: 300 }).jpeg().toBuffer())
  const info = JSON.parse(await told(readFileSync(await fileOf(input)))) as { [name: string]: unknown }
  expect(info).toMatchObject(members)
  for (const value of Object.values(info)) expect(value).toBeTypeOf('string')
})
