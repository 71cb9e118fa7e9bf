import type { BatchId } from '../../base/index.ts'
import type { StoredObject } from '../../objects/index.ts'
import type { BatchCounts, BatchFailure, BatchRequest, TimeInterval } from '../../wire/index.ts'

/** The stored states, in the wire's words. `Pause` is in the protocol's list and never happens here. */
export type StoredBatchState = 'Submitted' | 'Running' | 'Success' | 'Failed' | 'Cancel'

/** Where a batch may go from each state; docs/design/batches.md draws the same arrows. */
export const batchMovesFrom = {
  Submitted: ['Running', 'Success', 'Failed', 'Cancel'],
  Running: ['Success', 'Failed', 'Cancel'],
  Success: [],
  Failed: [],
  Cancel: [],
} as const satisfies Record<StoredBatchState, readonly StoredBatchState[]>

/** Many jobs, or many runs, from a list of objects. Times are UTC milliseconds, `null` until they are. */
export interface Batch extends BatchRequest {
  readonly id: BatchId
  readonly bucket: string
  readonly state: StoredBatchState
  /** `Success`, or the protocol's code of why the batch could not go on to its end. */
  readonly code: string
  /** Why it failed; or, of one that succeeded, that it found nothing to do. */
  readonly message: string
  readonly createdAt: number
  /** When the first step of the expansion was taken. */
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** Percent, 0 to 100, never going down. */
  readonly progress: number
  readonly counts: BatchCounts
  /** The first hundred; lists of batches leave them out. */
  readonly failures: readonly BatchFailure[]
}

/** What a batch goes by when it decides about an object. */
export interface BatchBounds {
  readonly id: string
  readonly createdAt: number
  readonly timeInterval: TimeInterval
}

/**
 * Whether an object is for this batch. Without an end of the interval that is the time the batch was made: what comes
 * under its prefix while it runs is for the next one.
 *
 * An interval may end in the future, and clocks can be set back; still no batch takes what it wrote itself, nor what any
 * job wrote after the batch was made: two batches, each writing where the other one reads, would go on for ever.
 */
export function isWanted(
  object: Pick<StoredObject, 'lastModified' | 'origin' | 'batchId'>,
  { id, createdAt, timeInterval: { startMs, endMs } }: BatchBounds,
): boolean {
  if (object.batchId === id) return false
  if (object.origin === 'job' && object.lastModified > createdAt) return false
  if (startMs !== null && object.lastModified < startMs) return false
  return object.lastModified <= (endMs ?? createdAt)
}
