import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { followOptions } from '../../test/support/what-follows.ts'
import { workflowBucket as bucket, topologyOf, workflowOf } from '../../test/support/workflows.ts'
import { whatFollowsWith } from '../app/what-follows.ts'
import type { ClaimedJob, JobOutcome } from '../jobs/index.ts'
import type { WorkflowTopology } from '../wire/index.ts'
import { nextNodes, type RunWithTasks, runStateOf } from '../workflows/index.ts'
import type { Stores } from './index.ts'
import { openPostgresInProcess } from './postgres/open-in-process.ts'
import { openSqliteInProcess } from './sqlite/index.ts'

/** Where jobs are claimed and ended: one server on SQLite, two on PostgreSQL. */
interface Server {
  readonly stores: Stores
  /** What it holds is in nobody's hands any more. */
  die(): Promise<void>
  /** Claimed here and not ended yet. */
  readonly holds: ClaimedJob[]
}

const whatFollows = whatFollowsWith(followOptions)
const queueDefaults = { maxSize: 3, maxConcurrent: 5 }
const hook = {
  state: null,
  events: ['TaskFinish', 'WorkflowFinish'],
  resultFormat: 'JSON',
  url: 'http://receiver.test/',
  type: 'Url',
} as const

/** A tree: each node follows Start or one that was named before it. */
const trees = fc.array(fc.nat(), { minLength: 1, maxLength: 7 }).map((parents) => {
  const edges: Record<string, string[]> = { Start: [] }
  parents.forEach((parent, index) => {
    const names = Object.keys(edges)
    edges[names[parent % names.length]!]!.push(`n${index}`)
    edges[`n${index}`] = []
  })
  for (const to of Object.values(edges)) if (to.length === 0) to.push('End')
  return topologyOf(edges, {}, { notify: hook, objectPrefix: null })
})

