import COS from 'cos-nodejs-sdk-v5'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { growth } from '../../../test/support/growth.ts'
import { Failure } from '../../base/index.ts'
import { percentEncode, percentEncodeKey } from '../../wire/index.ts'
import type { RawHeaders } from './readings.ts'
import { presignUrl, signRequest } from './sign-request.ts'
import { canonicalPairs, formatString, nameList, type Pair, signature, signKey, stringToSign } from './signature.ts'
import { type RequestToVerify, verifyRequest } from './verify-request.ts'

const key = { secretId: 'AKIDselfMadeVectorId0000000000000001', secretKey: 'selfMadeVectorSecretKey00000001' }
const hour = { startSeconds: 1767225600, endSeconds: 1767229200 }
const quarter = { startSeconds: 1767225600, endSeconds: 1767226500 }
const cosHost = 'demo-1250000000.cos.ap-shanghai.myqcloud.com'
const ciHost = 'demo-1250000000.ci.ap-shanghai.myqcloud.com'

interface Vector {
  name: string
  method: string
  path: string
  /** As an SDK writes it. */
  rawTarget: string
  parameters?: Pair[]
  headers: Record<string, string>
  /** Sent, and not signed by SDKs. */
  unsigned?: Record<string, string>
  time: typeof hour
  sha1: string
  headerList: string
  parameterList?: string
  signature: string
}

const rule = 'imageMogr2/thumbnail/!50p|imageMogr2/format/webp'
const vectors: Vector[] = [
  {
    name: '1: PUT, Unicode key, metadata',
    method: 'PUT',
    path: '/photos/2026 夏/a+b(1).jpg',
    rawTarget: '/photos/2026%20%E5%A4%8F/a%2Bb%281%29.jpg',
    headers: {
      Host: cosHost,
      'Content-Type': 'image/jpeg',
      'Content-Length': '11',
      'Content-MD5': 'XrY7u+Ae7tCTyyK7j1rNww==',
      'x-cos-meta-author': 'Li Lei',
    },
    unsigned: { 'User-Agent': 'ignored/1.0', Date: 'Thu, 01 Jan 2026 00:00:00 GMT' },
    time: hour,
    sha1: '5871d41aef09f1375ac23e049adcb28963c73176',
    headerList: 'content-length;content-md5;content-type;host;x-cos-meta-author',
    signature: '3de82a0ed089b5420ce20a52ae3f73065f4a0014',
  },
  {
    name: '2: GET, response overrides, range',
    method: 'GET',
    path: '/docs/report.pdf',
    rawTarget:
      '/docs/report.pdf?response-content-type=application%2Foctet-stream&response-content-disposition=attachment%3B+filename%3D%22r%201.pdf%22',
    parameters: [
      ['response-content-disposition', 'attachment; filename="r 1.pdf"'],
      ['response-content-type', 'application/octet-stream'],
    ],
    headers: { Host: cosHost, Range: 'bytes=0-99' },
    time: quarter,
    sha1: '3005fb77ee7fe3ab4186079a10c8004fb591756f',
    headerList: 'host;range',
    parameterList: 'response-content-disposition;response-content-type',
    signature: '67a79320b711ebcbb81f6323c20c5dcc3b6bc3ae',
  },
  {
    name: '3: a list, Unicode prefix, an empty parameter',
    method: 'GET',
    path: '/',
    rawTarget: '/?prefix=photos/2026%20%E5%A4%8F%2F&delimiter=%2F&max-keys=50&marker=&encoding-type=url',
    parameters: [
      ['prefix', 'photos/2026 夏/'],
      ['delimiter', '/'],
      ['max-keys', '50'],
      ['marker', ''],
      ['encoding-type', 'url'],
    ],
    headers: { Host: cosHost },
    time: quarter,
    sha1: '0663b3154220d36ad5dd2f1374bf39aba90a2d98',
    headerList: 'host',
    parameterList: 'delimiter;encoding-type;marker;max-keys;prefix',
    signature: 'b832997a8ad4164d749214326ffbf205f6994f13',
  },
  {
    name: '4: a job on a CI host, with its token header',
    method: 'POST',
    path: '/jobs',
    rawTarget: '/jobs',
    headers: {
      Host: ciHost,
      'Content-Type': 'application/xml',
      'Content-Length': '166',
      'x-ci-security-token': 'TOKEN+/=1',
    },
    time: quarter,
    sha1: '0dfca8a74d2e83a82b31cbaed69f21dd5e8b69a6',
    headerList: 'content-length;content-type;host;x-ci-security-token',
    signature: '5caa89a9c174bd0371d7540b1cccb9399f6afcd3',
  },
  {
    name: '5: GET with a picture rule',
    method: 'GET',
    path: '/photos/cat.png',
    rawTarget: `/photos/cat.png?${percentEncode(rule)}`,
    parameters: [[rule, '']],
    headers: { Host: cosHost },
    time: hour,
    sha1: '8684546dce92039c1be4c1a608250230c40b6e8a',
    headerList: 'host',
    parameterList: 'imagemogr2%2fthumbnail%2f%2150p%7cimagemogr2%2fformat%2fwebp',
    signature: '6c91dee96caf156d6c0cf0d561fc7725ce444cb7',
  },
  {
    name: '6: PUT with Pic-Operations, port, retry mark, token',
    method: 'PUT',
    path: '/in/deer.jpg',
    rawTarget: '/in/deer.jpg',
    headers: {
      Host: 'demo-1250000000.cos.ap-shanghai.localhost:9000',
      'Pic-Operations': '{"is_pic_info":1,"rules":[{"fileid":"out/deer.webp","rule":"imageMogr2/format/webp"}]}',
      'Content-Length': '2048',
      'x-cos-sdk-retry': 'true',
      'x-cos-security-token': 'sts-Token/1==',
    },
    time: quarter,
    sha1: '053fbcf6a2a28ab13307a4824de4fa8fa698b5d2',
    headerList: 'content-length;host;pic-operations;x-cos-sdk-retry;x-cos-security-token',
    signature: '727fca621ef26b5dba57179892bd2430b2357dcc',
  },
]

