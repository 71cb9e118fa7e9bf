import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import COS from 'cos-nodejs-sdk-v5'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
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
import { jpeg } from '../support/pictures.ts'
import { RawConnection } from '../support/raw-http.ts'
import { workflowXml } from '../support/workflow-xml.ts'

const other = 'other-1250000000'
const host = `${bucket}.cos.${region}.pixmill.test`
const half = 'imageMogr2/thumbnail/!50p'

let house: House
let source: Buffer
let opened = 0

beforeAll(async () => {
  house = await startHouse()
  house.app.signals.engines.on('picture opened', () => {
    opened += 1
  })
  source = await jpeg(200, 100)
  await house.send(`${other}.cos.${region}.pixmill.test`, { method: 'PUT', target: '/' })
  const body = `<AddStyle><StyleName>test</StyleName><StyleBody>imageMogr2/thumbnail/!50px</StyleBody></AddStyle>`
  await house.cos({ method: 'PUT', target: '/?style', body })
})
afterAll(() => house?.close())
beforeEach(() => {
  opened = 0
})

const picOperations = (rules?: unknown, is_pic_info?: unknown) => JSON.stringify({ is_pic_info, rules })

function put(key: string, operations: string, body: Uint8Array = source, headers = {}): Promise<Answer> {
  return house.cos({ method: 'PUT', target: `/${key}`, body, headers: { 'pic-operations': operations, ...headers } })
}

function post(key: string, operations: string): Promise<Answer> {
  const headers = { 'pic-operations': operations, 'content-length': '0' }
  return house.cos({ method: 'POST', target: `/${key}?image_process`, headers })
}

const get = (key: string) => house.cos({ target: `/${key}` })
const statusOf = async (key: string) => (await get(key)).status

async function sizeOf(key: string): Promise<string> {
  const answer = await get(key)
  const { format, width, height } = await sharp(answer.body).metadata()
  return `${format} ${width}x${height}`
}

const objectsIn = (answer: Answer) => {
  expect(answer.status, answer.text).toBe(200)
  return find(answer.xml(), 'ProcessResults')!.children
}
const errorOf = (answer: Answer) => [answer.status, textAt(answer.xml(), 'Code'), answer.headers['x-errno']]
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')

