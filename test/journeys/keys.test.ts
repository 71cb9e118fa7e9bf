import COS from 'cos-nodejs-sdk-v5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiRoutes } from '../../src/http/api/index.ts'
import type { KeyPair } from '../../src/http/authentication/index.ts'
import { operations } from '../../src/http/cos/operations.ts'
import { makeTemporaryKey } from '../../src/keys/index.ts'
import { api } from '../support/api.ts'
import {
  type Answer,
  bucket,
  type Call,
  freshKey,
  type House,
  jobXml,
  region,
  secretId,
  secretKey,
  startHouse,
  textAt,
} from '../support/house.ts'

const other = 'private-1250000000'
let house: House

beforeAll(async () => {
  house = await startHouse({ PIXMILL_BUCKETS: `${bucket}@${region},${other}@${region}` })
})
afterAll(() => house?.close())

const hostOf = (product: 'cos' | 'ci', name = bucket) => `${name}.${product}.${region}.pixmill.test`
const refusal = (answer: Answer) => [answer.status, textAt(answer.xml(), 'Code'), textAt(answer.xml(), 'Message')]
const codeOf = (answer: Answer) => refusal(answer).slice(0, 2)

interface Made extends KeyPair {
  id: string
}
async function makeKey(permissions: readonly string[], buckets: readonly string[] = [bucket]): Promise<Made> {
  const { status, json } = await api(house, 'POST', '/keys', { name: 'test', buckets, permissions })
  expect(status).toBe(201)
  return { id: json.id, secretId: json.id, secretKey: json.secretKey }
}
async function makeToken(permissions: readonly string[], buckets: readonly string[] = [bucket]): Promise<string> {
  const { json } = await api(house, 'POST', '/tokens', { name: 'test', buckets, permissions })
  return json.token
}
const withToken = (token: string, call: Call) =>
  house.send('localhost', { ...call, signed: false, headers: { ...call.headers, authorization: `Bearer ${token}` } })

