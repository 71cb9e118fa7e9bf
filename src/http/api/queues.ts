import { Failure, type QueueId } from '../../base/index.ts'
import type { QueueChange, QueueDefaults, QueueStore } from '../../jobs/index.ts'
import type { ObjectStore } from '../../objects/index.ts'
import {
  type CallbackOptions,
  checkCallbackOptions,
  NO_CALLBACK_OPTIONS,
  NOTIFY_OFF,
  type NotifyConfig,
  said,
} from '../../wire/index.ts'
import { knownBucket } from '../known-bucket.ts'
import { type NumberedPageAsked, numberedPageOf, numberedPageParameters, numberedPageSchema } from './numbered-page.ts'
import { queueJson, queueSchema } from './queue-json.ts'
import { bucketParameter, route } from './route.ts'
import type { JsonSchema } from './schema.ts'

export interface QueueDeps {
  readonly queues: QueueStore
  readonly buckets: Pick<ObjectStore, 'findBucket'>
  readonly queueDefaults: QueueDefaults
  /** Throws `InvalidArgument` naming the field. */
  checkCallbackAddress(url: string, field: string): void
}

interface QueueNamed {
  path: { queueId: string }
  query: { bucket: string }
}

/** What of a queue can be said; what is absent stays as it is, or is what a new queue has. */
interface QueueBody {
  readonly name?: string
  readonly state?: 'Active' | 'Paused'
  readonly notify?: {
    readonly url: string
    readonly events?: NotifyConfig['events']
    readonly format?: 'XML' | 'JSON'
  } | null
  readonly callbacks?: {
    readonly profile?: CallbackOptions['profile']
    readonly headers?: CallbackOptions['headers']
  } | null
  readonly maxSize?: number
  readonly maxConcurrent?: number
}

const fields: Readonly<Record<string, JsonSchema>> = {
  name: {
    type: 'string',
    pattern: '^[\\p{L}\\p{N}_*-]{1,128}$',
    description: '1 to 128 letters, digits, "_", "-" or "*".',
  },
  state: {
    type: 'string',
    enum: ['Active', 'Paused'],
    description: '`Paused`: nothing new starts; what runs goes on.',
  },
  notify: {
    description: 'Who is told of the end of its jobs that name nobody; `null`: nobody.',
    oneOf: [
      {
        type: 'object',
        required: ['url'],
        properties: {
          url: { type: 'string', minLength: 1, format: 'uri' },
          events: {
            type: 'array',
            minItems: 1,
            maxItems: 4,
            items: { type: 'string', enum: ['TaskFinish', 'WorkflowFinish', 'WorkflowStart'] },
            default: ['TaskFinish'],
          },
          format: { type: 'string', enum: ['XML', 'JSON'], default: 'XML' },
        },
      },
      { type: 'null' },
    ],
  },
  callbacks: {
    description: 'What is added to the callbacks of its jobs, as a whole; `null`: nothing.',
    oneOf: [
      {
        type: 'object',
        properties: {
          profile: {
            description: 'The edition of the bodies; `null`: the one of the server.',
            oneOf: [{ type: 'string', enum: ['2025', '2023', 'live'] }, { type: 'null' }],
          },
          headers: {
            description: 'Sent with what goes to the address of `notify`, and nowhere else.',
            type: 'array',
            maxItems: 10,
            items: {
              type: 'object',
              required: ['name', 'value'],
              properties: { name: { type: 'string' }, value: { type: 'string' } },
            },
          },
        },
      },
      { type: 'null' },
    ],
  },
  maxSize: { type: 'integer', minimum: 1, maximum: 10_000_000, description: 'How many jobs may wait.' },
  maxConcurrent: { type: 'integer', minimum: 1, maximum: 1_000_000, description: 'How many jobs may run at once.' },
}

const queuePath = { queueId: { says: 'The id of a queue.' } }

