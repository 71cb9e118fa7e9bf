import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { picProcessNode, type startNode, topologyOf, workflowBucket, workflowOf } from '../../test/support/workflows.ts'
import type { DeliveryStore } from '../callbacks/index.ts'
import type { ClaimedJob, JobOutcome, JobStore, QueueStore, TemplateStore } from '../jobs/index.ts'
import type { NewObject, ObjectStore } from '../objects/index.ts'
import type { WorkflowNotify, WorkflowRequest, WorkflowTopology } from '../wire/index.ts'
import type { RunQuery, RunWithTasks, WorkflowStore } from './index.ts'

/** A ledger to put to the test. Its events are those of the house, in the profile of 2025. */
export interface WorkflowLedgerUnderTest {
  readonly stores: {
    readonly workflows: WorkflowStore
    readonly jobs: JobStore
    readonly queues: QueueStore
    readonly templates: TemplateStore
    readonly objects: ObjectStore
    readonly deliveries: DeliveryStore
  }
  /** Moves the ledger's clock. */
  pass(ms: number): void
  now(): number
  /** The server that made the calls so far ends uncleanly, and comes back as another. */
  serverDies(): Promise<void>
  close(): Promise<void>
}

const bucket = workflowBucket
const other = 'other-1250000000'
const limits = { maxWorkflows: 10 }
const queueDefaults = { maxSize: 10_000, maxConcurrent: 1_000 }
const three = topologyOf({ Start: ['small', 'large'], small: ['tiny'], large: ['End'] })
const hook: WorkflowNotify = {
  state: null,
  events: ['TaskFinish', 'WorkflowFinish', 'WorkflowStart'],
  resultFormat: 'JSON',
  url: 'http://receiver.test/hook',
  type: 'Url',
}

