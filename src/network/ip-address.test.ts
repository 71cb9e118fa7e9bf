import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isWithin, parseIp, parseRange } from './ip-address.ts'

test('an IPv6 address has one value, however it is spelt', () => {
  fc.assert(
    fc.property(fc.ipV6(), (spelling) => {
      const usual = new URL(`http://[${spelling}]/`).hostname.slice(1, -1)
      expect(parseIp(spelling)).toEqual(parseIp(usual))
      expect(parseIp(`${spelling}%eth0`)).toEqual(parseIp(usual))
    }),
  )
})

test('an IPv4 address is the number of its four bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
      expect(parseIp(bytes.join('.'))?.value).toBe(BigInt(Buffer.from(bytes).readUInt32BE()))
    }),
  )
})

test('an address lies in every range around it and in none that differs within the prefix', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 1, max: 32 }), (address, prefix) => {
      const ip = parseIp(address)!
      const range = parseRange(`${address}/${prefix}`)!
      expect(isWithin(ip, range)).toBe(true)
      expect(isWithin({ ...ip, value: ip.value ^ (1n << BigInt(32 - prefix)) }, range)).toBe(false)
      if (prefix < 32) expect(isWithin({ ...ip, value: ip.value ^ 1n }, range)).toBe(true)
    }),
  )
})

test('an address of one kind never lies in a range of the other', () => {
  expect(isWithin(parseIp('::1')!, parseRange('0.0.0.0/0')!)).toBe(false)
  expect(isWithin(parseIp('1.2.3.4')!, parseRange('::/0')!)).toBe(false)
})
