import { taskFinishEvent } from '../callbacks/index.ts'
import type { WhatFollows } from '../database/index.ts'
import { jobDocument } from '../jobs/index.ts'
import type { CallbackProfile } from '../wire/index.ts'

/** What the ledger thread is told at its start, so that it can render the callbacks of the jobs it ends. */
export interface FollowOptions {
  readonly profile: CallbackProfile
  readonly timeZoneOffsetMinutes: number
}

/**
 * What follows from an ended job: its `TaskFinish`, with the body that every attempt will send. The one place where
 * jobs and callbacks meet; neither knows the other.
 */
export function whatFollowsWith({ profile, timeZoneOffsetMinutes }: FollowOptions): WhatFollows {
  return (job, notify) =>
    taskFinishEvent({
      detail: jobDocument(job),
      routing: {
        job: job.callback,
        queue: { ...notify, resultFormat: notify.resultFormat ?? 'XML' },
      },
      profile,
      timeZoneOffsetMinutes,
    })
}