describe('a key may what it was given', () => {
  test('to write is not to read, and neither is to submit or to administer', async () => {
    const key = await makeKey(['write'])
    const target = `/${freshKey()}`
    expect((await house.cos({ method: 'PUT', target, body: 'x', key })).status).toBe(200)
    expect(refusal(await house.cos({ target, key }))).toEqual([
      403,
      'AccessDenied',
      `Access Denied. The key ${key.id} lacks the permission "read" in the bucket ${bucket}.`,
    ])
    expect((await house.cos({ method: 'HEAD', target, key })).status).toBe(403)
    const submit = await house.ci({ method: 'POST', target: '/jobs', body: jobXml({ rule: 'imageMogr2/strip' }), key })
    expect(refusal(submit)[2]).toContain(`lacks the permission "submit" in the bucket ${bucket}`)
    const close = await house.ci({ method: 'DELETE', target: '/picbucket', key })
    expect(refusal(close)[2]).toContain('lacks the permission "administer"')
    expect((await house.cos({ method: 'DELETE', target, key })).status).toBe(204)
  })

  test('and only in its buckets, by name or by pattern', async () => {
    const named = await makeKey(['read'])
    const byPattern = await makeKey(['read'], ['priv*'])
    const list = (name: string, key: KeyPair) => house.send(hostOf('cos', name), { target: '/', key })
    expect((await list(bucket, named)).status).toBe(200)
    expect(codeOf(await list(other, named))).toEqual([403, 'AccessDenied'])
    expect((await list(other, byPattern)).status).toBe(200)
    expect(codeOf(await list(bucket, byPattern))).toEqual([403, 'AccessDenied'])
  })

  test('lists of buckets show those it has to do with', async () => {
    await house.ci({ method: 'POST', target: '/picbucket' })
    await house.send(hostOf('ci', other), { method: 'POST', target: '/picbucket' })
    const key = await makeKey(['read'], ['private-*'])
    const service = await house.send('service.cos.pixmill.test', { target: '/', key })
    expect(service.text).toContain(other)
    expect(service.text).not.toContain(bucket)
    const opened = async (query: string, who?: KeyPair) => {
      const call = { target: `/picbucket${query}`, ...(who === undefined ? {} : { key: who }) }
      const document = (await house.send(`ci.${region}.pixmill.test`, call)).xml()
      return document.children.filter(({ name }) => name === 'PicBucketList').map((one) => textAt(one, 'BucketId'))
    }
    expect((await opened('')).sort()).toEqual([bucket, other])
    expect(await opened('', key)).toEqual([other])
    expect(await opened(`?bucketNames=${bucket}`, key)).toEqual([])
    expect(codeOf(await house.send('service.cos.pixmill.test', { target: '/', signed: false }))).toEqual([
      403,
      'AccessDenied',
    ])
  })

  test('what it submits writes elsewhere only with the permission to write there', async () => {
    const key = await makeKey(['submit'])
    const submit = (outputBucket: string, who: KeyPair) =>
      house.ci({
        method: 'POST',
        target: '/jobs',
        body: jobXml({ rule: 'imageMogr2/strip', outputBucket }),
        key: who,
      })
    expect((await submit(bucket, key)).status).toBe(200)
    expect(refusal(await submit(other, key))).toEqual([
      403,
      'AccessDenied',
      `Access Denied. The key ${key.id} lacks the permission "write" in the bucket ${other}.`,
    ])
    const both = await makeKey(['submit', 'write'], [bucket, other])
    expect((await submit(other, both)).status).toBe(200)

    const administrator = await makeKey(['administer'])
    const workflow = (outputBucket: string) =>
      `<Request><MediaWorkflow><Name>w</Name><Topology><Dependencies><Start>P</Start><P>End</P></Dependencies><Nodes><Start><Type>Start</Type><Input><ObjectPrefix>w/</ObjectPrefix></Input></Start><P><Type>PicProcess</Type><Operation><PicProcess><ProcessRule>imageMogr2/strip</ProcessRule></PicProcess><Output><Region>${region}</Region><Bucket>${outputBucket}</Bucket><Object>o/\${RunId}.jpg</Object></Output></Operation></P></Nodes></Topology></MediaWorkflow></Request>`
    const create = (outputBucket: string) =>
      house.ci({ method: 'POST', target: '/workflow', body: workflow(outputBucket), key: administrator })
    const made = await create(bucket)
    expect(made.status, made.text).toBe(200)
    expect(codeOf(await create(other))).toEqual([403, 'AccessDenied'])
    const id = textAt(made.xml(), 'MediaWorkflow/WorkflowId')
    const replaced = await house.ci({
      method: 'PUT',
      target: `/workflow/${id}`,
      body: workflow(other),
      key: administrator,
    })
    expect(codeOf(replaced)).toEqual([403, 'AccessDenied'])

    const batch = await house.ci({
      method: 'POST',
      target: '/inventorytriggerjob',
      body: `<Request><Name>b</Name><Type>Job</Type><Input><Prefix>none/</Prefix></Input><Operation><Tag>PicProcess</Tag><JobParam><PicProcess><ProcessRule>imageMogr2/strip</ProcessRule></PicProcess></JobParam><Output><Region>${region}</Region><Bucket>${other}</Bucket><Object>o/\${InventoryTriggerJobId}/\${InputName}</Object></Output></Operation></Request>`,
      key,
    })
    expect(codeOf(batch), batch.text).toEqual([403, 'AccessDenied'])
  })
})

