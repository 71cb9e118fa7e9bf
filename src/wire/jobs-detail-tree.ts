import type { DocumentTree } from './document.ts'
import type { CosHeader, ImageInfo, JobsDetail, OutputPlace, PicProcess } from './jobs-detail.ts'
import { liveDetail } from './live-detail.ts'
import { renderTime } from './times.ts'

export interface JobsDetailOptions {
  /** Minutes east of UTC for every time, default +480. */
  readonly timeZoneOffsetMinutes?: number
  /** Whether `ProcessResult/Etag` is filled. Default false: the original always leaves it empty. */
  readonly fillResultEtag?: boolean
}

export interface CallbackDetailOptions extends JobsDetailOptions {
  readonly profile: CallbackProfile
  /** The full address of an object, for the profile `live`. Default `https://<bucket>.cos.<region>.myqcloud.com/<key>`. */
  readonly objectUrl?: (bucket: string, region: string, key: string) => string
}

export interface AnswerDetailOptions extends JobsDetailOptions {
  /**
   * The host of the objects of a bucket, for `Location`: host, slash, key, no scheme. Default
   * `<bucket>.cos.<region>.myqcloud.com`.
   */
  readonly objectHost?: (bucket: string, region: string) => string
}

/**
 * Which edition of the official callback page the callbacks follow. `2025` has `JobsDetail` as an array in JSON and a
 * `JobLevel`; `2023` has an object and none; `live` is what the original service was seen to send, see `live-detail.ts`.
 *
 * @source the page "Task Callback" in its editions of 2023-12-30 and 2025-09-08
 */
export const CALLBACK_PROFILES = ['2025', '2023', 'live'] as const
export type CallbackProfile = (typeof CALLBACK_PROFILES)[number]

/** A job as its callback shows it. Members stand in the order of the official samples. */
export function callbackDetail(detail: JobsDetail, options: CallbackDetailOptions): DocumentTree {
  if (options.profile === 'live') return liveDetail(detail, options)
  const level = options.profile === '2023' ? undefined : detail.jobLevel
  return jobTree(detail, options, {
    ...operationTree(detail, picProcessResultTree(detail, options)),
    JobLevel: level,
  })
}

/**
 * A job as the answers to submit, query and list show it: as in the callback, and beside the result once more the same
 * facts as `UploadResult`. Official samples describe the first shape and the Java SDK reads it; the Go SDK reads the
 * second. `ETag` stands there twice because the Go SDK looks for `Etag` in one of its structs.
 */
export function answerDetail(detail: JobsDetail, options: AnswerDetailOptions = {}): DocumentTree {
  const result = picProcessResultTree(detail, options)
  return jobTree(detail, options, {
    JobLevel: detail.jobLevel,
    ...operationTree(detail, result && { ...result, UploadResult: uploadResultTree(detail, options) }),
  })
}

/** Everything of a job but its operation. */
export function jobTree(detail: JobsDetail, options: JobsDetailOptions, operation: DocumentTree): DocumentTree {
  const time = (ms: number | null) => (ms === null ? '-' : renderTime(ms, 'basic', options.timeZoneOffsetMinutes))
  const { workflow } = detail
  return {
    Code: detail.code,
    CreationTime: time(detail.creationTimeMs),
    EndTime: time(detail.endTimeMs),
    Input: {
      BucketId: detail.input.bucket,
      Object: detail.input.object,
      Region: detail.input.region,
      CosHeaders: cosHeaderTrees(detail.input.cosHeaders),
    },
    JobId: detail.jobId,
    Message: detail.message,
    Operation: operation,
    QueueId: detail.queueId,
    StartTime: time(detail.startTimeMs),
    State: detail.state,
    Tag: 'PicProcess',
    Workflow: workflow
      ? {
          Name: workflow.name,
          RunId: workflow.runId,
          WorkflowId: workflow.workflowId,
          WorkflowName: workflow.workflowName,
        }
      : undefined,
  }
}

/** `undefined` when there are none: then the node is absent in JSON too. */
export function cosHeaderTrees(headers: readonly CosHeader[]): readonly DocumentTree[] | undefined {
  return headers.length === 0 ? undefined : headers.map(({ key, value }) => ({ Key: key, Value: value }))
}

export function picProcessTree(picProcess: PicProcess): DocumentTree {
  return { IsPicInfo: String(picProcess.isPicInfo), ProcessRule: picProcess.processRule }
}

export function outputTree({ bucket, object, region }: OutputPlace): DocumentTree {
  return { Bucket: bucket, Object: object, Region: region }
}

function operationTree(detail: JobsDetail, result: DocumentTree | undefined): DocumentTree {
  return {
    Output: outputTree(detail.output),
    PicProcess: detail.picProcess ? picProcessTree(detail.picProcess) : undefined,
    PicProcessResult: result,
    TemplateId: detail.template?.id,
    TemplateName: detail.template?.name,
    UserData: detail.userData ?? undefined,
  }
}

function picProcessResultTree(detail: JobsDetail, options: JobsDetailOptions): DocumentTree | undefined {
  if (detail.result === null) return undefined
  const { objectName, originalInfo, processResult } = detail.result
  return {
    ObjectName: objectName,
    OriginalInfo: {
      Etag: originalInfo.etag,
      ImageInfo: imageInfoTree(originalInfo.imageInfo),
    },
    ProcessResult: {
      Etag: options.fillResultEtag === true ? processResult.etag : '',
      Format: processResult.format,
      // The numbers of pictures are strings in JSON, unlike JobLevel: so it stands in every official sample.
      Height: String(processResult.height),
      Quality: String(processResult.quality),
      Size: String(processResult.size),
      Width: String(processResult.width),
    },
  }
}

function imageInfoTree(info: ImageInfo | null): DocumentTree | undefined {
  if (info === null) return undefined
  return {
    Ave: info.ave,
    Format: info.format,
    Height: String(info.height),
    Orientation: String(info.orientation),
    Quality: String(info.quality),
    Width: String(info.width),
  }
}

function uploadResultTree(detail: JobsDetail, options: AnswerDetailOptions): DocumentTree | undefined {
  if (detail.result === null) return undefined
  const { objectName, originalInfo, processResult } = detail.result
  const hostOf = options.objectHost ?? ((bucket: string, region: string) => `${bucket}.cos.${region}.myqcloud.com`)
  const location = (bucket: string, region: string, key: string) => `${hostOf(bucket, region)}/${key}`
  return {
    OriginalInfo: {
      ETag: originalInfo.etag,
      ImageInfo: imageInfoTree(originalInfo.imageInfo),
      Key: detail.input.object,
      Location: location(detail.input.bucket, detail.input.region, detail.input.object),
    },
    ProcessResults: {
      Object: [
        {
          ETag: processResult.etag,
          Etag: processResult.etag,
          Format: processResult.format,
          Height: String(processResult.height),
          Key: objectName,
          Location: location(detail.output.bucket, detail.output.region, objectName),
          Quality: String(processResult.quality),
          Size: String(processResult.size),
          Width: String(processResult.width),
        },
      ],
    },
  }
}
