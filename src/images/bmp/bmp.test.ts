import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../base/index.ts'
import { readBmp } from './read-bmp.ts'
import { writeBmp } from './write-bmp.ts'

interface Parts {
  readonly width: number
  readonly height: number
  readonly bits: number
  readonly compression?: number
  /** Behind the first 40 bytes of the second header. */
  readonly more?: readonly number[]
  readonly edition?: number
  /** Blue, green, red, nothing. */
  readonly palette?: readonly number[]
  readonly pixels: readonly number[]
}

/** A file of these parts, as the structures of Windows have them. */
function bmp({ width, height, bits, compression = 0, more = [], edition = 40, palette = [], pixels }: Parts): Buffer {
  const head = Buffer.alloc(54)
  head.write('BM')
  head.writeUInt32LE(54 + more.length + palette.length, 10)
  head.writeUInt32LE(edition, 14)
  head.writeInt32LE(width, 18)
  head.writeInt32LE(height, 22)
  head.writeUInt16LE(1, 26)
  head.writeUInt16LE(bits, 28)
  head.writeUInt32LE(compression, 30)
  head.writeUInt32LE(palette.length / 4, 46)
  return Buffer.concat([head, Buffer.from(more), Buffer.from(palette), Buffer.from(pixels)])
}

const words = (...values: number[]) =>
  values.flatMap((value) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24])
const blackWhiteRedBlue = [0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 0, 255, 0, 0, 0]
const K = [0, 0, 0]
const W = [255, 255, 255]
const R = [255, 0, 0]
const B = [0, 0, 255]