describe('pictures made on upload', () => {
  test('X05: are told of to the letter, and stored', async () => {
    const answer = await put(
      'p1/letter.jpg',
      picOperations([{ fileid: '/p2/small.png', rule: `${half}/format/png` }], 1),
    )
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/xml'])
    const made = await get('p2/small.png')
    const info = JSON.parse((await get('p1/letter.jpg?imageAve')).text) as { RGB: string }
    const quality = textAt(answer.xml(), 'OriginalInfo/ImageInfo/Quality')
    expect(answer.text).toBe(
      `<UploadResult><OriginalInfo><Key>p1/letter.jpg</Key><Location>${host}/p1/letter.jpg</Location><ETag>"${md5(source)}"</ETag><ImageInfo><Format>JPEG</Format><Width>200</Width><Height>100</Height><Quality>${quality}</Quality><Ave>${info.RGB}</Ave><Orientation>0</Orientation><FrameCount>1</FrameCount></ImageInfo></OriginalInfo><ProcessResults><Object><Key>p2/small.png</Key><Location>${host}/p2/small.png</Location><Format>png</Format><Width>100</Width><Height>50</Height><Size>${made.body.length}</Size><Quality>100</Quality><ETag>"${md5(made.body)}"</ETag><FrameCount>1</FrameCount><Md5>${md5(made.body)}</Md5></Object></ProcessResults></UploadResult>`,
    )
    expect(answer.headers.etag).toBe(`"${md5(source)}"`)
    expect(made.headers).toMatchObject({ etag: `"${md5(made.body)}"`, 'content-type': 'image/png' })
    expect(await sizeOf('p2/small.png')).toBe('png 100x50')
    expect((await get('p1/letter.jpg')).body.equals(source)).toBe(true)
  })

  test.each([
    ['X01', 'x/test1.jpg', '/y/test2.jpg', 'y/test2.jpg'],
    ['relative', 'x/test1.jpg', 'y/test2.jpg', 'x/y/test2.jpg'],
    ['X03', 'filename.jpg', 'test.jpg', 'test.jpg'],
    ['encoded', 'filename.jpg', '%E4%BD%A0.jpg', '%E4%BD%A0.jpg'],
    ['what cannot be decoded, as it stands', 'x/test1.jpg', '%zz.jpg', 'x/%25zz.jpg'],
    ['no way out of a folder', 'x/test1.jpg', '../y.jpg', 'x/../y.jpg'],
    ['an empty folder', 'x/test1.jpg', '/y//z.jpg', 'y//z.jpg'],
  ])('%s: of %s under %s', async (_, key, fileid, target) => {
    const [object] = objectsIn(await put(key, picOperations([{ fileid, rule: half }])))
    expect(textAt(object!, 'Key')).toBe(decodeURIComponent(target))
    expect(await sizeOf(target)).toBe('jpeg 100x50')
  })

  test('X07, X08: without rules the picture is stored, and told of only when asked', async () => {
    const silent = await put('plain.jpg', '{}')
    expect(silent.text).toBe(
      `<UploadResult><OriginalInfo><Key>plain.jpg</Key><Location>${host}/plain.jpg</Location><ETag>"${md5(source)}"</ETag></OriginalInfo><ProcessResults/></UploadResult>`,
    )
    expect(opened).toBe(0)
    for (const asked of [1, true, '1']) {
      const told = await put('told.jpg', picOperations(null, asked))
      expect(textAt(told.xml(), 'OriginalInfo/ImageInfo/Width')).toBe('200')
    }
    for (const not of [0, false, '0', null]) {
      expect((await put('told.jpg', picOperations([], not))).text).not.toContain('ImageInfo')
    }
    expect(await statusOf('told.jpg')).toBe(200)
  })

  test('X09: five rules give five pictures, in their order, each of the same bytes', async () => {
    const rules = [90, 50, 40, 30, 20].map((width) => ({
      fileid: `five-${width}.jpg`,
      rule: `imageMogr2/thumbnail/${width}x`,
    }))
    const objects = objectsIn(await put('five.jpg', picOperations(rules)))
    expect(objects.map((one) => [textAt(one, 'Key'), textAt(one, 'Width')])).toEqual(
      [90, 50, 40, 30, 20].map((width) => [`five-${width}.jpg`, String(width)]),
    )
  })

  test('X11: a rule may take the place of its source, which keeps what was said of it', async () => {
    const rules = [
      { fileid: '/own.jpg', rule: half },
      { fileid: 'beside.jpg', rule: 'imageMogr2/rotate/90' },
    ]
    const headers = { 'cache-control': 'max-age=7', 'x-cos-meta-author': 'me' }
    const answer = await put('own.jpg', picOperations(rules), source, headers)
    const made = await get('own.jpg')
    expect(await sizeOf('own.jpg')).toBe('jpeg 100x50')
    expect(await sizeOf('beside.jpg')).toBe('jpeg 100x200')
    expect(textAt(answer.xml(), 'OriginalInfo/ETag')).toBe(made.headers.etag)
    expect(answer.headers.etag).toBe(made.headers.etag)
    expect(made.headers).toMatchObject(headers)
  })

  test('X12, X13: in another bucket, and in a style', async () => {
    const rules = [
      { bucket: other, fileid: '/far.jpg', rule: half },
      { fileid: 'styled.jpg', rule: 'style/test' },
    ]
    const objects = objectsIn(await put('near.jpg', picOperations(rules)))
    const far = `${other}.cos.${region}.pixmill.test`
    expect(textAt(objects[0]!, 'Location')).toBe(`${far}/far.jpg`)
    expect((await house.send(far, { target: '/far.jpg' })).status).toBe(200)
    expect([textAt(objects[1]!, 'Width'), textAt(objects[1]!, 'Height')]).toEqual(['100', '100'])
  })

  test('where the bucket stands in the path, it stands in the locations too', async () => {
    const headers = { 'pic-operations': picOperations([{ fileid: 'made.jpg', rule: half }]) }
    const answer = await house.send('127.0.0.1', {
      method: 'PUT',
      target: `/${bucket}/path/a.jpg`,
      body: source,
      headers,
    })
    expect(textAt(answer.xml(), 'OriginalInfo/Location')).toBe(`127.0.0.1/${bucket}/path/a.jpg`)
    expect(textAt(answer.xml(), 'ProcessResults/Object/Location')).toBe(`127.0.0.1/${bucket}/path/made.jpg`)
  })

  test('a picture that is left as it is because errors are ignored is stored so', async () => {
    const rule = 'imageMogr2/thumbnail/50x/ignore-error/1'
    const text = Buffer.from('not a picture')
    expect(errorOf(await put('lenient.txt', picOperations([{ fileid: 'kept.txt', rule }]), text))[0]).toBe(400)
    const cut = source.subarray(0, source.length / 2)
    const [object] = objectsIn(await put('lenient.jpg', picOperations([{ fileid: 'kept.jpg', rule }]), cut))
    expect(textAt(object!, 'ETag')).toBe(`"${md5(cut)}"`)
    expect((await get('kept.jpg')).body.equals(cut)).toBe(true)
  })
})

