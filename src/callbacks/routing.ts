import type { DocumentFormat } from '../wire/index.ts'
import type { NewEvent } from './delivery-store.ts'

/** Where an event goes and in which words. */
export interface Route {
  readonly url: string
  readonly format: DocumentFormat
  /** Whether it is the setting of the queue that says so. */
  readonly byQueue: boolean
}

/** The `NotifyConfig` of a queue or of a workflow. */
export interface NotifySettings {
  /**
   * `null` when it was not given, which only a workflow's can be (its official table has no such field): then an
   * address alone is enough.
   */
  readonly state: 'On' | 'Off' | null
  /** Names of events. */
  readonly events: readonly string[]
  /** XML is the protocol's default. */
  readonly resultFormat: DocumentFormat
  readonly url: string | null
}

/** What decides where the event of an ended job goes. */
export interface TaskFinishRouting {
  /** What the job itself says, as it was submitted; the word `no` as `url` means nobody. */
  readonly job: { readonly url: string | null; readonly format: DocumentFormat | null }
  /** The setting of the job's queue, as it is now. */
  readonly queue: NotifySettings
  /** For a job of a workflow run: the workflow's setting, `notify: null` when it has none. Absent for other jobs. */
  readonly workflow?: { readonly notify: NotifySettings | null }
}

/**
 * Where the `TaskFinish` of a job goes; `null` for nobody.
 *
 * A job of a run follows its workflow, or the queue when the workflow says nothing. Any other job follows itself, and
 * then in XML unless it names a format, even if its queue says JSON: XML is the documented default of the job's own
 * field. Without an address of its own it follows the queue, but in the format it names.
 *
 * @source official page "Submit a job": job-level settings have priority, `CallBack` = `no` silences the queue's
 */
export function routeTaskFinish({ job, queue, workflow }: TaskFinishRouting): Route | null {
  if (workflow !== undefined) return routeBySettings('TaskFinish', workflow.notify, queue)
  const own = job.url?.trim() ?? ''
  if (own.toLowerCase() === 'no') return null
  if (own !== '') return { url: own, format: job.format ?? 'XML', byQueue: false }
  const route = routeBySettings('TaskFinish', null, queue)
  return route && { ...route, format: job.format ?? route.format }
}

/** Where a run's `WorkflowStart` or `WorkflowFinish` goes: the workflow's setting, or the queue's when it has none. */
export function routeWorkflowEvent(
  event: 'WorkflowStart' | 'WorkflowFinish',
  settings: { readonly workflow: NotifySettings | null; readonly queue: NotifySettings },
): Route | null {
  return routeBySettings(event, settings.workflow, settings.queue)
}

/** The workflow's setting, when it has one, and else the queue's. */
function routeBySettings(
  event: NewEvent['name'],
  workflow: NotifySettings | null,
  queue: NotifySettings,
): Route | null {
  const settings = workflow ?? queue
  const url = settings.url?.trim() ?? ''
  if (settings.state === 'Off' || url === '' || !settings.events.includes(event)) return null
  return { url, format: settings.resultFormat, byQueue: workflow === null }
}
