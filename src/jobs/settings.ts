import type { Setting } from '../base/index.ts'

export const jobSettings = {
  queueMaxSize: {
    kind: 'integer',
    variable: 'PIXMILL_QUEUE_MAX_SIZE',
    unit: null,
    min: 1,
    max: 10_000_000,
    default: 10_000,
    says: 'How many jobs may wait in a queue that is made from now on; a submit beyond that is refused with QueueSaturated.',
  },
  queueMaxConcurrent: {
    kind: 'integer',
    variable: 'PIXMILL_QUEUE_MAX_CONCURRENT',
    unit: null,
    min: 1,
    max: 1_000_000,
    default: 1_000,
    says: 'How many jobs of one queue that is made from now on may run at once. The engines are the narrower limit nearly always.',
  },
  requireOpenService: {
    kind: 'switch',
    variable: 'PIXMILL_REQUIRE_OPEN_SERVICE',
    default: false,
    says: 'Refuse jobs for a bucket whose image service was not opened with POST /picbucket. Otherwise the first job opens it.',
  },
  jobDeadlineMs: {
    kind: 'integer',
    variable: 'PIXMILL_JOB_DEADLINE',
    unit: 'ms',
    min: 100,
    max: 3_600_000,
    default: 60_000,
    says: 'How long an engine may work on one picture; then the job fails and the engine is replaced.',
  },
  retryWaitsMs: {
    kind: 'numbers',
    variable: 'PIXMILL_JOB_RETRY_WAITS',
    unit: 'ms',
    default: [1_000, 5_000, 30_000, 120_000, 600_000],
    says: 'Waits before a job is tried again after a failure that may pass (storage away, disk full); after the last one it fails.',
  },
  stopGraceMs: {
    kind: 'integer',
    variable: 'PIXMILL_STOP_GRACE',
    unit: 'ms',
    min: 0,
    max: 600_000,
    default: 20_000,
    says: 'How long running jobs may go on after SIGTERM; the rest go back to wait for the next start.',
  },
} as const satisfies Record<string, Setting>
