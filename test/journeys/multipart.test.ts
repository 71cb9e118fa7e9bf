import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { crc64 } from '../../src/base/index.ts'
import { codeOf, md5Of, type ObjectDoor, openObjectDoor } from '../support/object-door.ts'
import { RawConnection, textOf } from '../support/raw-http.ts'

const HOST = 'demo-1250000000.cos.ap-test.localhost'
const MB = 1024 * 1024
const parts = [Buffer.alloc(MB, 'a'), Buffer.alloc(MB + 7, 'b'), Buffer.from('the end')]
const whole = Buffer.concat(parts)

let door: ObjectDoor
let call: ObjectDoor['call']
let blobsBefore: number

beforeAll(async () => {
  door = await openObjectDoor({ host: HOST })
  call = door.call
  await call('PUT /', ['Content-Length: 0'])
})
afterAll(() => door.close())
beforeEach(async () => {
  blobsBefore = await door.blobCount()
})

async function begin(key: string, ...headers: string[]): Promise<string> {
  const answer = await call(`POST /${key}?uploads`, ['Content-Length: 0', ...headers])
  expect(answer.status).toBe(200)
  return textOf(answer, 'UploadId')!
}

async function send(key: string, id: string, number: number, body: Uint8Array): Promise<string> {
  const answer = await call(`PUT /${key}?partNumber=${number}&uploadId=${id}`, [], body)
  expect([answer.status, answer.header('x-cos-hash-crc64ecma')]).toEqual([200, crc64(body)])
  return answer.header('ETag')!
}

function completion(named: readonly (readonly [number, string])[]): string {
  const entries = named.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`)
  return `<CompleteMultipartUpload>${entries.join('')}</CompleteMultipartUpload>`
}

const complete = (key: string, id: string, named: readonly (readonly [number, string])[], ...headers: string[]) =>
  call(`POST /${key}?uploadId=${id}`, headers, completion(named))

/** The ETag of a whole, as the protocol has it. */
const etagOf = (pieces: readonly Uint8Array[]) =>
  `"${createHash('md5')
    .update(Buffer.concat(pieces.map((piece) => createHash('md5').update(piece).digest())))
    .digest('hex')}-${pieces.length}"`

