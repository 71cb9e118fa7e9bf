import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { readHeader } from './read-header.ts'
import { readSimpleWebp } from './webp-header.ts'

const drawn = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: { r: 200, g: 90, b: 10, alpha: 0.5 } } })

/** The same picture with its frame in the form of file that may hold more, which the decoder is asked about. */
function extended(simple: Buffer, width: number, height: number): Buffer {
  const canvas = Buffer.alloc(18)
  canvas.write('VP8X', 0, 'latin1')
  canvas.writeUInt32LE(10, 4)
  canvas.writeUIntLE(width - 1, 12, 3)
  canvas.writeUIntLE(height - 1, 15, 3)
  const file = Buffer.concat([simple.subarray(0, 12), canvas, simple.subarray(12)])
  file.writeUInt32LE(file.length - 8, 4)
  return file
}

describe('a lossy WebP picture and nothing else', () => {
  test.each([
    [1, 1],
    [1, 777],
    [640, 33],
    [4097, 2],
    [16_383, 1],
  ])('of %d x %d is known without a decoder, and as it would say', async (width, height) => {
    const file = await drawn(width, height).webp({ quality: 60 }).toBuffer()
    expect(readSimpleWebp(file)).toEqual({ width, height })
    const asked = extended(file, width, height)
    expect(readSimpleWebp(asked)).toBeNull()
    expect(await readHeader(sharp, file)).toEqual({ ...(await readHeader(sharp, asked)), bytes: file.length })
  })
})

describe('any other is left to the decoder', () => {
  test.each([
    ['lossless', () => drawn(20, 30).webp({ lossless: true })],
    ['with transparency', () => drawn(20, 30, 4).webp()],
    ['with a profile', () => drawn(20, 30).withIccProfile('srgb').webp()],
    ['of another format', () => drawn(20, 30).png()],
  ])('%s', async (_, picture) => {
    expect(readSimpleWebp(await picture().toBuffer())).toBeNull()
  })

  test('cut off anywhere, longer, or no key frame', async () => {
    const file = await drawn(20, 30).webp().toBuffer()
    for (let length = 0; length < file.length; length += 1) {
      expect(readSimpleWebp(file.subarray(0, length)), `${length}`).toBeNull()
    }
    expect(readSimpleWebp(Buffer.concat([file, Buffer.alloc(2)]))).toBeNull()
    for (const [at, value] of [
      [20, file[20]! | 1],
      [20, file[20]! & ~0x10],
      [23, 0],
      [0, 0],
    ] as const) {
      const changed = Buffer.from(file)
      changed[at] = value
      expect(readSimpleWebp(changed), `${at}: ${value}`).toBeNull()
    }
  })
})
