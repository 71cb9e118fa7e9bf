import { Failure } from '../base/index.ts'
import { embeddedIpv4 } from './embedded-ipv4.ts'
import { type AddressRange, type IpAddress, isWithin, parseIp, parseRange } from './ip-address.ts'

export interface AddressGuardOptions {
  /**
   * Whether loopback and 0.0.0.0/8 may be called. Right while the server itself listens on loopback: then everybody who
   * can reach it could call those addresses anyway. See `listensOnLoopback`.
   */
  readonly allowLoopback: boolean
  /** Ranges (`10.1.0.0/16`, `::1`) that may be called although the rule on loopback says no. Default none. */
  readonly allow?: readonly string[]
  /** Ranges that may not be called, whatever else holds. Default none. */
  readonly deny?: readonly string[]
}

/** Says which addresses an outbound request may be sent to. */
export interface AddressGuard {
  /** Why this address may not be called, in words that a stranger may read; `null` when it may. */
  refusal(address: string): string | null
}

/**
 * Addresses that no receiver has and that an attacker wants: nothing opens them, not even the allow list. Metadata
 * services hand out credentials to whoever asks from the right machine.
 */
const never = table([
  ['169.254.0.0/16', 'is link-local'],
  ['fe80::/10', 'is link-local'],
  ['224.0.0.0/4', 'is a multicast address'],
  ['ff00::/8', 'is a multicast address'],
  ['255.255.255.255', 'is the broadcast address'],
  ['100.100.100.200', 'is the metadata service of Alibaba Cloud'],
  ['fd00:ec2::254', 'is the metadata service of AWS'],
  ['fd00:ec2::23', 'is the credentials service of AWS'],
  ['fd20:ce::254', 'is the metadata service of Google Cloud'],
  ['fd00:42::42', 'is the metadata service of Scaleway'],
  ['192.0.0.192', 'is the metadata service of Oracle Cloud'],
  ['168.63.129.16', 'is the platform service of Azure'],
])

/** What reaches this very machine. Linux connects 0.0.0.0 and `::` to loopback. */
const ownMachine = table([
  ['127.0.0.0/8', 'is a loopback address'],
  ['0.0.0.0/8', 'is an address of this machine'],
  ['::1', 'is a loopback address'],
  ['::', 'is an address of this machine'],
])

/**
 * A guard that judges in this order: the deny list, the addresses that are never called, the allow list, loopback;
 * whatever is left may be called, private networks (RFC 1918, fc00::/7) and shared address space (100.64.0.0/10)
 * included, because a self-hosted server usually lives next to its receivers. An IPv6 address that carries an IPv4
 * address is judged as both.
 *
 * @throws Failure `InvalidArgument` that names a range it cannot read.
 */
export function addressGuard({ allowLoopback, allow = [], deny = [] }: AddressGuardOptions): AddressGuard {
  const denied = deny.map((text) => rangeOf('deny', text))
  const allowed = allow.map((text) => rangeOf('allow', text))
  return {
    refusal(address) {
      const ip = parseIp(address)
      if (ip === null) return 'is not an address'
      const faces = [ip, ...embeddedIpv4(ip)]
      if (faces.some((face) => denied.some((range) => isWithin(face, range)))) return 'is on the deny list'
      const reason = firstReason(faces, never)
      if (reason !== null) return reason
      if (allowLoopback || faces.some((face) => allowed.some((range) => isWithin(face, range)))) return null
      return firstReason(faces, ownMachine)
    },
  }
}

/** Whether a server that is told to listen on this host can be reached from its own machine only. */
export function listensOnLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true
  const ip = parseIp(host)
  if (ip === null) return false
  return [ip, ...embeddedIpv4(ip)].some((face) => loopback.some((range) => isWithin(face, range)))
}

const loopback = [parseRange('127.0.0.0/8')!, parseRange('::1')!]

function table(rows: readonly (readonly [range: string, reason: string])[]) {
  return rows.map(([range, reason]) => ({ range: parseRange(range)!, reason }))
}

function firstReason(faces: readonly IpAddress[], rows: ReturnType<typeof table>): string | null {
  return rows.find(({ range }) => faces.some((face) => isWithin(face, range)))?.reason ?? null
}

function rangeOf(list: 'allow' | 'deny', text: string): AddressRange {
  const range = parseRange(text)
  if (range !== null) return range
  throw new Failure(
    'InvalidArgument',
    `The ${list} list of callback addresses has "${text}", expected an address or a range such as 10.1.0.0/16 or fd00::/8.`,
  )
}