const authorizationOf = ({ time, headerList, parameterList, signature }: Vector) => {
  const span = `${time.startSeconds};${time.endSeconds}`
  return (
    `q-sign-algorithm=sha1&q-ak=${key.secretId}&q-sign-time=${span}&q-key-time=${span}` +
    `&q-header-list=${headerList}&q-url-param-list=${parameterList ?? ''}&q-signature=${signature}`
  )
}
/** As Node hands headers over: lower-case names, each byte a Latin-1 character. */
const asReceived = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Buffer.from(value).toString('latin1')]),
  )
const received = (
  vector: Vector,
  changes: Partial<RequestToVerify> = {},
  headers: RawHeaders = {},
): RequestToVerify => ({
  method: vector.method,
  rawTarget: vector.rawTarget,
  findSecret: (secretId) => (secretId === key.secretId ? key.secretKey : null),
  nowMs: (vector.time.startSeconds + 60) * 1000,
  ...changes,
  headers: {
    ...asReceived({ ...vector.headers, ...vector.unsigned }),
    authorization: authorizationOf(vector),
    ...headers,
  },
})
const [put, overrides, list, job, picture, withPort] = vectors as [Vector, Vector, Vector, Vector, Vector, Vector]
const signed = { kind: 'signed', secretId: key.secretId }
const codeOf = (request: RequestToVerify): string => {
  try {
    return verifyRequest(request).kind
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    return (error as Failure).code
  }
}

