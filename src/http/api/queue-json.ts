import type { Queue } from '../../jobs/index.ts'
import { always, type JsonSchema, moment, nullable, timeOf } from './schema.ts'

export function queueJson({ notify, ...queue }: Queue) {
  return {
    queueId: queue.id,
    bucket: queue.bucket,
    name: queue.name,
    state: queue.state,
    notify:
      notify.state === 'Off' || notify.url === null
        ? null
        : { url: notify.url, events: notify.events, format: notify.resultFormat ?? 'XML' },
    callbacks: {
      profile: queue.callbacks.profile,
      headers: queue.callbacks.headers.map(({ name }) => ({ name, value: '***' })),
    },
    maxSize: queue.maxSize,
    maxConcurrent: queue.maxConcurrent,
    createTime: timeOf(queue.createdAt),
    updateTime: timeOf(queue.updatedAt),
  }
}

const text: JsonSchema = { type: 'string' }

export const queueSchema: JsonSchema = {
  title: 'Queue',
  ...always({
    queueId: { type: 'string', examples: ['p7a41c0de9b3f4e21a6d58c07f1e2b394'] },
    bucket: text,
    name: text,
    state: { type: 'string', enum: ['Active', 'Paused'] },
    notify: nullable({
      ...always({
        url: text,
        events: { type: 'array', items: text },
        format: { type: 'string', enum: ['XML', 'JSON'] },
      }),
      description: 'Who is told of the end of its jobs that name nobody; `null`: nobody.',
    }),
    callbacks: {
      ...always({
        profile: nullable({ type: 'string', enum: ['2025', '2023', 'live'] }),
        headers: { type: 'array', items: always({ name: text, value: text }) },
      }),
      description: 'What is added to the callbacks of its jobs. Values of headers are not shown.',
    },
    maxSize: { type: 'integer', description: 'How many jobs may wait.' },
    maxConcurrent: { type: 'integer', description: 'How many jobs may run at once.' },
    createTime: moment,
    updateTime: moment,
  }),
}
