import type { FollowOptions } from '../../src/app/what-follows.ts'
import type { NewEvent } from '../../src/callbacks/index.ts'
import { nothingFollows, type WhatFollows } from '../../src/database/index.ts'

/** Tells the end of a job to the URL that the job names, with its final state as body; that of a run alike. */
export const stateToTheUrl: WhatFollows = {
  ...nothingFollows,
  jobEnded: (job): NewEvent => ({
    name: 'TaskFinish',
    subject: job.id,
    bucket: job.bucket,
    deliveries: [
      { url: job.callback.url ?? '', contentType: 'application/json', body: Buffer.from(job.state, 'utf8') },
    ],
  }),
  runEnded: (run): NewEvent => ({
    name: 'WorkflowFinish',
    subject: run.id,
    bucket: run.bucket,
    deliveries: [{ url: '', contentType: 'application/json', body: Buffer.from(run.state, 'utf8') }],
  }),
}

/** What the thread of a ledger is told at its start, with nothing out of the ordinary. */
export const followOptions: FollowOptions = {
  profile: '2025',
  timeZoneOffsetMinutes: 480,
  objectUrl: 'https://{bucket}.cos.{region}.myqcloud.com',
  fillResultEtag: false,
  submitOptions: nothingFollows.submitOptions,
}