describe('no operation is left open', () => {
  test.each(operations.map((operation) => [operation.name, operation] as const))(
    '%s needs its permission',
    async (_name, { on, method, parameter, header, permission }) => {
      const key = await makeKey(['read', 'write', 'submit'], [other])
      const path = on === 'object' ? '/key.jpg' : '/'
      const call = {
        method,
        target: parameter === undefined ? path : `${path}?${parameter}`,
        ...(header === undefined ? {} : { headers: { [header]: 'x' } }),
        ...(method === 'GET' || method === 'HEAD' ? {} : { body: '' }),
      }
      if (on === 'service') {
        expect((await house.send('service.cos.pixmill.test', { ...call, signed: false })).status).toBe(403)
        return
      }
      expect((await house.cos({ ...call, key })).status).toBe(403)
      expect((await house.cos({ ...call, signed: false })).status).toBe(403)
      if (permission === 'administer') {
        expect((await house.send(hostOf('cos', other), { ...call, key })).status).toBe(403)
      }
    },
  )

  test.each([
    ['POST', '/jobs'],
    ['GET', '/jobs'],
    ['GET', '/jobs/c1'],
    ['PUT', '/jobs/c1?cancel'],
    ['POST', '/pic_jobs'],
    ['GET', '/picqueue'],
    ['PUT', '/picqueue/p1'],
    ['POST', '/queue/p1'],
    ['POST', '/picbucket'],
    ['GET', '/picbucket'],
    ['DELETE', '/picbucket'],
    ['POST', '/template'],
    ['GET', '/template'],
    ['PUT', '/template/t1'],
    ['DELETE', '/template/t1'],
    ['POST', '/workflow'],
    ['GET', '/workflow'],
    ['PUT', '/workflow/w1?active'],
    ['DELETE', '/workflow/w1'],
    ['POST', '/triggerworkflow?workflowId=w1&object=a'],
    ['GET', '/workflowexecution?workflowId=w1'],
    ['GET', '/workflowexecution/i1'],
    ['POST', '/inventorytriggerjob'],
    ['GET', '/inventorytriggerjob'],
    ['GET', '/inventorytriggerjob/b1'],
    ['PUT', '/inventorytriggerjob/b1?cancel'],
  ])('%s %s of the processing service needs a permission in its bucket', async (method, target) => {
    const key = await makeKey(['administer'], [other])
    const answer = await house.ci({ method, target, key, ...(method === 'GET' ? {} : { body: '' }) })
    expect(codeOf(answer)).toEqual([403, 'AccessDenied'])
    expect(codeOf(await house.ci({ method, target, signed: false }))).toEqual([401, 'MissingAuthorization'])
  })

  test.each(apiRoutes.filter(({ picksOut }) => picksOut !== true).map((route) => [route.name, route] as const))(
    'the call %s needs its permission',
    async (_name, { method, path, query }) => {
      const token = await makeToken(['administer'], [other])
      const parameters = query?.bucket === undefined ? '' : `?bucket=${bucket}`
      const target = `${path.replaceAll('{bucket}', bucket).replace(/\{\w+\}/g, 'x')}${parameters}`
      const answer = await withToken(token, { method, target })
      // What is wrong with a body or a parameter may be told before.
      expect([400, 403]).toContain(answer.status)
      expect((await house.send('localhost', { method, target, signed: false })).status).toBe(401)
    },
  )
})

describe('keys are made, switched and taken away while the server runs', () => {
  test('a change holds at once', async () => {
    const key = await makeKey(['read'])
    const list = () => house.cos({ target: '/', key })
    const jobs = () => house.ci({ target: '/jobs', key })
    expect((await list()).status).toBe(200)
    const switched = await api(house, 'PATCH', `/keys/${key.id}`, { disabled: true })
    expect(switched.json).toMatchObject({ id: key.id, disabled: true })
    expect(refusal(await list())).toEqual([403, 'InvalidAccessKeyId', `The key pair ${key.id} is switched off.`])
    expect(codeOf(await jobs())).toEqual([401, 'SecretidNotExist'])
    await api(house, 'PATCH', `/keys/${key.id}`, { disabled: false })
    expect((await list()).status).toBe(200)
    expect((await api(house, 'DELETE', `/keys/${key.id}`)).status).toBe(204)
    expect(codeOf(await list())).toEqual([403, 'InvalidAccessKeyId'])
    expect((await api(house, 'DELETE', `/keys/${key.id}`)).status).toBe(404)
  })

  test('lists tell no secrets, and when a key was used last', async () => {
    const key = await makeKey(['read'])
    const token = await makeToken(['read'])
    await house.cos({ target: '/', key })
    const keys = (await api(house, 'GET', '/keys')).json.keys as { id: string; name: string; lastUsed: string | null }[]
    expect(keys[0]).toMatchObject({ id: secretId, name: 'first', created: null, permissions: ['administer'] })
    expect(keys.find(({ id }) => id === key.id)).toMatchObject({ name: 'test', lastUsed: expect.any(String) })
    const tokens = (await api(house, 'GET', '/tokens')).json
    const told = JSON.stringify([keys, tokens])
    for (const secret of [key.secretKey, secretKey, token.slice(-43)]) expect(told).not.toContain(secret)
  })

  test('they outlive a restart, the notes of their uses too', async () => {
    const key = await makeKey(['read'])
    await house.cos({ target: '/', key })
    await house.restart()
    const keys = (await api(house, 'GET', '/keys')).json.keys as { id: string; lastUsed: string | null }[]
    expect(keys.find(({ id }) => id === key.id)!.lastUsed).not.toBeNull()
    expect((await house.cos({ target: '/', key })).status).toBe(200)
  })

  test('a pair that programs have already can be brought along', async () => {
    const pair = { secretId: 'AKIDbroughtAlong', secretKey: 'a-secret-of-somebody-else' }
    const body = { name: 'brought', buckets: [bucket], permissions: ['read'], ...pair }
    expect((await api(house, 'POST', '/keys', body)).json).toMatchObject({ id: pair.secretId })
    expect((await house.cos({ target: '/', key: pair })).status).toBe(200)
    expect((await api(house, 'POST', '/keys', body)).status).toBe(409)
    expect((await api(house, 'POST', '/keys', { ...body, secretId })).status).toBe(409)
  })

  test('one with an end is refused behind it', async () => {
    const body = { name: 'short', buckets: ['*'], permissions: ['read'] }
    const past = await api(house, 'POST', '/keys', { ...body, expires: '2020-01-01T00:00:00Z' })
    expect([past.status, past.json.field]).toEqual([400, 'expires'])
    const made = await api(house, 'POST', '/keys', { ...body, expires: '2999-01-01T00:00:00Z' })
    expect(made.json.expires).toBe('2999-01-01T00:00:00.000Z')
  })

  test('the first pair is not switched off or taken away here', async () => {
    expect((await api(house, 'PATCH', `/keys/${secretId}`, { disabled: true })).status).toBe(403)
    expect((await api(house, 'DELETE', `/keys/${secretId}`)).status).toBe(403)
  })

  test.each([
    [{ name: '' }, 'name'],
    [{ name: 'a\nb' }, 'name'],
    [{ buckets: [] }, 'buckets'],
    [{ buckets: ['Album'] }, 'buckets[0]'],
    [{ permissions: ['root'] }, 'permissions[0]'],
    [{ permissions: [] }, 'permissions'],
    [{ expires: 'tomorrow' }, 'expires'],
    [{ secretId: 'AKIDalone' }, 'secretKey'],
    [{ secretId: 'AKIDshort', secretKey: 'short' }, 'secretKey'],
    [{ admin: true }, 'admin'],
  ])('%j is refused', async (changes, field) => {
    const { status, json } = await api(house, 'POST', '/keys', {
      name: 'x',
      buckets: [bucket],
      permissions: ['read'],
      ...changes,
    })
    expect([status, json.field], json.message).toEqual([400, field])
  })
})