describe('the vectors', () => {
  test.each(vectors)('$name', (vector) => {
    const span = `${vector.time.startSeconds};${vector.time.endSeconds}`
    const format = formatString({
      method: vector.method,
      path: vector.path,
      parameters: canonicalPairs(vector.parameters ?? []),
      headers: canonicalPairs(Object.entries(vector.headers)),
    })
    expect(stringToSign(span, format)).toBe(`sha1\n${span}\n${vector.sha1}\n`)
    const expected = authorizationOf(vector)
    const given = { method: vector.method, path: vector.path, parameters: vector.parameters ?? [] }
    expect(signRequest({ ...given, headers: { ...vector.headers, ...vector.unsigned } }, key, vector.time)).toBe(
      expected,
    )
    expect(verifyRequest(received(vector))).toEqual(signed)
    expect(
      COS.getAuthorization({
        SecretId: key.secretId,
        SecretKey: key.secretKey,
        Method: vector.method as 'GET',
        Key: vector.path.slice(1),
        Query: Object.fromEntries(vector.parameters ?? []),
        Headers: { ...vector.headers, ...vector.unsigned },
        KeyTime: span,
      } as Parameters<typeof COS.getAuthorization>[0]),
    ).toBe(expected)
  })

  test('the derived keys', () => {
    expect(signKey(key.secretKey, '1767225600;1767229200')).toBe('9adc6ce5fc40857a23d2acf7247e90e75738efe0')
    expect(signKey(key.secretKey, '1767225600;1767226500')).toBe('8a192638eb30aa45a783c478db0bb4e6d3b38585')
  })

  const url = (list: string, ruleText: string, semicolon = '%3B') =>
    `/photos/cat.png?q-sign-algorithm=sha1&q-ak=${key.secretId}&q-sign-time=1767225600${semicolon}1767229200` +
    `&q-key-time=1767225600${semicolon}1767229200&q-header-list=host&q-url-param-list=${list}` +
    `&q-signature=${picture.signature}&${ruleText}`
  const once = 'imagemogr2%2fthumbnail%2f%2150p%7cimagemogr2%2fformat%2fwebp'
  const twice = once.replaceAll('%', '%25')
  test.each([
    ['list still encoded after decoding', url(twice, percentEncode(rule))],
    ['list encoded once, raw semicolons', url(once, percentEncode(rule), ';')],
    ['rule as it is', url(twice, rule)],
    ['rule with a trailing equals sign', url(once, `${rule}=`)],
    ['merged', `/photos/cat.png?sign=${encodeURIComponent(authorizationOf(picture))}&${rule}`],
    ['merged, in absolute form', `http://h/photos/cat.png?${rule}&sign=${percentEncode(authorizationOf(picture))}`],
  ])('the picture URL, %s', (_, rawTarget) => {
    expect(verifyRequest(received(picture, { rawTarget }, { authorization: undefined }))).toEqual(signed)
    const other = rawTarget.replace(/cat\.png/, 'dog.png')
    expect(codeOf(received(picture, { rawTarget: other }, { authorization: undefined }))).toBe('SignatureMismatch')
  })
})

