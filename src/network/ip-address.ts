import { isIP } from 'node:net'

/** An address as a number, so that ranges are comparisons of leading bits and not of spellings. */
export interface IpAddress {
  /** 32 for IPv4, 128 for IPv6. */
  readonly bits: 32 | 128
  readonly value: bigint
}

/** All addresses that share their first `prefix` bits with `value`. */
export interface AddressRange extends IpAddress {
  readonly prefix: number
}

/**
 * Reads an address in the spelling that resolvers and WHATWG URLs produce: dotted decimal, or any IPv6 text form. A zone
 * (`fe80::1%eth0`) says which cable, not which address, and is left out. Octal, hexadecimal and short IPv4 forms are
 * no addresses here: whoever takes them from a URL has them normalised by `URL` first.
 *
 * @returns `null` when this is no address.
 */
export function parseIp(text: string): IpAddress | null {
  const bare = text.replace(/%.*$/s, '')
  switch (isIP(bare)) {
    case 4:
      return { bits: 32, value: dottedValue(bare) }
    case 6:
      return { bits: 128, value: colonValue(bare) }
    default:
      return null
  }
}

/**
 * Reads `10.0.0.0/8`, `fd00::/8` or a single address.
 *
 * @returns `null` when this is no range.
 */
export function parseRange(text: string): AddressRange | null {
  const [address, length, ...more] = text.trim().split('/')
  if (more.length > 0 || address === undefined || address.includes('%')) return null
  const ip = parseIp(address)
  if (ip === null) return null
  if (length === undefined) return { ...ip, prefix: ip.bits }
  if (!/^\d{1,3}$/.test(length) || Number(length) > ip.bits) return null
  return { ...ip, prefix: Number(length) }
}

export function isWithin(ip: IpAddress, range: AddressRange): boolean {
  if (ip.bits !== range.bits) return false
  const rest = BigInt(range.bits - range.prefix)
  return ip.value >> rest === range.value >> rest
}

function dottedValue(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

function colonValue(text: string): bigint {
  const [head = '', tail] = text.split('::')
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const all = [...before, ...new Array<bigint>(8 - before.length - after.length).fill(0n), ...after]
  return all.reduce((value, group) => (value << 16n) | group, 0n)
}

/** The 16-bit groups of one side of `::`; a dotted IPv4 at the end counts for two. */
function groups(text: string): bigint[] {
  if (text === '') return []
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [BigInt(`0x${part}`)]
    const value = dottedValue(part)
    return [value >> 16n, value & 0xffffn]
  })
}