export const queueRoutes = [
  route<QueueDeps, { query: NumberedPageAsked & { bucket: string; state?: 'Active' | 'Paused' } }>({
    method: 'GET',
    path: '/-/api/queues',
    name: 'listQueues',
    subject: 'queues',
    summary: 'The queues of a bucket, oldest first.',
    description: 'Jobs that name no queue go to the first one.',
    permission: 'read',
    query: {
      bucket: bucketParameter,
      state: { schema: { type: 'string', enum: ['Active', 'Paused'] }, says: 'Only those in this state.' },
      ...numberedPageParameters,
    },
    answer: { says: 'A page of queues.', schema: numberedPageSchema('queues', queueSchema) },
    async carryOut({ query, answer }, { queues, buckets }) {
      const bucket = await knownBucket(buckets, query.bucket)
      const { items, total } = await queues.listQueues({ bucket, state: query.state ?? null, ...numberedPageOf(query) })
      await answer({ queues: items.map(queueJson), total })
    },
  }),
  route<QueueDeps, { body: QueueBody & { bucket: string; name: string } }>({
    method: 'POST',
    path: '/-/api/queues',
    name: 'createQueue',
    subject: 'queues',
    summary: 'Makes another queue.',
    description:
      'The first queue of a bucket is there from its first job on; when it is not there yet, it is made as well, so that jobs that name no queue do not land in this one.',
    permission: 'administer',
    body: {
      schema: {
        title: 'NewQueue',
        type: 'object',
        required: ['bucket', 'name'],
        properties: { bucket: bucketParameter.schema, ...fields },
      },
    },
    answer: { status: 201, says: 'The queue.', schema: queueSchema },
    async carryOut({ body, answer }, deps) {
      const { bucket, name } = body
      const queue = await deps.queues.createQueue(bucket, { ...changeOf(body, deps), name }, deps.queueDefaults)
      await answer(queueJson(queue), {
        status: 201,
        headers: { location: `/-/api/queues/${queue.id}?bucket=${encodeURIComponent(bucket)}` },
      })
    },
  }),
  route<QueueDeps, QueueNamed>({
    method: 'GET',
    path: '/-/api/queues/{queueId}',
    name: 'showQueue',
    subject: 'queues',
    summary: 'One queue.',
    permission: 'read',
    pathParameters: queuePath,
    query: { bucket: bucketParameter },
    answer: { says: 'The queue.', schema: queueSchema },
    async carryOut({ path, query, answer }, { queues }) {
      const [queue] = await queues.findQueues(query.bucket, [path.queueId])
      if (queue === undefined) {
        throw new Failure(
          'QueueNotFound',
          `There is no queue ${said(path.queueId)} in the bucket ${said(query.bucket)}.`,
        )
      }
      await answer(queueJson(queue))
    },
  }),
  route<QueueDeps, QueueNamed & { body: QueueBody }>({
    method: 'PATCH',
    path: '/-/api/queues/{queueId}',
    name: 'changeQueue',
    subject: 'queues',
    summary: 'Changes a queue, pauses it, or lets it go on.',
    description: 'What is left out stays as it is.',
    permission: 'administer',
    pathParameters: queuePath,
    query: { bucket: bucketParameter },
    body: { schema: { title: 'QueueChange', type: 'object', properties: fields } },
    answer: { says: 'The queue.', schema: queueSchema },
    async carryOut({ path, query, body, answer }, deps) {
      const change = changeOf(body, deps)
      await answer(queueJson(await deps.queues.updateQueue(query.bucket, path.queueId as QueueId, change)))
    },
  }),
]

function changeOf(
  { notify, callbacks, ...rest }: QueueBody,
  deps: Pick<QueueDeps, 'checkCallbackAddress'>,
): QueueChange {
  const { name, state, maxSize, maxConcurrent } = rest
  const change: QueueChange = {
    ...(name === undefined ? {} : { name }),
    ...(state === undefined ? {} : { state }),
    ...(maxSize === undefined ? {} : { maxSize }),
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
    ...(callbacks === undefined
      ? {}
      : { callbacks: checkCallbackOptions({ ...NO_CALLBACK_OPTIONS, ...callbacks }, 'callbacks') }),
  }
  if (notify === undefined) return change
  if (notify === null) return { ...change, notify: NOTIFY_OFF }
  const { url, events = ['TaskFinish'], format = null } = notify
  deps.checkCallbackAddress(url, 'notify.url')
  return { ...change, notify: { state: 'On', events: [...new Set(events)], resultFormat: format, url } }
}
