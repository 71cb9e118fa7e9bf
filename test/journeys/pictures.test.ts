import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import COS from 'cos-nodejs-sdk-v5'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { refusedProcesses, refusedSwitches } from '../../src/images/index.ts'
import { manyFrames } from '../hostile/makers/gif.ts'
import { withSides } from '../hostile/makers/jpeg.ts'
import {
  type Answer,
  bucket,
  find,
  freshKey,
  type House,
  jobXml,
  region,
  secretId,
  secretKey,
  startHouse,
  textAt,
} from '../support/house.ts'
import { jpeg, png } from '../support/pictures.ts'

let folder: string
let house: House
let source: Buffer
/** Pictures that were given to engines, of this boot. */
let opened = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-pictures-'))
  house = await startHouse({ PIXMILL_DATA_DIR: join(folder, 'data') })
  count()
  source = await jpeg(200, 100)
})
afterAll(async () => {
  await house.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  opened = 0
})

function count(): void {
  house.app.signals.engines.on('picture opened', () => {
    opened += 1
  })
}

async function restart(between: () => Promise<void> = async () => {}): Promise<void> {
  await house.app.stop()
  await between()
  await house.restart()
  count()
}

async function stored(headers: Record<string, string> = {}): Promise<string> {
  const key = freshKey()
  await house.put(key, source, headers)
  return key
}

const get = (target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  house.cos({ method, target: `/${target}`, headers })

async function sizeOf({ body }: Answer) {
  const { format, width, height } = await sharp(body).metadata()
  return { format, width, height }
}

describe('a rule in the query of a GET', () => {
  test('gives the picture that it makes, with the headers of its source', async () => {
    const key = await stored({
      'cache-control': 'max-age=60',
      'content-encoding': 'identity',
      'content-disposition': 'inline',
      'x-cos-meta-author': 'me',
    })
    const plain = await get(key)
    const answer = await get(`${key}?imageMogr2/thumbnail/50x/format/webp`)
    expect(answer.status, answer.text).toBe(200)
    expect(await sizeOf(answer)).toEqual({ format: 'webp', width: 50, height: 25 })
    expect(answer.headers).toMatchObject({
      'content-type': 'image/webp',
      'content-length': String(answer.body.length),
      'accept-ranges': 'bytes',
      'last-modified': plain.headers['last-modified'],
      'cache-control': 'max-age=60',
      'content-disposition': 'inline',
      'x-cos-meta-author': 'me',
    })
    expect(answer.headers.etag).toMatch(/^"[0-9a-f]{32}-r"$/)
    expect(answer.rawHeaders).toContain('ETag')
    // Both speak of the bytes of the source.
    expect(answer.headers['content-encoding']).toBeUndefined()
    expect(answer.headers['x-cos-hash-crc64ecma']).toBeUndefined()
  })

  test('is found however it is written, and made once', async () => {
    const key = await stored()
    const forms = [
      'imageMogr2/thumbnail/!50p',
      'imageMogr2%2Fthumbnail%2F%2150p',
      'imageMogr2%2Fthumbnail%2F%2150p=',
      'imageMogr2/thumbnail/!50p/',
      'v=1&imageMogr2/thumbnail/!50p',
      'versionId=&imageMogr2/thumbnail/!50p&v=abc',
      'imageMogr2/thumbnail/!50p&imageMogr2/rotate/90',
      'IMAGEMOGR2/thumbnail/!50p',
    ]
    const etags = new Set<string | undefined>()
    for (const form of forms) {
      const answer = await get(`${key}?${form}`)
      expect(answer.status, form).toBe(200)
      expect(await sizeOf(answer), form).toEqual({ format: 'jpeg', width: 100, height: 50 })
      etags.add(answer.headers.etag)
    }
    expect([etags.size, opened]).toEqual([1, 1])
  })

  test('padding of Base64 belongs to it, and its stages go from left to right', async () => {
    const key = await stored()
    const pad = 'imageMogr2/thumbnail/60x60/pad/1/color/I0ZGMDAwMA=='
    const answer = await get(`${key}?${pad}%7CimageMogr2/format/png&v=1`)
    expect(answer.status, answer.text).toBe(200)
    expect(await sizeOf(answer)).toEqual({ format: 'png', width: 60, height: 60 })
    const { data } = await sharp(answer.body).removeAlpha().raw().toBuffer({ resolveWithObject: true })
    expect([...data.subarray(0, 3)]).toEqual([255, 0, 0])
  })

  test('can be told other headers, by whoever signs', async () => {
    const key = await stored()
    const disposition = encodeURIComponent('attachment; filename=a.jpg')
    const answer = await get(`${key}?imageMogr2/rotate/90&response-content-disposition=${disposition}`)
    expect(await sizeOf(answer)).toEqual({ format: 'jpeg', width: 100, height: 200 })
    expect(answer.headers['content-disposition']).toBe('attachment; filename=a.jpg')
  })

  test('the same at the same time is made once', async () => {
    const key = await stored()
    const all = await Promise.all(Array.from({ length: 12 }, () => get(`${key}?imageMogr2/thumbnail/40x`)))
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(all.map(({ body }) => body.toString('base64'))).size).toBe(1)
    expect(opened).toBe(1)
  })
})

