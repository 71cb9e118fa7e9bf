import { Failure } from '../../base/index.ts'
import type { Bucket } from '../../objects/index.ts'
import { type BatchInput, type BatchJob, type BatchRequest, readTime, type SubmitRequest } from '../../wire/index.ts'
import { inputKinds } from './batch-json.ts'
import type { JsonSchema } from './schema.ts'
import { type SubmitBody, submitBodySchema, submitRequestOf } from './submit-body.ts'

/** A batch as a plain document asks for it. */
export interface BatchBody extends Partial<Omit<SubmitBody, 'bucket' | 'input'>> {
  readonly bucket: string
  readonly name: string
  readonly input: BatchInput
  readonly from?: string
  readonly until?: string
  readonly workflows?: readonly string[]
}

const { bucket, input: _input, ...jobFields } = submitBodySchema.properties!

export const batchBodySchema: JsonSchema = {
  title: 'NewBatch',
  type: 'object',
  required: ['bucket', 'name', 'input'],
  properties: {
    bucket: { ...bucket, description: 'The bucket whose objects are worked on.' },
    name: {
      type: 'string',
      pattern: '^[\\p{L}\\p{N}_-]{1,128}$',
      description: '1 to 128 letters, digits, "_" or "-".',
    },
    input: {
      type: 'object',
      description: 'Which objects.',
      required: ['kind', 'value'],
      properties: {
        kind: {
          type: 'string',
          enum: inputKinds,
          description:
            '`Prefix`: those whose key begins so, `/` for all. `Object`: this one. `UrlFile`: those in a list, an object with an address or a key in each line. `Manifest`: those in an inventory, the object `manifest.json`.',
        },
        value: { type: 'string', minLength: 1, examples: ['raw/'] },
      },
    },
    from: {
      type: 'string',
      format: 'date-time',
      description: 'Of these only what was written then or later.',
    },
    until: {
      type: 'string',
      format: 'date-time',
      description: 'Of these only what was written then or earlier. Default: the time of this call.',
    },
    workflows: {
      type: 'array',
      minItems: 1,
      maxItems: 10,
      items: { type: 'string', minLength: 1 },
      description: 'The ids of workflows; each object starts a run of each. In the place of all that follows.',
    },
    ...jobFields,
  },
}

/** The same as the protocol asks it. @param findBucket asked for the region of another bucket, when none was given */
export async function batchRequestOf(
  body: BatchBody,
  findBucket: (name: string) => Promise<Bucket | null>,
): Promise<BatchRequest> {
  const { bucket, name, input, from, until, workflows, ...job } = body
  const common = { name, input, timeInterval: timeIntervalOf(body) }
  if (workflows !== undefined) {
    const [odd] = Object.keys(job)
    if (odd !== undefined) throw refused(odd, `${odd} is given with workflows, which say that for themselves.`)
    return { ...common, type: 'Workflow', workflowIds: [...new Set(workflows)], job: null }
  }
  const { output, rule, template } = job
  if (rule === undefined && template === undefined) {
    throw refused('rule', 'rule is missing, expected a rule, template or workflows.')
  }
  if (output === undefined) throw refused('output', 'output is missing, expected where the results go.')
  const request = await submitRequestOf({ ...job, output, bucket, input: '' }, findBucket)
  return { ...common, type: 'Job', workflowIds: [], job: jobOf(request) }
}

function jobOf({ work, queueId, jobLevel, ...same }: SubmitRequest): BatchJob {
  const { output, userData, callback, callbackFormat } = same
  return {
    templateId: work.kind === 'template' ? work.templateId : null,
    inline: work.kind === 'inline' ? work.picProcess : null,
    output,
    queueId,
    level: jobLevel,
    userData,
    callback,
    callbackFormat,
  }
}

function timeIntervalOf({ from, until }: BatchBody): BatchRequest['timeInterval'] {
  const startMs = from === undefined ? null : readTime('from', from)
  const endSecondMs = until === undefined ? null : readTime('until', until)
  if (startMs !== null && endSecondMs !== null && startMs > endSecondMs) {
    throw refused('from', 'from is later than until, expected it to be earlier.')
  }
  // A fraction of a second is dropped when it is read: what was written in this second belongs to it.
  return { startMs, endMs: endSecondMs === null ? null : endSecondMs + 999 }
}

function refused(field: string, message: string): Failure {
  return new Failure('InvalidArgument', message, { details: { field } })
}