describe('an object in parts', () => {
  test('comes out whole, whatever the order of the parts', async () => {
    const id = await begin('m/a.txt', 'x-cos-meta-a: b', 'Content-Type: text/x', 'Cache-Control:')
    const named: [number, string][] = []
    for (const number of [3, 1, 2]) named.push([number, await send('m/a.txt', id, number, parts[number - 1]!)])
    expect(named.find(([number]) => number === 1)![1]).toBe(`"${md5Of(parts[0]!)}"`)
    expect(codeOf(await call('GET /m/a.txt'))).toEqual([404, 'NoSuchKey'])
    named.sort(([a], [b]) => a - b)
    const answer = await complete('m/a.txt', id, named)
    expect([answer.status, answer.header('Content-Type')]).toEqual([200, 'application/xml'])
    expect(answer.header('x-cos-hash-crc64ecma')).toBe(crc64(whole))
    expect(answer.body.toString()).toBe(
      `<CompleteMultipartUploadResult><Location>http://${HOST}/m/a.txt</Location><Bucket>demo-1250000000</Bucket><Key>m/a.txt</Key><ETag>${etagOf(parts)}</ETag></CompleteMultipartUploadResult>`,
    )
    const read = await call('GET /m/a.txt')
    expect(read.body.equals(whole)).toBe(true)
    expect([read.header('ETag'), read.header('x-cos-hash-crc64ecma')]).toEqual([etagOf(parts), crc64(whole)])
    expect([read.header('x-cos-meta-a'), read.header('Content-Type')]).toEqual(['b', 'text/x'])
    // The parts are gone at once, and only the whole is left.
    expect(await door.blobCount()).toBe(blobsBefore + 1)
  })

  test('is completed once, and told again to whoever asks again', async () => {
    const id = await begin('m/twice')
    const named = [[1, await send('m/twice', id, 1, parts[0]!)]] as const
    const answers = await Promise.all(Array.from({ length: 4 }, () => complete('m/twice', id, named)))
    const later = await complete('m/twice', id, named)
    expect(new Set([...answers, later].map(({ body }) => body.toString())).size).toBe(1)
    expect(later.status).toBe(200)
    expect(await door.blobCount()).toBe(blobsBefore + 1)
    const missing = await call(`PUT /m/twice?partNumber=2&uploadId=${id}`, [], 'x')
    expect(codeOf(missing)).toEqual([404, 'NoSuchUpload'])
    expect(codeOf(await call(`GET /m/twice?uploadId=${id}`))).toEqual([404, 'NoSuchUpload'])
    expect(codeOf(await call(`DELETE /m/twice?uploadId=${id}`))).toEqual([404, 'NoSuchUpload'])
  })

  test('takes the ETags of all SDKs: unquoted, quoted, escaped, before the number, behind a declaration', async () => {
    const id = await begin('m/etags')
    const [one, two] = [await send('m/etags', id, 1, parts[0]!), await send('m/etags', id, 2, parts[1]!)]
    const three = await send('m/etags', id, 3, parts[2]!)
    const bare = (etag: string) => etag.replaceAll('"', '')
    const body = `<?xml version="1.0" encoding="utf-8"?>\n<CompleteMultipartUpload>
      <Part><ETag>&#34;${bare(one)}&#34;</ETag><PartNumber>1</PartNumber></Part>
      <Part><PartNumber>2</PartNumber><ETag>&quot;${bare(two)}&quot;</ETag></Part>
      <Part><PartNumber>3</PartNumber><ETag>${bare(three).toUpperCase()}</ETag></Part>
    </CompleteMultipartUpload>`
    expect((await call(`POST /m/etags?uploadId=${id}`, [], body)).status).toBe(200)
  })

  test('may leave numbers and parts out', async () => {
    const id = await begin('m/gaps')
    const named: [number, string][] = []
    for (const [number, body] of [
      [10_000, parts[2]!],
      [7, parts[0]!],
      [1, parts[1]!],
    ] as const) {
      named.unshift([number, await send('m/gaps', id, number, body)])
    }
    expect((await complete('m/gaps', id, named.slice(1))).status).toBe(200)
    expect((await call('GET /m/gaps')).body.equals(Buffer.concat([parts[0]!, parts[2]!]))).toBe(true)
    expect(await door.blobCount()).toBe(blobsBefore + 1)
  })

  test('has the part that came last under a number', async () => {
    const id = await begin('m/again')
    await send('m/again', id, 1, parts[0]!)
    const etag = await send('m/again', id, 1, parts[2]!)
    expect(codeOf(await complete('m/again', id, [[1, `"${md5Of(parts[0]!)}"`]]))).toEqual([400, 'InvalidPart'])
    expect((await complete('m/again', id, [[1, etag]])).status).toBe(200)
    expect((await call('GET /m/again')).body.equals(parts[2]!)).toBe(true)
    expect(await door.blobCount()).toBe(blobsBefore + 1)
  })

  test('is not offered with Pic-Operations where no pictures are made; the header means nothing at the beginning', async () => {
    const id = await begin('m/pic', 'Pic-Operations: {"is_pic_info":1}')
    const etag = await send('m/pic', id, 1, parts[2]!)
    const refused = await complete('m/pic', id, [[1, etag]], 'Pic-Operations: {"is_pic_info":1}')
    expect(codeOf(refused)).toEqual([501, 'NotImplemented'])
    expect((await call('HEAD /m/pic')).status).toBe(404)
  })

  test('does not overwrite when it must not', async () => {
    await call('PUT /m/there', [], 'before')
    const id = await begin('m/there')
    const named = [
      [1, await send('m/there', id, 1, parts[0]!)],
      [2, await send('m/there', id, 2, parts[2]!)],
    ] as const
    expect(codeOf(await complete('m/there', id, named, 'x-cos-forbid-overwrite: true'))).toEqual([409, 'PathConflict'])
    expect((await call('GET /m/there')).body.toString()).toBe('before')
    expect((await complete('m/there', id, named)).status).toBe(200)
    expect((await call('HEAD /m/there')).header('ETag')).toBe(etagOf([parts[0]!, parts[2]!]))
  })

  test('that is aborted leaves nothing', async () => {
    const id = await begin('m/aborted')
    await send('m/aborted', id, 1, parts[0]!)
    const answer = await call(`DELETE /m/aborted?uploadId=${id}`, ['Content-Length: 0'])
    expect([answer.status, answer.body.length]).toEqual([204, 0])
    expect(codeOf(await call(`DELETE /m/aborted?uploadId=${id}`))).toEqual([404, 'NoSuchUpload'])
    expect(codeOf(await complete('m/aborted', id, [[1, 'x']]))).toEqual([404, 'NoSuchUpload'])
    expect(await door.blobCount()).toBe(blobsBefore)
  })
})