describe('versions', () => {
  const rule = 'imageMogr2/thumbnail/30x'

  test('conditions are answered without an engine, even of a picture that was never made', async () => {
    const key = await stored({ 'cache-control': 'max-age=60' })
    const { etag, 'last-modified': modified } = (await get(`${key}?${rule}`)).headers
    const fresh: Record<string, string>[] = [
      { 'if-none-match': etag! },
      { 'if-none-match': `W/${etag}, "x"` },
      { 'if-modified-since': modified! },
    ]
    for (const condition of fresh) {
      const answer = await get(`${key}?${rule}`, condition)
      expect([answer.status, answer.headers.etag, answer.body.length]).toEqual([304, etag, 0])
      expect(answer.headers).toMatchObject({ 'last-modified': modified, 'cache-control': 'max-age=60' })
    }
    expect((await get(`${key}?imageMogr2/rotate/90`, { 'if-modified-since': modified! })).status).toBe(304)
    const failed = await get(`${key}?${rule}`, { 'if-match': '"0"' })
    expect([failed.status, textAt(failed.xml(), 'Code')]).toEqual([412, 'PreconditionFailed'])
    expect((await get(`${key}?${rule}`, { 'if-match': etag! })).status).toBe(200)
    expect(opened).toBe(1)
  })

  test('HEAD says what GET would, and has made it', async () => {
    const key = await stored()
    const head = await get(`${key}?${rule}`, {}, 'HEAD')
    const answer = await get(`${key}?${rule}`)
    expect([head.status, head.body.length, opened]).toEqual([200, 0, 1])
    for (const name of ['etag', 'content-length', 'content-type', 'last-modified'] as const) {
      expect(head.headers[name], name).toBe(answer.headers[name])
    }
  })

  test('ranges are of the picture', async () => {
    const key = await stored()
    const whole = await get(`${key}?${rule}`)
    const { length } = whole.body
    const first = await get(`${key}?${rule}`, { range: 'bytes=0-9' })
    expect([first.status, first.headers['content-range'], first.headers['content-length']]).toEqual([
      206,
      `bytes 0-9/${length}`,
      '10',
    ])
    const last = await get(`${key}?${rule}`, { range: 'bytes=10-', 'if-range': whole.headers.etag! })
    expect(Buffer.concat([first.body, last.body]).equals(whole.body)).toBe(true)
    expect((await get(`${key}?${rule}`, { range: 'bytes=0-9', 'if-range': '"other"' })).status).toBe(200)
    const beyond = await get(`${key}?${rule}`, { range: `bytes=${length}-` })
    expect([beyond.status, beyond.headers['content-range'], beyond.headers['x-errno']]).toEqual([
      416,
      `bytes */${length}`,
      '-29034',
    ])
    expect(opened).toBe(1)
  })

  test('an object that was overwritten or deleted never gives an old picture', async () => {
    const key = await stored()
    const before = await get(`${key}?${rule}`)
    await house.put(key, await png(90, 90))
    const after = await get(`${key}?${rule}`, { 'if-none-match': before.headers.etag! })
    expect(after.status).toBe(200)
    expect(await sizeOf(after)).toEqual({ format: 'png', width: 30, height: 30 })
    expect(after.headers.etag).not.toBe(before.headers.etag)
    // The same bytes under the same key are another version too.
    await house.put(key, source)
    expect((await get(`${key}?${rule}`)).headers.etag).not.toBe(before.headers.etag)
    await get(key, {}, 'DELETE')
    const gone = await get(`${key}?${rule}`)
    expect([gone.status, textAt(gone.xml(), 'Code'), gone.headers['x-errno']]).toEqual([404, 'NoSuchKey', '-6101'])
  })

  test('pictures outlive a restart, and one that was damaged meanwhile is made anew', async () => {
    const [one, two] = [await stored(), await stored()]
    const before = await get(`${one}?${rule}`)
    const other = await get(`${two}?${rule}`)
    opened = 0
    await restart(async () => {
      const version = other.headers.etag!.slice(1, -1)
      const place = join(folder, 'data', 'results', version.slice(0, 2), version)
      // Siblings on one folder have a cache of their own, which goes with them.
      await truncate(place, 300).catch(async () => expect(await readdir(join(folder, 'data'))).not.toContain('results'))
    })
    const after = await get(`${one}?${rule}`)
    expect([after.headers.etag, after.body.equals(before.body)]).toEqual([before.headers.etag, true])
    const wasKept = (await readdir(join(folder, 'data'))).includes('results')
    expect(opened).toBe(wasKept ? 0 : 1)
    expect((await get(`${two}?${rule}`)).body.equals(other.body)).toBe(true)
    expect(opened).toBe(wasKept ? 1 : 2)
  })
})

