import { type AddressRange, type IpAddress, isWithin, parseRange } from './ip-address.ts'

const MASK_32 = 0xffffffffn

/**
 * Where an IPv6 address of each kind carries an IPv4 address. Who connects to the first ends up, through the kernel or
 * a translator or a tunnel, at the second; so the second has to be judged too.
 */
const carriers: readonly { readonly range: AddressRange; readonly inside: readonly ((value: bigint) => bigint)[] }[] = [
  // ::a.b.c.d, IPv4-compatible (RFC 4291 § 2.5.5.1). `::` and `::1` are of this form, too: 0.0.0.0 and 0.0.0.1.
  carrier('::/96', last32),
  // ::ffff:a.b.c.d, IPv4-mapped (RFC 4291 § 2.5.5.2): the kernel connects to the IPv4 address.
  carrier('::ffff:0:0/96', last32),
  // ::ffff:0:a.b.c.d, IPv4-translated (RFC 2765).
  carrier('::ffff:0:0:0/96', last32),
  // NAT64, well-known prefix (RFC 6052).
  carrier('64:ff9b::/96', last32),
  // NAT64, local prefixes (RFC 8215). Below this /48 an operator may embed as for a /48 prefix (around the reserved
  // eighth byte) or use a /96: nobody can tell from outside, so both readings count.
  carrier('64:ff9b:1::/48', around8thByte, last32),
  // 6to4 (RFC 3056).
  carrier('2002::/16', (value) => (value >> 80n) & MASK_32),
  // Teredo (RFC 4380): the server, and the client with its bits turned over.
  carrier(
    '2001::/32',
    (value) => (value >> 64n) & MASK_32,
    (value) => (value & MASK_32) ^ MASK_32,
  ),
]

/** The IPv4 addresses inside an IPv6 address: none for most, two where it can be read in two ways. */
export function embeddedIpv4(ip: IpAddress): IpAddress[] {
  return carriers
    .filter(({ range }) => isWithin(ip, range))
    .flatMap(({ inside }) => inside.map((read): IpAddress => ({ bits: 32, value: read(ip.value) })))
}

function carrier(range: string, ...inside: ((value: bigint) => bigint)[]) {
  return { range: parseRange(range)!, inside }
}

function last32(value: bigint): bigint {
  return value & MASK_32
}

/** RFC 6052 § 2.2, prefix length 48: bits 48 to 63, then bits 72 to 87. */
function around8thByte(value: bigint): bigint {
  return (((value >> 64n) & 0xffffn) << 16n) | ((value >> 40n) & 0xffffn)
}
