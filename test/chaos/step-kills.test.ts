import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshLedger, journeysRunOn, type LedgerForTests } from '../support/ledger.ts'
import { ServerGroup } from '../support/server-group.ts'
import { CallbackClients } from './callback-clients.ts'
import { Chance } from './chance.ts'
import { Clients, type Source } from './clients.ts'
import { FlowClients } from './flow-clients.ts'
import { gather, gatherTold, type Told } from './gather.ts'
import { Journal } from './journal.ts'
import { judge, judgeTold } from './judge.ts'
import { type Receivers, startReceivers } from './receivers.ts'
import { chaosSettings } from './settings.ts'

const steady: Source = { key: 'source/steady', kind: 'steady' }
const fleeting: Source = { key: 'source/fleeting', kind: 'fleeting' }

/** Processes are looked up in `/proc`. */
const canWatch = process.platform === 'linux'
const isAlone = journeysRunOn === 'sqlite'
/** Where servers share the ledger, what a dead one was at is free when its lease has ended. */
const withinMs = isAlone ? 10_000 : 25_000

let folder: string
let stepFile: string
let server: ServerGroup
let receivers: Receivers
let clients: Clients
let flows: FlowClients
let callbacks: CallbackClients
let ledger: LedgerForTests
let told: Told | undefined
const journal = new Journal()

beforeAll(async () => {
  if (!canWatch) return
  folder = await mkdtemp(join(tmpdir(), 'pixmill-steps-'))
  // Or engines that run as somebody else could not enter.
  await chmod(folder, 0o711)
  stepFile = join(folder, 'step')
  ledger = await freshLedger()
  server = serverIn('data', { PIXMILL_STOP_GRACE: '0' })
  receivers = await startReceivers(new Chance(1), () => server.boots)
  clients = new Clients({ server, receivers, journal, chance: new Chance(2) })
  callbacks = new CallbackClients(clients, receivers)
  flows = new FlowClients(clients, {
    server,
    receivers,
    journal,
    chance: new Chance(3),
    batched: 3,
    callbacks: ['/prompt', '/prompt', '/prompt'],
  })
  await clients.prepare()
  await server.start()
  await clients.write(steady)
  await flows.prepare()
})
afterAll(async () => {
  if (!canWatch) return
  await server?.kill()
  await receivers?.close()
  await ledger?.drop()
  await rm(folder, { recursive: true, force: true })
})

function serverIn(dataDir: string, environment: Record<string, string>): ServerGroup {
  return new ServerGroup({
    dataDir: join(folder, dataDir),
    environment: {
      ...chaosSettings,
      PIXMILL_ENGINES: '1',
      CHAOS_STEP_FILE: stepFile,
      ...ledger.environment,
      ...environment,
    },
    nodeFlags: ['--import', new URL('kill-at-step.mjs', import.meta.url).href],
  })
}

const jobOf = () => clients.submit(steady, '/prompt')
const write = () => clients.write(steady)
const remove = async () => {
  await clients.write(fleeting)
  await clients.remove(fleeting)
}
const parts = () => clients.writeInParts({ key: 'parts/steady' })
const cancel = async () => {
  await clients.setQueue('Paused')
  const { jobId } = await jobOf()
  if (jobId !== null) await clients.cancel(jobId)
}
const pause = () => clients.setQueue('Paused')
const upload = () => flows.upload('picture')
const trigger = () => flows.trigger('bulk/0')
const batchOfJobs = () => flows.startBatch('Job')
const batchOfRuns = () => flows.startBatch('Workflow')
const cancelBatch = async () => {
  await clients.setQueue('Paused')
  const batchId = await batchOfRuns()
  if (batchId !== null) await flows.cancelBatch(batchId)
}
const away = () => callbacks.tellWhileAway()
/** Again until the server has died of it: a step is one of many that are the same, or a busy machine passes it by. */
const untilDead = async (act: () => Promise<unknown>) => {
  const { boots } = server
  do await act()
  while (server.boots === boots)
}
const longAway = () => untilDead(() => callbacks.tellManyWhileAway())
const hold = () => untilDead(() => callbacks.holdAndRelease())
const resend = () => callbacks.resendDead()
/** The server is told to stop while it has work, and has no time for it. */
const stop = async () => {
  await jobOf()
  process.kill(server.pid, 'SIGTERM')
}

/** Started as root, engines run as somebody else, and what they leave is copied instead of moved. */
const enginesAreStrangers = process.getuid?.() === 0

/** A step, and what is done until it is reached. */
type Step = readonly [step: string, act: () => Promise<unknown>]

