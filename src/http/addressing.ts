/** Which door a request came to: objects, the processing service, or (no bucket in the host) whatever the path says. */
export type Surface = 'object' | 'ci'

export interface HostAddress {
  readonly surface: Surface
  /** `null` when the host names none: then the path does (path style), or nobody. */
  readonly bucket: string | null
  /** `null` when the host names none. */
  readonly region: string | null
}

/**
 * Which second (or first) label of a host means which surface. `pic` and `cos-internal` are other names of the object
 * service. The official names are only the usual ones: what follows the region is never compared.
 */
const surfaceOfProduct: Readonly<Record<string, Surface>> = {
  cos: 'object',
  'cos-internal': 'object',
  pic: 'object',
  ci: 'ci',
}

/**
 * What a host says about a request:
 *
 * | host | meaning |
 * | --- | --- |
 * | `<bucket>.cos.<region>.<suffix>` | objects of that bucket |
 * | `<bucket>.ci.<region>.<suffix>` | jobs of that bucket |
 * | `cos.<region>.<suffix>`, `service.cos.<suffix>` | objects, the bucket stands in the path |
 * | `ci.<region>.<suffix>` | the processing service, without a bucket |
 * | anything else (`127.0.0.1`, `localhost`, a name of one's own) | objects, the bucket stands in the path |
 *
 * Upper and lower case are the same, a port is ignored, a region is any text: programs leave regions that mean nothing
 * to this server.
 */
export function addressOf(host: string): HostAddress {
  const labels = withoutPort(host).toLowerCase().replace(/\.$/, '').split('.')
  const [first, second, third] = labels as [string, string | undefined, string | undefined]
  // `service.cos.…` before the general form, or "service" would be a bucket.
  if (first === 'service' && second === 'cos') return { surface: 'object', bucket: null, region: null }
  const ofSecond = second === undefined ? undefined : surfaceOf(second)
  if (ofSecond !== undefined && first !== '') return { surface: ofSecond, bucket: first, region: third ?? null }
  // A bare `cos` or `ci` is a machine's name like any other.
  const ofFirst = second === undefined ? undefined : surfaceOf(first)
  if (ofFirst !== undefined) return { surface: ofFirst, bucket: null, region: second ?? null }
  return { surface: 'object', bucket: null, region: null }
}

function surfaceOf(label: string): Surface | undefined {
  return Object.hasOwn(surfaceOfProduct, label) ? surfaceOfProduct[label] : undefined
}

/** `[::1]:9000` is `[::1]`, `host:9000` is `host`. */
function withoutPort(host: string): string {
  return host.replace(/:\d*$/, '')
}

/** A path-style path, `/<bucket>/<key>`, cut in two: the bucket (`''` when there is none) and the rest with its `/`. */
export function splitPathStyle(path: string): { bucket: string; path: string } {
  const end = path.indexOf('/', 1)
  return end === -1 ? { bucket: path.slice(1), path: '/' } : { bucket: path.slice(1, end), path: path.slice(end) }
}

/**
 * The first words of the processing service's paths. No bucket can have such a name (all bucket names end in `-<appid>`),
 * so a path-style path that begins with one is somebody who addressed the service without a bucket.
 */
const SERVICE_PATHS: ReadonlySet<string> = new Set([
  'jobs',
  'pic_jobs',
  'picbucket',
  'picqueue',
  'queue',
  'template',
  'workflow',
  'workflowexecution',
  'triggerworkflow',
  'inventorytriggerjob',
])

export function isServicePath(path: string): boolean {
  return SERVICE_PATHS.has(splitPathStyle(path).bucket.toLowerCase())
}

/** What somebody is told who called the processing service without naming a bucket. */
export function howToAddress(path: string): string {
  return `${path} belongs to a bucket, and the host of the request names none: send it with a Host of the form <bucket>.ci.<region>.<suffix>, for instance demo-1250000000.ci.local.localhost`
}
