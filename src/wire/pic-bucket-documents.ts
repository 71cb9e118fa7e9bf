import type { DocumentTree, WireDocument } from './document.ts'
import { listTree, type PageFacts } from './page.ts'
import type { QueueAnswerOptions } from './queue-documents.ts'
import { renderTime } from './times.ts'

/** A bucket for which the image service is open. */
export interface PicBucketView {
  readonly bucket: string
  readonly region: string
  /** When the service was opened, UTC milliseconds. */
  readonly createTimeMs: number
}

/** Answer to opening the service, for the first time or again. */
export function picBucketAnswer(bucket: PicBucketView, options: QueueAnswerOptions): WireDocument {
  return { root: 'Response', content: { RequestId: options.requestId, PicBucket: picBucketTree(bucket, options) } }
}

export function picBucketListAnswer(
  list: { buckets: readonly PicBucketView[]; page: PageFacts },
  options: QueueAnswerOptions,
): WireDocument {
  return {
    root: 'Response',
    content: listTree(list.page, {
      PicBucketList: list.buckets.map((bucket) => picBucketTree(bucket, options)),
      RequestId: options.requestId,
    }),
  }
}

/** Answer to closing the service. */
export function picBucketClosedAnswer(bucket: string, options: { requestId: string }): WireDocument {
  return { root: 'Response', content: { BucketName: bucket, RequestId: options.requestId } }
}

function picBucketTree(bucket: PicBucketView, options: QueueAnswerOptions): DocumentTree {
  return {
    BucketId: bucket.bucket,
    CreateTime: renderTime(bucket.createTimeMs, 'basic', options.timeZoneOffsetMinutes),
    Name: bucket.bucket,
    Region: bucket.region,
  }
}
