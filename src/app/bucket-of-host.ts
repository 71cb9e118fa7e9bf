import { Domains, reach } from '../http/index.ts'
import type { Settings } from '../settings/index.ts'
import type { BucketOfHost } from '../workflows/index.ts'

/**
 * What the host of an address says, as it would for a request: the bucket stands in it, is the one that the operator has
 * given it to, or stands in the path. The processing service has no objects.
 */
export function bucketOfHosts({ domains }: Pick<Settings, 'domains'>): BucketOfHost {
  const way = { domains: new Domains(domains), isAlwaysCi: false }
  return (host) => {
    const { surface, bucket } = reach(host, '/', way)
    return surface === 'object' ? bucket : ''
  }
}
