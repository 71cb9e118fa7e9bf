import COS from 'cos-nodejs-sdk-v5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, type ObjectDoor, openObjectDoor } from '../support/object-door.ts'

const place = { Bucket: 'mine-1250000000', Region: 'ap-test' }
const HOST = `${place.Bucket}.cos.ap-test.localhost`
const key = { secretId: 'AKIDmine', secretKey: 'secret' }

let door: ObjectDoor
let call: ObjectDoor['call']
let cos: COS

beforeAll(async () => {
  door = await openObjectDoor({ host: HOST, anonymous: false, key })
  call = door.call
  cos = new COS({
    SecretId: key.secretId,
    SecretKey: key.secretKey,
    Protocol: 'http:',
    Ip: `127.0.0.1:${door.port}`,
  } as COS.COSOptions)
  await cos.putBucket(place)
  await cos.putObject({ ...place, Key: 'default', Body: 'x' })
  await cos.putObject({ ...place, Key: 'open', Body: 'x', ACL: 'public-read' })
  await cos.putObject({ ...place, Key: 'closed', Body: 'x', ACL: 'private' })
})
afterAll(() => door.close())

const DENIED = [403, 'AccessDenied']
const ask = async (line: string, ...headers: string[]) => {
  const answer = await call(line, line.startsWith('GET') ? headers : ['Content-Length: 0', ...headers])
  return answer.status < 300 ? answer.status : codeOf(answer)
}

describe('without a signature', () => {
  test('a private bucket gives what is public of itself, and does not tell what it has', async () => {
    await cos.putBucketAcl({ ...place, ACL: 'private' })
    expect(await ask('GET /open')).toBe(200)
    expect(await ask('GET /open', 'Range: bytes=0-0')).toBe(206)
    for (const line of [
      'GET /default',
      'GET /closed',
      'GET /none',
      'GET /',
      'GET /?uploads',
      'GET /?acl',
      'GET /open?acl',
    ]) {
      expect([line, await ask(line)]).toEqual([line, DENIED])
    }
    for (const line of ['PUT /open', 'DELETE /open', 'POST /open?uploads', 'POST /?delete', 'DELETE /', 'PUT /?acl']) {
      expect([line, await ask(line)]).toEqual([line, DENIED])
    }
    expect((await call('HEAD /open')).status).toBe(200)
    expect((await call('HEAD /default')).status).toBe(403)
  })

  test('a bucket that may be read gives what is not private, and its list', async () => {
    await cos.putBucketAcl({ ...place, ACL: 'public-read' })
    for (const line of ['GET /open', 'GET /default', 'GET /']) expect([line, await ask(line)]).toEqual([line, 200])
    expect(await ask('GET /none')).toEqual([404, 'NoSuchKey'])
    for (const line of ['GET /closed', 'PUT /new', 'DELETE /open', 'GET /?cors', 'GET /?acl']) {
      expect([line, await ask(line)]).toEqual([line, DENIED])
    }
    expect(await ask('GET /open?response-content-type=text/html')).toEqual(DENIED)
  })

  test('a bucket that may be written takes and loses objects, and keeps what is set for it', async () => {
    await cos.putBucketAcl({ ...place, ACL: 'public-read-write' })
    expect(await ask('PUT /new')).toBe(200)
    expect(await ask('DELETE /new')).toBe(204)
    const copied = await ask('PUT /copied', `x-cos-copy-source: ${HOST}/open`)
    expect(copied).toBe(200)
    expect(await ask('PUT /copied', `x-cos-copy-source: ${HOST}/closed`)).toEqual(DENIED)
    for (const line of ['PUT /?acl', 'DELETE /', 'PUT /', 'PUT /open?acl', 'PUT /?cors']) {
      expect([line, await ask(line)]).toEqual([line, DENIED])
    }
  })

  test('there is no list of buckets, and no bucket can be made', async () => {
    expect(await ask('GET /', 'Host: service.cos.localhost')).toEqual(DENIED)
    const told = await call('GET /', ['Host: service.cos.localhost'])
    expect(String(told.body)).toMatch(/signature .* is empty.*<ServerTime>\d{4}-[^<]+Z<\/ServerTime>/s)
    expect(await ask('PUT /', 'Host: new-1.cos.ap-test.localhost')).toEqual(DENIED)
  })

  test('a wrong signature does not become none', async () => {
    const header =
      'Authorization: q-sign-algorithm=sha1&q-ak=x&q-sign-time=1;2&q-key-time=1;2&q-header-list=&q-url-param-list=&q-signature=0'
    expect((await call('GET /open', [header])).status).toBe(403)
  })
})

describe('the official Node SDK', () => {
  test('sets and reads who may read, by word and by document', async () => {
    await cos.putBucketAcl({ ...place, ACL: 'public-read' })
    expect(await cos.getBucketAcl(place)).toMatchObject({
      ACL: 'public-read',
      Owner: { ID: expect.stringMatching(/^qcs::cam::uin\/\d+:uin\/\d+$/) },
    })
    await cos.putBucketAcl({ ...place, ACL: 'private' })
    expect(await cos.getBucketAcl(place)).toMatchObject({ ACL: 'private', Grants: [{ Permission: 'FULL_CONTROL' }] })
    const policy = {
      Owner: { ID: 'qcs::cam::uin/1:uin/1' },
      Grants: [{ Grantee: { URI: 'http://cam.qcloud.com/groups/global/AllUsers' }, Permission: 'READ' }],
    }
    await cos.putBucketAcl({ ...place, AccessControlPolicy: policy } as never)
    expect(await cos.getBucketAcl(place)).toMatchObject({ ACL: 'public-read' })
    await cos.putObjectAcl({ ...place, Key: 'default', ACL: 'private' })
    expect(await cos.getObjectAcl({ ...place, Key: 'default' })).toMatchObject({ ACL: 'private' })
    await cos.putObjectAcl({ ...place, Key: 'default', ACL: 'default' })
    expect(await ask('GET /default')).toBe(200)
    await expect(cos.getObjectAcl({ ...place, Key: 'none' })).rejects.toMatchObject({ code: 'NoSuchKey' })
    await expect(cos.putObjectAcl({ ...place, Key: 'none', ACL: 'private' })).rejects.toMatchObject({
      code: 'NoSuchKey',
    })
    await expect(cos.putBucketAcl({ ...place, ACL: 'nonsense' as never })).rejects.toMatchObject({
      code: 'InvalidArgument',
    })
  })
})
