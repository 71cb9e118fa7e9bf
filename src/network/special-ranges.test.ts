import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressGuard } from './address-guard.ts'
import { type AddressRange, parseRange } from './ip-address.ts'

/** What becomes of an address of a range: whoever listens on loopback may call this machine, nobody what is `never`. */
type Verdict = 'yes' | 'from loopback' | 'never'

/**
 * Every row of the registries of special-purpose addresses, and what else is no usual address.
 *
 * @source IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 4291, RFC 5771
 */
const ranges: readonly (readonly [range: string, what: string, verdict: Verdict])[] = [
  ['0.0.0.0/8', 'this network', 'from loopback'],
  ['10.0.0.0/8', 'private use', 'yes'],
  ['100.64.0.0/11', 'shared address space', 'yes'],
  ['100.100.100.200/32', 'some more of it: the metadata service of Alibaba Cloud', 'never'],
  ['127.0.0.0/8', 'loopback', 'from loopback'],
  ['169.254.0.0/16', 'link-local', 'never'],
  ['172.16.0.0/12', 'private use', 'yes'],
  ['192.0.0.0/25', 'IETF protocol assignments', 'yes'],
  ['192.0.0.192/32', 'one of those: the metadata service of Oracle Cloud', 'never'],
  ['192.0.2.0/24', 'documentation', 'yes'],
  ['192.31.196.0/24', 'AS112', 'yes'],
  ['192.52.193.0/24', 'AMT', 'yes'],
  ['192.88.99.0/24', 'relays of 6to4', 'yes'],
  ['192.168.0.0/16', 'private use', 'yes'],
  ['192.175.48.0/24', 'AS112', 'yes'],
  ['198.18.0.0/15', 'benchmarks', 'yes'],
  ['198.51.100.0/24', 'documentation', 'yes'],
  ['203.0.113.0/24', 'documentation', 'yes'],
  ['224.0.0.0/4', 'multicast', 'never'],
  ['240.0.0.0/5', 'reserved, and in use inside of some networks', 'yes'],
  ['255.255.255.255/32', 'broadcast', 'never'],
  ['::1/128', 'loopback', 'from loopback'],
  ['::/128', 'no address: this machine', 'from loopback'],
  ['100::/64', 'discard only', 'yes'],
  ['100:0:0:1::/64', 'dummy', 'yes'],
  ['2001:1::1/128', 'anycast of the port control protocol', 'yes'],
  ['2001:2::/48', 'benchmarks', 'yes'],
  ['2001:3::/32', 'AMT', 'yes'],
  ['2001:4:112::/48', 'AS112', 'yes'],
  ['2001:10::/28', 'ORCHID', 'yes'],
  ['2001:20::/28', 'ORCHIDv2', 'yes'],
  ['2001:30::/28', 'drones', 'yes'],
  ['2001:db8::/32', 'documentation', 'yes'],
  ['2620:4f:8000::/48', 'AS112', 'yes'],
  ['3fff::/20', 'documentation', 'yes'],
  ['5f00::/16', 'segment routing', 'yes'],
  ['fc00::/8', 'unique local', 'yes'],
  ['fd00:ec2::254/128', 'some more of it: the metadata service of AWS', 'never'],
  ['fe80::/10', 'link-local', 'never'],
  ['fec0::/10', 'site-local of earlier times', 'yes'],
  ['ff00::/8', 'multicast', 'never'],
]

/** Ranges whose addresses carry one of IPv4: where that stands, in bits from the right, and whether its bits are turned over. */
const carriers: readonly { range: string; what: string; at: bigint; isTurned?: true }[] = [
  { range: '::/96', what: 'compatible', at: 0n },
  { range: '::ffff:0:0/96', what: 'mapped', at: 0n },
  { range: '::ffff:0:0:0/96', what: 'translated', at: 0n },
  { range: '64:ff9b::/96', what: 'NAT64', at: 0n },
  { range: '64:ff9b:1::/48', what: 'NAT64 of a network', at: 0n },
  { range: '2002::/16', what: '6to4', at: 80n },
  { range: '2001::/32', what: 'server of Teredo', at: 64n },
  { range: '2001::/32', what: 'client of Teredo', at: 0n, isTurned: true },
]

const atHome = addressGuard({ allowLoopback: true })
const outside = addressGuard({ allowLoopback: false })
const wideOpen = addressGuard({ allowLoopback: true, allow: ['0.0.0.0/0', '::/0'] })

const textOf = (bits: 32 | 128, value: bigint): string =>
  bits === 32
    ? [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.')
    : Array.from({ length: 8 }, (_, n) => ((value >> BigInt(112 - 16 * n)) & 0xffffn).toString(16)).join(':')

const verdictOn = (address: string): Verdict => {
  if (outside.refusal(address) === null) return 'yes'
  if (atHome.refusal(address) === null) return 'from loopback'
  // What is never called is opened by no list.
  expect([address, wideOpen.refusal(address)]).toEqual([address, expect.any(String)])
  return 'never'
}

/** Addresses of a range: its first, its last, and any between. */
function within({ bits, value, prefix }: AddressRange) {
  const most = (1n << BigInt(bits - prefix)) - 1n
  const any = fc.bigInt({ min: 0n, max: most })
  return fc.oneof(fc.constantFrom(0n, most), any).map((rest) => textOf(bits, value | rest))
}

describe('an address of a range that is set aside for something', () => {
  test.each(ranges)('%s (%s): %s', (range, _what, verdict) => {
    fc.assert(
      fc.property(within(parseRange(range)!), (address) => {
        expect([address, verdictOn(address)]).toEqual([address, verdict])
      }),
      { numRuns: 50 },
    )
  })
})

describe('an address that carries one of IPv4 may be called no more than that', () => {
  const strictness = ['yes', 'from loopback', 'never'] as const
  const ofIpv4 = ranges.filter(([range]) => range.includes('.'))

  test.each(carriers)('$range ($what)', ({ range, at, isTurned }) => {
    const { value } = parseRange(range)!
    fc.assert(
      fc.property(
        fc.constantFrom(...ofIpv4).chain(([inside]) => within(parseRange(inside)!)),
        (inside) => {
          const carried = inside.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
          const address = textOf(128, value | ((isTurned ? carried ^ 0xffffffffn : carried) << at))
          const [whole, alone] = [verdictOn(address), verdictOn(inside)].map((one) => strictness.indexOf(one))
          expect([address, inside, whole! >= alone!]).toEqual([address, inside, true])
        },
      ),
      { numRuns: 200 },
    )
  })
})
