import { Failure } from '../../base/index.ts'
import type { Bucket } from '../../objects/index.ts'
import { type JobLevel, MAX_USER_DATA_CHARACTERS, type SubmitRequest } from '../../wire/index.ts'
import type { JsonSchema } from './schema.ts'

/** A job as a plain document asks for it. */
export interface SubmitBody {
  readonly bucket: string
  readonly input: string
  readonly rule?: string
  readonly template?: string
  readonly pictureInfo?: boolean
  readonly output: string | { readonly object: string; readonly bucket?: string; readonly region?: string }
  readonly queue?: string
  readonly level?: JobLevel
  readonly userData?: string
  readonly callback?: string
  readonly callbackFormat?: 'XML' | 'JSON'
}

const text = (description: string, examples: readonly string[] = []): JsonSchema => ({
  type: 'string',
  minLength: 1,
  description,
  ...(examples.length > 0 ? { examples } : {}),
})

export const submitBodySchema: JsonSchema = {
  title: 'NewJob',
  type: 'object',
  required: ['bucket', 'input', 'output'],
  properties: {
    bucket: text('The bucket of the input, whose queue the job waits in.', ['album-1250000000']),
    input: text('The key of the object to work on.', ['raw/cat.jpg']),
    rule: text('What to do to it. Either `rule` or `template`.', ['imageMogr2/thumbnail/320x/format/webp']),
    template: text('The id of a template that holds the rule.'),
    pictureInfo: {
      type: 'boolean',
      default: false,
      description: 'Whether the result says what the source is like. With a template, that says it.',
    },
    output: {
      description: 'The key that is written. Placeholders such as `${InputName}` and `${Ext}` are filled in.',
      oneOf: [
        { type: 'string', minLength: 1, examples: ['small/${InputName}.${Ext}'] },
        {
          type: 'object',
          required: ['object'],
          properties: {
            object: text('The key.'),
            bucket: text('Default: the bucket of the input.'),
            region: text('Told in answers and callbacks. Default: that of the bucket.'),
          },
        },
      ],
    },
    queue: text('The id of a queue of the bucket. Default: its first one.'),
    level: { type: 'integer', enum: [0, 1, 2], default: 0, description: 'A greater one goes first.' },
    userData: {
      type: 'string',
      maxLength: MAX_USER_DATA_CHARACTERS,
      description: 'Told again in answers and callbacks.',
    },
    callback: text('Who is told of the end; `no`: nobody. Default: whoever the queue says.', [
      'https://app.example/hook',
    ]),
    callbackFormat: { type: 'string', enum: ['XML', 'JSON'], description: 'Default: XML for a `callback`.' },
  },
}

/** The same as the protocol asks it. @param findBucket asked for the region of another bucket, when none was given */
export async function submitRequestOf(
  body: SubmitBody,
  findBucket: (name: string) => Promise<Bucket | null>,
): Promise<SubmitRequest> {
  const output = typeof body.output === 'string' ? { object: body.output } : body.output
  const bucket = output.bucket ?? body.bucket
  return {
    inputObject: body.input,
    queueId: body.queue ?? null,
    work: workOf(body),
    // A bucket that does not exist is refused by the ledger.
    output: { object: output.object, bucket, region: output.region ?? (await findBucket(bucket))?.region ?? '' },
    userData: body.userData ?? null,
    jobLevel: body.level ?? 0,
    callback: callbackOf(body),
    callbackFormat: body.callbackFormat ?? null,
  }
}

function workOf({ rule, template, pictureInfo = false }: SubmitBody): SubmitRequest['work'] {
  if (rule !== undefined && template !== undefined) {
    throw new Failure('InvalidArgument', 'rule and template are both given, expected one of them.', {
      details: { field: 'template' },
    })
  }
  if (template !== undefined) return { kind: 'template', templateId: template }
  if (rule !== undefined) return { kind: 'inline', picProcess: { isPicInfo: pictureInfo, processRule: rule } }
  throw new Failure('InvalidArgument', 'rule is missing, expected a rule, or template.', { details: { field: 'rule' } })
}

function callbackOf({ callback }: SubmitBody): SubmitRequest['callback'] {
  if (callback === undefined) return { to: 'queue' }
  return callback.toLowerCase() === 'no' ? { to: 'nobody' } : { to: 'url', url: callback }
}
