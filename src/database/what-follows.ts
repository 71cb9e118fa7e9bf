import type { NewEvent } from '../callbacks/index.ts'
import type { Job, SubmitOptions } from '../jobs/index.ts'
import type { CallbackOptions, NotifyConfig, WorkflowNotify } from '../wire/index.ts'
import type { RunWithTasks } from '../workflows/index.ts'

/** Where the events of a job or a run may go, by the settings as they are at that moment. */
export interface Addressees {
  /** `null` when the bucket has none. */
  readonly queueId: string | null
  readonly queue: NotifyConfig
  readonly callbacks: CallbackOptions
  /** For a run and its jobs: what the workflow says, `notify: null` when it says nothing. Absent for other jobs. */
  readonly workflow?: { readonly notify: WorkflowNotify | null }
}

/**
 * What follows from what happens: the event that tells of it and where that goes, or `null` when there is nothing to tell.
 * Called inside the transaction that writes what happened; pure, since a transaction may be run again.
 */
export interface WhatFollows {
  jobEnded(job: Job, to: Addressees): NewEvent | null
  runStarted(run: RunWithTasks, to: Addressees): NewEvent | null
  runEnded(run: RunWithTasks, to: Addressees): NewEvent | null
  /** How the jobs of runs are submitted. An upload that starts a run cannot say it. */
  readonly submitOptions: SubmitOptions
}

/** A ledger whose events nobody wants to hear of. */
export const nothingFollows: WhatFollows = {
  jobEnded: () => null,
  runStarted: () => null,
  runEnded: () => null,
  submitOptions: { openService: true, queueDefaults: { maxSize: 10_000, maxConcurrent: 1_000 } },
}
