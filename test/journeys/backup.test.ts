import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compiledProgram, crc64 } from '../../src/base/index.ts'
import { type House, jobXml, secretId, secretKey, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

let folder: string
let house: House
let data: string
const houses: House[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-backup-'))
  data = join(folder, 'data')
})
afterEach(async () => {
  for (const open of houses.splice(0)) await open.close()
  await rm(folder, { recursive: true, force: true })
})

async function open(environment: Record<string, string>): Promise<House> {
  const opened = await startHouse(environment)
  houses.push(opened)
  return opened
}

async function start(environment: Record<string, string> = {}): Promise<void> {
  house = await open({ PIXMILL_DATA_DIR: data, ...environment })
}

/** The real program as somebody at a shell would call it. */
async function pixmill(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [compiledProgram('cli/pixmill.js'), ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      PIXMILL_SECRET_ID: secretId,
      PIXMILL_SECRET_KEY: secretKey,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { status: child.exitCode, out, err }
}

const file = () => join(folder, 'backup.tar')
const backup = () => pixmill(['backup', file(), '--server', house.app.url, '--json'])

async function setQueue(at: House, state: 'Active' | 'Paused'): Promise<void> {
  const queue = textAt((await at.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
  const body = `<Request><State>${state}</State></Request>`
  expect((await at.ci({ method: 'PUT', target: `/picqueue/${queue}`, body })).status).toBe(200)
}

async function keysIn(at: House): Promise<string[]> {
  const keys: string[] = []
  for (let marker = ''; ; ) {
    const page = (await at.cos({ target: `/?marker=${encodeURIComponent(marker)}` })).xml()
    const found = page.children.filter(({ name }) => name === 'Contents').map((one) => textAt(one, 'Key'))
    keys.push(...found)
    if (textAt(page, 'IsTruncated') !== 'true') return keys
    marker = found.at(-1)!
  }
}

test('under load: what is restored has every object whole, its jobs end and their callbacks come', {
  timeout: 180_000,
}, async () => {
  await start({ PIXMILL_CALLBACK_TIMEOUT: '60000' })
  const pictures = await Promise.all([jpeg(300, 200), jpeg(301, 200), jpeg(302, 200)])
  const callback = `${house.receiver.url}/hook`
  for (let n = 0; n < 30; n += 1) await house.put(`in/${n}.jpg`, pictures[n % 3]!)
  await house.put('big.bin', Buffer.alloc(20 * 1024 * 1024, 'big '))
  await house.ci({ method: 'POST', target: '/picbucket' })
  // Before the backup: jobs that ended, whose callback is on its way for as long as this lasts; and jobs that wait.
  house.receiver.answerWith(Array(4).fill(() => undefined))
  const rule = 'imageMogr2/thumbnail/100x'
  const ended: string[] = []
  for (let n = 0; n < 4; n += 1) {
    ended.push(await house.submit(jobXml({ input: `in/${n}.jpg`, rule, output: `out/${n}.jpg`, callback })))
  }
  for (const id of ended) await house.ended(id)
  await house.receiver.nth(3)
  await setQueue(house, 'Paused')
  const waiting: string[] = []
  for (let n = 4; n < 8; n += 1) {
    waiting.push(await house.submit(jobXml({ input: `in/${n}.jpg`, rule, output: `out/${n}.jpg`, callback })))
  }

  let isOver = false
  const load = (async () => {
    for (let n = 0; !isOver; n += 1) {
      await Promise.all([
        house.put(`load/${n}.jpg`, pictures[n % 3]!),
        house.put(`in/${10 + (n % 10)}.jpg`, pictures[(n + 1) % 3]!),
        house.cos({ method: 'DELETE', target: `/load/${n - 5}.jpg` }),
        house.submit(jobXml({ input: 'in/9.jpg', rule, output: `more/${n % 20}.jpg` })),
      ])
    }
  })()
  const { status, out, err } = await backup()
  isOver = true
  await load
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(JSON.parse(out)).toMatchObject({ file: file(), missing: 0, damagedIds: [] })
  expect((await stat(file())).mode & 0o777).toBe(0o600)
  expect(await readdir(data)).not.toContain('backup')

  const restored = join(folder, 'restored')
  const restoring = await pixmill(['restore', file(), '--data-dir', restored])
  expect(restoring).toMatchObject({ status: 0, err: '' })
  expect(restoring.out).toContain(`pixmill serve --data-dir ${restored}`)
  const before = house.receiver.received.length
  const second = await open({ PIXMILL_DATA_DIR: restored })

  const keys = await keysIn(second)
  expect(keys).toEqual(expect.arrayContaining(['big.bin', 'in/0.jpg', 'in/29.jpg', 'out/0.jpg']))
  for (const key of keys) {
    const answer = await second.cos({ target: `/${key}` })
    expect([key, answer.status, answer.headers['content-length']]).toEqual([key, 200, String(answer.body.length)])
    expect([key, crc64(answer.body)]).toEqual([key, answer.headers['x-cos-hash-crc64ecma']])
  }
  for (const id of ended) {
    expect(textAt((await second.ci({ target: `/jobs/${id}` })).xml(), 'JobsDetail/State')).toBe('Success')
  }
  await setQueue(second, 'Active')
  for (const id of waiting) expect(textAt(await second.ended(id), 'State')).toBe('Success')
  // Both the callbacks that were due and those of the jobs that waited come, under the ids they had.
  for (let n = before; ; n += 1) {
    await house.receiver.nth(n)
    const told = new Set(house.receiver.received.slice(before).map(({ body }) => /<JobId>(\w+)</.exec(body)?.[1]))
    if ([...ended, ...waiting].every((id) => told.has(id))) break
  }
  const firstIds = new Set(house.receiver.received.slice(0, 4).map(({ headers }) => headers['webhook-id']))
  const idsOf = house.receiver.received
    .slice(before)
    .filter(({ body }) => ended.includes(/<JobId>(\w+)</.exec(body)?.[1] ?? ''))
    .map(({ headers }) => headers['webhook-id'])
  for (const id of idsOf) expect(firstIds).toContain(id)
})

describe('pixmill backup', () => {
  test('finds the generated key pair in the data folder, and keeps it in the backup', async () => {
    house = await open({ PIXMILL_DATA_DIR: data, PIXMILL_SECRET_ID: '', PIXMILL_SECRET_KEY: '' })
    const none = { PIXMILL_SECRET_ID: '', PIXMILL_SECRET_KEY: '' }
    const args = ['backup', file(), '--server', house.app.url]
    expect(await pixmill([...args, '--data-dir', folder], none)).toMatchObject({
      status: 1,
      err: expect.stringContaining(`There is no key pair: ${folder}/credentials.json is not there`),
    })
    expect(await pixmill([...args, '--data-dir', data], none)).toMatchObject({ status: 0, err: '' })
    const restored = join(folder, 'restored')
    expect(await pixmill(['restore', file(), '--data-dir', restored, '--json'])).toMatchObject({ status: 0 })
    expect(await readFile(join(restored, 'credentials.json'))).toEqual(await readFile(join(data, 'credentials.json')))
    expect((await stat(join(restored, 'credentials.json'))).mode & 0o777).toBe(0o600)
  })

  test('says where it looked when nobody answers, and leaves nothing', async () => {
    const { status, err } = await pixmill(['backup', file()], { PIXMILL_SERVER: 'http://127.0.0.1:1' })
    expect(status).toBe(1)
    expect(err).toContain('No server answers at http://127.0.0.1:1.')
    expect(err).toContain('  PIXMILL_SERVER  http://127.0.0.1:1: connect ECONNREFUSED')
    expect(await readdir(folder)).toEqual([])
  })

  test('a wrong key, and no key, are refused; so is a file that is there', async () => {
    await start()
    const args = ['backup', file(), '--server', house.app.url]
    expect(await pixmill(args, { PIXMILL_SECRET_KEY: 'wrong' })).toMatchObject({
      status: 1,
      err: expect.stringContaining(`does not accept the key pair of ${secretId} (from PIXMILL_SECRET_ID`),
    })
    const unsigned = await house.send('localhost', { method: 'POST', target: '/-/api/backup', signed: false })
    expect(unsigned.status).toBe(401)
    expect(JSON.parse(unsigned.text)).toMatchObject({ error: 'MissingAuthorization' })
    await writeFile(file(), 'mine')
    expect(await pixmill(args)).toMatchObject({ status: 1, err: expect.stringContaining('is there already') })
    expect(await readFile(file(), 'utf8')).toBe('mine')
  })

  test('a client that goes away in the middle leaves no copy behind, and the next backup is made', async () => {
    await start()
    await house.put('big.bin', Buffer.alloc(20 * 1024 * 1024, 'big '))
    const { request } = await import('node:http')
    const { signRequest } = await import('../../src/http/authentication/index.ts')
    const { host } = new URL(house.app.url)
    const now = Math.floor(Date.now() / 1000)
    const authorization = signRequest(
      { method: 'POST', path: '/-/api/backup', headers: { host } },
      { secretId, secretKey },
      { startSeconds: now - 1, endSeconds: now + 60 },
    )
    const sent = request(`${house.app.url}/-/api/backup`, { method: 'POST', headers: { host, authorization } })
    sent.end()
    const [response] = await once(sent, 'response')
    await once(response, 'data')
    const busy = await house.send(host, { method: 'POST', target: '/-/api/backup' })
    expect(busy.status).toBe(503)
    expect(JSON.parse(busy.text).message).toContain('one at a time')
    sent.destroy()
    let outcome = await backup()
    // Until the server has noticed that the first one is gone.
    while (outcome.status !== 0 && outcome.out.includes('one at a time')) outcome = await backup()
    expect(outcome).toMatchObject({ status: 0, err: '' })
    expect(await readdir(data)).not.toContain('backup')
  })

  test('a blob that was lost is told, and everything else is there', async () => {
    await start()
    await house.put('kept.txt', Buffer.from('kept'))
    await house.put('lost.txt', Buffer.from('lost'))
    await house.put('spoilt.txt', Buffer.from('spoilt'))
    for (const shard of await readdir(join(data, 'blobs'))) {
      for (const name of await readdir(join(data, 'blobs', shard))) {
        const blob = join(data, 'blobs', shard, name)
        const content = await readFile(blob, 'utf8')
        if (content === 'lost') await rm(blob)
        if (content === 'spoilt') {
          await rm(blob)
          await writeFile(blob, 'spilt')
        }
      }
    }
    const { status, out } = await backup()
    expect(status).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ blobs: 1, missing: 1, damagedIds: [expect.any(String)] })
    const restored = join(folder, 'restored')
    const restoring = await pixmill(['restore', file(), '--data-dir', restored])
    expect(restoring).toMatchObject({ status: 1, err: expect.stringContaining('not what their check sums say') })
    const second = await open({ PIXMILL_DATA_DIR: restored })
    expect((await second.cos({ target: '/kept.txt' })).text).toBe('kept')
    expect((await second.cos({ target: '/lost.txt' })).status).toBe(503)
    expect((await second.cos({ target: '/spoilt.txt' })).status).toBe(503)
  })
})

describe('pixmill restore', () => {
  beforeEach(async () => {
    await start()
    await house.put('a.txt', Buffer.from('abc'))
    expect((await backup()).status).toBe(0)
  })

  test('touches no folder that holds something', async () => {
    const full = join(folder, 'full')
    await mkdir(full)
    await writeFile(join(full, 'mine'), 'mine')
    const { status, err } = await pixmill(['restore', file(), '--data-dir', full])
    expect({ status, err }).toMatchObject({ status: 1, err: expect.stringContaining(`${full} is not empty`) })
    expect(await readdir(full)).toEqual(['mine'])
  })

  test('keeps nothing of a file that is cut off', async () => {
    await truncate(file(), (await stat(file())).size - 5_000)
    const restored = join(folder, 'restored')
    const { status, err } = await pixmill(['restore', file(), '--data-dir', restored])
    expect({ status, err }).toMatchObject({ status: 1, err: expect.stringContaining('cut off') })
    expect(await readdir(restored)).toEqual([])
  })

  test('a server does not start on half of a restore', async () => {
    const half = join(folder, 'half')
    await mkdir(half)
    await writeFile(join(half, 'restore.unfinished'), '')
    const { status, err } = await pixmill(['serve', '--data-dir', half, '--port', '0'])
    expect({ status, err }).toMatchObject({ status: 1, err: expect.stringContaining('holds half of a restore') })
  })
})
