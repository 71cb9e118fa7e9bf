import type { Setting } from '../base/index.ts'

export const workflowSettings = {
  maxWorkflows: {
    kind: 'integer',
    variable: 'PIXMILL_MAX_WORKFLOWS',
    unit: null,
    min: 1,
    max: 10_000,
    default: 200,
    says: 'How many workflows a bucket may have. Every upload is compared with all that are active.',
  },
  chainedNodes: {
    kind: 'switch',
    variable: 'PIXMILL_CHAINED_NODES',
    default: false,
    says: 'Let a PicProcess node of a workflow follow another one and work on what that one wrote. The original knows no such workflows, so they are refused unless this is on.',
  },
  objectUrl: {
    kind: 'text',
    variable: 'PIXMILL_OBJECT_URL',
    default: 'https://{bucket}.cos.{region}.myqcloud.com',
    pattern: {
      regex: /^https?:\/\/[^\s?#]+$/,
      expected: 'an http or https address without ? and #, with {bucket} and {region} where they belong',
    },
    says: 'Where those who are told of the results of a workflow find the objects of a bucket: {bucket} and {region} are filled in, the key follows behind a slash.',
  },
  batchMaxWaiting: {
    kind: 'integer',
    variable: 'PIXMILL_BATCH_MAX_WAITING',
    unit: null,
    min: 1,
    max: 100_000,
    default: 500,
    says: 'How many jobs of one batch may wait; its list is read on as they are done. Batches of one bucket share it.',
  },
  batchMaxOpen: {
    kind: 'integer',
    variable: 'PIXMILL_BATCH_MAX_OPEN',
    unit: null,
    min: 1,
    max: 10_000,
    default: 100,
    says: 'How many batch jobs of one bucket may be under way; another one is refused with QueueSaturated.',
  },
} as const satisfies Record<string, Setting>
