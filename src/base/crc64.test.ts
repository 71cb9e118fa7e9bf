import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Crc64, combineCrc64, crc64 } from './crc64.ts'

describe('CRC-64/XZ', () => {
  test.each([
    ['', '0'],
    ['hello', '11177612005948864433'],
    ['hello world', '5981764153023615706'],
    ['123456789', '11051210869376104954'],
  ])('of "%s" is %s', (text, sum) => {
    expect(crc64(Buffer.from(text))).toBe(sum)
  })

  test('does not depend on how the bytes are cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
        const inPieces = new Crc64()
        for (const piece of pieces) inPieces.update(piece)
        expect(inPieces.digest()).toBe(crc64(Buffer.concat(pieces)))
      }),
    )
  })

  test('is the same as taken bit by bit from the definition', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        let sum = 0xffffffffffffffffn
        for (const byte of bytes) {
          sum ^= BigInt(byte)
          for (let bit = 0; bit < 8; bit++) sum = (sum & 1n) === 1n ? (sum >> 1n) ^ 0xc96c5795d7870f42n : sum >> 1n
        }
        expect(crc64(bytes)).toBe((sum ^ 0xffffffffffffffffn).toString())
      }),
    )
  })

  test('of two pieces together follows from the sums of the pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (first, second) => {
        expect(combineCrc64(crc64(first), crc64(second), second.length)).toBe(crc64(Buffer.concat([first, second])))
      }),
    )
  })
})