describe('what is refused, and leaves an upload as it is', () => {
  let id: string
  let etags: string[]
  beforeAll(async () => {
    id = await begin('r/a')
    etags = []
    for (const [at, body] of [parts[0]!, parts[2]!, parts[1]!].entries())
      etags.push(await send('r/a', id, at + 1, body))
  })

  const refused: readonly (readonly [string, () => string, number, string])[] = [
    ['no body', () => '', 400, 'MissingRequestBodyError'],
    ['no XML', () => 'nonsense', 400, 'MalformedXML'],
    ['another root', () => '<Complete/>', 400, 'MalformedXML'],
    ['no part', () => completion([]), 400, 'MalformedXML'],
    [
      'a part without a number',
      () => '<CompleteMultipartUpload><Part><ETag>x</ETag></Part></CompleteMultipartUpload>',
      400,
      'InvalidArgument',
    ],
    ['a part without an ETag', () => completion([[1, '']]), 400, 'InvalidArgument'],
    ['number 0', () => completion([[0, etags[0]!]]), 400, 'InvalidArgument'],
    ['number 10001', () => completion([[10_001, etags[0]!]]), 400, 'InvalidArgument'],
    [
      'parts out of order',
      () =>
        completion([
          [2, etags[1]!],
          [1, etags[0]!],
        ]),
      400,
      'InvalidPartOrder',
    ],
    [
      'a part twice',
      () =>
        completion([
          [1, etags[0]!],
          [1, etags[0]!],
        ]),
      400,
      'InvalidPartOrder',
    ],
    [
      'a part that was not uploaded',
      () =>
        completion([
          [1, etags[0]!],
          [9, etags[0]!],
        ]),
      400,
      'InvalidPart',
    ],
    ['the ETag of another part', () => completion([[1, etags[1]!]]), 400, 'InvalidPart'],
    [
      'a small part before the last',
      () =>
        completion([
          [1, etags[0]!],
          [2, etags[1]!],
          [3, etags[2]!],
        ]),
      400,
      'EntityTooSmall',
    ],
  ]
  test.each(refused)('a completion with %s', async (_what, body, status, code) => {
    const text = body()
    const headers = text === '' ? ['Content-Length: 0'] : []
    expect(codeOf(await call(`POST /r/a?uploadId=${id}`, headers, text))).toEqual([status, code])
    expect((await call('HEAD /r/a')).status).toBe(404)
    expect(await door.blobCount()).toBe(blobsBefore)
  })

  test('a completion whose Content-MD5 is of other bytes', async () => {
    const answer = await complete('r/a', id, [[1, etags[0]!]], 'Content-MD5: XUFAKrxLKna5cZ2REBfFkQ==')
    expect(codeOf(answer)).toEqual([400, 'BadDigest'])
  })

  test.each([
    ['partNumber=0', [], 400, 'InvalidArgument'],
    ['partNumber=10001', [], 400, 'InvalidArgument'],
    ['partNumber=', [], 400, 'InvalidArgument'],
    ['x=1', [], 400, 'InvalidArgument'],
    ['partNumber=1e3', [], 400, 'InvalidArgument'],
    ['partNumber=4', ['Content-MD5: XUFAKrxLKna5cZ2REBfFkQ=='], 400, 'BadDigest'],
    ['partNumber=4', ['Content-MD5: x'], 400, 'InvalidDigest'],
    ['partNumber=4', ['Content-Length: 5368709121'], 400, 'EntityTooLarge'],
  ] as const)('a part with %s and %j', async (query, headers, status, code) => {
    expect(codeOf(await call(`PUT /r/a?${query}&uploadId=${id}`, headers, 'hello'))).toEqual([status, code])
    expect(await door.blobCount()).toBe(blobsBefore)
  })

  test('a part of no upload, which would overwrite the object', async () => {
    expect((await call('PUT /r/whole', [], 'whole')).status).toBe(200)
    expect(codeOf(await call('PUT /r/whole?partNumber=1', [], 'part'))).toEqual([400, 'InvalidArgument'])
    expect(String((await call('GET /r/whole')).body)).toBe('whole')
    expect((await call('PUT /r/whole?partNumber=', [], 'again')).status).toBe(200)
    await call('DELETE /r/whole')
  })

  test('a part without length or chunks, and one that is cut short', async () => {
    expect(codeOf(await call(`PUT /r/a?partNumber=4&uploadId=${id}`))).toEqual([411, 'MissingContentLength'])
    const connection = new RawConnection(door.port).head(
      `PUT /r/a?partNumber=4&uploadId=${id} HTTP/1.1`,
      `Host: ${HOST}`,
      'Content-Length: 1000000',
    )
    connection.write('abcde').end()
    expect(codeOf(await connection.answer())).toEqual([400, 'IncompleteBody'])
    await connection.untilClosed()
    expect(await door.blobCount()).toBe(blobsBefore)
  })

  test('an id of another key, or of nothing', async () => {
    for (const target of [`/r/b?uploadId=${id}`, '/r/a?uploadId=x', '/r/a?uploadId=']) {
      expect(codeOf(await call(`GET ${target}`))).toEqual([404, 'NoSuchUpload'])
      expect(codeOf(await call(`PUT ${target}&partNumber=1`, [], 'x'))).toEqual([404, 'NoSuchUpload'])
      expect(codeOf(await call(`POST ${target}`, [], completion([[1, 'x']])))).toEqual([404, 'NoSuchUpload'])
    }
  })

  test('a beginning in a bucket that does not exist, or with metadata that is too long', async () => {
    const none = await call('POST /a?uploads', ['Host: none-1.cos.x.localhost', 'Content-Length: 0'])
    expect(codeOf(none)).toEqual([404, 'NoSuchBucket'])
    const long = await call('POST /a?uploads', ['Content-Length: 0', `x-cos-meta-a: ${'x'.repeat(2_100)}`])
    expect(codeOf(long)).toEqual([400, 'InvalidArgument'])
  })
})

