import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bucket, type Call, region, send, textAt } from '../support/house.ts'
import { freshLedger, journeysRunOn, type LedgerForTests } from '../support/ledger.ts'
import { jpeg } from '../support/pictures.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { ServerGroup } from '../support/server-group.ts'
import { notifyXml, workflowXml } from '../support/workflow-xml.ts'
import { Chance } from './chance.ts'
import { chaosSettings } from './settings.ts'

const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000)
const kills = journeysRunOn === 'sqlite' ? 6 : 3
const nodes = ['a', 'b', 'c']
/** Where the server is killed, and how many callbacks of an upload before it are waited for. */
const steps: readonly (readonly [step: string, callbacks: number])[] = [
  ['uncommitted: publishObject', 0],
  ['committed: publishObject', 0],
  ['uncommitted: completeJob', 0],
  ['committed: completeJob', 0],
  ['uncommitted: completeJob', 3],
  ['committed: completeJob', 3],
  ['uncommitted: recordAttempt', 3],
  ['committed: recordAttempt', 4],
]

let folder: string
let stepFile: string
let ledger: LedgerForTests
let server: ServerGroup
let receiver: Receiver
let picture: Buffer
let workflow: string
/** Keys of uploads, and whether they were acknowledged. */
let uploads: Map<string, boolean>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-run-kills-'))
  // Or engines that run as somebody else could not enter.
  await chmod(folder, 0o711)
  stepFile = join(folder, 'step')
  ledger = await freshLedger()
  receiver = await startReceiver()
  server = new ServerGroup({
    dataDir: join(folder, 'data'),
    environment: {
      ...chaosSettings,
      ...ledger.environment,
      PIXMILL_CHAINED_NODES: 'true',
      CHAOS_STEP_FILE: stepFile,
    },
    nodeFlags: ['--import', new URL('kill-at-step.mjs', import.meta.url).href],
  })
  picture = await jpeg(60, 40)
  uploads = new Map()
  await server.start()
  workflow = await createWorkflow()
})
afterEach(async () => {
  await server.kill()
  await receiver.close()
  await ledger.drop()
  await rm(folder, { recursive: true, force: true })
})

const ci = async (call: Call) => send(server.url!, `${bucket}.ci.${region}.pixmill.test`, call)
const cos = async (call: Call) => send(server.url!, `${bucket}.cos.${region}.pixmill.test`, call)

/** Two nodes side by side, and one behind the first of them. */
async function createWorkflow(): Promise<string> {
  const rule = 'imageMogr2/thumbnail/20x/format/png'
  const body = workflowXml({
    state: 'Active',
    prefix: 'raw/',
    notify: notifyXml(receiver.url, 'WorkflowStart,TaskFinish,WorkflowFinish'),
    nodes: nodes.map((name) => ({ name, rule })),
    dependencies: '<Start>a,b</Start><a>c</a><b>End</b><c>End</c>',
  })
  const answer = await ci({ method: 'POST', target: '/workflow', body })
  expect(answer.status).toBe(200)
  return textAt(answer.xml(), 'MediaWorkflow/WorkflowId')
}

/** Each upload has a key of its own. One that nobody acknowledged may have happened or not. */
async function upload(): Promise<void> {
  const key = `raw/${uploads.size}.jpg`
  uploads.set(key, false)
  const answer = await cos({ method: 'PUT', target: `/${key}`, body: picture }).catch(() => null)
  if (answer?.status === 200) uploads.set(key, true)
}

/** Id and key of every run there is. */
async function allRuns(): Promise<{ id: string; key: string; state: string }[]> {
  const runs = []
  let token = ''
  do {
    const page = (await ci({ target: `/workflowexecution?workflowId=${workflow}&size=100&nextToken=${token}` })).xml()
    for (const run of page.children.filter(({ name }) => name === 'WorkflowExecutionList')) {
      runs.push({ id: textAt(run, 'RunId'), key: textAt(run, 'Object'), state: textAt(run, 'State') })
    }
    token = textAt(page, 'NextToken')
  } while (token !== '')
  return runs
}

