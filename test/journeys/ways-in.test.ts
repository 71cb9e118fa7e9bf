import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import COS from 'cos-nodejs-sdk-v5'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { keepServerFile } from '../../src/app/server-file.ts'
import { startApp } from '../../src/app.ts'
import { silentLog } from '../../src/base/index.ts'
import { allSettings, readSettings } from '../../src/settings/index.ts'
import {
  bucket,
  freshKey,
  type House,
  jobXml,
  region,
  secretId,
  secretKey,
  send,
  startHouse,
  textAt,
} from '../support/house.ts'
import { runPixmill } from '../support/program.ts'

const rule = 'imageMogr2/strip'

describe('hosts of the operator', () => {
  let house: House
  beforeAll(async () => {
    house = await startHouse({
      PIXMILL_CI_PORT: '0',
      PIXMILL_DOMAINS: [
        `img.example.org=${bucket}`,
        `jobs.example.org=${bucket}/ci`,
        `both.example.org=${bucket}/both`,
        '*.buckets.example.org=*',
        `127.0.0.1=${bucket}/both`,
      ].join(),
    })
    await house.put('there.txt', Buffer.from('here'))
  })
  afterAll(() => house?.close())

  test.each([
    'img.example.org',
    'IMG.example.org:8080',
    `${bucket}.buckets.example.org`,
    'both.example.org',
    '127.0.0.1',
  ])('%s holds the objects of its bucket', async (host) => {
    expect((await house.send(host, { target: '/there.txt' })).text).toBe('here')
    expect((await house.send(host, { target: '/none' })).status).toBe(404)
  })

  test.each(['jobs.example.org', 'both.example.org', '127.0.0.1'])('%s takes the jobs of its bucket', async (host) => {
    const answer = await house.send(host, { method: 'POST', target: '/jobs', body: jobXml({ rule }) })
    expect(answer.status, answer.text).toBe(200)
    const id = textAt(answer.xml(), 'JobsDetail/JobId')
    expect(textAt((await house.send(host, { target: `/jobs/${id}` })).xml(), 'JobsDetail/JobId')).toBe(id)
  })

  test('below a name every path is a key; an address keeps what is ours', async () => {
    expect((await house.send('img.example.org', { target: '/-/healthz' })).status).toBe(404)
    expect((await house.send('img.example.org', { method: 'PUT', target: '/jobs', body: 'x' })).status).toBe(200)
    expect((await house.send('img.example.org', { target: '/jobs' })).text).toBe('x')
    expect((await house.send('127.0.0.1', { target: '/-/healthz', signed: false })).status).toBe(200)
    expect((await house.send('127.0.0.1', { target: '/-/api/keys' })).status).toBe(200)
  })

  test('the second port is always for the processing service, whatever the host', async () => {
    const url = house.app.ciUrl!
    for (const host of [`${bucket}.cos.${region}.pixmill.test`, 'img.example.org', '127.0.0.1']) {
      const answer = await send(url, host, { target: '/picqueue' })
      expect(answer.status, answer.text).toBe(200)
      expect((await send(url, host, { target: '/there.txt' })).status).toBe(404)
    }
    const nowhere = await send(url, 'unknown.example.org', { target: '/jobs' })
    expect([nowhere.status, textAt(nowhere.xml(), 'Code')]).toEqual([400, 'InvalidHost'])
  })

  test('the official SDK needs a proxy setting, or a domain, and nothing else', async () => {
    const credentials = { SecretId: secretId, SecretKey: secretKey, Protocol: 'http:' as const }
    const place = { Bucket: bucket, Region: region }
    const { host } = new URL(house.app.url)
    for (const way of [{ Proxy: house.app.url }, { Domain: host }]) {
      const cos = new COS({ ...credentials, ...way })
      const Key = freshKey('txt')
      await cos.putObject({ ...place, Key, Body: 'x' })
      expect((await cos.getObject({ ...place, Key })).Body.toString()).toBe('x')
    }
    const cos = new COS({ ...credentials, Proxy: house.app.url })
    const url = `http://${bucket}.ci.${region}.myqcloud.com/jobs`
    const answer = (await cos.request({
      ...place,
      Method: 'POST',
      Url: url,
      Key: 'jobs',
      ContentType: 'application/xml',
      Body: jobXml({ rule }),
    })) as unknown as { Response: { JobsDetail: { JobId: string } } }
    expect(answer.Response.JobsDetail.JobId).toMatch(/^c[0-9a-f]{32}$/)
  })
})

