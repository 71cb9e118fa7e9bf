import type { Setting } from '../base/index.ts'
import { defaultRetryWaitsSeconds } from './retry-schedule.ts'

export const callbackSettings = {
  callbackProfile: {
    kind: 'choice',
    variable: 'PIXMILL_CALLBACK_PROFILE',
    choices: ['2025', '2023'],
    default: '2025',
    says: 'Which edition of the official callback page the bodies follow. 2025: JobsDetail is an array in JSON, JobLevel is told. 2023: an object, no JobLevel.',
  },
  callbackRetryWaitsSeconds: {
    kind: 'numbers',
    variable: 'PIXMILL_CALLBACK_RETRY_WAITS',
    unit: 's',
    default: defaultRetryWaitsSeconds,
    says: 'Waits before each further attempt at a callback; the last one repeats until the event is five days old. Each is spread by ±20 %.',
  },
  webhookSecret: {
    kind: 'text',
    variable: 'PIXMILL_WEBHOOK_SECRET',
    default: null,
    secret: true,
    pattern: { regex: /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, expected: 'whsec_ and the Base64 of 24 to 64 bytes' },
    says: 'Secret that callbacks are signed with (Standard Webhooks). Without it one is generated at the first start, kept in the ledger and printed once.',
  },
} as const satisfies Record<string, Setting>
