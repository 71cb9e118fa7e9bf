import { maskUrl } from '../../callbacks/index.ts'
import { type Job, shownState } from '../../jobs/index.ts'
import { always, type JsonSchema, moment, nullable, timeOf } from './schema.ts'

/** What a job is and what became of it. */
export function jobJson(job: Job) {
  const { rule, result, origin } = job
  return {
    jobId: job.id,
    bucket: job.bucket,
    state: shownState(job),
    code: job.code,
    message: job.message,
    createTime: timeOf(job.createdAt),
    startTime: timeOf(job.startedAt),
    endTime: timeOf(job.endedAt),
    queue: job.queueId,
    level: job.level,
    input: job.inputObject,
    rule: rule.processRule,
    template: rule.template,
    pictureInfo: rule.isPicInfo,
    output: job.output,
    userData: job.userData,
    // The word `no` is not changed by it.
    callback: job.callback.url === null ? null : maskUrl(job.callback.url),
    callbackFormat: job.callback.format,
    result: result === null ? null : resultJson(result),
    workflowId: origin?.workflow?.workflowId ?? null,
    runId: origin?.workflow?.runId ?? null,
    node: origin?.workflow?.name ?? null,
    batchId: job.batchId,
  }
}

function resultJson({ objectName, source, output }: NonNullable<Job['result']>) {
  return {
    object: objectName,
    etag: output.etag,
    format: output.format,
    width: output.width,
    height: output.height,
    quality: output.quality,
    size: output.size,
    source: { etag: source.etag, picture: source.facts },
  }
}

const text: JsonSchema = { type: 'string' }
const count: JsonSchema = { type: 'integer', minimum: 0 }

const pictureSchema = always({
  averageColour: { type: 'string', examples: ['0x7f5a43'] },
  format: { type: 'string', examples: ['jpeg'] },
  width: count,
  height: count,
  orientation: { type: 'integer', description: 'EXIF orientation, 0 when there is none.' },
  quality: { type: 'integer', description: '1 to 100; 100 for formats without a quality.' },
})

const resultSchema = always({
  object: { type: 'string', description: 'The key that was written, placeholders resolved.' },
  etag: text,
  format: text,
  width: count,
  height: count,
  quality: count,
  size: { type: 'integer', description: 'Bytes.' },
  source: always({
    etag: { type: 'string', description: 'Of the version that was processed.' },
    picture: nullable({ ...pictureSchema, description: 'Only when `pictureInfo` was asked for.' }),
  }),
})

/** The states that a reader is shown. */
export const jobStates = ['Submitted', 'Running', 'Success', 'Failed', 'Pause', 'Cancel'] as const

export const jobSchema: JsonSchema = {
  title: 'Job',
  ...always({
    jobId: { type: 'string', examples: ['c5e0d1aa4b7c211f0a1b2c3d4e5f60718'] },
    bucket: text,
    state: { type: 'string', enum: jobStates, description: '`Pause`: it waits in a queue that is paused.' },
    code: { type: 'string', description: '`Success` unless it failed.' },
    message: { type: 'string', description: 'Empty unless it failed.' },
    createTime: moment,
    startTime: nullable(moment),
    endTime: nullable(moment),
    queue: text,
    level: { type: 'integer', enum: [0, 1, 2] },
    input: { type: 'string', description: 'The key of the object it works on.' },
    rule: text,
    template: nullable(always({ id: text, name: text }, 'Where the rule came from, as it was called then.')),
    pictureInfo: { type: 'boolean' },
    output: always({ bucket: text, region: text, object: text }, '`object` as it was asked for.'),
    userData: nullable(text),
    callback: nullable({
      type: 'string',
      description: 'Without the secrets in it. `no`: nobody is told. `null`: whoever its queue says.',
    }),
    callbackFormat: nullable({ type: 'string', enum: ['XML', 'JSON'] }),
    result: nullable({ ...resultSchema, description: 'Of a job that succeeded.' }),
    workflowId: nullable(text),
    runId: nullable(text),
    node: nullable({ type: 'string', description: 'The node of the workflow.' }),
    batchId: nullable(text),
  }),
}
