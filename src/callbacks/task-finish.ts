import { type CallbackProfile, contentTypeOf, type JobsDetail, renderTaskFinish } from '../wire/index.ts'
import type { NewEvent } from './delivery-store.ts'
import { routeTaskFinish, type TaskFinishRouting } from './routing.ts'

export interface TaskFinishEventOptions {
  /** The ended job as the protocol tells of it. */
  readonly detail: JobsDetail
  readonly routing: TaskFinishRouting
  readonly profile: CallbackProfile
  /** Minutes east of UTC in which times are written. */
  readonly timeZoneOffsetMinutes: number
}

/**
 * The event that a job has ended, with the delivery it gives: its bytes are final here, every attempt sends the same.
 * Pure; an event that goes to nobody has no deliveries.
 */
export function taskFinishEvent({ detail, routing, profile, timeZoneOffsetMinutes }: TaskFinishEventOptions): NewEvent {
  const route = routeTaskFinish(routing)
  return {
    name: 'TaskFinish',
    subject: detail.jobId,
    bucket: detail.input.bucket,
    deliveries:
      route === null
        ? []
        : [
            {
              url: route.url,
              contentType: contentTypeOf[route.format],
              body: Buffer.from(
                renderTaskFinish(detail, { format: route.format, profile, timeZoneOffsetMinutes }),
                'utf8',
              ),
            },
          ],
  }
}