describe('what does not verify', () => {
  const changedSignature = authorizationOf(put).replace(/4$/, '5')
  const tooMuch = `${overrides.rawTarget}&response-content-type=text/html`
  const endMs = put.time.endSeconds * 1000
  const skewMs = (put.time.startSeconds - 900) * 1000
  const timed = (span: string) => authorizationOf(put).replace(/time=\d+;\d+/g, `time=${span}`)
  const otherKey = authorizationOf(put).replace('AKIDself', 'AKIDelse')

  test.each<[string, string, RequestToVerify]>([
    ['a changed digit', 'SignatureMismatch', received(put, {}, { authorization: changedSignature })],
    ['another method', 'SignatureMismatch', received(put, { method: 'POST' })],
    ['another host', 'SignatureMismatch', received(overrides, {}, { host: `other-1250000000${cosHost.slice(15)}` })],
    ['a changed listed header', 'SignatureMismatch', received(put, {}, { 'content-type': 'text/html' })],
    ['a listed header that is missing', 'SignatureMismatch', received(put, {}, { 'content-md5': undefined })],
    ['a changed listed parameter', 'SignatureMismatch', received(list, { rawTarget: '/?prefix=x' })],
    ['a second value of a listed parameter', 'SignatureMismatch', received(overrides, { rawTarget: tooMuch })],
    ['another path', 'SignatureMismatch', received(put, { rawTarget: '/other' })],
    ['a path that would fold to the same', 'SignatureMismatch', received(job, { rawTarget: '/./jobs' })],
    ['a stripped path nobody allowed', 'SignatureMismatch', received(job, { rawTarget: '/demo-1250000000/jobs' })],
    ['after the end', 'RequestExpired', received(put, { nowMs: endMs + 1 })],
    ['long before the start', 'RequestTimeTooSkewed', received(put, { nowMs: skewMs - 1 })],
    ['a key nobody has', 'UnknownKey', received(put, {}, { authorization: otherKey })],
    ['a time that is over already', 'RequestExpired', received(put, {}, { authorization: timed('1;2') })],
    ['a time that ends before it starts', 'InvalidAuthorization', received(put, {}, { authorization: timed('2;1') })],
    ['a time that is none', 'InvalidAuthorization', received(put, {}, { authorization: timed('now;then') })],
    [
      'a time beyond numbers',
      'InvalidAuthorization',
      received(put, {}, { authorization: timed(`1;${'9'.repeat(99)}`) }),
    ],
    ['a malformed path', 'InvalidUri', received(put, { rawTarget: '/%zz' })],
  ])('%s: %s', (_, code, request) => expect(codeOf(request)).toBe(code))

  test.each([
    ['AWS4-HMAC-SHA256 Credential=x', 'Authorization'],
    ['Basic QWxhZGRpbjpvcGVu', 'Authorization'],
    ['Bearer', 'Authorization'],
    ['q-sign-algorithm=md5&q-ak=x', 'q-sign-algorithm'],
    ['q-sign-algorithm=sha1', 'q-ak'],
    ['q-sign-algorithm=sha1&q-ak=', 'q-ak'],
    [authorizationOf(put).replace(/&q-key-time=[^&]*/, ''), 'q-key-time'],
    [authorizationOf(put).replace(/&q-header-list=[^&]*/, ''), 'q-header-list'],
    [authorizationOf(put).slice(0, -1), 'q-signature'],
    [`${authorizationOf(put)}&q-ak=other`, 'q-ak'],
  ])('an authorization that cannot be read: %.40s', (authorization, field) => {
    const complaint = expect.objectContaining({ code: 'InvalidAuthorization', details: { field } })
    expect(() => verifyRequest(received(put, {}, { authorization }))).toThrow(complaint)
  })

  test('a mismatch says what should have been signed, a clock problem what time it is', () => {
    expect(() => verifyRequest(received(job, { method: 'PUT' }))).toThrow(
      expect.objectContaining({
        message: 'The Signature you specified is invalid.',
        details: {
          formatString: expect.stringMatching(/^put\n\/jobs\n\ncontent-length=166&/),
          stringToSign: expect.stringMatching(/^sha1\n1767225600;1767226500\n[0-9a-f]{40}\n$/),
        },
      }),
    )
    const late = { code: 'RequestExpired', message: 'Request has expired', details: { serverTimeMs: endMs + 5 } }
    expect(() => verifyRequest(received(put, { nowMs: endMs + 5 }))).toThrow(expect.objectContaining(late))
  })
})

describe('read strictly', () => {
  const strictly = (...of: Parameters<typeof received>): RequestToVerify => ({ ...received(...of), isStrict: true })
  const signing = (headers: Record<string, string>, parameters: Pair[] = []) =>
    signRequest({ method: 'GET', path: '/k', parameters, headers }, key, quarter)
  const asked = (rawTarget: string, headers: RawHeaders) => strictly(list, { rawTarget }, { host: cosHost, ...headers })
  const signedHost = signing({ host: cosHost })

  test.each<[string, string, RequestToVerify]>([
    ['no host', 'host', asked('/k', { authorization: signing({}) })],
    ['a header', 'x-cos-acl', asked('/k', { authorization: signedHost, 'x-cos-acl': 'public-read' })],
    ['a token', 'x-cos-security-token', asked('/k', { authorization: signedHost, 'x-cos-security-token': 't' })],
    ['a parameter', 'cancel', asked('/k?cancel', { authorization: signedHost })],
    ['a rule', 'imageMogr2%2Fstrip', asked('/k?imageMogr2%2Fstrip', { authorization: signedHost })],
    [
      'a name that was signed for another reading of its plus',
      'a+b',
      asked('/k?a+b=1', { authorization: signing({ host: cosHost }, [['a b', '1']]) }),
    ],
    [
      'a parameter beside a signature in the query',
      'x',
      strictly(overrides, { rawTarget: `/k?x=1&${signing({ host: cosHost })}` }, { authorization: undefined }),
    ],
  ])('%s left out is refused by name', (_, name, request) => {
    expect(codeOf({ ...request, isStrict: false })).toBe('signed')
    const complaint = { code: 'AccessDenied', message: expect.stringContaining(`"${name}" is not signed`) }
    expect(() => verifyRequest(request)).toThrow(expect.objectContaining(complaint))
  })

  test.each<[string, RequestToVerify]>([
    ['everything in a header', strictly(overrides)],
    ['other headers', asked('/k', { authorization: signedHost, cookie: 'a=b', 'content-type': 'a/b' })],
    [
      'names of another case, and a header of the product',
      asked('/k?Prefix=%2B', {
        authorization: signing({ host: cosHost, 'X-Cos-Acl': 'private' }, [['prefix', '+']]),
        'x-cos-acl': 'private',
      }),
    ],
    ['a signature in the query', asked(`/k?${signedHost}`, { authorization: undefined })],
    ['a signature in one parameter', asked(`/k?sign=${encodeURIComponent(signedHost)}`, { authorization: undefined })],
  ])('%s: as before', (_, request) => expect(codeOf(request)).toBe('signed'))

  test('a wrong signature is wrong first, and nobody in particular stays so', () => {
    const wrong = { authorization: signedHost.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) }
    expect(codeOf(asked('/k?x', wrong))).toBe('SignatureMismatch')
    expect(codeOf(asked('/k?x', { authorization: undefined }))).toBe('anonymous')
  })
})

