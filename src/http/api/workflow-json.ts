import {
  fileOf,
  MAX_USER_DATA_CHARACTERS,
  MAX_WORKFLOW_NODES,
  NOTIFY_EVENTS,
  plainWorkflow,
  type WorkflowPlace,
} from '../../wire/index.ts'
import type { Workflow } from '../../workflows/index.ts'
import { always, type JsonSchema, moment, timeOf } from './schema.ts'

/** A workflow: what the server says of it, and in `workflow` what a file of it would hold. */
export function workflowJson(workflow: Workflow, place: WorkflowPlace) {
  return {
    workflowId: workflow.id,
    bucket: workflow.bucket,
    name: workflow.name,
    state: workflow.state,
    createTime: timeOf(workflow.createdAt),
    updateTime: timeOf(workflow.updatedAt),
    workflow: plainWorkflow(fileOf(workflow, place)),
  }
}

const text = (description: string): JsonSchema => ({ type: 'string', minLength: 1, description })
const flag = (description: string): JsonSchema => ({ type: 'boolean', default: false, description })

const extensionList: JsonSchema = {
  type: 'array',
  minItems: 1,
  maxItems: 10,
  items: {
    type: 'string',
    pattern: '^\\.?[\\p{L}\\p{N}_-]{1,32}$',
    description: 'An extension such as jpg.',
  },
}

const nodeSchema: JsonSchema = {
  type: 'object',
  required: ['output'],
  properties: {
    rule: text('The rule to apply. Either this or `template`.'),
    template: text('The id of the template to apply.'),
    picInfo: flag('With `rule`: whether results say what the source is like.'),
    after: text('The node whose result this one works on. Default: the upload, which is called `Start`.'),
    output: {
      description: 'Where the result goes. Placeholders such as `${InputName}`, `${Ext}` and `${RunId}` are filled in.',
      oneOf: [
        { type: 'string', minLength: 1, examples: ['thumbs/${InputName}.${Ext}'] },
        {
          type: 'object',
          required: ['key'],
          properties: {
            key: text('The key.'),
            bucket: text('Default: the bucket of the workflow.'),
            region: text('Told in answers and callbacks. Default: that of the bucket.'),
          },
        },
      ],
    },
    userData: {
      type: 'string',
      maxLength: MAX_USER_DATA_CHARACTERS,
      description: 'What the callback of the job says back.',
    },
  },
}

/** What a workflow file holds, with ids where a file may have names. */
export const workflowFileSchema: JsonSchema = {
  type: 'object',
  required: ['name', 'nodes'],
  properties: {
    name: {
      type: 'string',
      pattern: '^[\\p{L}\\p{N}_-]{1,128}$',
      description: '1 to 128 letters, digits, "_" or "-".',
    },
    state: {
      type: 'string',
      enum: ['Active', 'Paused'],
      default: 'Paused',
      description: '`Active`: uploads start runs. `Paused`: only a call or a batch does.',
    },
    prefix: text('Only objects whose key begins so start a run. Default: all.'),
    extensions: {
      description: 'Only objects of these kinds start a run; `images`: those that this server can read. Default: all.',
      oneOf: [
        { type: 'string', enum: ['images'] },
        extensionList,
        {
          type: 'object',
          properties: {
            state: { type: 'string', enum: ['On', 'Off'], default: 'On', description: '`Off`: no filter.' },
            image: flag('Pictures, by their extension.'),
            video: flag('Films, by their extension.'),
            audio: flag('Sound, by its extension.'),
            contentType: flag('Decide by the content type of the upload.'),
            custom: flag('The extensions of `customExts`.'),
            customExts: extensionList,
            allFile: flag('Everything.'),
          },
        },
      ],
    },
    queue: text('The id of the queue where the jobs wait. Default: the first one of the bucket.'),
    otherQueues: {
      type: 'object',
      description: 'Ids of queues that mean nothing to pictures, kept for programs that look for them.',
      properties: {
        media: text('`QueueId` of the protocol.'),
        speechRecognition: text('`SpeechRecognitionQueueId` of the protocol.'),
        aiProcess: text('`AIProcessQueueId` of the protocol.'),
      },
    },
    notify: {
      type: 'object',
      description: 'Who is told of runs and their jobs. Default: whoever the queue says.',
      properties: {
        url: { ...text('Needed unless `state` is `Off`.'), format: 'uri' },
        events: {
          type: 'array',
          minItems: 1,
          maxItems: 4,
          items: { type: 'string', enum: NOTIFY_EVENTS },
          description: 'Needed unless `state` is `Off`.',
        },
        format: { type: 'string', enum: ['XML', 'JSON'], description: 'Default: XML.' },
        state: { type: 'string', enum: ['On', 'Off'], description: 'Without it an address is enough.' },
        type: { type: 'string', enum: ['Url'], description: 'The only kind there is.' },
      },
    },
    nodes: {
      type: 'object',
      description: 'The pictures that are made, each by the name of its node.',
      maxProperties: MAX_WORKFLOW_NODES,
      additionalProperties: nodeSchema,
    },
  },
}

export const workflowSchema: JsonSchema = {
  title: 'Workflow',
  ...always({
    workflowId: { type: 'string', examples: ['w1460606b9752148c4ab182f55163ba7cd'] },
    bucket: { type: 'string' },
    name: { type: 'string' },
    state: { type: 'string', enum: ['Active', 'Paused'] },
    createTime: moment,
    updateTime: moment,
    workflow: { ...workflowFileSchema, description: 'What it says, as a body or a file says it.' },
  }),
}
