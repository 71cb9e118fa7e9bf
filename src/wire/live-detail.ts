import type { DocumentTree } from './document.ts'
import type { JobsDetail, PicProcessResult } from './jobs-detail.ts'
import { type CallbackDetailOptions, jobTree, outputTree } from './jobs-detail-tree.ts'
import { percentEncodeKey } from './percent-encode.ts'

/**
 * A job as the original service was seen to tell of it, which is not what its pages say: numbers are numbers and truth
 * values truth values in JSON, but `JobLevel` is text; the result is a list of one and has more fields; its key begins with
 * a slash; formats are in lower case and ETags without quotes; empty texts have their keys. For receivers that were
 * written by looking at such a callback.
 *
 * @source one callback of the service from October 2026, kept as a test fixture by a public third-party application
 */
export function liveDetail(detail: JobsDetail, options: CallbackDetailOptions): DocumentTree {
  const { picProcess, template } = detail
  const { Tag, Workflow, StartTime, State, QueueId, ...before } = jobTree(detail, options, {
    Output: { ...outputTree(detail.output), Force: false },
    PicProcess: picProcess ? { IsPicInfo: picProcess.isPicInfo, ProcessRule: picProcess.processRule } : undefined,
    PicProcessResult: detail.result === null ? undefined : [resultTree(detail, detail.result, options)],
    TemplateId: template?.id,
    TemplateName: template?.name,
    UserData: detail.userData ?? undefined,
    JobLevel: String(detail.jobLevel),
  })
  return { ...before, QueueId, QueueType: 'PicProcess', StartTime, State, Tag, Workflow }
}

function resultTree(
  { code, message, state, input, output }: JobsDetail,
  { objectName, originalInfo, processResult }: PicProcessResult,
  options: CallbackDetailOptions,
): DocumentTree {
  const urlOf = options.objectUrl ?? originalUrl
  const info = originalInfo.imageInfo
  return {
    Code: code,
    InputObjectName: input.object,
    InputObjectUrl: urlOf(input.bucket, input.region, input.object),
    Message: message,
    ObjectName: `/${objectName}`,
    ObjectUrl: urlOf(output.bucket, output.region, objectName),
    OriginalInfo: {
      Etag: unquoted(originalInfo.etag),
      ImageInfo: info === null ? undefined : imageInfo(info),
    },
    ProcessResult: {
      Etag: options.fillResultEtag === true ? unquoted(processResult.etag) : '',
      Format: processResult.format.toLowerCase(),
      Height: processResult.height,
      Quality: processResult.quality,
      Size: processResult.size,
      Width: processResult.width,
    },
    State: state,
  }
}

function imageInfo(info: NonNullable<PicProcessResult['originalInfo']['imageInfo']>): DocumentTree {
  return {
    Ave: info.ave,
    Format: info.format.toLowerCase(),
    Height: info.height,
    Orientation: info.orientation,
    Quality: info.quality,
    Width: info.width,
  }
}

function originalUrl(bucket: string, region: string, key: string): string {
  return `https://${bucket}.cos.${region}.myqcloud.com/${percentEncodeKey(key)}`
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', '')
}