const actions = fc.oneof(
  { weight: 5, arbitrary: fc.record({ is: fc.constant('claim' as const), pick: fc.nat() }) },
  { weight: 5, arbitrary: fc.record({ is: fc.constant('succeed' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('fail' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('return' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('cancel' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('die' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('lose the claims' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('pause or go on' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('close' as const), pick: fc.nat() }) },
)
type Action = typeof actions extends fc.Arbitrary<infer One> ? One : never

function succeeds(job: ClaimedJob): JobOutcome {
  const objectName = `${job.id}.webp`
  return {
    state: 'Success',
    result: {
      objectName,
      source: { etag: 'aa', facts: null },
      output: { etag: 'bb', format: 'webp', width: 3, height: 2, quality: 75, size: 9 },
    },
    output: {
      bucket,
      key: objectName,
      blobId: `blob-of-${job.id}` as never,
      size: 9,
      etag: 'bb',
      crc64: '1',
      contentType: 'image/webp',
      headers: {},
      requestId: 'r',
      eventName: 'cos:ObjectCreated:Put',
      origin: 'job',
    },
  }
}
const fails: JobOutcome = { state: 'Failed', code: 'ResourceNotSupported', message: 'it is no picture' }

const pickFrom = <One>(all: readonly One[], pick: number): One | undefined => all[pick % Math.max(all.length, 1)]

async function carryOut(server: Server, { is, pick }: Action): Promise<void> {
  const { stores, holds } = server
  const take = (): ClaimedJob | undefined => holds.splice(pick % Math.max(holds.length, 1), 1)[0]
  if (is === 'claim') holds.push(...(await stores.jobs.claimJobs(1 + (pick % 3))))
  else if (is === 'succeed' || is === 'fail') {
    const job = take()
    if (job !== undefined) await stores.jobs.completeJob(job.id, job.leaseToken, is === 'fail' ? fails : succeeds(job))
  } else if (is === 'return') {
    const job = take()
    if (job !== undefined) await stores.jobs.returnJob(job.id, job.leaseToken, { why: 'blamed' })
  } else if (is === 'cancel') {
    const query = { bucket, queueId: null, inputObject: null, workflowId: null, batchId: null, after: null, limit: 100 }
    const { jobs } = await stores.jobs.listJobs({
      ...query,
      states: ['Submitted', 'Pause'],
      createdFrom: null,
      createdTo: null,
      order: 'Asc',
    })
    // Somebody else may claim or cancel it in between.
    const job = pickFrom(jobs, pick)
    if (job !== undefined) await stores.jobs.cancelJob(bucket, job.id).catch(refusedAs('JobNotCancellable'))
  } else if (is === 'die') {
    holds.length = 0
    await server.die()
    await stores.jobs.rescueJobs(2 + (pick % 2))
  } else if (is === 'lose the claims') {
    holds.length = 0
    await stores.jobs.returnUnknown([])
  } else if (is === 'pause or go on') {
    const { items } = await stores.queues.listQueues({ bucket, state: null, offset: 0, limit: 1 })
    const state = pick % 2 === 0 ? 'Paused' : 'Active'
    if (items[0] !== undefined) {
      await stores.queues.updateQueue(bucket, items[0].id, { state }).catch(refusedAs('QueueNotFound'))
    }
  } else {
    await stores.queues.closeService(bucket).catch(refusedAs('ServiceNotOpen'))
  }
}

const refusedAs = (code: string) => (error: unknown) => {
  if ((error as { code?: unknown }).code !== code) throw error
}

/** Does whatever can be done until nothing can be. */
async function goOnToTheEnd(servers: readonly Server[]): Promise<void> {
  const { stores } = servers[0]!
  for (const server of servers) {
    while (server.holds.length > 0) await carryOut(server, { is: 'succeed', pick: 0 })
  }
  for (const { id } of (await stores.queues.listQueues({ bucket, state: null, offset: 0, limit: 9 })).items) {
    await stores.queues.updateQueue(bucket, id, { state: 'Active' })
  }
  for (;;) {
    await carryOut(servers[0]!, { is: 'claim', pick: 2 })
    if (servers[0]!.holds.length === 0) return
    while (servers[0]!.holds.length > 0) await carryOut(servers[0]!, { is: 'succeed', pick: 0 })
  }
}

/** What holds of a run at any moment. */
async function checkRun(stores: Stores, run: RunWithTasks, topology: WorkflowTopology): Promise<void> {
  const byNode = new Map(run.tasks.map(({ node, job }) => [node, job]))
  expect(byNode.size).toBe(run.tasks.length)
  for (const { from, to } of topology.dependencies) {
    for (const node of to) {
      const job = byNode.get(node)
      if (job === undefined || from === 'Start') continue
      const before = byNode.get(from)!
      expect(before.state).toBe('Success')
      expect(job.inputObject).toBe(before.result!.objectName)
      expect(job.createdAt).toBeGreaterThanOrEqual(before.endedAt!)
    }
  }
  const states = run.tasks.map(({ node, job }) => ({ node, state: job.state }))
  expect(nextNodes(topology, states)).toEqual([])
  expect(run.state).toBe(runStateOf(topology, states))
  const told = (await stores.deliveries.deliveriesOf(run.id)).map(({ eventName }) => eventName)
  expect(told).toEqual(run.state === 'Running' ? [] : ['WorkflowFinish'])
  if (run.state !== 'Running') {
    expect(run.endedAt).toBe(Math.max(...run.tasks.map(({ job }) => job.endedAt!)))
  }
}

function holdsOfEveryRun(
  open: () => Promise<{ servers: Server[]; close: () => Promise<void> }>,
  numRuns: number,
): void {
  let servers: Server[]
  let close: () => Promise<void>
  let stores: Stores
  let objects = 0

  beforeAll(async () => {
    ;({ servers, close } = await open())
    ;({ stores } = servers[0]!)
    await stores.objects.createBucket({ name: bucket, region: 'ap-test' })
  })
  afterAll(() => close())

  /** Two runs of a new workflow, by an upload and by hand, put through what `trouble` does with them. */
  const put = async (
    topology: WorkflowTopology,
    trouble: (look: () => Promise<RunWithTasks[]>) => Promise<void>,
  ): Promise<void> => {
    const body = workflowOf(topology, { state: 'Active' })
    const { id } = await stores.workflows.createWorkflow(bucket, body, { maxWorkflows: 10_000 })
    await stores.queues.openService(bucket, queueDefaults)
    objects += 1
    const upload = succeeds({ id: `upload-${objects}` } as ClaimedJob) as Extract<JobOutcome, { state: 'Success' }>
    await stores.objects.publishObject({ ...upload.output, origin: 'client' })
    await stores.workflows.startRun(bucket, id, 'by-hand.png')
    await stores.workflows.setWorkflowState(bucket, id, 'Paused')
    const { runs } = await stores.workflows.listRuns({
      bucket,
      workflowId: id,
      name: null,
      batchId: null,
      states: [],
      createdFrom: null,
      createdTo: null,
      order: 'Asc',
      after: null,
      limit: 9,
    })
    expect(runs).toHaveLength(2)
    const look = () => Promise.all(runs.map(async (run) => (await stores.workflows.findRun(bucket, run.id))!))
    await trouble(look)
    await goOnToTheEnd(servers)
    for (const run of await look()) {
      expect(run.state).not.toBe('Running')
      await checkRun(stores, run, topology)
    }
  }

  test('in whatever order its jobs end, fail, are cancelled, returned and rescued', async () => {
    await fc.assert(
      fc.asyncProperty(trees, fc.array(actions, { maxLength: 25 }), (topology, script) =>
        put(topology, async (look) => {
          for (const [step, action] of script.entries()) {
            await carryOut(servers[step % servers.length]!, action)
            for (const run of await look()) await checkRun(stores, run, topology)
          }
        }),
      ),
      { numRuns },
    )
  })

  test('while several workers do all of this at the same time', async () => {
    const scripts = fc.array(fc.array(actions, { maxLength: 12 }), { minLength: 2, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(trees, scripts, (topology, several) =>
        put(topology, async () => {
          await Promise.all(
            several.map(async (script, worker) => {
              for (const action of script) await carryOut(servers[worker % servers.length]!, action)
            }),
          )
        }),
      ),
      { numRuns },
    )
  })
}

describe('every run of every tree, on SQLite', () => {
  holdsOfEveryRun(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-runs-'))
    const ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db'), whatFollows })
    return {
      servers: [{ stores: ledger.stores, holds: [], die: async () => undefined }],
      close: async () => {
        await ledger.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  }, 40)
})

describe.skipIf(!hasPostgres)('every run of every tree, on two servers on PostgreSQL', () => {
  holdsOfEveryRun(async () => {
    const database = await freshDatabase()
    const one = await openPostgresInProcess({ url: database.url, whatFollows })
    const two = await openPostgresInProcess({ url: database.url, whatFollows })
    return {
      servers: [one, two].map((ledger) => ({ stores: ledger.stores, holds: [], die: () => ledger.dieAndComeBack() })),
      close: async () => {
        await one.close()
        await two.close()
        await database.drop()
      },
    }
  }, 15)
})
