import type { Setting } from '../base/index.ts'
import type { CallbackProfile } from '../wire/index.ts'
import { defaultRetryWaitsSeconds } from './retry-schedule.ts'

export const callbackSettings = {
  callbackProfile: {
    kind: 'choice',
    variable: 'PIXMILL_CALLBACK_PROFILE',
    choices: ['2025', '2023', 'live'] satisfies readonly CallbackProfile[],
    default: '2025',
    says: 'Which edition of the official callback page the bodies follow. 2025: JobsDetail is an array in JSON, JobLevel is told. 2023: an object, no JobLevel. live: as the original service was seen to send them. A queue may have one of its own.',
  },
  fillResultEtag: {
    kind: 'switch',
    variable: 'PIXMILL_RESULT_ETAG',
    default: false,
    says: 'Tell the ETag of a result in ProcessResult/Etag of callbacks and of jobs. The original leaves it empty, and a receiver may take it for something else.',
  },
  callbackRetryWaitsSeconds: {
    kind: 'numbers',
    variable: 'PIXMILL_CALLBACK_RETRY_WAITS',
    unit: 's',
    // It repeats for five days: without a wait, a receiver that fails would be called as fast as it answers.
    lastAtLeast: 1,
    default: defaultRetryWaitsSeconds,
    says: 'Waits before each further attempt at a callback; the last one repeats until the event is five days old. Each is spread by ±20 %. none: what fails once is given up.',
  },
  callbackRate: {
    kind: 'integer',
    variable: 'PIXMILL_CALLBACK_RATE',
    unit: null,
    min: 1,
    max: 1_000_000,
    default: null,
    says: 'Attempts per second to one receiver (scheme, host, port and path), by each server. Without it there is no limit.',
  },
  webhookSecret: {
    kind: 'text',
    variable: 'PIXMILL_WEBHOOK_SECRET',
    default: null,
    secret: true,
    pattern: {
      regex: /^whsec_[A-Za-z0-9+/]{32,88}={0,2}([\s,]+whsec_[A-Za-z0-9+/]{32,88}={0,2})?$/,
      expected: 'whsec_ and the Base64 of 24 to 64 bytes, or two of them, the new one first',
    },
    says: 'Secret that callbacks are signed with (Standard Webhooks). Without it one is generated at the first start, kept in the ledger and printed once. Two, separated by a comma or a blank, both sign: the new one and, while receivers change over, the old one.',
  },
} as const satisfies Record<string, Setting>
