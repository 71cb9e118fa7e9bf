import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bucket, type Call, region, send } from '../support/house.ts'
import { freshLedger, journeysRunOn, type LedgerForTests } from '../support/ledger.ts'
import { jpeg } from '../support/pictures.ts'
import { ServerGroup } from '../support/server-group.ts'

// The server is killed at a step of its work by what is loaded into it: test/chaos/kill-at-step.mjs.
const canWatch = process.platform === 'linux'
const isAlone = journeysRunOn === 'sqlite'
const half = 'imageMogr2/thumbnail/!50p'

let folder: string
let stepFile: string
let server: ServerGroup
let ledger: LedgerForTests
let source: Buffer
/** Blobs that objects name, of the tests before. */
let before = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-stored-'))
  // Or engines that run as somebody else could not enter.
  await chmod(folder, 0o711)
  stepFile = join(folder, 'step')
  ledger = await freshLedger()
  server = new ServerGroup({
    dataDir: join(folder, 'data'),
    environment: {
      PIXMILL_ENGINES: '1',
      PIXMILL_BLOB_GRACE: '1000',
      PIXMILL_BLOB_CLEAN_EVERY: '100',
      CHAOS_STEP_FILE: stepFile,
      ...ledger.environment,
    },
    nodeFlags: ['--import', new URL('../chaos/kill-at-step.mjs', import.meta.url).href],
  })
  source = await jpeg(200, 100)
})
afterAll(async () => {
  await server?.kill()
  await ledger?.drop()
  await rm(folder, { recursive: true, force: true })
})

const cos = (url: string, call: Call) => send(url, `${bucket}.cos.${region}.pixmill.test`, call)

async function blobs(): Promise<number> {
  const root = join(folder, 'data', 'blobs')
  const shards = (await readdir(root)).filter((name) => name !== '.writing')
  const files = await Promise.all(shards.map((shard) => readdir(join(root, shard))))
  return files.flat().length
}

const steps: readonly (readonly [step: string, stored: 0 | 2])[] = [
  ['blob named', 0],
  ...(isAlone
    ? ([
        ['uncommitted: publishResults', 0],
        ['committed: publishResults', 2],
      ] as const)
    : []),
  ['about to answer: POST', 2],
]

describe.skipIf(!canWatch)('pictures that are stored on request, when the server is killed', () => {
  test.each(steps.map(([step, stored], number) => [step, stored, number] as const))(
    'at "%s" are %i of 2, and nothing else is left',
    async (step, stored, number) => {
      // The one that the test before has started.
      const first = server.url ?? (await server.start())
      const key = `in-${number}.jpg`
      const outputs = ['one', 'two'].map((name) => `out-${number}-${name}.jpg`)
      expect((await cos(first, { method: 'PUT', target: `/${key}`, body: source })).status).toBe(200)
      await writeFile(stepFile, step)
      const operations = JSON.stringify({ rules: outputs.map((fileid) => ({ fileid, rule: half })) })
      const asked = cos(first, {
        method: 'POST',
        target: `/${key}?image_process`,
        headers: { 'pic-operations': operations, 'content-length': '0' },
      }).catch(() => null)
      await server.ended
      await rm(stepFile)
      await server.kill()
      await asked

      const second = await server.start()
      const statuses = await Promise.all(
        outputs.map(async (output) => (await cos(second, { target: `/${output}` })).status),
      )
      expect(statuses.filter((status) => status === 200)).toHaveLength(stored)
      expect((await cos(second, { target: `/${key}` })).body.equals(source)).toBe(true)
      before = before + 1 + stored
      await expect.poll(blobs, { timeout: 20_000 }).toBe(before)
    },
    40_000,
  )
})
