import COS from 'cos-nodejs-sdk-v5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, type ObjectDoor, openObjectDoor } from '../support/object-door.ts'

const place = { Bucket: 'web-1250000000', Region: 'ap-test' }
const HOST = `${place.Bucket}.cos.ap-test.localhost`
const key = { secretId: 'AKIDmine', secretKey: 'secret' }

let door: ObjectDoor
let call: ObjectDoor['call']
let cos: COS

beforeAll(async () => {
  door = await openObjectDoor({ host: HOST, anonymous: false, key, corsOrigins: ['http://usual.test'] })
  call = door.call
  cos = new COS({
    SecretId: key.secretId,
    SecretKey: key.secretKey,
    Protocol: 'http:',
    Ip: `127.0.0.1:${door.port}`,
  } as COS.COSOptions)
  await cos.putBucket(place)
  await cos.putObject({ ...place, Key: 'a', Body: 'x', ACL: 'public-read', Headers: { 'x-cos-meta-b': 'c' } })
})
afterAll(() => door.close())

const preflight = (origin: string, method: string, headers?: string, host = HOST) =>
  call('OPTIONS /a', [
    `Host: ${host}`,
    `Origin: ${origin}`,
    `Access-Control-Request-Method: ${method}`,
    ...(headers === undefined ? [] : [`Access-Control-Request-Headers: ${headers}`]),
  ])

describe('a bucket without rules goes by the setting', () => {
  test('preflights echo the headers they ask for', async () => {
    const answer = await preflight('http://usual.test', 'PUT', 'authorization, x-cos-meta-a')
    expect([answer.status, answer.body.length]).toEqual([200, 0])
    expect([
      answer.header('Access-Control-Allow-Origin'),
      answer.header('Access-Control-Allow-Methods'),
      answer.header('Access-Control-Allow-Headers'),
      answer.header('Access-Control-Max-Age'),
      answer.header('Vary'),
    ]).toEqual([
      'http://usual.test',
      'GET, PUT, POST, DELETE, HEAD',
      'authorization, x-cos-meta-a',
      '600',
      'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    ])
    expect(answer.header('x-cos-request-id')).toBeDefined()
  })

  test('so do service, path style and processing hosts', async () => {
    for (const host of ['service.cos.localhost', `127.0.0.1:${door.port}`, 'web-1250000000.ci.ap-test.localhost']) {
      expect((await preflight('http://usual.test', 'POST', undefined, host)).status).toBe(200)
    }
  })

  test('answers, errors among them, can be read by the script', async () => {
    for (const [line, status] of [
      ['GET /a', 200],
      ['GET /none', 403],
    ] as const) {
      const answer = await call(line, ['Origin: http://usual.test'])
      expect([answer.status, answer.header('Access-Control-Allow-Origin'), answer.header('Vary')]).toEqual([
        status,
        'http://usual.test',
        'Origin',
      ])
      expect(answer.header('Access-Control-Expose-Headers')).toMatch(/^ETag, Content-Length, .*x-ci-request-id/)
      expect(answer.header('Access-Control-Expose-Headers')?.includes('x-cos-meta-b')).toBe(status === 200)
    }
  })

  test('others can read nothing, and are refused no request for that', async () => {
    expect(codeOf(await preflight('http://other.test', 'GET'))).toEqual([403, 'AccessForbidden'])
    const other = await call('GET /a', ['Origin: http://other.test'])
    expect([other.status, other.header('Access-Control-Allow-Origin'), other.header('Vary')]).toEqual([
      200,
      undefined,
      'Origin',
    ])
    expect((await call('GET /a')).header('Vary')).toBe('Origin')
    expect(codeOf(await call('OPTIONS /a'))).toEqual([403, 'AccessForbidden'])
  })
})

describe('rules of a bucket', () => {
  const rules = [
    {
      AllowedOrigins: ['https://*.app.test'],
      AllowedMethods: ['PUT', 'GET'],
      AllowedHeaders: ['x-cos-*', 'Authorization'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 5,
    },
    { AllowedOrigins: ['*'], AllowedMethods: ['GET'] },
  ]

  test('are set, read and removed by the official Node SDK, and hold at once', async () => {
    await cos.putBucketCors({ ...place, CORSRules: rules as never })
    const { CORSRules } = await cos.getBucketCors(place)
    expect(CORSRules).toMatchObject([
      {
        AllowedOrigins: ['https://*.app.test'],
        AllowedMethods: ['PUT', 'GET'],
        AllowedHeaders: ['x-cos-*', 'authorization'],
        ExposeHeaders: ['ETag'],
        MaxAgeSeconds: '5',
      },
      { AllowedOrigins: ['*'], AllowedMethods: ['GET'] },
    ])
    const own = await preflight('https://one.app.test', 'PUT', 'AUTHORIZATION,x-cos-meta-a')
    expect([own.status, own.header('Access-Control-Allow-Origin'), own.header('Access-Control-Max-Age')]).toEqual([
      200,
      'https://one.app.test',
      '5',
    ])
    expect((await preflight('https://one.app.test', 'PUT', 'content-type')).status).toBe(403)
    expect((await preflight('http://usual.test', 'PUT')).status).toBe(403)
    const any = await preflight('http://usual.test', 'GET')
    expect([any.status, any.header('Access-Control-Allow-Origin')]).toEqual([200, '*'])
    const read = await call('GET /a', ['Origin: https://one.app.test'])
    expect([read.header('Access-Control-Allow-Origin'), read.header('Access-Control-Expose-Headers')]).toEqual([
      'https://one.app.test',
      'ETag',
    ])
    await cos.deleteBucketCors(place)
    expect((await cos.getBucketCors(place)).CORSRules).toEqual([])
    expect((await preflight('http://usual.test', 'PUT')).status).toBe(200)
  })

  test.each([
    [[], 'InvalidArgument'],
    [[{ AllowedOrigins: ['nonsense'], AllowedMethods: ['GET'] }], 'InvalidArgument'],
    [[{ AllowedOrigins: ['http://*.*'], AllowedMethods: ['GET'] }], 'InvalidArgument'],
    [[{ AllowedOrigins: ['*'], AllowedMethods: ['PATCH'] }], 'InvalidArgument'],
    [[{ AllowedOrigins: ['*'] }], 'InvalidArgument'],
    [[{ AllowedOrigins: ['*'], AllowedMethods: ['GET'], AllowedHeaders: ['a b'] }], 'InvalidArgument'],
    [[{ AllowedOrigins: ['*'], AllowedMethods: ['GET'], MaxAgeSeconds: -1 }], 'InvalidArgument'],
    [Array.from({ length: 101 }, () => ({ AllowedOrigins: ['*'], AllowedMethods: ['GET'] })), 'InvalidArgument'],
  ])('%j is refused', async (CORSRules, code) => {
    await expect(cos.putBucketCors({ ...place, CORSRules: CORSRules as never })).rejects.toMatchObject({ code })
  })
})
