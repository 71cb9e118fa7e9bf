import { expect, test } from 'vitest'
import { Failure, type Setting } from '../base/index.ts'
import { allSettings, expectedOf, flagOf, readSettings, settingGroups, unknownVariables } from './index.ts'

const nothing = { environment: {} }

/** Complaints of the settings, a line each. */
function complaints(environment: Record<string, string>, flags: Record<string, string> = {}): string[] {
  try {
    readSettings(allSettings, { environment, flags })
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    expect((error as Failure).code).toBe('InvalidArgument')
    return (error as Failure).message.split('\n')
  }
  return []
}

test('the complete defaults', () => {
  expect(readSettings(allSettings, nothing)).toEqual({
    host: '127.0.0.1',
    port: 9000,
    ciPort: null,
    domains: [],
    tlsCert: null,
    tlsKey: null,
    dataDir: './data',
    secretId: null,
    secretKey: null,
    buckets: [],
    defaultRegion: 'local',
    anonymous: false,
    strictSignatures: false,
    signedPathWithoutBucket: true,
    metricsAccess: 'local',
    corsOrigins: [],
    serverName: 'Pixmill',
    timeZone: '+08:00',
    logLevel: 'info',
    engines: null,
    engineMemoryBytes: null,
    databaseUrl: null,
    databaseConnections: 10,
    unsafeSharedBlobFolder: false,
    queueMaxSize: 10000,
    queueMaxConcurrent: 1000,
    requireOpenService: false,
    refuseSecondOpening: false,
    refusePausedQueues: false,
    maxTemplates: null,
    jobDeadlineMs: 60000,
    retryWaitsMs: [1000, 5000, 30000, 120000, 600000],
    stopGraceMs: 20000,
    keepJobsDays: 30,
    maxEndedJobs: 2000000,
    keepBodiesDays: 3,
    maxWorkflows: 200,
    chainedNodes: false,
    objectUrl: 'https://{bucket}.cos.{region}.myqcloud.com',
    batchMaxWaiting: 500,
    batchMaxOpen: 100,
    createBuckets: false,
    minPartBytes: 1_048_576,
    keepUploadsDays: 7,
    blobGraceMs: 3600000,
    blobCleanEveryMs: 600000,
    fontsDir: null,
    resultCacheBytes: 1073741824,
    styleSeparators: '!',
    callbackProfile: '2025',
    fillResultEtag: false,
    callbackRate: null,
    callbackRetryWaitsSeconds: [5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800],
    webhookSecret: null,
    callbackAllow: [],
    callbackDeny: [],
    callbackCa: null,
    callbackConnectTimeoutMs: 5000,
    callbackTimeoutMs: 10000,
  })
})

test('every setting stands in one group, and its variable and flag are its own', () => {
  const grouped = Object.values(settingGroups).flatMap((group) => Object.values(group) as Setting[])
  expect(new Set(grouped)).toEqual(new Set(Object.values(allSettings)))
  expect(new Set(grouped.map((setting) => setting.variable)).size).toBe(grouped.length)
  for (const setting of grouped) expect(setting.variable, flagOf(setting)).toMatch(/^PIXMILL_[A-Z]+(_[A-Z]+)*$/)
})

test('every default is a value that could have been set', () => {
  for (const setting of Object.values(allSettings) as Setting[]) {
    const value = setting.default
    if (value === null || (Array.isArray(value) && value.length === 0)) continue
    expect(complaints({ [setting.variable]: String(value) }), setting.variable).toEqual([])
  }
})

test('a flag wins over the variable, both over the default', () => {
  const environment = { PIXMILL_PORT: '9001', PIXMILL_HOST: '::1' }
  const settings = readSettings(allSettings, { environment, flags: { PIXMILL_PORT: '9002' } })
  expect(settings.port).toBe(9002)
  expect(settings.host).toBe('::1')
  expect(settings.dataDir).toBe('./data')
})

test('an empty value counts as not given, and blanks around one do not count', () => {
  const settings = readSettings(allSettings, { environment: { PIXMILL_PORT: ' ', PIXMILL_DATA_DIR: ' /srv/pixmill ' } })
  expect(settings.port).toBe(9000)
  expect(settings.dataDir).toBe('/srv/pixmill')
})