describe('pictures made of an object that is there', () => {
  test('X04: have the same answer', async () => {
    const key = freshKey()
    await house.put(key, source)
    const operations = picOperations([{ fileid: '/posted.png', rule: 'imageView2/format/png' }], 1)
    const posted = await post(key, operations)
    const again = await put(key, operations)
    expect(posted.text).toBe(again.text)
    expect(await sizeOf('posted.png')).toBe('png 200x100')
  })

  test.each([
    ['no header', '', 400, 'InvalidPicOperations', '-60998'],
    ['no object', picOperations([{ fileid: 'a.jpg', rule: half }]), 404, 'NoSuchKey', undefined],
  ])('%s', async (_, operations, status, code, errNo) => {
    expect(errorOf(await post('never-stored.jpg', operations))).toEqual([status, code, errNo])
  })
})

describe('what is refused before anything is stored', () => {
  const fileid = 'made.jpg'
  const refusals: readonly (readonly [string, string, number, string, string, string])[] = [
    ['what is no JSON', '{"rules":', 400, 'InvalidPicOperations', '-60998', 'JSON'],
    ['six rules', picOperations(Array(6).fill({ fileid, rule: half })), 400, 'InvalidPicOperations', '-60997', '5'],
    [
      'a fileid that is a folder',
      picOperations([{ fileid: 'a/', rule: half }]),
      400,
      'InvalidPicOperations',
      '-60998',
      'a/',
    ],
    [
      'a fileid that is the bucket',
      picOperations([{ fileid: '/', rule: half }]),
      400,
      'InvalidPicOperations',
      '-60998',
      'name',
    ],
    ['rules that are no list', picOperations({}), 400, 'InvalidPicOperations', '-60998', 'rules is'],
    ['a rule that is none', picOperations(['x']), 400, 'InvalidPicOperations', '-60998', 'rules[0] is "x"'],
    ['no rule', picOperations([{ fileid, rule: null }]), 400, 'InvalidPicOperations', '-60998', 'rules[0].rule'],
    [
      'a bucket that is a number',
      picOperations([{ fileid, rule: half, bucket: 7 }]),
      400,
      'InvalidPicOperations',
      '-60998',
      'rules[0].bucket',
    ],
    ['is_pic_info 2', picOperations([], 2), 400, 'InvalidPicOperations', '-60998', 'is_pic_info is 2, expected 0 or 1'],
    ['what is no object', '[]', 400, 'InvalidPicOperations', '-60998', 'JSON object'],
    ['no fileid', picOperations([{ rule: half }]), 400, 'InvalidPicOperations', '-60998', 'rules[0].fileid'],
    [
      'X15',
      picOperations([
        { fileid, rule: half },
        { fileid, rule: 'imageMogr2/rotate/abc' },
      ]),
      400,
      'InvalidPicOperations',
      '-60998',
      'rules[1].rule',
    ],
    ['information', picOperations([{ fileid, rule: 'imageInfo' }]), 400, 'InvalidPicOperations', '-60998', 'imageInfo'],
    [
      'what is not offered',
      picOperations([{ fileid, rule: 'imageMogr2/format/tpg' }]),
      501,
      'NotImplemented',
      '-60998',
      'tpg',
    ],
    [
      'an unknown style',
      picOperations([{ fileid, rule: 'style/unknown' }]),
      400,
      'InvalidArgument',
      '-60967',
      'unknown',
    ],
    [
      'an unknown bucket',
      picOperations([{ fileid, rule: half, bucket: 'nobody-1250000000' }]),
      404,
      'NoSuchBucket',
      '',
      'nobody',
    ],
    [
      'a long key',
      picOperations([{ fileid: 'x'.repeat(900), rule: half }]),
      400,
      'InvalidPicOperations',
      '-60998',
      '850',
    ],
    [
      'half a character',
      `{"rules":[{"fileid":"\\ud800","rule":"${half}"}]}`,
      400,
      'InvalidPicOperations',
      '-60998',
      'fileid',
    ],
    [
      'a key with NUL',
      picOperations([{ fileid: 'a\0b', rule: half }]),
      400,
      'InvalidPicOperations',
      '-60998',
      'fileid',
    ],
  ]
  test.each(refusals)('%s', async (_, operations, status, code, errNo, says) => {
    const key = freshKey()
    const answer = await put(key, operations)
    expect([answer.status, textAt(answer.xml(), 'Code'), answer.headers['x-errno'] ?? '']).toEqual([
      status,
      code,
      errNo,
    ])
    expect(textAt(answer.xml(), 'Message')).toContain(says)
    expect(await statusOf(key)).toBe(404)
    expect(opened).toBe(0)
  })

  test('on a copy it is not carried out, and said so', async () => {
    await house.put('copied.jpg', source)
    const headers = {
      'x-cos-copy-source': `${host}/copied.jpg`,
      'pic-operations': picOperations([{ fileid, rule: half }]),
    }
    expect((await house.cos({ method: 'PUT', target: '/copy.jpg', headers })).status).toBe(501)
    expect(await statusOf('copy.jpg')).toBe(404)
  })
})

