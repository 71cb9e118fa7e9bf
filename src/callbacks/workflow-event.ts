import { contentTypeOf, renderWorkflowEvent, type WorkflowExecution } from '../wire/index.ts'
import type { NewEvent } from './delivery-store.ts'
import { type NotifySettings, routeWorkflowEvent } from './routing.ts'

export interface WorkflowEventFacts {
  /** The run as the protocol tells of it. */
  readonly execution: WorkflowExecution
  /** The queue of the run's jobs; `null` when there is none. */
  readonly queueId: string | null
  readonly settings: { readonly workflow: NotifySettings | null; readonly queue: NotifySettings }
  /** Minutes east of UTC in which times are written. */
  readonly timeZoneOffsetMinutes: number
}

/**
 * The event that a run has begun or ended, with the delivery it gives: its bytes are final here. Pure; an event that goes
 * to nobody has no deliveries.
 */
export function workflowEvent(
  name: 'WorkflowStart' | 'WorkflowFinish',
  { execution, queueId, settings, timeZoneOffsetMinutes }: WorkflowEventFacts,
): NewEvent {
  const route = routeWorkflowEvent(name, settings)
  return {
    name,
    subject: execution.runId,
    bucket: execution.bucket,
    queueId,
    workflowId: execution.workflowId,
    deliveries:
      route === null
        ? []
        : [
            {
              url: route.url,
              contentType: contentTypeOf[route.format],
              body: Buffer.from(
                renderWorkflowEvent(name, execution, { format: route.format, timeZoneOffsetMinutes }),
                'utf8',
              ),
              byQueue: route.byQueue,
            },
          ],
  }
}
