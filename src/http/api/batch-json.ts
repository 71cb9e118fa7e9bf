import { maskUrl } from '../../callbacks/index.ts'
import type { BatchJob } from '../../wire/index.ts'
import type { Batch } from '../../workflows/index.ts'
import { always, type JsonSchema, moment, nullable, timeOf } from './schema.ts'

/** What a batch is and how far it has come. */
export function batchJson(batch: Batch) {
  const { job, timeInterval } = batch
  return {
    batchId: batch.id,
    bucket: batch.bucket,
    name: batch.name,
    state: batch.state,
    code: batch.code,
    message: batch.message,
    createTime: timeOf(batch.createdAt),
    startTime: timeOf(batch.startedAt),
    endTime: timeOf(batch.endedAt),
    progress: batch.progress,
    counts: countsJson(batch.counts),
    input: { kind: batch.input.kind, value: batch.input.value },
    from: timeOf(timeInterval.startMs),
    until: timeOf(timeInterval.endMs),
    workflows: batch.workflowIds,
    rule: job?.inline?.processRule ?? null,
    template: job?.templateId ?? null,
    pictureInfo: job?.inline?.isPicInfo ?? null,
    output: job === null ? null : outputJson(job),
    queue: job?.queueId ?? null,
    level: job?.level ?? null,
    userData: job?.userData ?? null,
    callback: job === null ? null : callbackJson(job),
    callbackFormat: job?.callbackFormat ?? null,
  }
}

/** The same with the first of what failed. */
export function wholeBatchJson(batch: Batch) {
  return {
    ...batchJson(batch),
    failures: batch.failures.map(({ object, code, message }) => ({ object, code, message })),
  }
}

function countsJson({ total, listed, created, ended, failed }: Batch['counts']) {
  return { total, listed, created, ended, failed }
}

function outputJson({ output: { bucket, region, object } }: BatchJob) {
  return { bucket, region, object }
}

function callbackJson({ callback }: BatchJob): string | null {
  if (callback.to === 'url') return maskUrl(callback.url)
  return callback.to === 'nobody' ? 'no' : null
}

const text: JsonSchema = { type: 'string' }
const count: JsonSchema = { type: 'integer', minimum: 0 }

/** The states of a batch. */
export const batchStates = ['Submitted', 'Running', 'Success', 'Failed', 'Cancel'] as const

/** Where the objects of a batch come from. */
export const inputKinds = ['Prefix', 'Object', 'UrlFile', 'Manifest'] as const

const fields: Readonly<Record<string, JsonSchema>> = {
  batchId: text,
  bucket: text,
  name: text,
  state: { type: 'string', enum: batchStates },
  code: { type: 'string', description: '`Success` unless it failed.' },
  message: { type: 'string', description: 'Why it failed, or that it found nothing to do.' },
  createTime: moment,
  startTime: nullable(moment),
  endTime: nullable(moment),
  progress: { type: 'integer', minimum: 0, maximum: 100, description: 'Percent; it never goes down.' },
  counts: always(
    {
      total: nullable({ ...count, description: '`null` until the list has been read to its end.' }),
      listed: count,
      created: { ...count, description: 'Jobs or runs that were made.' },
      ended: count,
      failed: { ...count, description: 'Of those that ended.' },
    },
    'Objects, or with several workflows an object with one of them.',
  ),
  input: always({ kind: { type: 'string', enum: inputKinds }, value: text }, 'Where its objects come from.'),
  from: nullable({ ...moment, description: 'Only objects that were written then or later.' }),
  until: nullable({ ...moment, description: 'Only objects that were written then or earlier.' }),
  workflows: { type: 'array', items: text, description: 'Each object starts a run of each; empty for jobs.' },
  rule: nullable({
    type: 'string',
    description: 'What is done to each object; this and what follows is `null` for workflows.',
  }),
  template: nullable({ type: 'string', description: 'The id of the template that holds the rule.' }),
  pictureInfo: nullable({ type: 'boolean' }),
  output: nullable(always({ bucket: text, region: text, object: text }, '`object` as it was asked for.')),
  queue: nullable({ type: 'string', description: '`null`: the first queue of the bucket.' }),
  level: nullable({ type: 'integer', enum: [0, 1, 2] }),
  userData: nullable(text),
  callback: nullable({
    type: 'string',
    description: 'Without the secrets in it. `no`: nobody is told. `null`: whoever the queue says.',
  }),
  callbackFormat: nullable({ type: 'string', enum: ['XML', 'JSON'] }),
}

export const batchSchema: JsonSchema = { title: 'Batch', ...always(fields) }

export const wholeBatchSchema: JsonSchema = {
  title: 'BatchWithFailures',
  ...always({
    ...fields,
    failures: {
      type: 'array',
      description: 'The first hundred that failed; `counts.failed` counts them all.',
      items: always({ object: text, code: text, message: text }),
    },
  }),
}