describe('tokens', () => {
  test('open the JSON door for what they were given, and no other', async () => {
    const token = await makeToken(['read'])
    const list = (name: string) => withToken(token, { target: `/-/api/jobs?bucket=${name}` })
    expect((await list(bucket)).status).toBe(200)
    const elsewhere = await list(other)
    expect([elsewhere.status, JSON.parse(elsewhere.text).message]).toEqual([
      403,
      expect.stringContaining(`lacks the permission "read" in the bucket ${other}`),
    ])
    expect((await withToken(token, { target: '/-/api/keys' })).status).toBe(403)
    const onObjects = await house.cos({ target: '/', signed: false, headers: { authorization: `Bearer ${token}` } })
    expect(codeOf(onObjects)).toEqual([400, 'InvalidArgument'])
  })

  test.each([
    'pixmill_0123456789abcdef_',
    'nothing-like-one',
    '__proto__',
    `pixmill_${'0'.repeat(16)}_${'A'.repeat(43)}`,
  ])('%s is none', async (token) => {
    const answer = await withToken(token, { target: `/-/api/jobs?bucket=${bucket}` })
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([401, 'InvalidAuthorization'])
    expect(answer.text).not.toContain(token)
  })

  test('one that is switched off is refused', async () => {
    const token = await makeToken(['read'])
    const id = token.split('_')[1]
    await api(house, 'PATCH', `/tokens/${id}`, { disabled: true })
    expect((await withToken(token, { target: `/-/api/jobs?bucket=${bucket}` })).status).toBe(401)
    expect((await api(house, 'PATCH', `/keys/${id}`, { disabled: false })).status).toBe(404)
    await api(house, 'DELETE', `/tokens/${id}`)
    expect((await withToken(token, { target: `/-/api/jobs?bucket=${bucket}` })).status).toBe(401)
  })
})