describe('when a picture cannot be made', () => {
  test.each<[string, () => Uint8Array, string, string]>([
    ['X16', () => Buffer.concat([source], 33 * 1024 * 1024), 'ImageTooLarge', '-60996'],
    ['X17', () => Buffer.from('text'), 'InvalidImageFormat', '-62999'],
    ['half a picture', () => source.subarray(0, source.length / 2), 'InvalidImageSource', '-62999'],
    ['nothing', () => Buffer.alloc(0), 'InvalidImageFormat', '-62999'],
  ])('%s: the upload stays, and nothing else', async (_, body, code, errNo) => {
    const [key, made] = [freshKey(), freshKey()]
    const rules = [{ fileid: `/${made}`, rule: half }]
    expect(errorOf(await put(key, picOperations(rules), body()))).toEqual([400, code, errNo])
    expect((await get(key)).body.length).toBe(body().length)
    expect(await statusOf(made)).toBe(404)
    expect(errorOf(await put(key, picOperations([], 1), body()))).toEqual([400, code, errNo])
  })

  test('of several, none is stored', async () => {
    const keys = [freshKey(), freshKey(), freshKey()]
    const rules = [half, 'imageMogr2/cut/10x10x5000x5000', half].map((rule, n) => ({ fileid: `/${keys[n]}`, rule }))
    const answer = await put('one-fails.jpg', picOperations(rules))
    expect(errorOf(answer)).toEqual([400, 'InvalidArgument', '-60998'])
    expect(textAt(answer.xml(), 'Message')).toMatch(/^rules\[1\]\.rule: Stage 1: cut\/10x10x5000x5000 asks for/)
    expect(await Promise.all(keys.map(statusOf))).toEqual([404, 404, 404])
    expect(await statusOf('one-fails.jpg')).toBe(200)
  })

  test('a bucket that goes away meanwhile takes nothing, and nobody else does', async () => {
    const gone = 'gone-1250000000'
    const goneHost = `${gone}.cos.${region}.pixmill.test`
    await house.send(goneHost, { method: 'PUT', target: '/' })
    const { pid } = await engineOf()
    process.kill(pid, 'SIGSTOP')
    const given = house.app.signals.engines.next('picture opened')
    const key = freshKey()
    const rules = [
      { fileid: `/${key}`, rule: half },
      { bucket: gone, fileid: '/a.jpg', rule: half },
    ]
    const answer = put('meanwhile.jpg', picOperations(rules))
    await given
    await house.send(goneHost, { method: 'DELETE', target: '/' })
    process.kill(pid, 'SIGCONT')
    expect(errorOf(await answer)).toEqual([404, 'NoSuchBucket', undefined])
    expect(await statusOf(key)).toBe(404)
  })
})