test('all complaints come at once, each with the name it was given by, the value and what was expected', () => {
  const environment = { PIXMILL_PORT: '65536', PIXMILL_BUCKETS: 'album-1@ap-x,Album', PIXMILL_LOG_LEVEL: 'loud' }
  const found = complaints(environment, { PIXMILL_ENGINES: '1.5', PIXMILL_TIME_ZONE: 'CET' })
  expect(found.sort()).toEqual([
    '--engines is "1.5", expected a whole number from 1 to 256.',
    '--time-zone is "CET", expected an offset such as +08:00 or -03:30.',
    'PIXMILL_BUCKETS is "album-1@ap-x,Album", expected a comma list of buckets as name-appid@region, for instance album-1250000000@ap-guangzhou, perhaps with :public-read or :public-read-write behind it.',
    'PIXMILL_LOG_LEVEL is "loud", expected one of debug, info, warn, error, silent.',
    'PIXMILL_PORT is "65536", expected a whole number from 0 to 65535.',
  ])
})

test('a secret that is wrong is not repeated', () => {
  const secret = 'not-a-webhook-secret'
  const found = complaints({ PIXMILL_WEBHOOK_SECRET: secret, PIXMILL_SECRET_KEY: 'two words' })
  expect(found).toHaveLength(2)
  for (const complaint of found) {
    expect(complaint).toContain('(not shown)')
    expect(complaint).not.toContain(secret)
    expect(complaint).not.toContain('two words')
  }
})

test('lists are read apart at commas, blanks and empty items left out', () => {
  const settings = readSettings(allSettings, {
    environment: { PIXMILL_BUCKETS: ' a-1@x , ,b-2@y,', PIXMILL_CALLBACK_RETRY_WAITS: '1, 2' },
  })
  expect(settings.buckets).toEqual(['a-1@x', 'b-2@y'])
  expect(settings.callbackRetryWaitsSeconds).toEqual([1, 2])
})

test('waits can be none; those that repeat for days are refused when they are no wait', () => {
  expect(readSettings(allSettings, { environment: { PIXMILL_CALLBACK_RETRY_WAITS: 'None' } })).toMatchObject({
    callbackRetryWaitsSeconds: [],
  })
  for (const waits of ['0', '5,0', ',', '1,x']) {
    expect(complaints({ PIXMILL_CALLBACK_RETRY_WAITS: waits })).toEqual([
      `PIXMILL_CALLBACK_RETRY_WAITS is "${waits}", expected a comma list of whole numbers (s), the last one at least 1; or none.`,
    ])
  }
})

test.each([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])('a switch reads %s as %s', (text, value) => {
  expect(readSettings(allSettings, { environment: { PIXMILL_ANONYMOUS: text } }).anonymous).toBe(value)
})

test('the result is frozen, lists included', () => {
  const settings = readSettings(allSettings, { environment: { PIXMILL_BUCKETS: 'a-1@x' } })
  expect(Object.isFrozen(settings)).toBe(true)
  expect(Object.isFrozen(settings.buckets)).toBe(true)
})

test('a variable that is no setting is told; others are not looked at', () => {
  const told = unknownVariables(allSettings, { PIXMILL_PROT: '1', PIXMILL_PORT: '1', PATH: '/bin' })
  expect(told).toEqual(['PIXMILL_PROT is no setting of this program; docs/reference/settings.md lists them all.'])
})

test('every kind of setting can say what it expects', () => {
  for (const setting of Object.values(allSettings)) expect(expectedOf(setting), setting.variable).not.toBe('')
})

test('numbers that make no sense together are told', () => {
  expect(complaints({ PIXMILL_KEEP_JOBS: '2' })).toEqual([
    'PIXMILL_KEEP_CALLBACK_BODIES is 3, expected at most PIXMILL_KEEP_JOBS, which is 2.',
  ])
  expect(complaints({ PIXMILL_KEEP_JOBS: '2', PIXMILL_KEEP_CALLBACK_BODIES: '2' })).toEqual([])
})
