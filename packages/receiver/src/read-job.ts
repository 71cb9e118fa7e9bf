import type { EndState, Job, JobResult, JobWorkflow, PictureInfo, Place, Template, UploadHeader } from './events.ts'
import type { Fields } from './fields.ts'

export const endStates = ['Success', 'Failed', 'Cancel'] as const satisfies readonly EndState[]

/** `JobsDetail` of a `TaskFinish`. */
export function readJob(detail: Fields): Job {
  const operation = detail.groupOrEmpty('Operation')
  const input = detail.groupOrEmpty('Input')
  const state = detail.oneOf('State', endStates)
  const rule = operation.group('PicProcess')
  return {
    id: detail.requiredText('JobId'),
    state,
    code: detail.text('Code'),
    message: detail.text('Message'),
    tag: detail.text('Tag'),
    queueId: detail.text('QueueId'),
    createdAt: detail.time('CreationTime'),
    startedAt: detail.time('StartTime'),
    endedAt: detail.time('EndTime'),
    input: { ...readPlace(input, 'BucketId'), headers: readUploadHeaders(input) },
    output: readPlace(operation.groupOrEmpty('Output'), 'Bucket'),
    rule: rule && { processRule: rule.text('ProcessRule'), isPicInfo: rule.flag('IsPicInfo') },
    template: readTemplate(operation),
    userData: operation.text('UserData'),
    level: operation.number('JobLevel'),
    result: readResult(operation.group('PicProcessResult')),
    workflow: readWorkflow(detail.group('Workflow')),
  }
}

export function readUploadHeaders(fields: Fields): readonly UploadHeader[] {
  return fields.groups('CosHeaders').map((one) => ({ key: one.text('Key'), value: one.text('Value') }))
}

export function readTemplate(fields: Fields): Template | null {
  const template = { id: fields.text('TemplateId'), name: fields.text('TemplateName') }
  return template.id === '' && template.name === '' ? null : template
}

function readPlace(fields: Fields, bucket: 'Bucket' | 'BucketId'): Place {
  return { bucket: fields.text(bucket), object: fields.text('Object'), region: fields.text('Region') }
}

function readResult(fields: Fields | null): JobResult | null {
  if (fields === null) return null
  const original = fields.groupOrEmpty('OriginalInfo')
  const processed = fields.groupOrEmpty('ProcessResult')
  return {
    object: fields.writtenKey('ObjectName'),
    original: { etag: original.etag('Etag'), info: readInfo(original.group('ImageInfo')) },
    processed: {
      etag: processed.etag('Etag'),
      format: processed.text('Format').toUpperCase(),
      width: processed.number('Width'),
      height: processed.number('Height'),
      quality: processed.number('Quality'),
      sizeBytes: processed.number('Size'),
    },
  }
}

function readInfo(fields: Fields | null): PictureInfo | null {
  if (fields === null) return null
  return {
    averageColor: fields.text('Ave'),
    format: fields.text('Format').toUpperCase(),
    width: fields.number('Width'),
    height: fields.number('Height'),
    quality: fields.number('Quality'),
    orientation: fields.number('Orientation'),
  }
}

function readWorkflow(fields: Fields | null): JobWorkflow | null {
  if (fields === null) return null
  return {
    node: fields.text('Name'),
    runId: fields.text('RunId'),
    workflowId: fields.text('WorkflowId'),
    workflowName: fields.text('WorkflowName'),
  }
}
