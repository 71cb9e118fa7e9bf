import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { exifAnswer } from './exif-answer.ts'

const NOTHING = '{"error" : "no exif data"}'

interface Field {
  readonly tag: number
  readonly type: number
  readonly count: number
  /** Written where it stands when it has up to four bytes, else behind the lists. */
  readonly value: Buffer
}

/** A block with these fields of the picture, of its exposure and of the place, written from scratch. */
function block({
  picture = [],
  exposure = [],
  place = [],
  little = true,
}: {
  picture?: readonly Field[]
  exposure?: readonly Field[]
  place?: readonly Field[]
  little?: boolean
}): Buffer {
  const lists = [[...picture], exposure, place]
  const pointers = [0x8769, 0x8825]
  const sizes = lists.map((list, n) => 2 + 12 * (list.length + (n === 0 ? 2 : 0)) + 4)
  const at = [8, 8 + sizes[0]!, 8 + sizes[0]! + sizes[1]!]
  pointers.forEach((tag, n) => {
    lists[0] = [...lists[0]!, { tag, type: 4, count: 1, value: u32(at[n + 1]!, little) }]
  })
  let behind = at[2]! + sizes[2]!
  const out: Buffer[] = [Buffer.from(little ? 'II' : 'MM'), u16(42, little), u32(8, little)]
  const values: Buffer[] = []
  for (const list of lists) {
    out.push(u16(list!.length, little))
    for (const { tag, type, count, value } of list!) {
      const inline = value.length <= 4
      out.push(u16(tag, little), u16(type, little), u32(count, little))
      out.push(inline ? Buffer.concat([value], 4) : u32(behind, little))
      if (inline) continue
      values.push(value)
      behind += value.length
    }
    out.push(u32(0, little))
  }
  return Buffer.concat([...out, ...values])
}

function u16(value: number, little = true): Buffer {
  const bytes = Buffer.alloc(2)
  if (little) bytes.writeUInt16LE(value)
  else bytes.writeUInt16BE(value)
  return bytes
}
function u32(value: number, little = true): Buffer {
  const bytes = Buffer.alloc(4)
  if (little) bytes.writeUInt32LE(value)
  else bytes.writeUInt32BE(value)
  return bytes
}
const rational = (tag: number, above: number, below: number, little = true): Field => ({
  tag,
  type: 5,
  count: 1,
  value: Buffer.concat([u32(above, little), u32(below, little)]),
})
const short = (tag: number, value: number): Field => ({ tag, type: 3, count: 1, value: u16(value) })
const text = (tag: number, value: string): Field => {
  const bytes = Buffer.from(`${value}\0`)
  return { tag, type: 2, count: bytes.length, value: bytes }
}
const told = (bytes: Uint8Array) => JSON.parse(exifAnswer(bytes)) as Record<string, { val: string; type: number }>

