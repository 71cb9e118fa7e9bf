import type { BatchId } from '../../base/index.ts'
import type { SubmitOptions } from '../../jobs/index.ts'
import type { BatchFailure, BatchRequest, BatchType } from '../../wire/index.ts'
import type { Batch, StoredBatchState } from './batch.ts'
import type { ListEntry, Place } from './inputs/input-reader.ts'

/** A batch that has passed every check that needs no ledger. */
export interface NewBatch extends BatchRequest {
  readonly bucket: string
}

export interface CreateBatchOptions {
  /** As for a single job: whether the image service is opened on the way. */
  readonly submit: SubmitOptions
  /** How many batches of a bucket may be under way; `QueueFull` beyond that. */
  readonly maxOpen: number
}

export interface BatchQuery {
  readonly bucket: string
  readonly type: BatchType | null
  /** Empty: all. */
  readonly states: readonly StoredBatchState[]
  /** Only this batch. */
  readonly id: string | null
  readonly workflowId: string | null
  /** Exact. */
  readonly name: string | null
  /** Bounds of the time of creation, inclusive, UTC milliseconds. */
  readonly createdFrom: number | null
  readonly createdTo: number | null
  readonly order: 'Asc' | 'Desc'
  readonly after: BatchCursor | null
  /** 1 to 100. */
  readonly limit: number
}

/** A place between two batches of a list. */
export interface BatchCursor {
  readonly createdAt: number
  readonly id: string
}

export interface BatchPage {
  readonly batches: readonly Batch[]
  /** `null` on the last page. */
  readonly next: BatchCursor | null
}

/** A batch that there is something to do for. */
export interface OpenBatch {
  readonly batch: Batch
  /** How far its list was read. */
  readonly place: Place | null
  readonly isListed: boolean
  /** For how many more objects there is room now. */
  readonly room: number
  /** How many jobs one object makes, at most. */
  readonly jobsPerObject: number
}

/** What was read of a list, to be worked on. */
export interface BatchStep {
  /** Where it was read from. */
  readonly from: Place | null
  readonly entries: readonly ListEntry[]
  readonly next: Place
  readonly isLast: boolean
  /** How much of the list lies before `next`: 0 to 1, or `null` while its length is not known. */
  readonly part: number | null
}

/** How much of a batch is looked after in one go. */
export interface SettleBounds {
  /** Jobs or runs that are looked at. */
  readonly lookAt: number
  /** Where the look before ended; `null`: with the first one. What ended may lie anywhere among what waits. */
  readonly after: string | null
  /** Waiting jobs of a cancelled batch that are cancelled. */
  readonly cancel: number
}

export interface Settled {
  /** Where the next look begins; `null` when this one came to the end. */
  readonly next: string | null
  /** Whether there is more to do already. */
  readonly isMore: boolean
}

/**
 * What batches need of the ledger. One call is one transaction, and a short one: whatever concerns many objects is done
 * in steps.
 */
export interface BatchStore {
  /**
   * Writes the batch; only then is it acknowledged. Fails with `InvalidArgument` naming an unknown workflow, queue,
   * template or output bucket, `ServiceNotOpen`, `QueueFull`, `BucketNotFound`.
   */
  createBatch(batch: NewBatch, options: CreateBatchOptions): Promise<Batch>
  /** Those that exist in this bucket, in the order asked for, each with its first failures. */
  findBatches(bucket: string, ids: readonly string[]): Promise<Batch[]>
  listBatches(query: BatchQuery): Promise<BatchPage>
  /**
   * Ends a batch: from now on it makes no job, and those that wait are cancelled soon; what runs goes on. Cancelling a
   * cancelled one changes nothing. Fails with `BatchNotFound` or, after any other end, `BatchNotCancellable`.
   */
  cancelBatch(bucket: string, id: string): Promise<Batch>

  /** The batches that are not over, the oldest first. `maxWaiting`: how many jobs of one batch may wait. */
  openBatches(maxWaiting: number): Promise<OpenBatch[]>
  /**
   * Makes the jobs or runs for what was read, and moves the place with them. `false` when somebody else has moved it, or
   * the batch has ended: then nothing is written.
   *
   * A batch whose jobs cannot be made any more (its template, queue or workflow is gone) ends `Failed` with that.
   */
  advanceBatch(id: BatchId, step: BatchStep): Promise<boolean>
  /** The list cannot be read behind this place. `false` as above. */
  failBatch(id: BatchId, from: Place | null, failure: Omit<BatchFailure, 'object'>): Promise<boolean>
  /**
   * Looks after some of what the batch has made: what ended is counted and forgotten; what waits of a cancelled batch is
   * cancelled; and the batch ends when it was listed and nothing of it is left.
   */
  settleBatch(id: BatchId, bounds: SettleBounds): Promise<Settled>
  /** How many of up to `limit` keys with this prefix there are behind a key (`''`: from the first on), and the last. */
  countKeys(range: {
    readonly bucket: string
    readonly prefix: string
    readonly after: string
    readonly limit: number
  }): Promise<{ count: number; last: string | null }>
}
