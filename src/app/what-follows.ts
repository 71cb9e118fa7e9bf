import { taskFinishEvent, workflowEvent } from '../callbacks/index.ts'
import type { Addressees, WhatFollows } from '../database/index.ts'
import { jobDocument, type SubmitOptions } from '../jobs/index.ts'
import type { CallbackProfile, NotifyConfig, WorkflowNotify } from '../wire/index.ts'
import { objectUrlBelow, type RunWithTasks, runExecution } from '../workflows/index.ts'

/** What the ledger thread is told at its start, so that it can render the callbacks of what it ends. */
export interface FollowOptions {
  readonly profile: CallbackProfile
  readonly timeZoneOffsetMinutes: number
  /** `PIXMILL_OBJECT_URL`. */
  readonly objectUrl: string
  /** `PIXMILL_RESULT_ETAG`. */
  readonly fillResultEtag: boolean
  readonly submitOptions: SubmitOptions
}

/**
 * What follows from the end of a job, and from beginning and end of a run: the event, with the body that every attempt
 * will send. The one place where jobs, workflows and callbacks meet.
 */
export function whatFollowsWith(options: FollowOptions): WhatFollows {
  const { profile, timeZoneOffsetMinutes, fillResultEtag, submitOptions } = options
  const objectUrl = objectUrlBelow(options.objectUrl)
  const ofRun = (name: 'WorkflowStart' | 'WorkflowFinish') => (run: RunWithTasks, to: Addressees) =>
    workflowEvent(name, {
      execution: runExecution(run, objectUrl),
      queueId: to.queueId,
      settings: { queue: settingsOf(to.queue), workflow: settingsOfWorkflow(to.workflow?.notify ?? null) },
      timeZoneOffsetMinutes,
    })
  return {
    jobEnded: (job, { queue, callbacks, workflow }) =>
      taskFinishEvent({
        detail: jobDocument(job),
        routing: {
          job: job.callback,
          queue: settingsOf(queue),
          ...(workflow === undefined ? {} : { workflow: { notify: settingsOfWorkflow(workflow.notify) } }),
        },
        profile: callbacks.profile ?? profile,
        objectUrl,
        timeZoneOffsetMinutes,
        fillResultEtag,
      }),
    runStarted: ofRun('WorkflowStart'),
    runEnded: ofRun('WorkflowFinish'),
    submitOptions,
  }
}

const settingsOf = <Notify extends NotifyConfig | WorkflowNotify>(notify: Notify) => ({
  ...notify,
  resultFormat: notify.resultFormat ?? 'XML',
})

const settingsOfWorkflow = (notify: WorkflowNotify | null) => (notify === null ? null : settingsOf(notify))
