import type { Setting } from '../base/index.ts'

export const objectSettings = {
  createBuckets: {
    kind: 'switch',
    variable: 'PIXMILL_CREATE_BUCKETS',
    default: false,
    says: 'Make a bucket when something is first stored in it, by whoever may administer it. For development: otherwise a misspelt name is told.',
  },
  minPartBytes: {
    kind: 'integer',
    variable: 'PIXMILL_MIN_PART_BYTES',
    unit: 'bytes',
    min: 1,
    max: 5_368_709_120,
    default: 1_048_576,
    says: 'How small a part of a multipart upload may be; the last one may always be smaller.',
  },
  keepUploadsDays: {
    kind: 'integer',
    variable: 'PIXMILL_KEEP_UPLOADS',
    unit: 'days',
    min: 1,
    max: 3_650,
    default: 7,
    says: 'How long a multipart upload that nobody completes or aborts is kept after its last part.',
  },
  blobGraceMs: {
    kind: 'integer',
    variable: 'PIXMILL_BLOB_GRACE',
    unit: 'ms',
    min: 1_000,
    max: 2_592_000_000,
    default: 3_600_000,
    says: 'How old the bytes of a replaced, deleted or never published object are before they are removed. Longer than any download, and than the end of an upload or of a job, may take.',
  },
  blobCleanEveryMs: {
    kind: 'integer',
    variable: 'PIXMILL_BLOB_CLEAN_EVERY',
    unit: 'ms',
    min: 100,
    max: 86_400_000,
    default: 600_000,
    says: 'Wait between two searches for bytes that no object names.',
  },
} as const satisfies Record<string, Setting>
