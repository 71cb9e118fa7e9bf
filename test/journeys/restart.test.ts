import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compiledProgram } from '../../src/base/index.ts'
import {
  bucket,
  type Call,
  jobXml,
  region,
  secretId,
  secretKey,
  send,
  textAt,
  webhookSecret,
} from '../support/house.ts'
import { freshLedger, type LedgerForTests } from '../support/ledger.ts'
import { jpeg } from '../support/pictures.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

let folder: string
let receiver: Receiver
let ledger: LedgerForTests
const running: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-restart-'))
  receiver = await startReceiver()
  ledger = await freshLedger()
})
afterEach(async () => {
  for (const child of running.splice(0)) await kill(child, 'SIGKILL')
  await receiver.close()
  await ledger.drop()
  await rm(folder, { recursive: true, force: true })
})

/** The real program as a process of its own, in a group of its own, so that a kill takes its engines along. */
async function start(environment: Record<string, string> = {}): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [compiledProgram('cli/pixmill.js'), 'serve'], {
    env: {
      PATH: process.env.PATH ?? '',
      PIXMILL_PORT: '0',
      PIXMILL_DATA_DIR: join(folder, 'data'),
      PIXMILL_SECRET_ID: secretId,
      PIXMILL_SECRET_KEY: secretKey,
      PIXMILL_WEBHOOK_SECRET: webhookSecret,
      PIXMILL_BUCKETS: `${bucket}@${region}`,
      PIXMILL_LOG_LEVEL: 'error',
      PIXMILL_ENGINES: '1',
      ...ledger.environment,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  running.push(child)
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /^pixmill listening on (http:\S+)$/.exec(line)?.[1]
    if (url !== undefined) return { url, child }
  }
  throw new Error('the server ended without listening')
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, 'exit')
  if (signal === 'SIGKILL') process.kill(-child.pid!, signal)
  else child.kill(signal)
  await ended
  return child.exitCode
}

const ci = (url: string, call: Call) => send(url, `${bucket}.ci.${region}.pixmill.test`, call)
const cos = (url: string, call: Call) => send(url, `${bucket}.cos.${region}.pixmill.test`, call)

async function submit(url: string, fields: Parameters<typeof jobXml>[0]): Promise<string> {
  const answer = await ci(url, { method: 'POST', target: '/jobs', body: jobXml({ callback: receiver.url, ...fields }) })
  expect(answer.status).toBe(200)
  return textAt(answer.xml(), 'JobsDetail/JobId')
}

test('after kill -9 every acknowledged job ends and is told, with the same story', async () => {
  const first = await start()
  await cos(first.url, { method: 'PUT', target: '/in.jpg', body: await jpeg(1200, 900) })
  const ids: string[] = []
  for (let i = 0; i < 30; i += 1) {
    ids.push(await submit(first.url, { rule: 'imageMogr2/thumbnail/600x/format/webp', output: `out-${i}.webp` }))
  }
  // Some have ended, some run, some wait: the kill comes when the first callback is there.
  await receiver.nth(0)
  await kill(first.child, 'SIGKILL')

  const second = await start()
  const told = new Map<string, Set<string>>()
  for (let index = 0; told.size < ids.length; index += 1) {
    const { body, headers } = await receiver.nth(index)
    const id = /<JobId>(\w+)<\/JobId>/.exec(body)![1]!
    const stories = told.get(id) ?? new Set()
    told.set(id, stories.add(`${headers['webhook-id']} ${body}`))
  }
  expect([...told.keys()].sort()).toEqual([...ids].sort())
  for (const stories of told.values()) expect(stories.size).toBe(1)
  const answer = await ci(second.url, { target: `/jobs?size=100&states=Success` })
  const done = answer.xml().children.filter((one) => one.name === 'JobsDetail')
  expect(done).toHaveLength(ids.length)
  for (const job of done) {
    const { headers, body } = await cos(second.url, {
      target: `/${textAt(job, 'Operation/PicProcessResult/ObjectName')}`,
    })
    expect(String(body.length)).toBe(textAt(job, 'Operation/PicProcessResult/ProcessResult/Size'))
    expect(headers['content-length']).toBe(String(body.length))
  }
})

test('SIGTERM lets running jobs end, keeps the waiting ones, and the exit status is 0', async () => {
  const first = await start()
  await cos(first.url, { method: 'PUT', target: '/in.jpg', body: await jpeg(1200, 900) })
  const ids: string[] = []
  for (let i = 0; i < 12; i += 1) {
    ids.push(await submit(first.url, { rule: 'imageMogr2/thumbnail/1000x/format/webp', output: `out-${i}.webp` }))
  }
  expect(await kill(first.child, 'SIGTERM')).toBe(0)
  const second = await start()
  const told = new Set<string>()
  for (let index = 0; told.size < ids.length; index += 1) {
    told.add(/<JobId>(\w+)<\/JobId>/.exec((await receiver.nth(index)).body)![1]!)
  }
  expect(await kill(second.child, 'SIGTERM')).toBe(0)
})