describe('what verifies all the same', () => {
  const merged = `/docs/report.pdf?sign=nonsense&${overrides.rawTarget.split('?')[1]}`
  const shuffled = authorizationOf(put).split('&').reverse().join('&')
  test.each<[string, RequestToVerify]>([
    ['headers that are not listed', received(put, {}, { 'x-cos-anything': '1', cookie: 'a=b' })],
    ['parameters that are not listed', received(job, { rawTarget: '/jobs?cancel&x=%2F' })],
    ['slashes encoded in the path', received(put, { rawTarget: put.rawTarget.replaceAll(/(?!^)\//g, '%2F') })],
    ['a host signed without its port', received({ ...put, headers: { ...put.headers, Host: `${cosHost}:9000` } })],
    ['the first and the last second', received(put, { nowMs: put.time.endSeconds * 1000 })],
    ['a start a quarter of an hour ahead', received(put, { nowMs: (put.time.startSeconds - 900) * 1000 })],
    ['fields in another order', received(put, {}, { authorization: shuffled })],
    ['a header beside a broken query signature', received(overrides, { rawTarget: merged })],
    ['absolute form', received(job, { rawTarget: `http://${ciHost}/jobs` })],
    ['a bucket in the path that was not signed', received(job, { rawTarget: '/b-1/jobs', pathPrefixToStrip: '/b-1' })],
    ['a bucket in the path that may be there', received(job, { rawTarget: '/jobs', pathPrefixToStrip: '/b-1' })],
  ])('%s', (_, request) => expect(codeOf(request)).toBe('signed'))

  test('a port that was signed when the header has it, and not when it has not', () => {
    expect(codeOf(received(withPort))).toBe('signed')
    const signedWithoutPort = signRequest(
      {
        method: 'PUT',
        path: withPort.path,
        headers: { ...withPort.headers, Host: withPort.headers.Host!.slice(0, -5) },
      },
      key,
      quarter,
    )
    expect(codeOf(received(withPort, {}, { authorization: signedWithoutPort }))).toBe('signed')
    const otherPort = { host: withPort.headers.Host!.replace('9000', '9001') }
    expect(codeOf(received(withPort, {}, otherPort))).toBe('SignatureMismatch')
    expect(codeOf(received(withPort, {}, { ...otherPort, authorization: signedWithoutPort }))).toBe('signed')
  })

  test('metadata beyond ASCII, signed as UTF-8 or as Latin-1', () => {
    const request = (meta: string) => ({ ...put, headers: { ...put.headers, 'x-cos-meta-author': meta } })
    const sign = (meta: string) =>
      signRequest({ method: 'PUT', path: put.path, headers: request(meta).headers }, key, hour)
    expect(codeOf(received(request('李雷'), {}, { authorization: sign('李雷') }))).toBe('signed')
    const latin1 = { authorization: sign('é'), 'x-cos-meta-author': 'é' }
    expect(codeOf(received(put, {}, latin1))).toBe('signed')
    expect(codeOf(received(put, {}, { ...latin1, 'x-cos-meta-author': 'è' }))).toBe('SignatureMismatch')
  })

  const signList = (parameters: Pair[]) =>
    signRequest({ method: 'GET', path: '/', parameters, headers: { host: cosHost } }, key, quarter)
  test.each<[string, string, Pair[]]>([
    ['a plus that is a blank', '/?prefix=a+b', [['prefix', 'a b']]],
    ['a plus that is a plus', '/?prefix=a+b', [['prefix', 'a+b']]],
    ['a plus in a name', '/?a+b=1', [['a+b', '1']]],
    ['a name in another case', '/?Prefix=a', [['prefix', 'a']]],
    [
      'a name that repeats, its values sorted',
      '/?x=2&x=1',
      [
        ['x', '1'],
        ['x', '2'],
      ],
    ],
    ['a value-less parameter', '/?acl', [['acl', '']]],
  ])('%s', (_, rawTarget, parameters) => {
    expect(codeOf(received(list, { rawTarget }, { authorization: signList(parameters) }))).toBe('signed')
  })

  test('odd names sorted raw, as the Node SDK does', () => {
    const parameters = { 'a-b': '1', 'a/b': '2', 'a!b': '3' }
    const span = `${quarter.startSeconds};${quarter.endSeconds}`
    const options = { SecretId: key.secretId, SecretKey: key.secretKey, Method: 'GET', Key: '', KeyTime: span }
    const authorization = COS.getAuthorization({
      ...options,
      Query: parameters,
      Headers: { Host: cosHost },
    } as Parameters<typeof COS.getAuthorization>[0])
    expect(authorization).not.toBe(signList(Object.entries(parameters)))
    const rawTarget = '/?a-b=1&a/b=2&a!b=3'
    expect(codeOf(received(list, { rawTarget }, { authorization }))).toBe('signed')
  })

  test('a time to sign with that is not the time of the key', () => {
    const [signTime, keyTime] = ['1767225600;1767226500', '1767225000;1767229200']
    const headers: Pair[] = [['host', cosHost]]
    const format = formatString({ method: 'get', path: '/', parameters: '', headers: canonicalPairs(headers) })
    const withTime = (time: string) =>
      `q-sign-algorithm=sha1&q-ak=${key.secretId}&q-sign-time=${signTime}&q-key-time=${keyTime}&q-header-list=` +
      `${nameList(headers)}&q-url-param-list=&q-signature=${signature(signKey(key.secretKey, keyTime), stringToSign(time, format))}`
    for (const time of [signTime, keyTime]) {
      expect(codeOf(received(list, { rawTarget: '/' }, { authorization: withTime(time) }))).toBe('signed')
    }
    const later = { rawTarget: '/', nowMs: 1767226501_000 }
    expect(codeOf(received(list, later, { authorization: withTime(signTime) }))).toBe('RequestExpired')
  })

  test('what the Node SDK signs for whatever key and parameters', () => {
    const names = fc.string({ unit: 'binary', minLength: 1 }).filter((name) => !/^(?:q-|sign$)/.test(name))
    const parameters = fc.uniqueArray(fc.tuple(names, fc.string({ unit: 'binary' })), {
      selector: ([name]) => name.toLowerCase(),
      maxLength: 5,
    })
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), parameters, (path, query) => {
        const request = { method: 'GET', path: `/${path}`, parameters: query, headers: { host: cosHost } }
        const rawQuery = query.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&')
        const rawTarget = `/${percentEncodeKey(path)}?${rawQuery}`
        const authorization = signRequest(request, key, quarter)
        expect(codeOf(received(list, { rawTarget }, { authorization }))).toBe('signed')
      }),
    )
  })
})

describe('presigned URLs', () => {
  test('verify, with rules and parameters, at a port', () => {
    const url = presignUrl(
      {
        method: 'GET',
        origin: 'http://demo-1250000000.localhost:9000',
        path: '/a b/夏.png',
        parameters: [
          [rule, ''],
          ['x', '1 +'],
        ],
      },
      key,
      hour,
    )
    const rawTarget = url.slice('http://demo-1250000000.localhost:9000'.length)
    const request = received(
      picture,
      { rawTarget },
      { host: 'demo-1250000000.localhost:9000', authorization: undefined },
    )
    expect(verifyRequest(request)).toEqual(signed)
    expect(codeOf({ ...request, rawTarget: rawTarget.replace('x=1', 'x=2') })).toBe('SignatureMismatch')
  })

  test('a default port is not part of the host', () => {
    const url = presignUrl({ method: 'GET', origin: 'https://demo-1.example:443', path: '/k' }, key, hour)
    expect(url).toMatch(/^https:\/\/demo-1\.example\/k\?q-sign-algorithm=sha1&/)
    const request = received(picture, { rawTarget: url }, { host: 'demo-1.example', authorization: undefined })
    expect(verifyRequest(request)).toEqual(signed)
  })
})

describe('nobody in particular', () => {
  test.each<[string, string, RawHeaders]>([
    ['nothing', '/k', {}],
    ['an empty header', '/k', { authorization: ' ' }],
    ['an empty sign', '/k?sign=', {}],
    ['other parameters', '/k?prefix=q-ak', {}],
  ])('%s', (_, rawTarget, headers) => {
    expect(verifyRequest(received(put, { rawTarget }, { authorization: undefined, ...headers }))).toEqual({
      kind: 'anonymous',
    })
  })
})

describe('hostile requests', () => {
  const named = (count: number) => Array.from({ length: count }, (_, n) => `h${n}`)
  const withLists = (headerList: string, parameterList: string) =>
    authorizationOf(put)
      .replace(/q-header-list=[^&]*/, `q-header-list=${headerList}`)
      .replace(/q-url-param-list=[^&]*/, `q-url-param-list=${parameterList}`)

  test('huge lists cost no more than they are long', () => {
    const requests = new Map(
      [500, 20_000].map((count) => {
        const names = named(count)
        const authorization = withLists(names.join(';'), names.join(';'))
        const rawTarget = `/%E5%A4%8F?${names.map((name) => `${name}=a+b`).join('&')}`
        const headers = { authorization, host: 'h:1', h1: '\u00c3\u00a9' }
        return [count, received(put, { rawTarget, pathPrefixToStrip: '/x' }, headers)]
      }),
    )
    const verify = (count: number) => expect(codeOf(requests.get(count)!)).toBe('SignatureMismatch')
    // Forty times the names: what looks for each among all of them takes 1600 times as long.
    expect(growth(verify, 500, 40)).toBeLessThan(400)
  })

  test.each<[string, RawHeaders]>([
    ['names of the prototype', { authorization: withLists('__proto__;constructor;tostring', '__proto__;constructor') }],
    ['malformed percent signs in the lists', { authorization: withLists('%;%zz;host', '%;%ff') }],
    ['separators only', { authorization: withLists(';;;', ';;;') }],
    ['64 KiB of ampersands', { authorization: `q-${'&'.repeat(65_536)}` }],
    ['64 KiB of a field', { authorization: `q-sign-algorithm=${'x'.repeat(65_536)}` }],
    ['64 KiB of another scheme', { authorization: 'x'.repeat(65_536) }],
    ['several values of a header', { authorization: [authorizationOf(put), 'other'], host: ['a', 'b'] }],
    ['bytes beyond ASCII', { authorization: withLists('h\u00ff', '\u00e5'), 'h\u00ff': '\u00ff' }],
  ])('%s', (_, headers) => {
    expect(codeOf(received(put, {}, headers))).toMatch(/^(?:SignatureMismatch|InvalidAuthorization)$/)
  })

  test('nothing but a Failure comes of any authorization', () => {
    const piece = fc.oneof(
      fc.constantFrom(...authorizationOf(put).split(/(?<=[&=;])/)),
      fc.constantFrom('&', '=', ';', '%', '%zz', 'q-ak=', 'q-sign-time=1;2&'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(piece), fc.string(), (pieces, query) => {
        codeOf(received(put, { rawTarget: `/k?${query}` }, { authorization: pieces.join('') }))
        codeOf(received(put, { rawTarget: `/k?${pieces.join('')}` }, { authorization: undefined }))
      }),
    )
  })
})
