import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bucket, type Call, jobXml, region, send, textAt } from '../support/house.ts'
import { freshLedger, type LedgerForTests } from '../support/ledger.ts'
import { jpeg } from '../support/pictures.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { ServerGroup } from '../support/server-group.ts'

let folder: string
let receiver: Receiver
let ledger: LedgerForTests
let server: ServerGroup

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-restart-'))
  receiver = await startReceiver()
  ledger = await freshLedger()
  server = new ServerGroup({ dataDir: join(folder, 'data'), environment: ledger.environment })
})
afterEach(async () => {
  await server.kill()
  await receiver.close()
  await ledger.drop()
  await rm(folder, { recursive: true, force: true })
})

const ci = (url: string, call: Call) => send(url, `${bucket}.ci.${region}.pixmill.test`, call)
const cos = (url: string, call: Call) => send(url, `${bucket}.cos.${region}.pixmill.test`, call)

async function submit(url: string, fields: Parameters<typeof jobXml>[0]): Promise<string> {
  const answer = await ci(url, { method: 'POST', target: '/jobs', body: jobXml({ callback: receiver.url, ...fields }) })
  expect(answer.status).toBe(200)
  return textAt(answer.xml(), 'JobsDetail/JobId')
}

test('after kill -9 every acknowledged job ends and is told, with the same story', async () => {
  const first = await server.start()
  await cos(first, { method: 'PUT', target: '/in.jpg', body: await jpeg(1200, 900) })
  const ids: string[] = []
  for (let i = 0; i < 30; i += 1) {
    ids.push(await submit(first, { rule: 'imageMogr2/thumbnail/600x/format/webp', output: `out-${i}.webp` }))
  }
  // Some have ended, some run, some wait: the kill comes when the first callback is there.
  await receiver.nth(0)
  await server.kill()

  const second = await server.start()
  const told = new Map<string, Set<string>>()
  for (let index = 0; told.size < ids.length; index += 1) {
    const { body, headers } = await receiver.nth(index)
    const id = /<JobId>(\w+)<\/JobId>/.exec(body)![1]!
    const stories = told.get(id) ?? new Set()
    told.set(id, stories.add(`${headers['webhook-id']} ${body}`))
  }
  expect([...told.keys()].sort()).toEqual([...ids].sort())
  for (const stories of told.values()) expect(stories.size).toBe(1)
  const answer = await ci(second, { target: `/jobs?size=100&states=Success` })
  const done = answer.xml().children.filter((one) => one.name === 'JobsDetail')
  expect(done).toHaveLength(ids.length)
  for (const job of done) {
    const { headers, body } = await cos(second, {
      target: `/${textAt(job, 'Operation/PicProcessResult/ObjectName')}`,
    })
    expect(String(body.length)).toBe(textAt(job, 'Operation/PicProcessResult/ProcessResult/Size'))
    expect(headers['content-length']).toBe(String(body.length))
  }
})

test('SIGTERM lets running jobs end, keeps the waiting ones, and the exit status is 0', async () => {
  const first = await server.start()
  await cos(first, { method: 'PUT', target: '/in.jpg', body: await jpeg(1200, 900) })
  const ids: string[] = []
  for (let i = 0; i < 12; i += 1) {
    ids.push(await submit(first, { rule: 'imageMogr2/thumbnail/1000x/format/webp', output: `out-${i}.webp` }))
  }
  expect(await server.terminate()).toBe(0)
  await server.start()
  const told = new Set<string>()
  for (let index = 0; told.size < ids.length; index += 1) {
    told.add(/<JobId>(\w+)<\/JobId>/.exec((await receiver.nth(index)).body)![1]!)
  }
  expect(await server.terminate()).toBe(0)
})
