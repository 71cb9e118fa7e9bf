import type { BatchJob, BatchRequest, BatchView, TimeInterval } from './batch-documents.ts'
import type { DocumentTree, WireDocument } from './document.ts'
import { outputTree, picProcessTree } from './jobs-detail-tree.ts'
import type { JobCallback } from './submit-request.ts'
import { renderTime } from './times.ts'

export interface BatchAnswerOptions {
  readonly requestId: string
  /** Minutes east of UTC, default +480. */
  readonly timeZoneOffsetMinutes?: number
}

/** Answer to create. */
export function batchAnswer(batch: BatchView, options: BatchAnswerOptions): WireDocument {
  return { root: 'Response', content: { JobsDetail: batchTree(batch, options), RequestId: options.requestId } }
}

/** Answer to a query for one: never an error for an unknown id, which is named by both names that programs look for. */
export function batchQueryAnswer(batch: BatchView | null, id: string, options: BatchAnswerOptions): WireDocument {
  if (batch !== null) return batchAnswer(batch, options)
  return {
    root: 'Response',
    content: { NonExistJobId: id, NonExistJobIds: [id], RequestId: options.requestId },
  }
}

/** One page of the list. @param nextToken `null` on the last page: an empty element in XML, no key in JSON. */
export function batchListAnswer(
  batches: readonly BatchView[],
  nextToken: string | null,
  options: BatchAnswerOptions,
): WireDocument {
  return {
    root: 'Response',
    content: {
      JobsDetail: batches.map((batch) => batchTree(batch, options)),
      NextToken: nextToken ?? '',
      RequestId: options.requestId,
    },
  }
}

/** `Counts` and `Failures` are ours; programs written for the original pass over them. */
function batchTree(batch: BatchView, options: BatchAnswerOptions): DocumentTree {
  const time = (ms: number | null) => (ms === null ? '-' : renderTime(ms, 'basic', options.timeZoneOffsetMinutes))
  const { counts } = batch
  return {
    Code: batch.code,
    Counts: {
      Created: counts.created,
      Ended: counts.ended,
      Failed: counts.failed,
      Listed: counts.listed,
      Total: counts.total ?? undefined,
    },
    CreationTime: time(batch.createTimeMs),
    EndTime: time(batch.endTimeMs),
    Failures: batch.failures.map(({ object, code, message }) => ({ Code: code, Message: message, Object: object })),
    Input: { [batch.input.kind]: batch.input.value },
    JobId: batch.batchId,
    Message: batch.message,
    Name: batch.name,
    Operation: operationTree(batch, options),
    Progress: String(batch.progress),
    QueueId: batch.job?.queueId ?? undefined,
    StartTime: time(batch.startTimeMs),
    State: batch.state,
    Tag: batch.job === null ? undefined : 'PicProcess',
    Type: batch.type,
  }
}

/** @param options only their time zone counts */
export function operationTree(
  batch: BatchRequest,
  options: Pick<BatchAnswerOptions, 'timeZoneOffsetMinutes'>,
): DocumentTree {
  return {
    ...(batch.job === null ? { WorkflowIds: batch.workflowIds.join(',') } : jobTree(batch.job)),
    TimeInterval: timeIntervalTree(batch.timeInterval, options),
  }
}

function jobTree(job: BatchJob): DocumentTree {
  return {
    CallBack: addressOf(job.callback),
    CallBackFormat: job.callbackFormat ?? undefined,
    JobLevel: job.level,
    JobParam:
      job.templateId === null
        ? { PicProcess: job.inline === null ? undefined : picProcessTree(job.inline) }
        : { TemplateId: job.templateId },
    Output: outputTree(job.output),
    QueueId: job.queueId ?? undefined,
    Tag: 'PicProcess',
    UserData: job.userData ?? undefined,
  }
}

function addressOf(callback: JobCallback): string | undefined {
  if (callback.to === 'url') return callback.url
  return callback.to === 'nobody' ? 'no' : undefined
}

function timeIntervalTree(
  { startMs, endMs }: TimeInterval,
  options: Pick<BatchAnswerOptions, 'timeZoneOffsetMinutes'>,
): DocumentTree | undefined {
  if (startMs === null && endMs === null) return undefined
  const time = (ms: number | null) => (ms === null ? undefined : renderTime(ms, 'basic', options.timeZoneOffsetMinutes))
  return { End: time(endMs), Start: time(startMs) }
}