/** The one engine, whatever has become of those before it. */
async function engineOf(): Promise<{ pid: number }> {
  const given = house.app.signals.engines.next('picture opened')
  const key = freshKey()
  await house.put(key, source)
  await get(`${key}?imageMogr2/thumbnail/9x`)
  return (await given) as { pid: number }
}

const client = () =>
  new COS({
    SecretId: secretId,
    SecretKey: secretKey,
    Protocol: 'http:',
    Ip: `127.0.0.1:${new URL(house.app.url).port}`,
  } as COS.COSOptions)

test('who may write and not read puts nothing on a picture that they may not see', async () => {
  const open = 'open-1250000000'
  const openHost = `${open}.cos.${region}.pixmill.test`
  await house.send(openHost, { method: 'PUT', target: '/', headers: { 'x-cos-acl': 'public-read-write' } })
  for (const acl of ['private', 'public-read']) {
    await house.send(openHost, { method: 'PUT', target: `/${acl}.jpg`, body: source, headers: { 'x-cos-acl': acl } })
  }
  const marked = (mark: string) => {
    const image = Buffer.from(`http://${openHost}/${mark}.jpg`).toString('base64url')
    const operations = picOperations([{ fileid: 'marked.jpg', rule: `watermark/1/image/${image}` }])
    const headers = { 'pic-operations': operations }
    return house.send(openHost, { method: 'PUT', target: '/new.jpg', body: source, headers, signed: false })
  }
  expect(errorOf(await marked('private'))).toEqual([400, 'InvalidArgument', '-60998'])
  expect((await marked('public-read')).status).toBe(200)
  const headers = { 'pic-operations': '{}', 'content-length': '0' }
  const target = '/private.jpg?image_process'
  expect((await house.send(openHost, { method: 'POST', target, headers, signed: false })).status).toBe(403)
})

describe('what others do meanwhile', () => {
  test('a newer upload under the key stays, also when a rule wanted its place', async () => {
    const { pid } = await engineOf()
    const key = freshKey()
    process.kill(pid, 'SIGSTOP')
    const given = house.app.signals.engines.next('picture opened')
    const rules = [
      { fileid: `/${key}`, rule: half },
      { fileid: `/${key}.small`, rule: half },
    ]
    const first = put(key, picOperations(rules))
    await given
    const newer = await jpeg(60, 40)
    await house.put(key, newer)
    process.kill(pid, 'SIGCONT')
    expect((await first).status).toBe(200)
    expect((await get(key)).body.equals(newer)).toBe(true)
    // Made of the bytes that came with the request.
    expect(await sizeOf(`${key}.small`)).toBe('jpeg 100x50')
  })

  test('a client that goes away leaves its upload, and no pictures', async () => {
    const { pid } = await engineOf()
    const [key, made] = [freshKey(), freshKey()]
    process.kill(pid, 'SIGSTOP')
    const given = house.app.signals.engines.next('picture opened')
    const Headers = { 'pic-operations': picOperations([{ fileid: `/${made}`, rule: half }]) }
    const url = new URL(client().getObjectUrl({ Bucket: bucket, Region: region, Key: key, Method: 'PUT', Sign: true }))
    const connection = new RawConnection(Number(new URL(house.app.url).port))
    connection.head(
      `PUT ${url.pathname}${url.search} HTTP/1.1`,
      `Host: ${url.host}`,
      `Content-Length: ${source.length}`,
      `Pic-Operations: ${Headers['pic-operations']}`,
    )
    connection.write(source)
    await given
    connection.destroy()
    process.kill(pid, 'SIGCONT')
    // What comes after it in the same engine has been done when what it had to do has.
    await put(freshKey(), picOperations([{ fileid: 'after.jpg', rule: half }]))
    expect([await statusOf(key), await statusOf(made)]).toEqual([200, 404])
  })

  test('with more than may wait, the next are told to come again', async () => {
    const { pid } = await engineOf()
    process.kill(pid, 'SIGSTOP')
    const rules = Array.from({ length: 5 }, (_, n) => ({
      fileid: `crowd-${n}.jpg`,
      rule: `imageMogr2/thumbnail/${n + 20}x`,
    }))
    let tell = (_answer: Answer): void => {}
    const refused = new Promise<Answer>((resolve) => {
      tell = resolve
    })
    const all = Array.from({ length: 16 }, async () => {
      const answer = await put(freshKey(), picOperations(rules))
      if (answer.status !== 200) tell(answer)
      return answer.status
    })
    expect(errorOf(await refused)).toEqual([503, 'SlowDown', '-60949'])
    expect((await refused).headers['retry-after']).toBe('1')
    process.kill(pid, 'SIGCONT')
    expect(new Set(await Promise.all(all))).toEqual(new Set([200, 503]))
  })
})