describe('what cannot be made', () => {
  const refusals: readonly (readonly [string, number, string, string, string])[] = [
    ['imageMogr2/thumbnail/abc', 400, 'InvalidArgument', '-106', 'abc'],
    ['imageMogr2/nonsense/1', 400, 'InvalidArgument', '-106', 'nonsense'],
    ['imageMogr2/format/tpg', 501, 'NotImplemented', '-443', 'tpg'],
    ['ci-process=nonsense', 501, 'NotImplemented', '-443', 'only originImage'],
    ...Object.entries(refusedProcesses).map(
      ([name, reason]) =>
        [
          `ci-process=${name}`,
          501,
          'NotImplemented',
          '-443',
          `${name}" is not offered by this server: ${reason}`,
        ] as const,
    ),
    [`imageMogr2/${'strip/'.repeat(3_000)}`, 400, 'InvalidArgument', '-106', 'characters'],
    ['imageMogr2/thumbnail/!1000p/thumbnail/!1000p/thumbnail/!1000p', 400, 'ImageResolutionExceed', '-442', '50000'],
    ['imageMogr2/thumbnail/10000x9!/thumbnail/!200px/format/webp', 400, 'ImageResolutionExceed', '-442', '16383'],
  ]
  test.each(refusals.map((one) => [one[0].slice(0, 60), ...one] as const))(
    '%s',
    async (_name, rule, status, code, errNo, says) => {
      const answer = await get(`${await stored()}?${rule}`)
      expect([answer.status, textAt(answer.xml(), 'Code'), answer.headers['x-errno']]).toEqual([status, code, errNo])
      expect(textAt(answer.xml(), 'Message')).toContain(says)
      expect(answer.rawHeaders).toContain('X-ErrNo')
    },
  )

  test.each(Object.entries(refusedSwitches))('a bucket with %s', async (name, reason) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await get(`?${name}`, {}, method)
      expect([answer.status, textAt(answer.xml(), 'Code')]).toEqual([501, 'NotImplemented'])
      expect(textAt(answer.xml(), 'Message')).toBe(`This server does not offer ?${name}: ${reason}.`)
    }
  })

  test('a text of 100 kB does not fit into the head of a request', async () => {
    const text = Buffer.alloc(100_000, 'x').toString('base64url')
    const answer = await get(`${await stored()}?watermark/2/text/${text}`)
    expect([answer.status, textAt(answer.xml(), 'Code')]).toEqual([431, 'InvalidArgument'])
  })

  test('an animation whose end is missing is given as far as it goes', async () => {
    const key = freshKey('gif')
    await house.put(key, manyFrames(100, 100, 200).subarray(0, -1))
    const answer = await get(`${key}?imageMogr2/thumbnail/5x`)
    expect(answer.status, answer.text).toBe(200)
    expect(await sharp(answer.body, { pages: -1 }).metadata()).toMatchObject({ width: 5, pages: 200 })
  })

  test('X23: what is no picture, what is cut off, and what is too large', async () => {
    const errorOf = async (body: Uint8Array, rule = 'imageMogr2/format/png') => {
      const key = freshKey()
      await house.put(key, body)
      const answer = await get(`${key}?${rule}`)
      return [answer.status, textAt(answer.xml(), 'Code'), answer.headers['x-errno']]
    }
    expect(await errorOf(Buffer.from('no picture at all'))).toEqual([400, 'InvalidImageFormat', '-441'])
    expect(await errorOf(Buffer.alloc(0))).toEqual([400, 'InvalidImageFormat', '-441'])
    expect(await errorOf(source.subarray(0, source.length / 2))).toEqual([400, 'InvalidImageSource', '-441'])
    const large = Buffer.concat([source], 33 * 1024 * 1024)
    expect(await errorOf(withSides(source, 30_000, 30_000))).toEqual([400, 'ImageResolutionExceed', '-447'])
    expect(await errorOf(manyFrames(1, 1, 100_000))).toEqual([400, 'ImageResolutionExceed', '-447'])
    expect(await errorOf(large)).toEqual([400, 'ImageTooLarge', '-167'])
    const head = await get('nothing.jpg?imageMogr2/rotate/90', {}, 'HEAD')
    expect([head.status, head.body.length, head.headers['x-errno']]).toEqual([404, 0, '-6101'])
  })

  test('with more requests than may wait the next are told to come again, and jobs go on', async () => {
    const key = await stored()
    const engine = house.app.signals.engines.next('picture opened')
    await get(`${key}?imageMogr2/thumbnail/10x`)
    const { pid } = (await engine) as { pid: number }
    const refused: Answer[] = []
    let tellRefused = (): void => {}
    const areRefused = new Promise<void>((resolve) => {
      tellRefused = resolve
    })
    // While the one engine stands still, two pictures are in it and 64 may wait.
    process.kill(pid, 'SIGSTOP')
    const all = Array.from({ length: 70 }, async (_, n) => {
      const answer = await get(`${key}?imageMogr2/thumbnail/${n + 20}x`)
      if (answer.status === 200) return
      refused.push(answer)
      if (refused.length === 4) tellRefused()
    })
    await areRefused
    const jobId = await house.submit(jobXml({ input: key, rule: 'imageMogr2/thumbnail/10x', output: freshKey() }))
    process.kill(pid, 'SIGCONT')
    await Promise.all(all)
    for (const answer of refused) {
      expect([answer.status, textAt(answer.xml(), 'Code')]).toEqual([503, 'SlowDown'])
      expect([answer.headers['retry-after'], answer.headers['x-errno']]).toEqual(['1', '-29214'])
    }
    expect(find(await house.ended(jobId), 'State')?.text).toBe('Success')
    // Whoever comes again is served.
    expect((await get(`${key}?imageMogr2/thumbnail/90x`)).status).toBe(200)
  })
})

