import { describe, expect, test } from 'vitest'
import { addressGuard, listensOnLoopback } from './address-guard.ts'

const outside = addressGuard({ allowLoopback: false })
const atHome = addressGuard({ allowLoopback: true })

describe('an address that may always be called', () => {
  test.each([
    ['93.184.216.34', 'public'],
    ['10.0.0.5', 'RFC 1918'],
    ['172.16.9.9', 'RFC 1918'],
    ['192.168.1.1', 'RFC 1918'],
    ['100.64.0.1', 'shared address space'],
    ['100.100.100.199', 'a neighbour of a metadata service'],
    ['169.253.255.255', 'just below link-local'],
    ['223.255.255.255', 'just below multicast'],
    ['128.0.0.1', 'just above loopback'],
    ['1.0.0.0', 'just above 0.0.0.0/8'],
    ['2606:2800:220:1::1', 'public'],
    ['fc00::1', 'unique local'],
    ['fd12:3456::1', 'unique local'],
    ['fec0::1', 'just above link-local'],
    ['64:ff9b::5db8:d822', 'NAT64 of a public address'],
    ['::ffff:10.0.0.5', 'mapped private'],
    ['2002:5db8:d822::1', '6to4 of a public address'],
  ])('%s (%s)', (address) => {
    expect(outside.refusal(address)).toBeNull()
  })
})

describe('an address that may be called only by a server on loopback', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'all of 127/8 is loopback'],
    ['0.0.0.0', 'this machine'],
    ['0.1.2.3', '0/8'],
    ['::1', 'loopback'],
    ['::', 'this machine'],
    ['::ffff:127.0.0.1', 'mapped'],
    ['::ffff:7f00:1', 'mapped, in hexadecimal'],
    ['::127.0.0.1', 'compatible'],
    ['::ffff:0:127.0.0.1', 'translated'],
    ['64:ff9b::7f00:1', 'NAT64'],
    ['64:ff9b:1:7f00:0:100::', 'local NAT64, embedded around the eighth byte'],
    ['64:ff9b:1::127.0.0.1', 'local NAT64, embedded at the end'],
    ['2002:7f00:1::1', '6to4'],
    ['2001:0:7f00:1::a247:27dd', 'Teredo server'],
    ['2001:0:5db8:d822:0:0:80ff:fffe', 'Teredo client, bits turned over'],
  ])('%s (%s)', (address) => {
    expect(outside.refusal(address)).not.toBeNull()
    expect(atHome.refusal(address)).toBeNull()
  })
})

describe('an address that may never be called', () => {
  test.each([
    ['169.254.169.254', 'metadata'],
    ['169.254.0.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'with a zone'],
    ['febf::1', 'the end of link-local'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['100.100.100.200', 'metadata of Alibaba Cloud'],
    ['fd00:ec2::254', 'metadata of AWS'],
    ['fd20:ce::254', 'metadata of Google Cloud'],
    ['fd00:ec2::23', 'credentials of AWS'],
    ['fd00:42::42', 'metadata of Scaleway'],
    ['192.0.0.192', 'metadata of Oracle Cloud'],
    ['168.63.129.16', 'platform of Azure'],
    ['::ffff:169.254.169.254', 'mapped'],
    ['::ffff:a9fe:a9fe', 'mapped, in hexadecimal'],
    ['::169.254.169.254', 'compatible'],
    ['64:ff9b::a9fe:a9fe', 'NAT64'],
    ['64:ff9b:1:a9fe:a9:fe00::', 'local NAT64'],
    ['2002:a9fe:a9fe::', '6to4'],
    ['2001:0:a9fe:a9fe::a247:27dd', 'Teredo server'],
    ['2001:0:5db8:d822::5601:5601', 'Teredo client'],
    ['not an address', 'unreadable'],
    ['', 'empty'],
    ['0177.0.0.1', 'octal: no address before URL has read it'],
  ])('%s (%s)', (address) => {
    const open = addressGuard({ allowLoopback: true, allow: ['0.0.0.0/0', '::/0'] })
    expect(outside.refusal(address)).not.toBeNull()
    expect(open.refusal(address)).not.toBeNull()
  })
})

describe('the lists', () => {
  test('the allow list opens loopback', () => {
    const guard = addressGuard({ allowLoopback: false, allow: ['127.0.0.2', '::1/128'] })
    expect(guard.refusal('127.0.0.2')).toBeNull()
    expect(guard.refusal('::ffff:127.0.0.2')).toBeNull()
    expect(guard.refusal('::1')).toBeNull()
    expect(guard.refusal('127.0.0.3')).toBe('is a loopback address')
  })

  test('the deny list wins over everything, and sees what an address carries', () => {
    const guard = addressGuard({ allowLoopback: true, allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16', '2001:db8::/32'] })
    expect(guard.refusal('10.1.2.3')).toBe('is on the deny list')
    expect(guard.refusal('::ffff:10.1.2.3')).toBe('is on the deny list')
    expect(guard.refusal('64:ff9b::a01:203')).toBe('is on the deny list')
    expect(guard.refusal('2001:db8::1')).toBe('is on the deny list')
    expect(guard.refusal('10.2.0.1')).toBeNull()
  })

  test.each([
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    'example.com',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    'fe80::1%eth0/64',
    '',
  ])('the range "%s" is refused with its name', (range) => {
    expect(() => addressGuard({ allowLoopback: false, deny: [range] })).toThrow(
      `deny list of callback addresses has "${range}"`,
    )
  })
})

test.each([
  ['127.0.0.1', true],
  ['localhost', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.5', false],
  ['pixmill.example', false],
])('a server on %s can be reached from its own machine only: %s', (host, only) => {
  expect(listensOnLoopback(host)).toBe(only)
})