test('a rule makes the same picture through every door, each of which has made it itself', async () => {
  await house.put(
    'marks/logo.png',
    await sharp(await jpeg(30, 20))
      .png()
      .toBuffer(),
  )
  const mark = Buffer.from(`http://${host}/marks/logo.png`).toString('base64url')
  const text = Buffer.from('Pixmill').toString('base64url')
  const rule = `style/test|imageMogr2/rotate/30/bright/10/quality/70|watermark/1/image/${mark}/dissolve/60|watermark/2/text/${text}/shadow/50|imageMogr2/format/webp`
  const keys = [freshKey(), freshKey(), freshKey(), freshKey()] as const
  for (const key of keys) await house.put(key, source)
  const operations = (key: string) => picOperations([{ fileid: `/${key}.made`, rule }])
  expect((await put(keys[1], operations(keys[1]))).status).toBe(200)
  expect((await post(keys[2], operations(keys[2]))).status).toBe(200)
  await house.ended(await house.submit(jobXml({ input: keys[3], rule, output: `${keys[3]}.made` })))
  const asked = await get(`${keys[0]}?${rule.replaceAll('|', '%7C')}`)
  expect([asked.status, opened]).toEqual([200, 4])
  for (const key of keys.slice(1)) {
    const made = await get(`${key}.made`)
    expect([made.headers['content-type'], made.body.equals(asked.body)]).toEqual(['image/webp', true])
  }
})

describe('one cache for all', () => {
  test('a picture that was stored is given to whoever asks for the same', async () => {
    const key = freshKey()
    await put(key, picOperations([{ fileid: 'cached.jpg', rule: 'imageMogr2/thumbnail/33x' }]))
    expect(opened).toBe(1)
    const asked = await get(`${key}?imageMogr2/thumbnail/33x/`)
    const stored = await get(`${key.slice(0, key.lastIndexOf('/') + 1)}cached.jpg`)
    expect([asked.status, asked.body.equals(stored.body), opened]).toEqual([200, true, 1])
    expect(asked.headers['content-type']).toBe('image/jpeg')
    expect((await get(`${key}?imageMogr2/thumbnail/33x`)).headers.etag).toBe(asked.headers.etag)
    expect(opened).toBe(1)
  })

  test('and so is the result of a job, while it lasts', async () => {
    const key = freshKey()
    await house.put(key, source)
    const rule = 'style/test|imageMogr2/rotate/90'
    await house.ended(await house.submit(jobXml({ input: key, rule, output: `${key}.out`, isPicInfo: 'true' })))
    expect(opened).toBe(1)
    const asked = await get(`${key}!test?imageMogr2/rotate/90`)
    expect([asked.status, opened]).toEqual([200, 1])
    expect(asked.body.equals((await get(`${key}.out`)).body)).toBe(true)
    // Of the source as it is now, and of nothing else.
    await house.put(key, await jpeg(80, 80))
    expect((await get(`${key}!test?imageMogr2/rotate/90`)).body.equals(asked.body)).toBe(false)
    expect(opened).toBe(2)
  })
})

