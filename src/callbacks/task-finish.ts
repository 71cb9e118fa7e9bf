import { type CallbackProfile, contentTypeOf, type JobsDetail, renderTaskFinish } from '../wire/index.ts'
import type { NewEvent } from './delivery-store.ts'
import { routeTaskFinish, type TaskFinishRouting } from './routing.ts'

export interface TaskFinishEventOptions {
  /** The ended job as the protocol tells of it. */
  readonly detail: JobsDetail
  readonly routing: TaskFinishRouting
  readonly profile: CallbackProfile
  /** The full address of an object, which the profile `live` tells. */
  readonly objectUrl: (bucket: string, region: string, key: string) => string
  /** Minutes east of UTC in which times are written. */
  readonly timeZoneOffsetMinutes: number
  /** Whether the ETag of a result is told; the original leaves it empty. */
  readonly fillResultEtag: boolean
}

/**
 * The event that a job has ended, with the delivery it gives: its bytes are final here, every attempt sends the same.
 * Pure; an event that goes to nobody has no deliveries.
 */
export function taskFinishEvent({ detail, routing, ...options }: TaskFinishEventOptions): NewEvent {
  const route = routeTaskFinish(routing)
  return {
    name: 'TaskFinish',
    subject: detail.jobId,
    bucket: detail.input.bucket,
    queueId: detail.queueId,
    workflowId: detail.workflow?.workflowId ?? null,
    deliveries:
      route === null
        ? []
        : [
            {
              url: route.url,
              contentType: contentTypeOf[route.format],
              body: Buffer.from(renderTaskFinish(detail, { format: route.format, ...options }), 'utf8'),
              byQueue: route.byQueue,
            },
          ],
  }
}