describe('what is told of a field', () => {
  test.each<[string, Field, string, number]>([
    ['ApertureValue', rational(0x9202, 5, 1), '5.00 EV (f/5.7)', 5],
    ['ExposureTime', rational(0x829a, 1, 125), '1/125 sec.', 5],
    ['ExposureTime', rational(0x829a, 4, 2), '2 sec.', 5],
    ['FNumber', rational(0x829d, 28, 10), 'f/2.8', 5],
    ['ShutterSpeedValue', rational(0x9201, 7, 1), '7.00 EV (1/128 sec.)', 5],
    [
      'ExposureBiasValue',
      { tag: 0x9204, type: 10, count: 1, value: Buffer.from([255, 255, 255, 255, 2, 0, 0, 0]) },
      '-0.50 EV',
      10,
    ],
    ['FocalLength', rational(0x920a, 50, 1), '50.0 mm', 5],
    ['Orientation', short(0x0112, 6), 'Right-top', 3],
    ['Orientation', short(0x0112, 9), 'Internal error (unknown value 9)', 3],
    ['Flash', short(0x9209, 16), 'Flash did not fire, compulsory flash mode', 3],
    ['ColorSpace', short(0xa001, 0xffff), 'Uncalibrated', 3],
    ['ISOSpeedRatings', short(0x8827, 200), '200', 3],
    ['XResolution', rational(0x011a, 72, 1), '72', 5],
    ['XResolution', rational(0x011a, 72, 0), '72/0', 5],
    ['Make', text(0x010f, 'Ünïcode 相机  '), 'Ünïcode 相机', 2],
    ['Model', { tag: 0x0110, type: 2, count: 3, value: Buffer.from([0x58, 0xe9, 0]) }, 'Xé', 2],
    ['ExifVersion', { tag: 0x9000, type: 7, count: 4, value: Buffer.from('0221') }, 'Exif Version 2.21', 7],
    ['ExifVersion', { tag: 0x9000, type: 7, count: 4, value: Buffer.from('abcd') }, '4 bytes undefined data', 7],
    ['ComponentsConfiguration', { tag: 0x9101, type: 7, count: 4, value: Buffer.from([1, 2, 3, 0]) }, 'Y Cb Cr -', 7],
    ['UserComment', { tag: 0x9286, type: 7, count: 13, value: Buffer.from('ASCII\0\0\0hello') }, 'hello', 7],
    [
      'UserComment',
      { tag: 0x9286, type: 7, count: 10, value: Buffer.from('JIS\0\0\0\0\0ab') },
      '10 bytes undefined data',
      7,
    ],
    ['BitsPerSample', { tag: 0x0102, type: 3, count: 3, value: Buffer.concat([u16(8), u16(8), u16(8)]) }, '8, 8, 8', 3],
  ])('%s: %j is %s', (name, field, val, type) => {
    const isPicture = field.tag < 0x8000
    expect(told(block(isPicture ? { picture: [field] } : { exposure: [field] }))[name]).toEqual({ val, type })
  })

  test('the place, in the other order of bytes', () => {
    const degrees = Buffer.concat([40, 1, 26, 1, 46302, 1000].map((one) => u32(one, false)))
    const time = Buffer.concat([7, 1, 5, 1, 925, 100].map((one) => u32(one, false)))
    const place: Field[] = [
      { tag: 0, type: 1, count: 4, value: Buffer.from([2, 3, 0, 0]) },
      { tag: 1, type: 2, count: 2, value: Buffer.from('N\0') },
      { tag: 2, type: 5, count: 3, value: degrees },
      { tag: 5, type: 1, count: 1, value: Buffer.from([0]) },
      { tag: 7, type: 5, count: 3, value: time },
    ]
    expect(exifAnswer(block({ place, little: false }))).toBe(
      '{"GPSVersionID":{"val":"2.3.0.0","type":1},"GPSLatitudeRef":{"val":"N","type":2},"GPSLatitude":{"val":"40, 26, 46.302","type":5},"GPSAltitudeRef":{"val":"Sea level","type":1},"GPSTimeStamp":{"val":"07:05:09.25","type":5}}',
    )
  })

  test.each(['jpeg', 'png', 'webp', 'avif', 'tiff'] as const)('in the block of a %s', async (format) => {
    const file = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .withExif({
        IFD0: { Make: 'Pixmill', Software: 'test' },
        IFD2: { FNumber: '28/10' },
        IFD3: { GPSLatitudeRef: 'N' },
      })
      .toFormat(format)
      .toBuffer()
    const fields = told(format === 'tiff' ? file : (await sharp(file).metadata()).exif!)
    expect(fields).toMatchObject(
      format === 'tiff'
        ? { ImageWidth: { val: '8' } }
        : {
            Make: { val: 'Pixmill', type: 2 },
            FNumber: { val: 'f/2.8', type: 5 },
            GPSLatitudeRef: { val: 'N', type: 2 },
          },
    )
  })
})

describe('a block that lies', () => {
  const good = block({ picture: [text(0x010f, 'Maker of cameras')], exposure: [rational(0x829d, 28, 10)] })

  test('nothing, too little, and what is none, is no EXIF', () => {
    for (const bytes of [null, Buffer.alloc(0), Buffer.from('Exif\0\0'), Buffer.from('II*\0'), Buffer.alloc(64, 0x49)])
      expect(exifAnswer(bytes)).toBe(NOTHING)
    expect(exifAnswer(block({ picture: [short(0xbeef, 1)] }))).toBe(NOTHING)
  })

  test('values and lists outside of the block are passed over', () => {
    const outside: Field[] = [
      { tag: 0x010f, type: 2, count: 0xffff_fff0, value: Buffer.from('a\0') },
      { tag: 0x0110, type: 5, count: 0x4000_0000, value: Buffer.from('a\0') },
      { tag: 0x0131, type: 99, count: 1, value: Buffer.from('a\0') },
      { tag: 0x0132, type: 2, count: 0, value: Buffer.from('a\0') },
    ]
    expect(exifAnswer(block({ picture: outside }))).toBe(NOTHING)
    const far = Buffer.from(good)
    far.writeUInt32LE(0xffff_ffff, 4)
    expect(exifAnswer(far)).toBe(NOTHING)
  })

  test('lists that lead to themselves are read once, and of two fields the first counts', () => {
    const round = block({
      picture: [text(0x010f, 'one'), text(0x010f, 'two'), { tag: 0x8769, type: 4, count: 1, value: u32(8) }],
    })
    expect(told(round)).toEqual({ Make: { val: 'one', type: 2 } })
  })

  test('a long text is cut, and the answer stays small', () => {
    const long = block({ picture: [text(0x010f, 'ä'.repeat(60_000))] })
    expect(told(long).Make!.val).toBe('ä'.repeat(1_000))
  })

  test('whatever is changed in it, an answer is JSON and small', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 40 }),
        fc.nat(good.length),
        (edits, length) => {
          const bytes = Buffer.from(good)
          for (const [at, value] of edits) bytes[at] = value
          const answer = exifAnswer(bytes.subarray(0, length))
          expect(() => JSON.parse(answer)).not.toThrow()
          expect(answer.length).toBeLessThan(20_000)
        },
      ),
      { numRuns: 500 },
    )
  })
})
