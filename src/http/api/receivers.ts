import { Failure } from '../../base/index.ts'
import {
  maskUrl,
  type ReceiverInFull,
  type ReceiverRecord,
  type ReceiverStore,
  type ReceiverTest,
  switchReceiverOff,
  switchReceiverOn,
  type TestedReceiver,
} from '../../callbacks/index.ts'
import { said } from '../../wire/index.ts'
import { receiverIdOf } from './deliveries.ts'
import { route } from './route.ts'
import { always, type JsonSchema, moment, nullable, timeOf } from './schema.ts'

export interface ReceiverDeps {
  readonly receivers: ReceiverStore
  /** Sends a signed event that tells of nothing, once, and says what came of it. */
  testReceiver(test: ReceiverTest): Promise<TestedReceiver>
  /** Fails with `InvalidArgument` for an address that may not be called. */
  checkCallbackAddress(url: string, field: string): void
}

const text: JsonSchema = { type: 'string' }
const count: JsonSchema = { type: 'integer', minimum: 0 }

const record: Readonly<Record<string, JsonSchema>> = {
  receiverId: { type: 'string', examples: ['rcv_4f1c0a9d8e7b6c5d4f1c0a9d8e7b6c5d'] },
  address: { type: 'string', description: 'Scheme, host, port and path.' },
  enabled: { type: 'boolean', description: '`false`: what goes there is held until it is switched on.' },
  switchTime: nullable(moment),
  offBecause: nullable({ type: 'string', description: 'Why it is off; `null` while it is on.' }),
  firstTime: moment,
  lastAttemptTime: moment,
  lastSuccessTime: nullable(moment),
  failingSince: nullable({ ...moment, description: 'Since when nothing but failures came; `null` while it works.' }),
  failures: { ...count, description: 'In a row.' },
  lastError: nullable(text),
  restsUntil: nullable({
    ...moment,
    description: 'Until when nothing is sent there; `null` when it is given no rest.',
  }),
  restsBecause: nullable({ type: 'string', enum: ['connections', 'answers', 'Retry-After'] }),
}

const recordSchema = always(record)
const inFullSchema = always({ ...record, held: { ...count, description: 'Deliveries that wait for it to be on.' } })
const receiverPath = { receiverId: { says: 'The id of a receiver.' } }
type Named = { path: { receiverId: string } }

const formatSchema: JsonSchema = {
  type: 'string',
  enum: ['XML', 'JSON'],
  description: 'Unless told, as the queue or workflow has it when the test goes to its own address, else XML.',
}

interface TestAsked {
  readonly receiver?: string
  readonly url?: string
  readonly format?: 'XML' | 'JSON'
  readonly queue?: string
  readonly workflow?: string
}

