import { type Clock, Failure, type Log } from '../../base/index.ts'
import { checkField, checkWork, mayOverwrite, type SubmitChecks } from '../../jobs/index.ts'
import { type BatchRequest, said } from '../../wire/index.ts'
import { samplesBelow } from '../samples-below.ts'
import type { Batch } from './batch.ts'
import type { BatchStore, CreateBatchOptions } from './batch-store.ts'
import type { BucketOfHost } from './inputs/key-of-address.ts'
import { keyPrefixOf } from './inputs/key-prefix-of.ts'
import { listFileKey } from './inputs/list-file.ts'
import { requestOfBatch } from './job-of-batch.ts'

export interface CreateBatchDeps {
  readonly store: Pick<BatchStore, 'createBatch'>
  readonly checks: SubmitChecks
  readonly bucketOfHost: BucketOfHost
  readonly options: CreateBatchOptions
  readonly clock: Clock
  readonly log: Log
}

/**
 * Accepts a batch. What can be refused by looking at the request alone is refused here; when this returns, the batch is
 * on disk. Whether its list can be read, and what is in it, shows while it runs.
 */
export async function createBatch(deps: CreateBatchDeps, bucket: string, request: BatchRequest): Promise<Batch> {
  checkInput(deps, bucket, request.input)
  const { startMs, endMs } = request.timeInterval
  if (startMs !== null && endMs === null && startMs > deps.clock.now()) {
    throw new Failure(
      'InvalidArgument',
      'Operation.TimeInterval.Start lies in the future and End is not given, which means now: no object can match.',
    )
  }
  if (request.job !== null) checkWork(deps.checks, requestOfBatch(request.job, ''), 'Operation.CallBack')
  checkOutput(bucket, request)
  const batch = await deps.store.createBatch({ ...request, bucket }, deps.options)
  if (request.job !== null && !/\$\{[A-Za-z]+\}/.test(request.job.output.object)) {
    deps.log.warn(
      { batchId: batch.id, object: request.job.output.object },
      'Operation.Output.Object of a batch has no placeholder: every job of it writes the same key',
    )
  }
  return batch
}

function checkInput({ checks, bucketOfHost }: CreateBatchDeps, bucket: string, input: BatchRequest['input']): void {
  const { kind, value } = input
  if (kind === 'UrlFile' || kind === 'Manifest') listFileKey(bucket, `Input.${kind}`, value, bucketOfHost)
  else if (kind === 'Object') checkField('Input.Object', () => checks.checkKey(value))
  else if (keyPrefixOf(value) !== '') {
    checkField(`Input.Prefix is ${said(value)}`, () => checks.checkKey(keyPrefixOf(value)))
  }
}

/** Refuses results that would take the place of what they are made of. */
function checkOutput(bucket: string, { input, job }: BatchRequest): void {
  if (job === null || job.output.bucket !== bucket) return
  const isOne = input.kind === 'Object'
  const keys = isOne ? [input.value] : samplesBelow(input.kind === 'Prefix' ? keyPrefixOf(input.value) : '')
  if (!mayOverwrite(job.output.object, keys)) return
  throw new Failure(
    'InvalidArgument',
    `Operation.Output.Object is ${said(job.output.object)}, which is the object that a job works on: expected another key, or another bucket.`,
  )
}
