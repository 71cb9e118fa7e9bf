import { availableParallelism } from 'node:os'
import type { Setting } from '../base/index.ts'
import { domainPattern } from './domain-pattern.ts'

/** The settings of the house itself: where it lives and who it is. */
export const serverSettings = {
  host: {
    kind: 'text',
    variable: 'PIXMILL_HOST',
    default: '127.0.0.1',
    says: 'Address to listen on.',
  },
  port: {
    kind: 'integer',
    variable: 'PIXMILL_PORT',
    unit: null,
    min: 0,
    max: 65_535,
    default: 9_000,
    says: 'Port to listen on; 0 picks a free one.',
  },
  ciPort: {
    kind: 'integer',
    variable: 'PIXMILL_CI_PORT',
    unit: null,
    min: 0,
    max: 65_535,
    default: null,
    says: 'A second port, whose requests are always for the processing service, whatever their host says; 0 picks a free one. For programs that are given an address for it and no host: together with PIXMILL_DOMAINS, which says for which bucket. Without it there is none.',
  },
  domains: {
    kind: 'list',
    variable: 'PIXMILL_DOMAINS',
    default: [],
    pattern: domainPattern,
    says: 'Hosts that stand for a bucket: `img.example.org=album-1250000000` for its objects, `…/ci` for its jobs, and `…/both` for both, where paths such as `/jobs` go to the processing service and are no keys. `*.img.example.org=*` takes the bucket from the place of the star. With a port (`127.0.0.1:9001=album-1250000000`) only requests to that port are meant.',
  },
  tlsCert: {
    kind: 'text',
    variable: 'PIXMILL_TLS_CERT',
    default: null,
    says: 'File of a certificate (PEM, with its chain); with it the server speaks TLS, on every port. Read again when it changes; one that cannot be used leaves the old one in use and is told in the log.',
  },
  tlsKey: {
    kind: 'text',
    variable: 'PIXMILL_TLS_KEY',
    default: null,
    says: 'File of the key to PIXMILL_TLS_CERT (PEM, without a password).',
  },
  dataDir: {
    kind: 'text',
    variable: 'PIXMILL_DATA_DIR',
    default: './data',
    says: 'Folder of the ledger, the blobs and the generated keys; made when absent.',
  },
  secretId: {
    kind: 'text',
    variable: 'PIXMILL_SECRET_ID',
    default: null,
    pattern: { regex: /^[\w-]{1,128}$/, expected: '1 to 128 letters, digits, - or _' },
    says: 'SecretId that requests are signed with. Without it a pair is generated at the first start, kept in the data folder and printed once.',
  },
  secretKey: {
    kind: 'text',
    variable: 'PIXMILL_SECRET_KEY',
    default: null,
    secret: true,
    pattern: { regex: /^\S{1,256}$/, expected: '1 to 256 characters without blanks' },
    says: 'SecretKey to the SecretId; the two are given together.',
  },
  buckets: {
    kind: 'list',
    variable: 'PIXMILL_BUCKETS',
    default: [],
    pattern: {
      regex: /^[a-z0-9][a-z0-9-]*-\d+@[a-z0-9-]+(:(private|public-read|public-read-write))?$/,
      expected:
        'buckets as name-appid@region, for instance album-1250000000@ap-guangzhou, perhaps with :public-read or :public-read-write behind it',
    },
    says: 'Buckets that are made at start when they do not exist: private ones, or ones that everybody may read (name@region:public-read) or read and write (name@region:public-read-write).',
  },
  defaultRegion: {
    kind: 'text',
    variable: 'PIXMILL_DEFAULT_REGION',
    default: 'local',
    pattern: { regex: /^[a-z0-9-]{1,63}$/, expected: 'lower-case letters, digits and hyphens' },
    says: 'Region of a bucket that is made through an address which names no region.',
  },
  anonymous: {
    kind: 'switch',
    variable: 'PIXMILL_ANONYMOUS',
    default: false,
    says: 'Let everybody read and write without a signature. Only while the server listens on a loopback address.',
  },
  strictSignatures: {
    kind: 'switch',
    variable: 'PIXMILL_STRICT_SIGNATURES',
    default: false,
    says: 'Refuse a signature that leaves out the host, a header x-cos-… or a parameter of the request. The official SDKs leave some out (a security token, the parameter cancel, the rule of a picture): only for programs that sign everything.',
  },
  signedPathWithoutBucket: {
    kind: 'switch',
    variable: 'PIXMILL_SIGNED_PATH_WITHOUT_BUCKET',
    default: true,
    says: 'Accept signatures in which the path lacks the bucket although the request names it in its path, as the Node and Python SDKs sign when their domain setting carries a path. Such a signature for a key is good for that key in every bucket of whoever signed; off, it is refused.',
  },
  metricsAccess: {
    kind: 'choice',
    variable: 'PIXMILL_METRICS',
    choices: ['local', 'open', 'key'],
    default: 'local',
    says: 'Who may read /-/metrics. local: whoever connects from this machine and not through a proxy, others with a key or token that may read in every bucket. open: everybody. key: only with a key or token.',
  },
  corsOrigins: {
    kind: 'list',
    variable: 'PIXMILL_CORS_ORIGINS',
    default: [],
    pattern: {
      regex: /^(\*|https?:\/\/[^\s/*]*\*?[^\s/*]*)$/,
      expected: 'origins such as https://app.example.com, with at most one *, or * for all',
    },
    says: 'Origins of web pages that may use buckets which have no CORS rules of their own, and the list of buckets.',
  },
  serverName: {
    kind: 'text',
    variable: 'PIXMILL_SERVER_NAME',
    default: 'Pixmill',
    pattern: { regex: /^[\x20-\x7e]{1,100}$/, expected: '1 to 100 printable ASCII characters' },
    says: 'What the Server header of every answer says.',
  },
  timeZone: {
    kind: 'text',
    variable: 'PIXMILL_TIME_ZONE',
    default: '+08:00',
    pattern: { regex: /^[+-](0\d|1[0-4]):[0-5]\d$/, expected: 'an offset such as +08:00 or -03:30' },
    says: 'Zone in which times are written in documents and callbacks. The original writes +08:00.',
  },
  logLevel: {
    kind: 'choice',
    variable: 'PIXMILL_LOG_LEVEL',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    says: 'How much is logged, as JSON lines on standard error.',
  },
  engines: {
    kind: 'integer',
    variable: 'PIXMILL_ENGINES',
    unit: null,
    min: 1,
    max: 256,
    default: null,
    says: 'Number of engine processes. Without it: as many as there are cores.',
  },
  engineMemoryBytes: {
    kind: 'integer',
    variable: 'PIXMILL_ENGINE_MEMORY',
    unit: 'bytes',
    min: 64 * 1024 * 1024,
    max: Number.MAX_SAFE_INTEGER,
    default: null,
    says: 'Memory that all pictures in work together may be expected to take. Without it: half of the memory in force (that of the machine, or of its control group when that is less).',
  },
} as const satisfies Record<string, Setting>

/** As many engines as cores, unless set. */
export function engineCount(set: number | null): number {
  return set ?? availableParallelism()
}

/** `+08:00` in minutes east of UTC. */
export function zoneMinutes(zone: string): number {
  const sign = zone.startsWith('-') ? -1 : 1
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)))
}