const stepsAlone: readonly Step[] = [
  ['blob half written', write],
  ['blob not synced', write],
  ['blob without its name', write],
  ['blob named', write],
  ['uncommitted: publishObject', write],
  ['committed: publishObject', write],
  ['about to answer: PUT', write],

  ['uncommitted: startUpload', parts],
  ['committed: startUpload', parts],
  ['uncommitted: keepPart', parts],
  ['committed: keepPart', parts],
  ['about to ask: completeUpload', parts],
  ['uncommitted: completeUpload', parts],
  ['committed: completeUpload', parts],

  ['uncommitted: removeObject', remove],
  ['committed: removeObject', remove],
  ['about to answer: DELETE', remove],

  ['uncommitted: submitJob', jobOf],
  ['committed: submitJob', jobOf],
  ['about to answer: POST', jobOf],

  ['uncommitted: claimJobs', jobOf],
  ['committed: claimJobs', jobOf],
  ['source linked', jobOf],
  ['engine done', jobOf],
  ...(enginesAreStrangers
    ? ([
        ['blob half written', jobOf],
        ['blob not synced', jobOf],
      ] as const)
    : []),
  ['blob without its name', jobOf],
  ['blob named', jobOf],
  ['attempt about to be cleared', jobOf],
  ['about to ask: completeJob', jobOf],
  ['uncommitted: completeJob', jobOf],
  ['committed: completeJob', jobOf],

  // What is new is handed over with the end of its job; claimed is what has waited.
  ['uncommitted: claimDue', resend],
  ['committed: claimDue', resend],
  ['about to ask: recordAttempt', jobOf],
  ['uncommitted: recordAttempt', jobOf],
  ['committed: recordAttempt', jobOf],

  ['committed: putOff', away],
  ['uncommitted: putOffLine', longAway],
  ['committed: switchOff', hold],
  ['uncommitted: holdWaiting', hold],
  ['committed: switchOn', hold],
  ['uncommitted: releaseHeld', hold],
  ['committed: resendDeliveries', resend],

  ['uncommitted: cancelJob', cancel],
  ['committed: cancelJob', cancel],
  ['uncommitted: updateQueue', pause],
  ['committed: updateQueue', pause],

  ['about to ask: returnJob', stop],
  ['uncommitted: returnJob', stop],
  ['committed: returnJob', stop],
  ['blob about to go', write],

  ['uncommitted: a run begins', upload],
  ['committed: a run begins', upload],
  ['uncommitted: startRun', trigger],
  ['committed: startRun', trigger],
  ['uncommitted: a run ends', upload],
  ['committed: a run ends', upload],

  ['uncommitted: createBatch', batchOfJobs],
  ['committed: createBatch', batchOfRuns],
  ['about to ask: advanceBatch', batchOfRuns],
  ['uncommitted: advanceBatch', batchOfJobs],
  ['committed: advanceBatch', batchOfRuns],
  ['about to ask: settleBatch', batchOfJobs],
  ['uncommitted: settleBatch', batchOfRuns],
  ['committed: settleBatch', batchOfJobs],
  ['uncommitted: cancelBatch', cancelBatch],
  ['committed: cancelBatch', cancelBatch],
]

/** Their neighbours, by which less could go wrong: with `npm run chaos -- --steps`. */
const stepsBeside: readonly Step[] = [
  ['about to ask: putOff', away],
  ['uncommitted: putOff', away],
  ['committed: putOffLine', longAway],
  ['uncommitted: noteReceivers', away],
  ['committed: noteReceivers', away],
  ['uncommitted: switchOff', hold],
  ['committed: holdWaiting', hold],
  ['uncommitted: switchOn', hold],
  ['committed: releaseHeld', hold],
  ['uncommitted: resendDeliveries', resend],
]

/** Those of them that another ledger could get wrong: `npm run chaos -- --steps --ledger postgres`. */
const stepsShared: readonly Step[] = [
  ['source linked', jobOf],
  ['engine done', jobOf],
  ['blob named', jobOf],
  ...[...stepsAlone, ...stepsBeside].filter(([step]) =>
    /^(un)?committed: (publishObject|keepPart|completeUpload|submitJob|claimJobs|completeJob|claimDue|recordAttempt|putOff|putOffLine|noteReceivers|switch.*|holdWaiting|releaseHeld|resendDeliveries|startRun|a run .*|.*Batch)$/.test(
      step,
    ),
  ),
]
/** After a kill a lease has to end, which takes seconds; so few of them are done each time. */
const stepsSharedInShort: readonly Step[] = [
  ['committed: claimJobs', jobOf],
  ['uncommitted: completeJob', jobOf],
  ['uncommitted: a run begins', upload],
  ['committed: a run ends', upload],
  ['committed: advanceBatch', batchOfJobs],
  ['uncommitted: putOffLine', longAway],
]
const isInFull = process.env.CHAOS_STEPS === 'all'
const steps = isAlone ? [...stepsAlone, ...(isInFull ? stepsBeside : [])] : isInFull ? stepsShared : stepsSharedInShort

