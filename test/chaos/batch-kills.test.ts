import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { XmlElement } from '../../src/wire/index.ts'
import { bucket, type Call, find, region, send, textAt } from '../support/house.ts'
import { freshLedger, journeysRunOn, type LedgerForTests } from '../support/ledger.ts'
import { jpeg } from '../support/pictures.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { ServerGroup } from '../support/server-group.ts'
import { batchJobXml, batchXml } from '../support/workflow-xml.ts'
import { Chance } from './chance.ts'
import { chaosSettings } from './settings.ts'

const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000)
const kills = journeysRunOn === 'sqlite' ? 6 : 3
const keys = Array.from({ length: 30 }, (_, index) => `raw/${String(index).padStart(2, '0')}.jpg`)

let folder: string
let ledger: LedgerForTests
let server: ServerGroup
let receiver: Receiver

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-batch-kills-'))
  // Or engines that run as somebody else could not enter.
  await chmod(folder, 0o711)
  ledger = await freshLedger()
  receiver = await startReceiver()
  server = new ServerGroup({
    dataDir: join(folder, 'data'),
    environment: {
      ...chaosSettings,
      ...ledger.environment,
    },
  })
  await server.start()
  const picture = await jpeg(60, 40)
  for (const key of keys) expect((await cos({ method: 'PUT', target: `/${key}`, body: picture })).status).toBe(200)
  // Every object a second time, in an order of its own.
  const list = [...keys].reverse().join('\n')
  expect((await cos({ method: 'PUT', target: '/list.txt', body: Buffer.from(list) })).status).toBe(200)
})
afterEach(async () => {
  await server.kill()
  await receiver.close()
  await ledger.drop()
  await rm(folder, { recursive: true, force: true })
})

const ci = async (call: Call) => send(server.url!, `${bucket}.ci.${region}.pixmill.test`, call)
const cos = async (call: Call) => send(server.url!, `${bucket}.cos.${region}.pixmill.test`, call)
const all = (root: XmlElement, name: string) => root.children.filter((child) => child.name === name)

/** What it makes lies below its own prefix, where it must not find it. `null` when nobody knows whether it was made. */
async function start(input: string): Promise<string | null> {
  const body = batchXml({
    type: 'Job',
    input,
    operation: batchJobXml({
      rule: 'imageMogr2/thumbnail/20x/format/png',
      output: 'raw/${InventoryTriggerJobId}/${InputName}.${Ext}',
      rest: `<CallBack>${receiver.url}</CallBack>`,
    }),
  })
  const answer = await ci({ method: 'POST', target: '/inventorytriggerjob', body }).catch(() => null)
  return answer?.status === 200 ? textAt(answer.xml(), 'JobsDetail/JobId') : null
}
const batchOf = async (id: string) => find((await ci({ target: `/inventorytriggerjob/${id}` })).xml(), 'JobsDetail')!
const isOver = (batch: XmlElement) => !['Submitted', 'Running'].includes(textAt(batch, 'State'))

/** Every different story that was told of a job. */
function storiesOf(jobId: string): Set<string> {
  const told = receiver.received.filter(({ body }) => body.includes(`<JobId>${jobId}</JobId>`))
  return new Set(told.map(({ body, headers }) => `${headers['webhook-id']} ${body}`))
}

/** Waits until every batch that was acknowledged is over, and looks whether everything is as promised. */
async function judge(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    let batch = await batchOf(id)
    while (!isOver(batch)) batch = await batchOf(id)
    expect(textAt(batch, 'State')).toBe('Success')
    const counts = find(batch, 'Counts')!.children.map(({ name, text }) => [name, Number(text)])
    const each = keys.length
    expect(Object.fromEntries(counts)).toEqual({ Total: each, Listed: each, Created: each, Ended: each, Failed: 0 })
    const jobs = all((await ci({ target: `/jobs?inventoryTriggerJobId=${id}&size=100` })).xml(), 'JobsDetail')
    expect(jobs.map((job) => textAt(job, 'Input/Object')).sort()).toEqual(keys)
    for (const job of jobs) {
      const jobId = textAt(job, 'JobId')
      while (storiesOf(jobId).size === 0) await receiver.nth(receiver.received.length)
      expect(storiesOf(jobId).size).toBe(1)
      const written = textAt(job, 'Operation/PicProcessResult/ObjectName')
      expect((await cos({ target: `/${written}` })).status).toBe(200)
    }
  }
  expect(server.complaints).toEqual([])
}

describe.skipIf(process.platform !== 'linux' /* reads /proc */)('batches', () => {
  test(
    `killed ${kills} times at random moments: each object has its job, once (seed ${seed})`,
    async () => {
      const chance = new Chance(seed)
      const ids = [await start('<Prefix>raw/</Prefix>'), await start('<UrlFile>list.txt</UrlFile>')]
      for (let kill = 1; kill <= kills; kill += 1) {
        const told = receiver.received.length
        await server.listening()
        if (told < 2 * keys.length) await receiver.nth(told + chance.between(0, 6))
        await server.kill(chance.isHit(0.85) ? 'group' : 'server')
        server.spawn()
      }
      await server.listening()
      await judge(ids as string[])
    },
    60_000 + kills * 15_000,
  )
})
