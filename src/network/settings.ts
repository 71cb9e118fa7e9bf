import type { Setting } from '../base/index.ts'

export const networkSettings = {
  callbackAllow: {
    kind: 'list',
    variable: 'PIXMILL_CALLBACK_ALLOW',
    default: [],
    says: 'Addresses or ranges (10.1.0.0/16, ::1) that callbacks may go to although they are on this machine. Link-local and cloud metadata addresses stay closed.',
  },
  callbackDeny: {
    kind: 'list',
    variable: 'PIXMILL_CALLBACK_DENY',
    default: [],
    says: 'Addresses or ranges that callbacks must not go to, for instance 10.0.0.0/8. Wins over everything else.',
  },
  callbackCa: {
    kind: 'text',
    variable: 'PIXMILL_CALLBACK_CA',
    default: null,
    says: 'File with certificates (PEM) of private authorities. Receivers are verified by those and by the usual ones.',
  },
  callbackConnectTimeoutMs: {
    kind: 'integer',
    variable: 'PIXMILL_CALLBACK_CONNECT_TIMEOUT',
    unit: 'ms',
    min: 1,
    max: 600_000,
    default: 5_000,
    says: 'How long connecting to a receiver may take, the name look-up included.',
  },
  callbackTimeoutMs: {
    kind: 'integer',
    variable: 'PIXMILL_CALLBACK_TIMEOUT',
    unit: 'ms',
    min: 1,
    max: 600_000,
    default: 10_000,
    says: 'How long one attempt to deliver a callback may take in all.',
  },
} as const satisfies Record<string, Setting>