describe.skipIf(!canWatch)('killed at a step, it keeps every promise', () => {
  test.each(steps.map(([step, act], number) => ({ number, step, act })))('$number $step', async ({ step, act }) => {
    await writeFile(stepFile, step)
    const acting = act()
    await reached(step)
    await server.start()
    await acting
    receivers.comeBack()
    await clients.setQueue('Active')
    told = await gatherTold({ clients, journal, receivers, dataDir: join(folder, 'data'), withinMs }, told)
    expect(judgeTold(told)).toEqual([])
  })

  // Where servers share the ledger, the ends of leases are waited for instead.
  test.skipIf(!isAlone).each([
    'uncommitted: rescueJobs',
    'committed: rescueJobs',
    'uncommitted: rescueDeliveries',
    'committed: rescueDeliveries',
    // Folders are used again: only the first jobs of a boot make any.
    'attempt folder made',
  ])('while it mends what a kill left: %s', async (step) => {
    // Something to mend: a job that was running, an event that was being told.
    await writeFile(stepFile, step.endsWith('Deliveries') ? 'committed: completeJob' : 'source linked')
    const acting = jobOf()
    await reached('the first step')
    await writeFile(stepFile, step)
    server.spawn()
    await reached(step)
    await server.start()
    await acting
    told = await gatherTold({ clients, journal, receivers, dataDir: join(folder, 'data'), withinMs }, told)
    expect(judgeTold(told)).toEqual([])
  })

  test('while a receiver that has read the callback has not answered', async () => {
    await clients.setQueue('Active')
    const { jobId } = await clients.submit(steady, '/late')
    while (!receivers.log.some((receipt) => receipt.subject === jobId)) await receivers.next(1_000)
    await server.kill()
    await server.start()
    told = await gatherTold({ clients, journal, receivers, dataDir: join(folder, 'data'), withinMs }, told)
    expect(judgeTold(told)).toEqual([])
  })

  test('while a receiver that failed is probed', async () => {
    await clients.setQueue('Active')
    receivers.goAway()
    for (let n = 0; n < 6; n += 1) await callbacks.tell('/away')
    await callbacks.untilShut()
    receivers.fallSilent()
    const sent = receivers.log.length
    while (receivers.log.length === sent) await receivers.next(1_000)
    await server.kill()
    receivers.comeBack()
    await server.start()
    told = await gatherTold({ clients, journal, receivers, dataDir: join(folder, 'data'), withinMs }, told)
    expect(judgeTold(told)).toEqual([])
  })

  test('after all of them nothing is left behind', async () => {
    const evidence = await gather({ clients, journal, receivers, dataDir: join(folder, 'data'), withinMs: 50_000 })
    expect(judge(evidence)).toEqual([])
    await server.kill()
    await expect.poll(() => server.members(), { timeout: 5_000 }).toEqual([])
  })

  // Tables of another ledger are made by one transaction of its own; the key pair knows no ledger.
  test.skipIf(!isAlone).each(['tables made, not committed', 'key pair without its name', 'key pair named'])(
    'in its first start: %s',
    async (step) => {
      const dataDir = step.replaceAll(/\W/g, '-')
      const fresh = serverIn(dataDir, { PIXMILL_SECRET_ID: '', PIXMILL_SECRET_KEY: '' })
      try {
        await writeFile(stepFile, step)
        fresh.spawn()
        await ended(fresh, step)
        await rm(stepFile)
        await fresh.start()
        const kept = JSON.parse(readFileSync(join(folder, dataDir, 'credentials.json'), 'utf8')) as object
        expect(Object.keys(kept)).toEqual(['secretId', 'secretKey'])
      } finally {
        await fresh.kill()
      }
    },
  )
})

/** Waits until the server has been killed, and tells the next one to live. */
async function reached(step: string): Promise<void> {
  await ended(server, step)
  await rm(stepFile)
}

async function ended(one: ServerGroup, step: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const never = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`"${step}" was not reached`)), 40_000)
  })
  await Promise.race([one.ended, never]).finally(() => clearTimeout(timer))
  expect(one.complaints).toEqual([])
  // Its engines too: they would be in the way of nobody, but none may live on.
  await one.kill()
}