describe('lists', () => {
  test('the parts of an upload that has none are a well-formed list', async () => {
    const id = await begin('l/empty')
    const answer = await call(`GET /l/empty?uploadId=${id}&part-number-marker=0`)
    expect(answer.body.toString()).toBe(
      `<ListPartsResult><Bucket>demo-1250000000</Bucket><Key>l/empty</Key><UploadId>${id}</UploadId><Initiator><ID>1250000000</ID><DisplayName>1250000000</DisplayName></Initiator><Owner><ID>1250000000</ID><DisplayName>1250000000</DisplayName></Owner><PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>0</NextPartNumberMarker><StorageClass>STANDARD</StorageClass><MaxParts>1000</MaxParts><IsTruncated>false</IsTruncated></ListPartsResult>`,
    )
  })

  test('parts page by page, with what a client needs to go on', async () => {
    const id = await begin('l/a%20b', 'x-cos-storage-class: STANDARD_IA')
    for (const number of [5, 2, 9]) await send('l/a%20b', id, number, Buffer.from(`part ${number}`))
    const first = (await call(`GET /l/a%20b?uploadId=${id}&max-parts=2&encoding-type=url`)).body.toString()
    expect(first).toContain('<Encoding-type>url</Encoding-type><Key>l/a%20b</Key>')
    expect(first).toContain(`<ETag>"${md5Of('part 2')}"</ETag><Size>6</Size>`)
    expect(first).toContain('<NextPartNumberMarker>5</NextPartNumberMarker>')
    expect(first).toContain('<StorageClass>STANDARD_IA</StorageClass>')
    expect(first).toMatch(/<LastModified>20[^<]*\.000Z</)
    expect([first.match(/<Part>/g)?.length, first.includes('<IsTruncated>true<')]).toEqual([2, true])
    const second = (await call(`GET /l/a%20b?uploadId=${id}&max-parts=2&part-number-marker=5`)).body.toString()
    expect([second.match(/<PartNumber>\d+/g), second.includes('<IsTruncated>false<')]).toEqual([
      ['<PartNumber>9'],
      true,
    ])
  })

  test.each(['max-parts=x', 'max-parts=-1', 'part-number-marker=x', 'encoding-type=base64'])(
    'parts with %s are refused',
    async (query) => {
      const id = await begin('l/bad')
      expect(codeOf(await call(`GET /l/bad?uploadId=${id}&${query}`))).toEqual([400, 'InvalidArgument'])
    },
  )

  test('open uploads, with groups, pages and encoded keys', async () => {
    const host = ['Host: uploads-1.cos.ap-test.localhost']
    await call('PUT /', ['Content-Length: 0', ...host])
    const started: string[] = []
    for (const key of ['a', 'a', 'b/1', 'b/2', 'c%2Bd']) {
      started.push(textOf(await call(`POST /${key}?uploads=`, ['Content-Length: 0', ...host]), 'UploadId')!)
    }
    const list = async (query: string) => (await call(`GET /?uploads=${query}`, host)).body.toString()
    const all = (text: string, element: string) =>
      [...text.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, value]) => value)
    const text = await list('&prefix=&delimiter=&key-marker=&upload-id-marker=&max-uploads=1000&encoding-type=url')
    expect(all(text, 'UploadId')).toEqual([...started.slice(0, 2).sort(), ...started.slice(2)])
    expect(all(text, 'Key')).toEqual(['a', 'a', 'b/1', 'b/2', 'c%2Bd'])
    expect(text).toContain('<Encoding-Type>url</Encoding-Type>')
    expect(all(text, 'StorageClass')).toEqual(Array.from({ length: 5 }, () => 'STANDARD'))
    expect(all(text, 'IsTruncated')).toEqual(['false'])
    const page = await list('&max-uploads=1&delimiter=/')
    expect([all(page, 'Key'), all(page, 'NextKeyMarker'), all(page, 'IsTruncated')]).toEqual([['a'], ['a'], ['true']])
    const marker = `&key-marker=a&upload-id-marker=${all(page, 'NextUploadIdMarker')[0]}`
    const rest = await list(`&delimiter=/${marker}`)
    expect([all(rest, 'Key'), all(rest, 'Prefix')]).toEqual([['a', 'c+d'], ['b/']])
    expect(all(await list('&key-marker=a'), 'Key')).toEqual(['b/1', 'b/2', 'c+d'])
    expect(codeOf(await call('GET /?uploads&max-uploads=x', host))).toEqual([400, 'InvalidArgument'])
    expect(codeOf(await call('GET /?uploads', ['Host: none-1.cos.x.localhost']))).toEqual([404, 'NoSuchBucket'])
  })
})