test('what is stored so starts no workflow, the upload itself does', async () => {
  const workflow = await house.ci({
    method: 'POST',
    target: '/workflow',
    body: workflowXml({ state: 'Active', prefix: 'flow/' }),
  })
  const id = textAt(workflow.xml(), 'MediaWorkflow/WorkflowId')
  const runs = async () =>
    (await house.ci({ target: `/workflowexecution?workflowId=${id}` }))
      .xml()
      .children.filter(({ name }) => name === 'WorkflowExecutionList')
      .map((run) => textAt(run, 'Object'))
  await put(
    'flow/source.jpg',
    picOperations([
      { fileid: 'result.jpg', rule: half },
      { fileid: '/flow/source.jpg', rule: half },
    ]),
  )
  expect(await runs()).toEqual(['flow/source.jpg'])
  await post('flow/source.jpg', picOperations([{ fileid: 'again.jpg', rule: half }]))
  expect(await runs()).toEqual(['flow/source.jpg'])
})

describe('the Node SDK', () => {
  interface Told {
    readonly UploadResult: {
      readonly OriginalInfo: { readonly Key: string; readonly ImageInfo: { readonly Width: string } }
      readonly ProcessResults: { readonly Object: unknown }
    }
  }

  test('uploads with Pic-Operations, and has pictures made of what is there', async () => {
    const cos = client()
    const PicOperations = picOperations(
      [
        { fileid: 'sdk-small.jpg', rule: half },
        { fileid: 'sdk.png', rule: 'style/test' },
      ],
      1,
    )
    const place = { Bucket: bucket, Region: region, Key: 'sdk/source.jpg' }
    const uploaded = (await cos.putObject({
      ...place,
      Body: source,
      Headers: { 'Pic-Operations': PicOperations },
    })) as unknown as Told
    expect(uploaded.UploadResult.OriginalInfo).toMatchObject({ Key: 'sdk/source.jpg', ImageInfo: { Width: '200' } })
    expect(uploaded.UploadResult.ProcessResults.Object).toMatchObject([
      { Key: 'sdk/sdk-small.jpg', Width: '100' },
      { Key: 'sdk/sdk.png', Height: '100' },
    ])
    const one = picOperations([{ fileid: 'posted.jpg', rule: half }])
    const request = { ...place, Method: 'POST', Action: 'image_process', Headers: { 'Pic-Operations': one } }
    const posted = (await cos.request(request as never)) as unknown as Told
    expect(posted.UploadResult.ProcessResults.Object).toMatchObject({ Key: 'sdk/posted.jpg', Width: '100' })
    await expect(
      cos.putObject({
        ...place,
        Body: source,
        Headers: { 'Pic-Operations': picOperations([{ fileid: 'a', rule: 'x' }]) },
      }),
    ).rejects.toMatchObject({ statusCode: 400, code: 'InvalidPicOperations' })
  })

  test('X19: an upload in parts makes them at its end', async () => {
    const Body = await sharp({
      create: {
        width: 900,
        height: 900,
        channels: 3,
        background: 'blue',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
      .png({ compressionLevel: 0 })
      .toBuffer()
    expect(Body.length).toBeGreaterThan(2 * 1024 * 1024)
    const PicOperations = picOperations([{ fileid: 'parts-small.jpg', rule: 'imageMogr2/thumbnail/90x/format/jpg' }], 1)
    const Key = 'sdk/parts.png'
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-parts-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const FilePath = join(folder, 'parts.png')
    await writeFile(FilePath, Body)
    const answer = (await client().sliceUploadFile({
      Bucket: bucket,
      Region: region,
      Key,
      FilePath,
      Headers: { 'Pic-Operations': PicOperations },
    })) as unknown as Told & { readonly ETag: string }
    expect(answer.UploadResult.ProcessResults.Object).toMatchObject({ Key: 'sdk/parts-small.jpg', Width: '90' })
    expect(await sizeOf('sdk/parts-small.jpg')).toBe('jpeg 90x90')
    expect((await get(Key)).body.equals(Body)).toBe(true)
  })
})