export const receiverRoutes = [
  route<
    ReceiverDeps,
    { query: { which: 'all' | 'on' | 'off' | 'failing'; prefix?: string; after?: string; limit: number } }
  >({
    method: 'GET',
    path: '/-/api/receivers',
    name: 'listReceivers',
    subject: 'receivers',
    summary: 'Who gets callbacks, by address.',
    permission: 'read',
    query: {
      which: {
        schema: { type: 'string', enum: ['all', 'on', 'off', 'failing'], default: 'all' },
        says: '`on`, `off`: switched so. `failing`: of which nothing but failures came.',
      },
      prefix: { schema: { type: 'string', maxLength: 2048 }, says: 'Only those whose address begins with this.' },
      after: { schema: { type: 'string', maxLength: 2048 }, says: 'The `next` of the page before.' },
      limit: {
        schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
        says: 'How many entries a page has.',
      },
    },
    answer: {
      says: 'A page of receivers.',
      schema: always({
        receivers: { type: 'array', items: recordSchema },
        next: nullable({ type: 'string', description: 'For `after`; `null` on the last page.' }),
      }),
    },
    async carryOut({ query, answer }, { receivers }) {
      const { which, prefix = null, after = null, limit } = query
      const page = await receivers.listReceivers({ which, prefix, after, limit })
      await answer({ receivers: page.items.map(receiverJson), next: page.next })
    },
  }),
  route<ReceiverDeps, Named>({
    method: 'GET',
    path: '/-/api/receivers/{receiverId}',
    name: 'showReceiver',
    subject: 'receivers',
    summary: 'One receiver.',
    permission: 'read',
    pathParameters: receiverPath,
    answer: { says: 'The receiver.', schema: inFullSchema },
    async carryOut({ path, answer }, { receivers }) {
      await answer(inFullJson(await receiverNamed(receivers, path.receiverId, 'receiverId')))
    },
  }),
  route<ReceiverDeps, Named & { body?: { because?: string } }>({
    method: 'POST',
    path: '/-/api/receivers/{receiverId}/disable',
    name: 'disableReceiver',
    subject: 'receivers',
    summary: 'Send nothing to a receiver until it is switched on again.',
    description: 'What goes to it is held and not lost.',
    permission: 'administer',
    pathParameters: receiverPath,
    body: {
      isOptional: true,
      schema: { type: 'object', properties: { because: { type: 'string', minLength: 1, maxLength: 200 } } },
    },
    answer: { says: 'The receiver.', schema: inFullSchema },
    async carryOut({ path, body, answer }, { receivers }) {
      const { id } = await receiverNamed(receivers, path.receiverId, 'receiverId')
      await switchReceiverOff(receivers, id, body?.because ?? 'switched off by hand')
      await answer(inFullJson(await receiverNamed(receivers, id)))
    },
  }),
  route<ReceiverDeps, Named>({
    method: 'POST',
    path: '/-/api/receivers/{receiverId}/enable',
    name: 'enableReceiver',
    subject: 'receivers',
    summary: 'Send to a receiver again, beginning with what was held for it.',
    permission: 'administer',
    pathParameters: receiverPath,
    answer: { says: 'The receiver.', schema: inFullSchema },
    async carryOut({ path, answer }, { receivers }) {
      const { id } = await receiverNamed(receivers, path.receiverId, 'receiverId')
      await switchReceiverOn(receivers, id)
      await answer(inFullJson(await receiverNamed(receivers, id)))
    },
  }),
  route<ReceiverDeps, { body: TestAsked }>({
    method: 'POST',
    path: '/-/api/receivers/test',
    name: 'testReceiver',
    subject: 'receivers',
    summary: 'Send a signed event that tells of nothing, once, and say what came of it.',
    description:
      "A `TaskFinish` whose `UserData` is `pixmill test`. It is in no record and not repeated. To `url`, to where the newest delivery of `receiver` goes, or to the own address of `queue` or `workflow`. With one of those it is as their callbacks are: in that profile, with those secrets and, to a queue's own address, its headers; else as the server has it.",
    permission: 'administer',
    body: {
      schema: {
        type: 'object',
        properties: {
          receiver: { type: 'string', maxLength: 64, description: 'The id of a receiver.' },
          url: { type: 'string', minLength: 1, maxLength: 2048 },
          format: formatSchema,
          queue: { type: 'string', minLength: 1, maxLength: 128, description: 'The id of a queue.' },
          workflow: { type: 'string', minLength: 1, maxLength: 128, description: 'The id of a workflow.' },
        },
      },
    },
    answer: {
      says: 'What came of it.',
      schema: always({
        delivered: { type: 'boolean', description: 'Whether it answered 2xx.' },
        eventId: text,
        url: { type: 'string', description: 'Without its secrets.' },
        status: nullable({ type: 'integer' }),
        address: nullable(text),
        durationMs: count,
        answer: { type: 'string', description: 'The first 1 KiB.' },
        error: nullable(text),
      }),
    },
    async carryOut({ body, answer }, { receivers, testReceiver, checkCallbackAddress }) {
      const { format = null } = body
      const like = ownerToTest(body)
      const url = await urlToTest(body, like !== null, receivers, checkCallbackAddress)
      await answer(await testReceiver({ url, format, ...(like && { like }) }))
    },
  }),
]

function ownerToTest({ queue, workflow }: TestAsked): ReceiverTest['like'] | null {
  if (queue !== undefined && workflow !== undefined) {
    throw new Failure('InvalidArgument', 'queue and workflow are both given, expected at most one of them.', {
      details: { field: 'workflow' },
    })
  }
  if (queue !== undefined) return { kind: 'queue', id: queue }
  return workflow === undefined ? null : { kind: 'workflow', id: workflow }
}

/** `null`: it is for the queue or workflow to say. */
async function urlToTest(
  { receiver, url }: TestAsked,
  mayBeNone: boolean,
  receivers: ReceiverStore,
  check: ReceiverDeps['checkCallbackAddress'],
): Promise<string | null> {
  if (receiver === undefined && url === undefined && mayBeNone) return null
  if ((receiver === undefined) === (url === undefined)) {
    throw new Failure('InvalidArgument', 'receiver and url: expected one of them.', { details: { field: 'receiver' } })
  }
  if (url !== undefined) {
    check(url, 'url')
    return url
  }
  const { newestUrl, address } = await receiverNamed(receivers, receiver!)
  return newestUrl ?? address
}

async function receiverNamed(receivers: ReceiverStore, id: string, field?: string): Promise<ReceiverInFull> {
  const receiver = await receivers.findReceiver(receiverIdOf(id, field))
  if (receiver === null) throw new Failure('ReceiverNotFound', `There is no receiver ${said(maskUrl(id))}.`)
  return receiver
}

function inFullJson(receiver: ReceiverInFull) {
  return { ...receiverJson(receiver), held: receiver.held }
}

function receiverJson(receiver: ReceiverRecord) {
  return {
    receiverId: receiver.id,
    address: receiver.address,
    enabled: receiver.isEnabled,
    switchTime: timeOf(receiver.switchedAt),
    offBecause: receiver.offBecause,
    firstTime: timeOf(receiver.firstSeenAt),
    lastAttemptTime: timeOf(receiver.lastAttemptAt),
    lastSuccessTime: timeOf(receiver.lastSuccessAt),
    failingSince: timeOf(receiver.failingSince),
    failures: receiver.failures,
    lastError: receiver.lastError,
    restsUntil: timeOf(receiver.restsUntil),
    restsBecause: receiver.restsBecause,
  }
}