describe('parts that are copied', () => {
  beforeAll(() => call('PUT /source', [], whole))
  const source = `x-cos-copy-source: ${HOST}/source`

  test('whole and in ranges become an object', async () => {
    const id = await begin('copied')
    const copy = (number: number, ...headers: string[]) =>
      call(`PUT /copied?partNumber=${number}&uploadId=${id}`, ['Content-Length: 0', source, ...headers])
    const range = await copy(1, `x-cos-copy-source-Range: bytes=1-${MB}`)
    expect(range.status).toBe(200)
    const piece = whole.subarray(1, MB + 1)
    expect([textOf(range, 'ETag'), textOf(range, 'CRC64')]).toEqual([`"${md5Of(piece)}"`, crc64(piece)])
    expect(textOf(range, 'LastModified')).toMatch(/^20.*\.000Z$/)
    const rest = await copy(2)
    const named = [
      [1, textOf(range, 'ETag')!],
      [2, textOf(rest, 'ETag')!],
    ] as const
    expect((await complete('copied', id, named)).status).toBe(200)
    expect((await call('GET /copied')).body.equals(Buffer.concat([piece, whole]))).toBe(true)
  })

  test.each([
    [source, 'x-cos-copy-source-range: bytes=5-4', 400, 'InvalidArgument'],
    [source, 'x-cos-copy-source-range: bytes=5-', 400, 'InvalidArgument'],
    [source, `x-cos-copy-source-range: bytes=0-${whole.length}`, 416, 'InvalidRange'],
    [source, 'x-cos-copy-source-If-Match: "x"', 412, 'PreconditionFailed'],
    [`x-cos-copy-source: ${HOST}/none`, 'x-a: b', 404, 'NoSuchKey'],
    ['x-cos-copy-source: nonsense', 'x-a: b', 400, 'InvalidCopySource'],
  ])('%s with %s is refused', async (from, header, status, code) => {
    const id = await begin('refused')
    const answer = await call(`PUT /refused?partNumber=1&uploadId=${id}`, ['Content-Length: 0', from, header])
    expect(codeOf(answer)).toEqual([status, code])
  })
})
