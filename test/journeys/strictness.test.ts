import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signRequest } from '../../src/http/authentication/index.ts'
import { api } from '../support/api.ts'
import {
  type Answer,
  bucket,
  type Call,
  freshKey,
  type House,
  region,
  secretId,
  secretKey,
  startHouse,
  textAt,
} from '../support/house.ts'

const cosHost = `${bucket}.cos.${region}.pixmill.test`
const ciHost = `${bucket}.ci.${region}.pixmill.test`
let house: House

beforeAll(async () => {
  house = await startHouse({
    PIXMILL_STRICT_SIGNATURES: 'true',
    PIXMILL_SIGNED_PATH_WITHOUT_BUCKET: 'false',
    PIXMILL_REFUSE_SECOND_OPENING: 'true',
  })
})
afterAll(() => house?.close())

const refusal = (answer: Answer) => [answer.status, textAt(answer.xml(), 'Code'), textAt(answer.xml(), 'Message')]

/** A request with a right signature of what is given here, whatever else is sent. */
function sent(host: string, call: Call, signed: { path: string; headers: Record<string, string> }): Promise<Answer> {
  const now = Math.floor(Date.now() / 1000)
  const authorization = signRequest(
    { method: call.method ?? 'GET', ...signed },
    { secretId, secretKey },
    { startSeconds: now - 1, endSeconds: now + 600 },
  )
  return house.send(host, { ...call, signed: false, headers: { ...call.headers, authorization } })
}

describe('signatures that leave something out', () => {
  test('the host', async () => {
    const answer = await sent(cosHost, { target: '/none' }, { path: '/none', headers: {} })
    expect(refusal(answer)).toEqual([403, 'AccessDenied', expect.stringContaining('The header "host" is not signed')])
  })

  test('a header of the product, until it is signed', async () => {
    const path = `/${freshKey()}`
    const acl = { 'x-cos-acl': 'public-read' }
    const put = { method: 'PUT', target: path, body: 'x', headers: acl }
    const without = await sent(cosHost, put, { path, headers: { host: cosHost } })
    expect(refusal(without)).toEqual([403, 'AccessDenied', expect.stringContaining('"x-cos-acl" is not signed')])
    expect((await house.cos({ target: path })).status).toBe(404)
    const along = await sent(cosHost, put, { path, headers: { host: cosHost, ...acl } })
    expect(along.status, along.text).toBe(200)
    // Nobody in particular signs nothing, and is let in where the owner says so.
    expect((await house.cos({ target: path, signed: false })).text).toBe('x')
  })

  test.each([
    ['the objects', cosHost, '/', '/?prefix=a', 'prefix'],
    ['the jobs', ciHost, '/jobs', '/jobs?size=1', 'size'],
  ])('a parameter, for %s', async (_door, host, path, target, name) => {
    const answer = await sent(host, { target }, { path, headers: { host } })
    expect(refusal(answer)).toEqual([403, 'AccessDenied', expect.stringContaining(`"${name}" is not signed`)])
    expect((await house.send(host, { target })).status).toBe(200)
  })

  test('the JSON door reads them as strictly, and takes those of the command line', async () => {
    const [host, path] = ['localhost', '/-/api/keys']
    const answer = await sent(host, { target: `${path}?limit=1` }, { path, headers: { host } })
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      403,
      expect.objectContaining({ error: 'AccessDenied', message: expect.stringContaining('"limit" is not signed') }),
    ])
    expect((await api(house, 'GET', '/keys')).status).toBe(200)
  })
})

test('a bucket in the path is a part of what is signed', async () => {
  const key = freshKey()
  await house.put(key, Buffer.from('here'))
  const [host, target] = ['127.0.0.1', `/${bucket}/${key}`]
  expect((await sent(host, { target }, { path: target, headers: { host } })).text).toBe('here')
  const stripped = await sent(host, { target }, { path: `/${key}`, headers: { host } })
  expect(refusal(stripped).slice(0, 2)).toEqual([403, 'SignatureDoesNotMatch'])
})

test('buckets are made with what everybody may do there, and when something is first stored, where that is wanted', async () => {
  const lenient = await startHouse({
    PIXMILL_BUCKETS:
      'free-1250000000@ap-test:public-read,drop-1250000000@ap-test:public-read-write,own-1250000000@ap-test',
    PIXMILL_CREATE_BUCKETS: 'true',
  })
  try {
    const at = (name: string) => `${name}-1250000000.cos.ap-test.pixmill.test`
    const status = async (name: string, method: string, signed: boolean) =>
      (await lenient.send(at(name), { method, target: '/a', signed, ...(method === 'PUT' ? { body: 'x' } : {}) }))
        .status
    expect([await status('free', 'PUT', true), await status('free', 'GET', false)]).toEqual([200, 200])
    expect([await status('free', 'PUT', false), await status('drop', 'PUT', false)]).toEqual([403, 200])
    expect([await status('own', 'PUT', true), await status('own', 'GET', false)]).toEqual([200, 403])

    expect([await status('new', 'GET', true), await status('new', 'PUT', false)]).toEqual([404, 404])
    expect(await Promise.all([1, 2, 3].map(() => status('new', 'PUT', true)))).toEqual([200, 200, 200])
    const head = await lenient.send(at('new'), { method: 'HEAD', target: '/' })
    expect([head.status, head.headers['x-cos-bucket-region']]).toEqual([200, 'ap-test'])
    const odd = await lenient.send('no_name.cos.ap-test.pixmill.test', { method: 'PUT', target: '/a', body: 'x' })
    expect([odd.status, /<Code>(\w+)</.exec(odd.text)?.[1]]).toEqual([400, 'InvalidBucketName'])
  } finally {
    await lenient.close()
  }
})

test('an image service is opened once, whoever tries at the same time, and again when it was closed', async () => {
  const open = () => house.ci({ method: 'POST', target: '/picbucket' })
  for (const _round of [1, 2]) {
    const answers = await Promise.all([open(), open(), open()])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403])
    expect(refusal(await open())).toEqual([
      403,
      'MediaBucketAlreadyBinded',
      expect.stringContaining(`the image service of ${bucket} is open already`),
    ])
    expect((await house.ci({ method: 'DELETE', target: '/picbucket' })).status).toBe(200)
  }
})