describe('the Node SDK', () => {
  test('gets pictures, by a call and by an address that is signed beforehand', async () => {
    const Key = await stored()
    const { port } = new URL(house.app.url)
    const options = { SecretId: secretId, SecretKey: secretKey, Protocol: 'http:', Ip: `127.0.0.1:${port}` }
    const cos = new COS(options as COS.COSOptions)
    const place = { Bucket: bucket, Region: region, Key }
    const rule = 'imageMogr2/thumbnail/20x|imageMogr2/format/png'
    const answer = await cos.getObject({ ...place, QueryString: rule })
    expect(answer.headers?.['content-type']).toBe('image/png')
    expect(await sharp(answer.Body).metadata()).toMatchObject({ width: 20, height: 10 })
    const byQuery = await cos.getObject({ ...place, Query: { [rule]: '' } })
    expect(byQuery.ETag).toBe(answer.ETag)

    const url = cos.getObjectUrl({ ...place, Sign: true, QueryString: rule } as COS.GetObjectUrlParams)
    const { pathname, search, host } = new URL(url)
    const signed = await house.send(host, { target: `${pathname}${search}`, signed: false })
    expect([signed.status, signed.headers.etag]).toEqual([200, answer.ETag])
    await expect(cos.getObject({ ...place, QueryString: 'imageMogr2/thumbnail/abc' })).rejects.toMatchObject({
      statusCode: 400,
      code: 'InvalidArgument',
    })
  })
})