describe('temporary keys', () => {
  const temporary = async (body?: object) => {
    const { status, json } = await api(house, 'POST', '/temporary-keys', body)
    expect(status).toBe(201)
    return { key: { secretId: json.secretId, secretKey: json.secretKey }, token: json.securityToken as string, json }
  }

  test('sign with the token in either header or parameter', async () => {
    const { key, token, json } = await temporary({ buckets: [bucket], permissions: ['read'], seconds: 60 })
    expect(json).toMatchObject({ buckets: [bucket], permissions: ['read'], expires: expect.any(String) })
    for (const name of ['x-cos-security-token', 'x-ci-security-token']) {
      expect((await house.cos({ target: '/', key, headers: { [name]: token } })).status).toBe(200)
      expect((await house.ci({ target: '/jobs', key, headers: { [name]: token } })).status).toBe(200)
      expect((await house.cos({ target: `/?${name}=${token}`, key })).status).toBe(200)
    }
    const put = await house.cos({
      method: 'PUT',
      target: '/a',
      body: 'x',
      key,
      headers: { 'x-cos-security-token': token },
    })
    expect(refusal(put)).toEqual([403, 'AccessDenied', expect.stringContaining('lacks the permission "write"')])
  })

  test('without their token, or with that of another, they are unknown', async () => {
    const { key } = await temporary()
    const { token } = await temporary()
    expect(codeOf(await house.cos({ target: '/', key }))).toEqual([403, 'InvalidAccessKeyId'])
    expect(codeOf(await house.cos({ target: '/', key, headers: { 'x-cos-security-token': token } }))).toEqual([
      403,
      'InvalidAccessKeyId',
    ])
    expect(codeOf(await house.ci({ target: '/jobs', key }))).toEqual([401, 'SecretidNotExist'])
    // A token with a pair that is kept means nothing.
    expect((await house.cos({ target: '/', headers: { 'x-cos-security-token': token } })).status).toBe(200)
  })

  test('a token for another bucket opens none but its own', async () => {
    const { key, token } = await temporary({ buckets: [other], permissions: ['read'] })
    const headers = { 'x-cos-security-token': token }
    expect((await house.send(hostOf('cos', other), { target: '/', key, headers })).status).toBe(200)
    expect(codeOf(await house.cos({ target: '/', key, headers }))).toEqual([403, 'AccessDenied'])
  })

  test('behind their end they are refused with ExpiredToken', async () => {
    const parent = { id: secretId, secret: secretKey, grant: { buckets: ['*'], permissions: ['administer'] as const } }
    const { token, ...key } = makeTemporaryKey(parent, { buckets: ['*'], permissions: ['read'] }, Date.now() - 1)
    for (const send of [house.cos, house.ci]) {
      const answer = await send({ target: '/', key, headers: { 'x-cos-security-token': token } })
      expect(codeOf(answer)).toEqual([400, 'ExpiredToken'])
    }
  })

  test('end with the key that made them, and make no further ones', async () => {
    const parent = await makeKey(['read', 'write'])
    const body = JSON.stringify({ permissions: ['read'] })
    const ask = (call: Partial<Call>) =>
      house.send('localhost', { method: 'POST', target: '/-/api/temporary-keys', body, ...call })
    const made = JSON.parse((await ask({ key: parent })).text)
    const key = { secretId: made.secretId, secretKey: made.secretKey }
    const headers = { 'x-cos-security-token': made.securityToken }
    expect((await house.cos({ target: '/', key, headers })).status).toBe(200)
    expect((await ask({ key, headers })).status).toBe(403)
    expect((await ask({ key: parent, body: JSON.stringify({ permissions: ['submit'] }) })).status).toBe(403)
    expect((await ask({ key: parent, body: JSON.stringify({ buckets: ['*'] }) })).status).toBe(403)
    await api(house, 'PATCH', `/keys/${parent.id}`, { disabled: true })
    expect(codeOf(await house.cos({ target: '/', key, headers }))).toEqual([403, 'InvalidAccessKeyId'])
  })

  test('are what the official SDK signs with', async () => {
    const { key, token } = await temporary({ buckets: [bucket], permissions: ['read', 'write', 'submit'] })
    const cos = new COS({
      SecretId: key.secretId,
      SecretKey: key.secretKey,
      SecurityToken: token,
      Protocol: 'http:',
      Proxy: house.app.url,
      AutoSwitchHost: false,
    })
    const place = { Bucket: bucket, Region: region }
    const Key = freshKey('txt')
    await cos.putObject({ ...place, Key, Body: 'by a temporary key' })
    expect((await cos.getObject({ ...place, Key })).Body.toString()).toBe('by a temporary key')
    const url = cos.getObjectUrl({ ...place, Key, Sign: true }, () => undefined)
    const { host, pathname, search } = new URL(url)
    expect((await house.send(host, { target: pathname + search, signed: false })).text).toBe('by a temporary key')
    await expect(cos.putBucket(place)).rejects.toMatchObject({ code: 'AccessDenied' })
  })
})

describe('hostile signatures', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('the SecretId %s is unknown', async (id) => {
    const key = { secretId: id, secretKey: 'undefined' }
    expect(codeOf(await house.cos({ target: '/', key }))).toEqual([403, 'InvalidAccessKeyId'])
    expect(codeOf(await house.ci({ target: '/jobs', key }))).toEqual([401, 'SecretidNotExist'])
  })
})
