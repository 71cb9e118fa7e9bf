import { Readable } from 'node:stream'
import COS from 'cos-nodejs-sdk-v5'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { crc64 } from '../../src/base/index.ts'
import { openObjectDoor } from '../support/object-door.ts'
import { RawConnection } from '../support/raw-http.ts'

const place = { Bucket: 'sdk-1250000000', Region: 'ap-test' }

let cos: COS
let port: string
let close: () => Promise<void>

beforeAll(async () => {
  const door = await openObjectDoor({
    host: 'sdk',
    anonymous: false,
    key: { secretId: 'AKIDsdk', secretKey: 'secret' },
  })
  port = String(door.port)
  close = () => door.close()
  // `Ip` leads every host name to this server; the names stay the official ones.
  cos = new COS({
    SecretId: 'AKIDsdk',
    SecretKey: 'secret',
    Protocol: 'http:',
    Ip: `127.0.0.1:${port}`,
  } as COS.COSOptions)
  await cos.putBucket(place)
})
afterAll(() => close())

test('the official Node SDK stores, reads, lists and removes', async () => {
  const Key = 'a/b 中+%&!(x).txt'
  const stored = await cos.putObject({ ...place, Key, Body: 'hello', Headers: { 'x-cos-meta-author': 'me' } })
  expect(stored.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"')
  const head = await cos.headObject({ ...place, Key })
  expect(head.headers).toMatchObject({
    'content-length': '5',
    'x-cos-meta-author': 'me',
    'x-cos-hash-crc64ecma': crc64(Buffer.from('hello')),
  })
  expect((await cos.getObject({ ...place, Key })).Body.toString()).toBe('hello')
  const part = await cos.getObject({ ...place, Key, Range: 'bytes=1-2', ResponseContentType: 'text/x' })
  expect([part.statusCode, part.Body.toString(), part.headers?.['content-type']]).toEqual([206, 'el', 'text/x'])
  const list = await cos.getBucket({ ...place, Prefix: 'a/' })
  expect(list.Contents.map((entry) => entry.Key)).toEqual([Key])
  expect((await cos.deleteObject({ ...place, Key })).statusCode).toBe(204)
  await expect(cos.getObject({ ...place, Key })).rejects.toMatchObject({ statusCode: 404, code: 'NoSuchKey' })
})

test('a stream goes in chunks', async () => {
  const Body = Readable.from([Buffer.from('one '), Buffer.from('two')])
  const stored = await cos.putObject({ ...place, Key: 'stream.bin', Body } as COS.PutObjectParams)
  expect(stored.statusCode).toBe(200)
  expect((await cos.getObject({ ...place, Key: 'stream.bin' })).Body.toString()).toBe('one two')
})

test('a pre-signed URL reads without any header, with the names that it wants', async () => {
  await cos.putObject({ ...place, Key: 'signed.txt', Body: 'hello' })
  const url = cos.getObjectUrl({
    ...place,
    Key: 'signed.txt',
    Sign: true,
    Query: { 'response-content-disposition': 'attachment; filename="夏.txt"' },
    Domain: `${place.Bucket}.cos.${place.Region}.localhost:${port}`,
  } as COS.GetObjectUrlParams)
  const { pathname, search, host } = new URL(url)
  const connection = new RawConnection(Number(port)).head(`GET ${pathname}${search} HTTP/1.1`, `Host: ${host}`)
  const answer = await connection.answer()
  connection.destroy()
  expect([answer.status, answer.body.toString()]).toEqual([200, 'hello'])
  expect(Buffer.from(answer.header('Content-Disposition')!, 'latin1').toString('utf8')).toContain('夏.txt')
})

test('a wrong key is told in the words of the protocol', async () => {
  const stranger = new COS({
    SecretId: 'AKIDsdk',
    SecretKey: 'wrong',
    Protocol: 'http:',
    Ip: `127.0.0.1:${port}`,
  } as COS.COSOptions)
  await expect(stranger.getBucket(place)).rejects.toMatchObject({ statusCode: 403, code: 'SignatureDoesNotMatch' })
  const nobody = new COS({
    SecretId: 'AKIDx',
    SecretKey: 'wrong',
    Protocol: 'http:',
    Ip: `127.0.0.1:${port}`,
  } as COS.COSOptions)
  await expect(nobody.headBucket(place)).rejects.toMatchObject({ statusCode: 403 })
})

test('an existing bucket is the own one', async () => {
  await expect(cos.putBucket(place)).rejects.toMatchObject({ statusCode: 409, code: 'BucketAlreadyOwnedByYou' })
  expect((await cos.headBucket(place)).statusCode).toBe(200)
})
