import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { topologyOf, workflowOf } from '../../test/support/workflows.ts'
import { type QueueId, silentLog } from '../base/index.ts'
import type { QueueStore } from '../jobs/index.ts'
import type { ObjectStore } from '../objects/index.ts'
import type { WorkflowNotify } from '../wire/index.ts'
import type { WorkflowStore } from '../workflows/index.ts'
import { newWebhookSecret } from './signature.ts'
import { SigningBook } from './signing-book.ts'
import type { SigningStore } from './signing-store.ts'

export interface SigningStoreUnderTest {
  readonly signing: SigningStore
  readonly queues: QueueStore
  readonly objects: ObjectStore
  readonly workflows: WorkflowStore
  readonly secrets: { secretsFor(purpose: 'webhook', first: string): Promise<string[]> }
  close(): Promise<void>
}

const bucket = 'album-1250000000'
const DAY_MS = 86_400_000

/** Every store of what callbacks are signed with does this. */
export function keepsTheSigningStoreContract(open: (now?: () => number) => Promise<SigningStoreUnderTest>): void {
  let it: SigningStoreUnderTest
  let now: number
  beforeEach(async () => {
    now = 1_000_000
    it = await open(() => now)
  })
  afterEach(() => it.close())

  const aQueue = async (): Promise<QueueId> => {
    await it.objects.createBucket({ name: bucket, region: 'ap-test' })
    await it.queues.openService(bucket, { maxSize: 10, maxConcurrent: 10 })
    const { items } = await it.queues.listQueues({ bucket, state: null, offset: 0, limit: 1 })
    return items[0]!.id
  }
  const bookOf = async (given: readonly string[] | null = null): Promise<SigningBook> => {
    const book = new SigningBook({ store: it.signing, given, log: silentLog, clock: { now: () => now } })
    await book.read()
    return book
  }
  const from = (queueId: string | null, workflowId: string | null = null) => ({ queueId, workflowId, byQueue: true })

  describe('the secrets of callbacks', () => {
    test('are one to begin with, two during a rotation, and one again', async () => {
      const first = newWebhookSecret()
      await it.secrets.secretsFor('webhook', first)
      const book = await bookOf()
      expect(book.secretsFor(from(null))).toEqual([first])
      const second = await book.rotate({ kind: 'server' }, { keepOldMs: DAY_MS })
      expect(book.secretsFor(from(null))).toEqual([second, first])
      expect((await bookOf()).serverSecrets).toEqual([second, first])
      now += DAY_MS
      expect(book.secretsFor(from(null))).toEqual([second])
      expect(await it.secrets.secretsFor('webhook', 'not this one')).toEqual([second])
    })

    test('are never more than two, and one at once when the old one is to go', async () => {
      const book = await bookOf()
      await book.rotate({ kind: 'server' })
      const two = await book.rotate({ kind: 'server' })
      const three = await book.rotate({ kind: 'server' })
      expect(book.serverSecrets).toEqual([three, two])
      const four = await book.rotate({ kind: 'server' }, { keepOldMs: 0 })
      expect(book.serverSecrets).toEqual([four])
    })

    test('of a queue and of a workflow go before the server’s, and can be taken away', async () => {
      const queueId = await aQueue()
      const book = await bookOf()
      const server = await book.rotate({ kind: 'server' })
      const own = await book.rotate({ kind: 'queue', id: queueId })
      expect(book.secretsFor(from(queueId))).toEqual([own])
      expect(book.secretsFor(from('another'))).toEqual([server])
      expect(book.secretsFor(from(queueId, 'no workflow of that name'))).toEqual([own])
      expect(await book.remove({ kind: 'queue', id: queueId })).toBe(1)
      expect(book.secretsFor(from(queueId))).toEqual([server])
    })

    test('are listed without their values', async () => {
      const queueId = await aQueue()
      const book = await bookOf()
      const values = [await book.rotate({ kind: 'server' }), await book.rotate({ kind: 'queue', id: queueId })]
      now += 5
      values.push(await book.rotate({ kind: 'server' }, { keepOldMs: 100 }))
      const listed = await book.list()
      expect(listed).toEqual([
        { owner: { kind: 'server' }, fingerprint: expect.any(String), createdAt: now, retiresAt: null },
        { owner: { kind: 'server' }, fingerprint: expect.any(String), createdAt: now - 5, retiresAt: now + 100 },
        { owner: { kind: 'queue', id: queueId }, fingerprint: expect.any(String), createdAt: now - 5, retiresAt: null },
      ])
      expect(new Set(listed.map(({ fingerprint }) => fingerprint)).size).toBe(3)
      for (const value of values) expect(JSON.stringify(listed)).not.toContain(value)
    })

    test('are refused for what does not exist, and when they are none', async () => {
      const book = await bookOf()
      await expect(book.rotate({ kind: 'queue', id: 'p1' })).rejects.toMatchObject({ code: 'QueueNotFound' })
      await expect(book.rotate({ kind: 'workflow', id: 'w1' })).rejects.toMatchObject({ code: 'WorkflowNotFound' })
      await expect(book.rotate({ kind: 'server' }, { value: 'whsec_short' })).rejects.toMatchObject({
        code: 'InvalidArgument',
      })
      const value = await book.rotate({ kind: 'server' })
      await expect(book.rotate({ kind: 'server' }, { value })).rejects.toMatchObject({ code: 'InvalidArgument' })
    })

    test('that the settings give are not rotated here', async () => {
      const given = [newWebhookSecret()]
      const book = await bookOf(given)
      expect(book.secretsFor(from(null))).toEqual(given)
      await expect(book.rotate({ kind: 'server' })).rejects.toThrow(/PIXMILL_WEBHOOK_SECRET/)
    })

    test('go with their queue', async () => {
      const queueId = await aQueue()
      const book = await bookOf()
      await book.rotate({ kind: 'queue', id: queueId })
      await it.queues.closeService(bucket)
      expect(await book.list()).toEqual([])
    })
  })

  describe('the headers of a queue', () => {
    test('go with what goes to its own address, as they are now', async () => {
      const id = await aQueue()
      const book = await bookOf()
      expect(book.headersFor(from(id))).toEqual([])
      const headers = [{ name: 'X-Key', value: 'a b' }]
      const changed = await it.queues.updateQueue(bucket, id, { callbacks: { profile: 'live', headers } })
      expect(changed.callbacks).toEqual({ profile: 'live', headers })
      await book.refresh()
      expect(book.headersFor(from(id))).toEqual(headers)
      expect(book.headersFor({ ...from(id), byQueue: false })).toEqual([])
      expect(book.headersFor(from('another'))).toEqual([])
      expect((await it.queues.updateQueue(bucket, id, { name: 'main' })).callbacks).toEqual(changed.callbacks)
      await it.queues.updateQueue(bucket, id, { callbacks: { profile: null, headers: [] } })
      await book.refresh()
      expect(book.headersFor(from(id))).toEqual([])
    })
  })

  describe('what a test of a receiver has to know', () => {
    const aWorkflow = async (notify: WorkflowNotify | null, picProcessQueueId: string | null = null) => {
      const body = workflowOf(topologyOf({ Start: ['a'] }, {}, { notify, picProcessQueueId }))
      return (await it.workflows.createWorkflow(bucket, body, { maxWorkflows: 10 })).id
    }
    const url = 'http://queue.test/hook?key=1'
    const ofQueue = { state: 'Off', events: [], resultFormat: 'JSON', url } as const

    test('is what a queue says, whether it is on or not', async () => {
      const id = await aQueue()
      expect(await it.signing.findGround({ kind: 'queue', id })).toEqual({
        queueId: id,
        workflowId: null,
        profile: null,
        to: null,
      })
      await it.queues.updateQueue(bucket, id, { notify: ofQueue, callbacks: { profile: '2023', headers: [] } })
      expect(await it.signing.findGround({ kind: 'queue', id })).toEqual({
        queueId: id,
        workflowId: null,
        profile: '2023',
        to: { url, format: 'JSON', byQueue: true },
      })
    })

    test('is what a workflow says, and else the queue of its runs', async () => {
      const queueId = await aQueue()
      await it.queues.updateQueue(bucket, queueId, { notify: ofQueue, callbacks: { profile: 'live', headers: [] } })
      const silent = await aWorkflow(null)
      expect(await it.signing.findGround({ kind: 'workflow', id: silent })).toEqual({
        queueId,
        workflowId: silent,
        profile: 'live',
        to: { url, format: 'JSON', byQueue: true },
      })
      const own = {
        state: null,
        events: ['TaskFinish'],
        resultFormat: null,
        url: 'http://flow.test/',
        type: null,
      } as const
      const telling = await aWorkflow(own, queueId)
      expect(await it.signing.findGround({ kind: 'workflow', id: telling })).toEqual({
        queueId,
        workflowId: telling,
        profile: 'live',
        to: { url: 'http://flow.test/', format: 'XML', byQueue: false },
      })
      await it.queues.closeService(bucket)
      expect(await it.signing.findGround({ kind: 'workflow', id: silent })).toMatchObject({ queueId: null, to: null })
    })

    test('is refused of what does not exist', async () => {
      await expect(it.signing.findGround({ kind: 'queue', id: 'p1' })).rejects.toMatchObject({ code: 'QueueNotFound' })
      await expect(it.signing.findGround({ kind: 'workflow', id: 'w1' })).rejects.toMatchObject({
        code: 'WorkflowNotFound',
      })
    })
  })
}