/** What every adapter of the port `WorkflowStore` keeps, and what uploads and ends of jobs do to runs. */
export function keepsTheWorkflowStoreContract(
  open: (options?: { openService: boolean }) => Promise<WorkflowLedgerUnderTest>,
): void {
  let ledger: WorkflowLedgerUnderTest
  let stores: WorkflowLedgerUnderTest['stores']
  let workflows: WorkflowStore

  const begin = async (options?: { openService: boolean }): Promise<void> => {
    ledger = await open(options)
    stores = ledger.stores
    workflows = stores.workflows
    await stores.objects.createBucket({ name: bucket, region: 'ap-test' })
    await stores.objects.createBucket({ name: other, region: 'ap-test' })
  }
  beforeEach(() => begin())
  afterEach(() => ledger.close())

  const create = (topology: WorkflowTopology = three, changes: Partial<WorkflowRequest> = {}) =>
    workflows.createWorkflow(bucket, workflowOf(topology, changes), limits)

  let uploads = 0
  const upload = (key: string, changes: Partial<NewObject> = {}) => {
    uploads += 1
    return stores.objects.publishObject({
      bucket,
      key,
      blobId: `upload-${uploads}` as never,
      size: 184_320,
      etag: 'aa',
      crc64: '1',
      contentType: 'image/png',
      headers: { 'x-cos-meta-owner': 'me', 'cache-control': 'no-store' },
      requestId: 'Njc1',
      eventName: 'cos:ObjectCreated:Put',
      origin: 'client',
      ...changes,
    })
  }

  const anyRun: Omit<RunQuery, 'workflowId'> = {
    bucket,
    name: null,
    batchId: null,
    states: [],
    createdFrom: null,
    createdTo: null,
    order: 'Asc',
    after: null,
    limit: 100,
  }
  const runsOf = async (workflowId: string, query: Partial<RunQuery> = {}) =>
    (await workflows.listRuns({ ...anyRun, workflowId, ...query })).runs
  const look = async (runId: string): Promise<RunWithTasks> => (await workflows.findRun(bucket, runId))!
  const states = async (runId: string): Promise<Record<string, string>> => {
    const { state, tasks } = await look(runId)
    return { run: state, ...Object.fromEntries(tasks.map(({ node, job }) => [node, job.state])) }
  }

  /** The claimed job of a node; claims whatever waits. */
  const held = new Map<string, ClaimedJob>()
  const claimed = async (runId: string, node: string): Promise<ClaimedJob> => {
    for (const job of await stores.jobs.claimJobs(100)) {
      held.set(`${job.origin?.workflow?.runId} ${job.origin?.workflow?.name}`, job)
    }
    const job = held.get(`${runId} ${node}`)
    if (job === undefined) throw new Error(`${node} of ${runId} cannot be claimed`)
    return job
  }
  const succeeds = (job: ClaimedJob, objectName = job.output.object): JobOutcome => ({
    state: 'Success',
    result: {
      objectName,
      source: { etag: 'aa', facts: null },
      output: { etag: 'bb', format: 'webp', width: 320, height: 240, quality: 75, size: 9 },
    },
    output: {
      bucket: job.output.bucket,
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
  })
  const end = async (runId: string, node: string, outcome?: (job: ClaimedJob) => JobOutcome): Promise<void> => {
    const job = await claimed(runId, node)
    expect(await stores.jobs.completeJob(job.id, job.leaseToken, (outcome ?? succeeds)(job))).toBe(true)
  }
  const fails = (): JobOutcome => ({ state: 'Failed', code: 'ResourceNotSupported', message: 'it is no picture' })

  /** What is to be told of a subject: name, address and when it is due, from now on. */
  const told = async (subject: string) =>
    (await stores.deliveries.deliveriesOf(subject)).map(({ eventName, url, dueAt }) => ({
      eventName,
      url,
      dueInMs: dueAt === null ? null : dueAt - ledger.now(),
    }))
  const claimDue = () =>
    stores.deliveries.claimDue({ limit: 100, perOrigin: 100, busy: {}, leaseMs: 10_000, now: ledger.now() })
  const attempt = { startedAt: 0, durationMs: 1, address: null, status: 200, answer: '', error: null }

  describe('workflows', () => {
    test('a workflow is found with everything it was given', async () => {
      const topology = topologyOf(
        { Start: ['a', 'b'], a: ['End'], b: ['End'] },
        { a: { userData: '资产=77 <&>' } },
        { objectPrefix: '/raw/', notify: hook, queueId: 'p-of-another-kind' },
      )
      const made = await create(topology, { name: '缩略图-1' })
      expect(made).toMatchObject({ bucket, name: '缩略图-1', state: 'Active', topology })
      expect(made.id).toMatch(/^w[0-9a-f]{32}$/)
      expect([made.createdAt, made.updatedAt]).toEqual([ledger.now(), ledger.now()])
      expect(await workflows.findWorkflows(bucket, [made.id])).toEqual([made])
      expect(await workflows.findWorkflows(other, [made.id])).toEqual([])
      expect(await workflows.findWorkflows(bucket, ['w0'])).toEqual([])
    })

    test.each<[string, WorkflowTopology, string]>([
      [
        'a template that does not exist',
        topologyOf({ Start: ['a'] }, { a: { templateId: 't1gone', inline: null } }),
        'MediaWorkflow.Topology.Nodes.a.Operation.TemplateId is "t1gone"',
      ],
      [
        'an output bucket that does not exist',
        topologyOf({ Start: ['a'] }, { a: { output: { bucket: 'gone-1250000000', region: 'x', object: 'o' } } }),
        'MediaWorkflow.Topology.Nodes.a.Operation.Output.Bucket is "gone-1250000000"',
      ],
      [
        'a queue that does not exist',
        topologyOf({ Start: ['a'] }, {}, { picProcessQueueId: 'p0' }),
        'MediaWorkflow.Topology.Nodes.Start.Input.PicProcessQueueId is "p0"',
      ],
    ])('%s is refused by name, and nothing is kept', async (_what, topology, says) => {
      await expect(create(topology)).rejects.toMatchObject({
        code: 'InvalidArgument',
        message: expect.stringContaining(says),
      })
      const made = await create(three, { state: 'Paused' })
      await expect(workflows.replaceWorkflow(bucket, made.id, workflowOf(topology))).rejects.toMatchObject({
        message: expect.stringContaining(says),
      })
      expect((await workflows.listWorkflows({ bucket, name: null, offset: 0, limit: 9 })).items).toEqual([made])
    })

    test('a template and a queue that are there are taken, those of another bucket are not', async () => {
      const body = { name: 'web', picProcess: { isPicInfo: false, processRule: 'imageMogr2/strip' } }
      const { id: templateId } = await stores.templates.createTemplate(bucket, body)
      const { id: foreign } = await stores.templates.createTemplate(other, body)
      await stores.queues.openService(bucket, queueDefaults)
      const [queue] = (await stores.queues.listQueues({ bucket, state: null, offset: 0, limit: 1 })).items
      const withTemplate = (id: string) =>
        topologyOf({ Start: ['a'] }, { a: { templateId: id, inline: null } }, { picProcessQueueId: queue!.id })
      await expect(create(withTemplate(templateId))).resolves.toBeDefined()
      await expect(create(withTemplate(foreign))).rejects.toMatchObject({ code: 'InvalidArgument' })
      await expect(
        workflows.createWorkflow(
          other,
          workflowOf(topologyOf({ Start: ['a'] }, {}, { picProcessQueueId: queue!.id })),
          limits,
        ),
      ).rejects.toMatchObject({ code: 'InvalidArgument' })
    })

    test('a bucket has as many workflows as it may have', async () => {
      for (let n = 0; n < limits.maxWorkflows; n += 1) await create()
      await expect(create()).rejects.toMatchObject({
        code: 'WorkflowLimitReached',
        message: expect.stringContaining('at most 10'),
      })
      await expect(workflows.createWorkflow(other, workflowOf(three), limits)).resolves.toBeDefined()
      await expect(workflows.createWorkflow('nobody-1', workflowOf(three), limits)).rejects.toMatchObject({
        code: 'BucketNotFound',
      })
    })

    test('only a paused workflow is replaced or deleted', async () => {
      const made = await create()
      const body = workflowOf(topologyOf({ Start: ['a'] }), { name: 'new', state: 'Paused' })
      const refused = { code: 'WorkflowActive', message: expect.stringContaining(made.id) }
      await expect(workflows.replaceWorkflow(bucket, made.id, body)).rejects.toMatchObject(refused)
      await expect(workflows.deleteWorkflow(bucket, made.id)).rejects.toMatchObject(refused)
      ledger.pass(5)
      const paused = await workflows.setWorkflowState(bucket, made.id, 'Paused')
      expect(paused).toEqual({ ...made, state: 'Paused', updatedAt: ledger.now() })
      ledger.pass(5)
      expect(await workflows.setWorkflowState(bucket, made.id, 'Paused')).toEqual(paused)
      expect(await workflows.replaceWorkflow(bucket, made.id, body)).toEqual({
        ...made,
        ...body,
        updatedAt: ledger.now(),
      })
      await workflows.deleteWorkflow(bucket, made.id)
      const notFound = { code: 'WorkflowNotFound', message: expect.stringContaining(made.id) }
      await expect(workflows.deleteWorkflow(bucket, made.id)).rejects.toMatchObject(notFound)
      await expect(workflows.replaceWorkflow(bucket, made.id, body)).rejects.toMatchObject(notFound)
      await expect(workflows.setWorkflowState(bucket, made.id, 'Active')).rejects.toMatchObject(notFound)
      await expect(workflows.startRun(bucket, made.id, 'raw/cat.png')).rejects.toMatchObject(notFound)
    })

    test('a workflow of another bucket is not found', async () => {
      const made = await create(three, { state: 'Paused' })
      const notFound = { code: 'WorkflowNotFound' }
      await expect(workflows.setWorkflowState(other, made.id, 'Active')).rejects.toMatchObject(notFound)
      await expect(workflows.deleteWorkflow(other, made.id)).rejects.toMatchObject(notFound)
      await expect(workflows.startRun(other, made.id, 'raw/cat.png')).rejects.toMatchObject(notFound)
    })

    test('a new one is behind the others, within a millisecond and by a clock set back', async () => {
      const ids: string[] = []
      for (let n = 0; n < 6; n += 1) {
        ids.push((await create(three, { name: `w${n}` })).id)
        ledger.pass(n === 3 ? -60_000 : 0)
      }
      const { items } = await workflows.listWorkflows({ bucket, name: null, offset: 0, limit: 10 })
      expect(items.map(({ id }) => id)).toEqual(ids)
    })

    test('they are listed by a part of the name, the oldest first, in pages', async () => {
      const ids: string[] = []
      for (const name of ['thumbs', 'my-thumbs', 'large', 'Thumbs']) {
        ids.push((await create(three, { name })).id)
        ledger.pass(1)
      }
      const list = async (name: string | null, offset = 0, limit = 10) => {
        const { items, total } = await workflows.listWorkflows({ bucket, name, offset, limit })
        return [total, ...items.map(({ id }) => id)]
      }
      expect(await list(null)).toEqual([4, ...ids])
      expect(await list(null, 1, 2)).toEqual([4, ids[1], ids[2]])
      expect(await list('thumbs')).toEqual([2, ids[0], ids[1]])
      expect(await list('%')).toEqual([0])
      const asked = await workflows.findWorkflows(bucket, [ids[2]!, 'w0', ids[0]!])
      expect(asked.map(({ id }) => id)).toEqual([ids[2], ids[0]])
    })
  })

  describe('an upload', () => {
    test('starts a run, with the jobs behind Start and all that is said of the upload', async () => {
      const { id } = await create()
      await upload('raw/a/cat.png')
      const [run, ...more] = await runsOf(id)
      expect(more).toEqual([])
      const cosHeaders = [
        { key: 'Content-Type', value: 'image/png' },
        { key: 'x-cos-request-id', value: 'Njc1' },
        { key: 'EventName', value: 'cos:ObjectCreated:Put' },
        { key: 'Size', value: '184320' },
        { key: 'x-cos-meta-owner', value: 'me' },
      ]
      expect(run).toMatchObject({
        bucket,
        workflowId: id,
        workflowName: 'thumbs',
        topology: three,
        state: 'Running',
        object: 'raw/a/cat.png',
        cosHeaders,
        batchId: null,
        createdAt: ledger.now(),
        endedAt: null,
      })
      expect(run!.id).toMatch(/^i[0-9a-f]{32}$/)
      const { tasks } = await look(run!.id)
      expect(tasks.map(({ node }) => node)).toEqual(['small', 'large'])
      expect(tasks[0]!.job).toMatchObject({
        bucket,
        state: 'Submitted',
        level: 0,
        inputObject: 'raw/a/cat.png',
        output: picProcessNode('small').output,
        rule: { inline: picProcessNode('small').inline, template: null },
        origin: { workflow: { name: 'small', runId: run!.id, workflowId: id, workflowName: 'thumbs' }, cosHeaders },
      })
    })

    test('starts one of every active workflow that it matches, and of no other', async () => {
      const ids = {
        raw: (await create()).id,
        all: (await create(topologyOf({ Start: ['a'] }, {}, { objectPrefix: '/' }))).id,
        deeper: (await create(topologyOf({ Start: ['a'] }, {}, { objectPrefix: 'raw/deeper/' }))).id,
        films: (
          await create(
            topologyOf(
              { Start: ['a'] },
              {},
              {
                objectPrefix: null,
                extFilter: {
                  state: 'On',
                  image: false,
                  video: true,
                  audio: false,
                  contentType: false,
                  custom: false,
                  customExts: [],
                  allFile: false,
                },
              },
            ),
          )
        ).id,
        paused: (await create(three, { state: 'Paused' })).id,
        foreign: (await workflows.createWorkflow(other, workflowOf(three), limits)).id,
      }
      await upload('raw/cat.png')
      const counts: Record<string, number> = {}
      for (const [name, id] of Object.entries(ids)) counts[name] = (await runsOf(id)).length
      expect(counts).toEqual({ raw: 1, all: 1, deeper: 0, films: 0, paused: 0, foreign: 0 })
      expect(await runsOf(ids.foreign, { bucket: other })).toEqual([])
    })

    test('starts one for each version, and its workflow may change in between', async () => {
      const { id } = await create()
      await upload('raw/cat.png')
      await workflows.setWorkflowState(bucket, id, 'Paused')
      await upload('raw/cat.png')
      const next = topologyOf({ Start: ['a'] })
      await workflows.replaceWorkflow(bucket, id, workflowOf(next, { name: 'other' }))
      await upload('raw/cat.png')
      expect((await runsOf(id)).map(({ workflowName, topology }) => ({ workflowName, topology }))).toEqual([
        { workflowName: 'thumbs', topology: three },
        { workflowName: 'other', topology: next },
      ])
    })

    test.each(['job', 'operation', 'import'] as const)('by origin %s starts nothing', async (origin) => {
      const { id } = await create()
      await upload('raw/cat.png', { origin })
      expect(await runsOf(id)).toEqual([])
    })

    test('the result of a job, written below the prefix of its own workflow, starts nothing', async () => {
      const { id } = await create(topologyOf({ Start: ['a'] }))
      await upload('raw/cat.png')
      const [run] = await runsOf(id)
      await end(run!.id, 'a', (job) => succeeds(job, 'raw/cat-small.png'))
      expect(await stores.objects.findObject(bucket, 'raw/cat-small.png')).not.toBeNull()
      expect(await runsOf(id)).toHaveLength(1)
    })

    test('makes its jobs in a queue that is full, too, and opens the service when it is closed', async () => {
      const { id } = await create()
      await upload('raw/1.png')
      const queue = (await look((await runsOf(id))[0]!.id)).tasks[0]!.job.queueId
      await stores.queues.closeService(bucket)
      await stores.queues.openService(bucket, { maxSize: 1, maxConcurrent: 1 })
      await upload('raw/2.png')
      const run = (await runsOf(id))[1]!
      expect(await states(run.id)).toEqual({ run: 'Running', small: 'Submitted', large: 'Submitted' })
      expect((await look(run.id)).tasks[0]!.job.queueId).not.toBe(queue)
    })
  })

  describe('where the service may not be opened unasked', () => {
    test('an upload to a closed one starts a run that fails and says so', async () => {
      await ledger.close()
      await begin({ openService: false })
      const { id } = await create(topologyOf({ Start: ['a'] }, {}, { notify: hook }))
      await upload('raw/cat.png')
      const [run] = await runsOf(id)
      expect(run).toMatchObject({ state: 'Failed', endedAt: ledger.now() })
      const { tasks } = await look(run!.id)
      expect(tasks[0]!.job).toMatchObject({
        state: 'Failed',
        code: 'MediaBucketUnBinded',
        message: `MediaBucketUnBinded: the image service is not open for ${bucket}.`,
        queueId: '',
        startedAt: null,
        endedAt: ledger.now(),
      })
      expect((await told(run!.id)).map(({ eventName }) => eventName)).toEqual(['WorkflowStart', 'WorkflowFinish'])
      await stores.queues.openService(bucket, queueDefaults)
      await upload('raw/cat.png')
      expect(await states((await runsOf(id))[1]!.id)).toEqual({ run: 'Running', a: 'Submitted' })
    })
  })

  describe('a run', () => {
    const begun = async (topology: WorkflowTopology = three): Promise<string> => {
      const { id } = await create(topology)
      await upload('raw/a/cat.png')
      return (await runsOf(id))[0]!.id
    }

    test('is started by hand, also of a paused workflow, for an object that is not there and matches nothing', async () => {
      const { id } = await create(three, { state: 'Paused' })
      const run = await workflows.startRun(bucket, id, 'nothing/here')
      expect(run).toMatchObject({ state: 'Running', object: 'nothing/here', cosHeaders: [], batchId: null })
      const { tasks } = await look(run.id)
      expect(tasks.map(({ job }) => job.origin)).toEqual(
        ['small', 'large'].map((name) => ({
          workflow: { name, runId: run.id, workflowId: id, workflowName: 'thumbs' },
        })),
      )
    })

    test('goes on when a node has succeeded, on what that one wrote', async () => {
      const run = await begun()
      await end(run, 'small', (job) => succeeds(job, 'out/cat-320.webp'))
      expect(await states(run)).toEqual({ run: 'Running', small: 'Success', large: 'Running', tiny: 'Submitted' })
      const { tasks } = await look(run)
      expect(tasks[2]).toMatchObject({
        node: 'tiny',
        job: { inputObject: 'out/cat-320.webp', origin: { runObject: 'raw/a/cat.png' } },
      })
      await end(run, 'large')
      await end(run, 'tiny')
      expect(await states(run)).toEqual({ run: 'Success', small: 'Success', large: 'Success', tiny: 'Success' })
      expect((await look(run)).endedAt).toBe(ledger.now())
    })

    test('a failed node ends its branch, the others go on, and the run has failed', async () => {
      const run = await begun()
      await end(run, 'small', fails)
      expect(await states(run)).toEqual({ run: 'Running', small: 'Failed', large: 'Running' })
      await end(run, 'large')
      expect(await states(run)).toEqual({ run: 'Failed', small: 'Failed', large: 'Success' })
    })

    test('a cancelled job ends its branch, and the run is cancelled unless something failed', async () => {
      const run = await begun()
      const [small, large] = (await look(run)).tasks
      await stores.jobs.cancelJob(bucket, small!.job.id)
      expect(await states(run)).toEqual({ run: 'Running', small: 'Cancel', large: 'Submitted' })
      await stores.jobs.cancelJob(bucket, large!.job.id)
      expect(await states(run)).toEqual({ run: 'Cancel', small: 'Cancel', large: 'Cancel' })

      const another = await workflows.startRun(bucket, (await look(run)).workflowId, 'raw/b.png')
      await stores.jobs.cancelJob(bucket, (await look(another.id)).tasks[0]!.job.id)
      await end(another.id, 'large', fails)
      expect(await states(another.id)).toEqual({ run: 'Failed', small: 'Cancel', large: 'Failed' })
    })

    test('closing the service cancels what waits, and so the run', async () => {
      const run = await begun()
      await stores.queues.closeService(bucket)
      expect(await states(run)).toEqual({ run: 'Cancel', small: 'Cancel', large: 'Cancel' })
    })

    test('what runs when the service is closed ends, and its run goes on in the new queue', async () => {
      const run = await begun()
      await claimed(run, 'small')
      await stores.queues.closeService(bucket)
      await end(run, 'small')
      expect(await states(run)).toEqual({ run: 'Running', small: 'Success', large: 'Running', tiny: 'Submitted' })
      await end(run, 'large')
      await end(run, 'tiny')
      expect(await states(run)).toMatchObject({ run: 'Success' })
    })

    test.each<[string, (job: ClaimedJob) => Promise<unknown>]>([
      ['is returned', (job) => stores.jobs.returnJob(job.id, job.leaseToken, { why: 'retry', waitMs: 0 })],
      ['is not known of', () => stores.jobs.returnUnknown([])],
      ['is left over by a server that died', () => ledger.serverDies().then(() => stores.jobs.rescueJobs(10))],
    ])('a job that runs when the service is closed and %s is cancelled, not forgotten', async (_how, back) => {
      const run = await begun(topologyOf({ Start: ['a'] }))
      const job = await claimed(run, 'a')
      await stores.queues.closeService(bucket)
      await back(job)
      expect(await states(run)).toEqual({ run: 'Cancel', a: 'Cancel' })
    })

    test('a job that goes back to wait changes nothing; one that is given up has failed', async () => {
      const run = await begun(topologyOf({ Start: ['a'], a: ['b'] }))
      const job = await claimed(run, 'a')
      await stores.jobs.returnJob(job.id, job.leaseToken, { why: 'blamed' })
      expect(await states(run)).toEqual({ run: 'Running', a: 'Submitted' })
      await claimed(run, 'a')
      await ledger.serverDies()
      expect(await stores.jobs.rescueJobs(10)).toEqual({ returned: 1, failed: 0 })
      await claimed(run, 'a')
      await ledger.serverDies()
      expect(await stores.jobs.rescueJobs(2)).toEqual({ returned: 0, failed: 1 })
      expect(await states(run)).toEqual({ run: 'Failed', a: 'Failed' })
      expect((await told(run)).length).toBe(0)
    })

    test('a stale worker moves nothing', async () => {
      const run = await begun(topologyOf({ Start: ['a'], a: ['b'] }))
      const stale = await claimed(run, 'a')
      await stores.jobs.returnJob(stale.id, stale.leaseToken, { why: 'stopping' })
      expect(await stores.jobs.completeJob(stale.id, stale.leaseToken, succeeds(stale))).toBe(false)
      expect(await states(run)).toEqual({ run: 'Running', a: 'Submitted' })
    })

    test('a template that has gone meanwhile is a failed job that names it, and the other nodes go on', async () => {
      const body = { name: 'web', picProcess: { isPicInfo: false, processRule: 'imageMogr2/strip' } }
      const { id: templateId } = await stores.templates.createTemplate(bucket, body)
      const topology = topologyOf(
        { Start: ['a', 'b'], b: ['c'] },
        { a: { templateId, inline: null }, c: { templateId, inline: null } },
        { notify: hook },
      )
      const { id } = await create(topology)
      await stores.templates.deleteTemplate(bucket, templateId)
      await upload('raw/cat.png')
      const run = (await runsOf(id))[0]!.id
      expect(await states(run)).toEqual({ run: 'Running', a: 'Failed', b: 'Submitted' })
      const [a] = (await look(run)).tasks
      expect(a!.job).toMatchObject({
        code: 'ResourceNotFound',
        message: `The template ${templateId} of a does not exist any more.`,
        rule: { template: { id: templateId, name: '' } },
        startedAt: null,
        endedAt: ledger.now(),
      })
      expect(await told(a!.job.id)).toEqual([{ eventName: 'TaskFinish', url: hook.url, dueInMs: 0 }])
      // And so further down: the run ends with it, at once.
      await end(run, 'b')
      expect(await states(run)).toEqual({ run: 'Failed', a: 'Failed', b: 'Success', c: 'Failed' })
    })

    test('jobs say what the template says when they are made', async () => {
      const body = { name: 'web', picProcess: { isPicInfo: true, processRule: 'imageMogr2/strip' } }
      const { id: templateId } = await stores.templates.createTemplate(bucket, body)
      const run = await begun(topologyOf({ Start: ['a'] }, { a: { templateId, inline: null, userData: 'asset=77' } }))
      expect((await look(run)).tasks[0]!.job).toMatchObject({
        userData: 'asset=77',
        rule: {
          processRule: 'imageMogr2/strip',
          isPicInfo: true,
          template: { id: templateId, name: 'web' },
          inline: null,
        },
      })
    })

    test('its jobs wait in the queue for pictures that the workflow names, else in the other one, else in the bucket’s', async () => {
      await stores.queues.openService(bucket, queueDefaults)
      const [queue] = (await stores.queues.listQueues({ bucket, state: null, offset: 0, limit: 1 })).items
      const inQueue = async (start: Parameters<typeof startNode>[0]): Promise<string> => {
        const { id } = await create(topologyOf({ Start: ['a'] }, {}, start), { state: 'Paused' })
        const { tasks } = await look((await workflows.startRun(bucket, id, 'x')).id)
        return tasks[0]!.job.queueId
      }
      expect(await inQueue({ picProcessQueueId: queue!.id, queueId: 'p-media' })).toBe(queue!.id)
      expect(await inQueue({ queueId: queue!.id })).toBe(queue!.id)
      expect(await inQueue({ queueId: 'p-media' })).toBe(queue!.id)
    })

    test('in a paused queue waits, and is shown so', async () => {
      const run = await begun(topologyOf({ Start: ['a'] }))
      const { job } = (await look(run)).tasks[0]!
      await stores.queues.updateQueue(bucket, job.queueId, { state: 'Paused' })
      expect((await look(run)).tasks[0]!.job.queuePaused).toBe(true)
      expect(await stores.jobs.claimJobs(9)).toEqual([])
    })

    test('outlives its workflow', async () => {
      const run = await begun(topologyOf({ Start: ['a'] }))
      const { workflowId } = await look(run)
      await workflows.setWorkflowState(bucket, workflowId, 'Paused')
      await workflows.deleteWorkflow(bucket, workflowId)
      await end(run, 'a')
      expect(await look(run)).toMatchObject({ state: 'Success', workflowName: 'thumbs' })
      expect((await runsOf(workflowId)).map(({ id }) => id)).toEqual([run])
    })

    test('is not found under another id or in another bucket', async () => {
      const run = await begun()
      expect(await workflows.findRun(bucket, 'i0')).toBeNull()
      expect(await workflows.findRun(other, run)).toBeNull()
    })
  })

  describe('what is told', () => {
    const oneNode = (notify: WorkflowNotify | null) => topologyOf({ Start: ['a'] }, {}, { notify })
    const begun = async (topology: WorkflowTopology) => {
      const { id } = await create(topology)
      await upload('raw/cat.png')
      const run = (await runsOf(id))[0]!.id
      return { workflow: id, run, job: (await look(run)).tasks[0]!.job.id }
    }
    const bodies = async () => {
      const due = await claimDue()
      return due.map(({ body }) => JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, never>)
    }

    test('beginning, each job, end: with the names of the run, and the end after the last job', async () => {
      const { run, job, workflow } = await begun(oneNode(hook))
      expect(await told(run)).toEqual([{ eventName: 'WorkflowStart', url: hook.url, dueInMs: 0 }])
      const [start] = await bodies()
      expect(start).toMatchObject({
        EventName: 'WorkflowStart',
        WorkflowExecution: { RunId: run, WorkflowId: workflow, WorkflowName: 'thumbs', State: 'Running' },
      })
      await end(run, 'a')
      const [finish] = await bodies()
      expect(finish).toMatchObject({
        EventName: 'TaskFinish',
        JobsDetail: [
          {
            JobId: job,
            Workflow: { Name: 'a', RunId: run, WorkflowId: workflow, WorkflowName: 'thumbs' },
            Input: { CosHeaders: [{ Key: 'Content-Type', Value: 'image/png' }, {}, {}, {}, {}] },
          },
        ],
      })
      const [, last] = await told(run)
      expect(last).toMatchObject({ eventName: 'WorkflowFinish' })
      expect(last!.dueInMs).toBeGreaterThan(60_000)
    })

    test.each([
      ['was delivered', { state: 'Delivered' as const }],
      ['failed and will be tried again', { state: 'Waiting' as const, dueAt: Number.MAX_SAFE_INTEGER }],
      ['was given up', { state: 'Dead' as const }],
    ])('the end becomes due when the last job’s first attempt %s', async (_how, after) => {
      const { run } = await begun(oneNode({ ...hook, events: ['TaskFinish', 'WorkflowFinish'] }))
      await end(run, 'a')
      const [task, ...nothing] = await claimDue()
      expect(nothing).toEqual([])
      ledger.pass(7)
      await stores.deliveries.recordAttempt(task!.id, task!.leaseToken, attempt, after)
      expect(await told(run)).toEqual([{ eventName: 'WorkflowFinish', url: hook.url, dueInMs: 0 }])
      const [finish] = await bodies()
      expect(finish).toMatchObject({
        EventName: 'WorkflowFinish',
        WorkflowExecution: {
          State: 'Success',
          Object: 'raw/cat.png',
          Tasks: [
            {
              Name: 'a',
              State: 'Success',
              ResultInfo: {
                ObjectCount: 1,
                ObjectInfo: [
                  {
                    ObjectUrl: expect.stringMatching(/^https:\/\/album-1250000000\.cos\.ap-test\.myqcloud\.com\/out\//),
                  },
                ],
              },
            },
          ],
        },
      })
    })

    test('a delivery that is given back untried keeps the end waiting', async () => {
      const { run } = await begun(oneNode({ ...hook, events: ['TaskFinish', 'WorkflowFinish'] }))
      await end(run, 'a')
      const [task] = await claimDue()
      await stores.deliveries.returnUntried(task!.id, task!.leaseToken, ledger.now())
      expect((await claimDue()).map(({ id }) => id)).toEqual([task!.id])
    })

    test('an end whose jobs are told to nobody is due at once', async () => {
      const { run } = await begun(oneNode({ ...hook, events: ['WorkflowFinish'] }))
      await end(run, 'a')
      expect(await told(run)).toEqual([{ eventName: 'WorkflowFinish', url: hook.url, dueInMs: 0 }])
    })

    test('a cancelled run is told as failed, after what was still to be told of its jobs', async () => {
      const { run } = await begun(
        topologyOf({ Start: ['a', 'b'] }, {}, { notify: { ...hook, events: ['TaskFinish', 'WorkflowFinish'] } }),
      )
      // Two wait: b has to be cancelled before somebody claims it.
      const [, b] = (await look(run)).tasks
      await stores.jobs.cancelJob(bucket, b!.job.id)
      await end(run, 'a')
      expect(await states(run)).toEqual({ run: 'Cancel', a: 'Success', b: 'Cancel' })
      expect(await told(b!.job.id)).toEqual([])
      const [task, ...nothing] = await claimDue()
      expect(nothing).toEqual([])
      await stores.deliveries.recordAttempt(task!.id, task!.leaseToken, attempt, { state: 'Delivered' })
      const [finish] = await bodies()
      expect(finish).toMatchObject({
        WorkflowExecution: { State: 'Failed', Tasks: [{ State: 'Success' }, { State: 'Cancel' }] },
      })
    })

    test('a run that ends with a cancel waits for a job that is being told, and not for one that has been', async () => {
      const topology = topologyOf(
        { Start: ['a', 'b'] },
        {},
        { notify: { ...hook, events: ['TaskFinish', 'WorkflowFinish'] } },
      )
      for (const tried of [false, true]) {
        const { run, workflow } = await begun(topology)
        const [a, b] = (await look(run)).tasks
        const [first] = await stores.jobs.claimJobs(1)
        expect(first!.id).toBe(a!.job.id)
        await stores.jobs.completeJob(first!.id, first!.leaseToken, succeeds(first!))
        const [task] = await claimDue()
        if (tried) await stores.deliveries.recordAttempt(task!.id, task!.leaseToken, attempt, { state: 'Delivered' })
        await stores.jobs.cancelJob(bucket, b!.job.id)
        const [finish] = await told(run)
        expect(finish!.dueInMs === 0).toBe(tried)
        if (!tried) await stores.deliveries.recordAttempt(task!.id, task!.leaseToken, attempt, { state: 'Delivered' })
        expect(await bodies()).toMatchObject([{ EventName: 'WorkflowFinish' }])
        await workflows.setWorkflowState(bucket, workflow, 'Paused')
      }
    })

    test('the workflow’s setting counts as it is then, and that of the snapshot when it is gone', async () => {
      const { run, job, workflow } = await begun(
        topologyOf({ Start: ['a'], a: ['b'] }, {}, { notify: { ...hook, events: ['TaskFinish', 'WorkflowFinish'] } }),
      )
      await workflows.setWorkflowState(bucket, workflow, 'Paused')
      const moved = topologyOf({ Start: ['x'] }, {}, { notify: { ...hook, url: 'http://moved.test/' } })
      await workflows.replaceWorkflow(bucket, workflow, workflowOf(moved, { state: 'Paused' }))
      await end(run, 'a')
      expect((await told(job)).map(({ url }) => url)).toEqual(['http://moved.test/'])
      await workflows.deleteWorkflow(bucket, workflow)
      await end(run, 'b')
      expect((await told((await look(run)).tasks[1]!.job.id)).map(({ url }) => url)).toEqual([hook.url])
      expect((await told(run)).map(({ url }) => url)).toEqual([hook.url])
    })

    test('a workflow that says nothing follows its queue; one that is Off tells nobody', async () => {
      await stores.queues.openService(bucket, queueDefaults)
      const [queue] = (await stores.queues.listQueues({ bucket, state: null, offset: 0, limit: 1 })).items
      await stores.queues.updateQueue(bucket, queue!.id, {
        notify: {
          state: 'On',
          events: ['TaskFinish', 'WorkflowFinish', 'WorkflowStart'],
          resultFormat: null,
          url: 'http://queue.test/',
        },
      })
      const following = await begun(oneNode(null))
      await end(following.run, 'a')
      expect((await told(following.run)).map(({ eventName, url }) => [eventName, url])).toEqual([
        ['WorkflowStart', 'http://queue.test/'],
        ['WorkflowFinish', 'http://queue.test/'],
      ])
      expect((await told(following.job)).map(({ url }) => url)).toEqual(['http://queue.test/'])
      await workflows.setWorkflowState(bucket, following.workflow, 'Paused')
      const silent = await begun(oneNode({ ...hook, state: 'Off' }))
      await end(silent.run, 'a')
      expect([await told(silent.run), await told(silent.job)]).toEqual([[], []])
    })
  })

  describe('lists', () => {
    test('runs by object, state and time, in pages while new ones start', async () => {
      const { id } = await create(topologyOf({ Start: ['a'] }), { state: 'Paused' })
      const made: string[] = []
      for (const object of ['raw/a/cat.png', 'cat.png', 'raw/dog.png', 'raw/b/cat.png']) {
        made.push((await workflows.startRun(bucket, id, object)).id)
        ledger.pass(1_000)
      }
      const [first] = (await look(made[0]!)).tasks
      await stores.jobs.cancelJob(bucket, first!.job.id)
      const ids = async (query: Partial<RunQuery>) => (await runsOf(id, query)).map((run) => run.id)
      expect(await ids({})).toEqual(made)
      expect(await ids({ order: 'Desc' })).toEqual(made.toReversed())
      expect(await ids({ name: 'cat.png' })).toEqual([made[0], made[1], made[3]])
      expect(await ids({ name: 'raw/a/cat.png' })).toEqual([made[0]])
      expect(await ids({ name: 'a/cat.png' })).toEqual([])
      expect(await ids({ states: ['Cancel'] })).toEqual([made[0]])
      expect(await ids({ states: ['Success', 'Cancel'] })).toEqual([made[0]])
      expect(await ids({ batchId: 'b0' as never })).toEqual([])
      expect(await ids({ bucket: other })).toEqual([])
      const { createdAt } = await look(made[1]!)
      expect(await ids({ createdFrom: createdAt, createdTo: createdAt })).toEqual([made[1]])
      const seen: string[] = []
      let after: RunQuery['after'] = null
      do {
        const page = await workflows.listRuns({ ...anyRun, workflowId: id, order: 'Desc', after, limit: 3 })
        seen.push(...page.runs.map((run) => run.id))
        after = page.next
        await workflows.startRun(bucket, id, 'newcomer')
      } while (after !== null)
      expect(seen).toEqual(made.toReversed())
    })

    test('the jobs of a workflow', async () => {
      const [one, two] = [await create(), await create()]
      await upload('raw/cat.png')
      const query = {
        bucket,
        queueId: null,
        inputObject: null,
        batchId: null,
        states: [],
        createdFrom: null,
        createdTo: null,
        order: 'Asc' as const,
        after: null,
        limit: 100,
      }
      const all = await stores.jobs.listJobs({ ...query, workflowId: null })
      const ofOne = await stores.jobs.listJobs({ ...query, workflowId: one.id })
      const ofTwo = await stores.jobs.listJobs({ ...query, workflowId: two.id })
      expect(ofOne.jobs.map(({ origin }) => origin?.workflow?.workflowId)).toEqual([one.id, one.id])
      expect(ofOne.jobs).toEqual(all.jobs.filter(({ origin }) => origin?.workflow?.workflowId === one.id))
      expect(ofTwo.jobs).toEqual(all.jobs.filter(({ origin }) => origin?.workflow?.workflowId === two.id))
      expect((await stores.jobs.listJobs({ ...query, workflowId: 'w0' })).jobs).toEqual([])
    })
  })
}