describe('a BMP is read', () => {
  test.each([
    [
      '24 bits, the bottom row first',
      bmp({ width: 2, height: 2, bits: 24, pixels: [0, 0, 255, 255, 0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0] }),
      [...W, ...K, ...R, ...B],
    ],
    [
      '24 bits, the top row first',
      bmp({ width: 1, height: -2, bits: 24, pixels: [0, 0, 255, 0, 255, 0, 0, 0] }),
      [...R, ...B],
    ],
    [
      '32 bits without opacity',
      bmp({ width: 2, height: 1, bits: 32, pixels: [0, 0, 255, 7, 255, 0, 0, 9] }),
      [...R, ...B],
    ],
    [
      '8 bits with a palette',
      bmp({ width: 3, height: 1, bits: 8, palette: blackWhiteRedBlue, pixels: [2, 1, 3, 0] }),
      [...R, ...W, ...B],
    ],
    [
      'a number that the palette does not have',
      bmp({ width: 1, height: 1, bits: 8, palette: blackWhiteRedBlue, pixels: [9, 0, 0, 0] }),
      K,
    ],
    [
      '4 bits',
      bmp({ width: 3, height: 1, bits: 4, palette: blackWhiteRedBlue, pixels: [0x21, 0x30, 0, 0] }),
      [...R, ...W, ...B],
    ],
    [
      '1 bit',
      bmp({
        width: 9,
        height: 1,
        bits: 1,
        palette: blackWhiteRedBlue.slice(0, 8),
        pixels: [0b10100001, 0b10000000, 0, 0],
      }),
      [W, K, W, K, K, K, K, W, W].flat(),
    ],
    ['16 bits of 5-5-5', bmp({ width: 2, height: 1, bits: 16, pixels: [0x00, 0x7c, 0x1f, 0x00] }), [...R, ...B]],
    [
      '16 bits of 5-6-5',
      bmp({
        width: 2,
        height: 1,
        bits: 16,
        compression: 3,
        more: words(0xf800, 0x7e0, 0x1f),
        pixels: [0x00, 0xf8, 0xe0, 0x07],
      }),
      [...R, 0, 255, 0],
    ],
    [
      '32 bits with masks',
      bmp({
        width: 1,
        height: 1,
        bits: 32,
        compression: 3,
        more: words(0xff, 0xff00, 0xff0000),
        pixels: [255, 10, 20, 0],
      }),
      [255, 10, 20],
    ],
    [
      'runs of 8 bits',
      bmp({
        width: 4,
        height: 2,
        bits: 8,
        compression: 1,
        palette: blackWhiteRedBlue,
        pixels: [3, 2, 1, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1],
      }),
      [W, R, B, K, R, R, R, W].flat(),
    ],
    [
      'runs of 4 bits',
      bmp({ width: 4, height: 1, bits: 4, compression: 2, palette: blackWhiteRedBlue, pixels: [4, 0x23, 0, 1] }),
      [R, B, R, B].flat(),
    ],
    [
      'a jump between runs',
      bmp({
        width: 3,
        height: 1,
        bits: 8,
        compression: 1,
        palette: blackWhiteRedBlue,
        pixels: [0, 2, 2, 0, 1, 2, 0, 1],
      }),
      [K, K, R].flat(),
    ],
  ])('%s', (_, file, pixels) => {
    const read = readBmp(file)
    expect([...read.pixels]).toEqual(pixels)
    expect(read.channels).toBe(3)
  })

  test('with opacity in its newer editions', () => {
    const more = [...words(0xff0000, 0xff00, 0xff, 0xff000000), ...Array(52).fill(0)]
    const file = bmp({ width: 1, height: 1, bits: 32, compression: 3, edition: 108, more, pixels: [1, 2, 3, 128] })
    expect(readBmp(file)).toMatchObject({ channels: 4, pixels: Buffer.from([3, 2, 1, 128]) })
  })

  test('in the edition of OS/2', () => {
    const head = Buffer.from('BM            ')
    head.writeUInt32LE(26 + 6, 10)
    const second = Buffer.from([12, 0, 0, 0, 2, 0, 1, 0, 1, 0, 1, 0])
    const file = Buffer.concat([head, second, Buffer.from([0, 0, 255, 255, 0, 0]), Buffer.from([0b01000000, 0, 0, 0])])
    expect([...readBmp(file).pixels]).toEqual([...R, ...B])
  })

  test.each([
    ['rows that are missing', bmp({ width: 2, height: 2, bits: 24, pixels: [1, 2, 3, 4, 5, 6, 0, 0] }), /cut off/],
    ['runs without an end', bmp({ width: 2, height: 2, bits: 8, compression: 1, pixels: [2, 1] }), /cut off/],
    ['no width', bmp({ width: 0, height: 2, bits: 24, pixels: [] }), /0x2/],
    ['a JPEG inside', bmp({ width: 1, height: 1, bits: 24, compression: 4, pixels: [] }), /compressed/],
    ['2 bits', bmp({ width: 1, height: 1, bits: 2, pixels: [] }), /2 bits/],
    [
      'masks that are not there',
      bmp({ width: 1, height: 1, bits: 16, compression: 3, pixels: [] }).subarray(0, 60),
      /cut off/,
    ],
  ])('and refused with %s', (_, file, says) => {
    expect(() => readBmp(file)).toThrow(says)
  })

  test('whatever stands in it, within its size and without another error', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: -9, max: 9 }),
        fc.constantFrom(1, 4, 8, 16, 24, 32),
        fc.constantFrom(0, 1, 2, 3, 6),
        fc.constantFrom(12, 40, 52, 56, 108, 124),
        fc.uint8Array({ maxLength: 400 }),
        (width, height, bits, compression, edition, rest) => {
          const file = bmp({ width, height, bits, compression, edition, pixels: [...rest] })
          try {
            const { pixels, width, height, channels } = readBmp(file)
            expect(pixels.length).toBe(width * height * channels)
          } catch (error) {
            expect(error).toBeInstanceOf(Failure)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a BMP is written', () => {
  test('with the header and the rows that programs expect', () => {
    const file = writeBmp(Buffer.from([...R, ...W, ...B, ...K, ...K, ...K]), 3, 2)
    expect(file.length).toBe(54 + 2 * 12)
    expect([file.toString('latin1', 0, 2), file.readUInt32LE(2), file.readUInt32LE(10)]).toEqual([
      'BM',
      file.length,
      54,
    ])
    expect([file.readUInt16LE(26), file.readUInt16LE(28), file.readUInt32LE(30)]).toEqual([1, 24, 0])
    expect([...file.subarray(54, 66)]).toEqual([...K, ...K, ...K, 0, 0, 0])
    expect([...file.subarray(66)]).toEqual([0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0])
  })

  test('and reads the same', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.nat(255)),
        (width, height, bytes) => {
          const pixels = Buffer.from([...bytes.take(width * height * 3)])
          expect(readBmp(writeBmp(pixels, width, height))).toEqual({ pixels, width, height, channels: 3 })
        },
      ),
    )
  })
})