describe('over TLS', () => {
  const fixtures = new URL('../fixtures/tls/', import.meta.url)
  let folder: string
  let app: Awaited<ReturnType<typeof startApp>>
  const file = (name: string) => join(folder, name)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pixmill-tls-'))
    for (const name of ['server.cert.pem', 'server.key.pem', 'receiver.cert.pem']) {
      await copyFile(new URL(name, fixtures), file(name))
    }
    const environment = {
      PIXMILL_PORT: '0',
      PIXMILL_DATA_DIR: file('data'),
      PIXMILL_SECRET_ID: secretId,
      PIXMILL_SECRET_KEY: secretKey,
      PIXMILL_BUCKETS: `${bucket}@${region}`,
      PIXMILL_ENGINES: '1',
      PIXMILL_STOP_GRACE: '1000',
      PIXMILL_TLS_CERT: file('server.cert.pem'),
      PIXMILL_TLS_KEY: file('server.key.pem'),
    }
    app = await startApp(readSettings(allSettings, { environment }), silentLog)
  })
  afterAll(async () => {
    await app?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const health = (options: object) =>
    new Promise<number>((resolve, reject) => {
      httpsRequest(`${app.url}/-/healthz`, { agent: false, ...options }, (response) => {
        response.resume()
        resolve(response.statusCode!)
      })
        .on('error', reject)
        .end()
    })

  test('requests are answered, to those who trust the certificate', async () => {
    expect(app.url).toMatch(/^https:/)
    await expect(health({})).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(await health({ rejectUnauthorized: false })).toBe(200)
  })

  const list = async (environment: Record<string, string>, args: readonly string[] = []) => {
    const { status, stderr } = await runPixmill(['workflows', 'list', ...args], {
      PIXMILL_SECRET_ID: secretId,
      PIXMILL_SECRET_KEY: secretKey,
      ...environment,
    }).ended
    return { status, stderr }
  }

  test('a command trusts the certificate that the data folder names, and no other', async () => {
    const own = file('own')
    await mkdir(own)
    await keepServerFile(own, app.url, file('server.cert.pem'))
    expect(await list({ PIXMILL_DATA_DIR: own })).toEqual({ status: 0, stderr: '' })
    await keepServerFile(own, app.url, file('receiver.cert.pem'))
    const { status, stderr } = await list({ PIXMILL_DATA_DIR: own })
    expect(status).toBe(1)
    expect(stderr).toContain('it shows another certificate than the server of the data folder has')
  })

  test('or those of a file, with the name of the server', async () => {
    const byName = app.url.replace('127.0.0.1', 'localhost')
    const good = await list({ PIXMILL_SERVER: byName, PIXMILL_SERVER_CA: file('server.cert.pem') })
    expect(good).toEqual({ status: 0, stderr: '' })
    expect((await list({ PIXMILL_SERVER: app.url })).stderr).toContain('self-signed certificate')
    const wrongName = await list({ PIXMILL_SERVER: app.url, PIXMILL_SERVER_CA: file('server.cert.pem') })
    expect(wrongName.stderr).toMatch(/does not match|is not in the cert/)
    const none = await list({ PIXMILL_SERVER: byName }, ['--server-ca', file('server.key.pem')])
    expect(none.stderr).toContain('holds no certificates, expected PEM')
  })
})

test('a certificate without its key is refused at the start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-no-key-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const environment = { PIXMILL_TLS_CERT: '/nowhere/cert.pem' }
  const { status, stderr } = await runPixmill(['serve', '--port', '0', '--data-dir', folder], environment).ended
  expect(status).toBe(1)
  expect(stderr).toContain('PIXMILL_TLS_CERT is given without PIXMILL_TLS_KEY')
})