/** What the receiver was told of each event: every different story, with its id. */
function storiesOf(name: string, id: 'RunId' | 'JobId'): Map<string, Set<string>> {
  const stories = new Map<string, Set<string>>()
  for (const { body, headers } of receiver.received) {
    if (!body.includes(`<EventName>${name}</EventName>`)) continue
    const subject = new RegExp(`<${id}>(\\w+)</${id}>`).exec(body)![1]!
    stories.set(subject, (stories.get(subject) ?? new Set()).add(`${headers['webhook-id']} ${body}`))
  }
  return stories
}

/** Waits until every run has been told to its end, and looks whether everything is as promised. */
async function judge(): Promise<void> {
  const runs = await allRuns()
  const keys = runs.map(({ key }) => key)
  // One for each upload that was acknowledged, at most one for any other.
  expect(new Set(keys).size).toBe(keys.length)
  const acknowledged = [...uploads].filter(([, isKnown]) => isKnown).map(([key]) => key)
  expect(keys).toEqual(expect.arrayContaining(acknowledged))
  for (const key of keys) expect((await cos({ target: `/${key}` })).status).toBe(200)

  const finished = () => storiesOf('WorkflowFinish', 'RunId')
  for (let seen = 0; runs.some(({ id }) => !finished().has(id)); seen += 1) await receiver.nth(seen)
  for (const { id } of runs) {
    const run = (await ci({ target: `/workflowexecution/${id}` })).xml()
    expect(textAt(run, 'WorkflowExecution/State')).toBe('Success')
    const execution = run.children.find(({ name }) => name === 'WorkflowExecution')!
    const tasks = execution.children.filter(({ name }) => name === 'Tasks')
    expect(tasks.map((task) => textAt(task, 'Name')).sort()).toEqual(nodes)
    for (const task of tasks) {
      const written = textAt(task, 'ResultInfo/ObjectInfo/ObjectName')
      expect((await cos({ target: `/${written}` })).status).toBe(200)
      expect(storiesOf('TaskFinish', 'JobId').get(textAt(task, 'JobId'))?.size).toBe(1)
    }
    expect(finished().get(id)!.size).toBe(1)
    expect(storiesOf('WorkflowStart', 'RunId').get(id)?.size).toBe(1)
  }
  expect(server.complaints).toEqual([])
}

describe.skipIf(process.platform !== 'linux' /* reads /proc */)('runs', () => {
  test(
    `killed ${kills} times at random moments: each upload has its run, each run its end (seed ${seed})`,
    async () => {
      const chance = new Chance(seed)
      let stopping = false
      const load = (async () => {
        while (!stopping) {
          await server.whenUp()
          await upload()
          await pause(chance.between(60, 200))
        }
      })()
      for (let kill = 1; kill <= kills; kill += 1) {
        const told = receiver.received.length
        await server.listening()
        await receiver.nth(told + chance.between(0, 12))
        await server.kill(chance.isHit(0.85) ? 'group' : 'server')
        server.spawn()
      }
      await server.listening()
      stopping = true
      await load
      await judge()
      expect(uploads.size).toBeGreaterThan(kills)
    },
    60_000 + kills * 15_000,
  )

  // The steps are those of the SQLite thread.
  test.skipIf(journeysRunOn !== 'sqlite')(
    'killed at each step of their life',
    async () => {
      for (const [step, callbacks] of steps) {
        const told = receiver.received.length
        if (callbacks > 0) {
          await upload()
          await receiver.nth(told + callbacks - 1)
        }
        await writeFile(stepFile, step)
        // Also where the run above is over already, this one reaches the step.
        const uploading = upload()
        await server.ended
        await rm(stepFile)
        await server.kill()
        await server.start()
        await uploading
      }
      await judge()
    },
    180_000,
  )
})

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
