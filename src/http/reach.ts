import { isIP } from 'node:net'
import { addressOf, isServicePath, type Surface } from './addressing.ts'
import type { Domains } from './domains.ts'

/** Where a request came to. */
export interface Reached {
  readonly surface: Surface
  /** `null` when the host names none. */
  readonly bucket: string | null
  readonly region: string | null
  /** Whether what lies below `/-/` is ours here; else every path is a key. */
  readonly servesOwn: boolean
}

/**
 * What host and path say about a request. Hosts of the operator's win over what a host says by its form. An address, and
 * `localhost`, keeps what is ours also when it stands for a bucket: probes and commands come by address.
 *
 * @param isAlwaysCi whether the listener is for the processing service alone
 */
export function reach(
  host: string,
  path: string,
  { domains, isAlwaysCi }: { readonly domains: Domains; readonly isAlwaysCi: boolean },
): Reached {
  const domain = domains.find(host)
  if (domain === null) {
    const address = addressOf(host)
    return {
      ...address,
      surface: isAlwaysCi ? 'ci' : address.surface,
      servesOwn: address.bucket === null,
    }
  }
  const isCi = isAlwaysCi || domain.door === 'ci' || (domain.door === 'both' && isServicePath(path))
  return { surface: isCi ? 'ci' : 'object', bucket: domain.bucket, region: null, servesOwn: isMachine(host) }
}

function isMachine(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  return name === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) !== 0
}
