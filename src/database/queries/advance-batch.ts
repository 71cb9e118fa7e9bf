import { asFailure, type BatchId } from '../../base/index.ts'
import { failedJob } from '../../jobs/index.ts'
import type { ObjectOrigin } from '../../objects/index.ts'
import type { BatchFailure } from '../../wire/index.ts'
import { type BatchStep, isWanted, type Place, progressOf } from '../../workflows/index.ts'
import { type BatchRow, batchFromRow } from '../batch-rows.ts'
import type { Ledger } from '../ledger.ts'
import type { WhatFollows } from '../what-follows.ts'
import { keepBatchFailures } from './keep-batch-failures.ts'
import { makeForBatch } from './make-for-batch.ts'

/**
 * Makes what a piece of a list asks for, and moves the place in the same transaction: whoever is killed before the commit
 * has made nothing, and whoever comes after it finds the place moved. So no object is done twice, and none left out.
 */
export async function advanceBatch(
  ledger: Ledger,
  whatFollows: WhatFollows,
  id: BatchId,
  step: BatchStep,
): Promise<boolean> {
  const row = await lockIfAt(ledger, id, step.from)
  if (row === null) return false
  const { wanted, failures } = await wantedOf(ledger, row, step)
  let made: string[]
  try {
    made = wanted.length === 0 ? [] : await makeForBatch(ledger, whatFollows, row, wanted)
  } catch (error) {
    const failure = asFailure(error)
    if (failure.retryable || failure.code === 'InternalError') throw error
    return endFailed(ledger, row, failedJob(failure))
  }
  if (made.length > 0) {
    await ledger.db
      .insertInto('batch_items')
      .values(made.map((item_id) => ({ batch_id: id, item_id })))
      .execute()
  }
  await keepBatchFailures(ledger, row, failures)
  const counts = {
    listed: row.listed + made.length + failures.length,
    created: row.created + made.length,
    ended: row.ended + failures.length,
    failed: row.failed + failures.length,
  }
  // A list may turn out longer than it was when it was measured.
  const part = step.isLast ? 1 : step.part === null ? row.part : Math.max(row.part ?? 0, Math.min(1, step.part))
  await ledger.db
    .updateTable('batches')
    .set({
      ...counts,
      state: 'Running',
      started_at: row.started_at ?? ledger.now(),
      place_json: JSON.stringify(step.next),
      is_listed: step.isLast ? 1 : 0,
      part,
      progress: progressOf(row.progress, counts, part),
    })
    .where('id', '=', id)
    .execute()
  return true
}

/** Ends a batch whose list cannot be read on. What it made so far goes on. */
export async function failBatch(
  ledger: Ledger,
  id: BatchId,
  from: Place | null,
  failure: Pick<BatchFailure, 'code' | 'message'>,
): Promise<boolean> {
  const row = await lockIfAt(ledger, id, from)
  return row !== null && endFailed(ledger, row, failure)
}

/** The row, locked, when the batch goes on and its place is still this one. */
async function lockIfAt({ db, concurrent }: Ledger, id: BatchId, place: Place | null): Promise<BatchRow | null> {
  const row = await db
    .selectFrom('batches')
    .selectAll()
    .where('id', '=', id)
    .$if(concurrent, (batches) => batches.forUpdate())
    .executeTakeFirst()
  if (row === undefined || row.ended_at !== null || row.is_listed === 1) return null
  return row.place_json === (place === null ? null : JSON.stringify(place)) ? row : null
}

/** Which objects of a step are there and wanted; and what nothing can be made for. */
async function wantedOf(
  { db }: Ledger,
  row: BatchRow,
  { entries }: BatchStep,
): Promise<{ wanted: string[]; failures: BatchFailure[] }> {
  const keys = entries.flatMap((entry) => ('key' in entry ? [entry.key] : []))
  const objects =
    keys.length === 0
      ? []
      : await db
          .selectFrom('objects')
          .select(['key', 'last_modified', 'origin', 'batch_id'])
          .where('bucket', '=', row.bucket)
          .where('key', 'in', keys)
          .execute()
  const byKey = new Map(objects.map((object) => [object.key, object]))
  const bounds = batchFromRow(row)
  const wanted: string[] = []
  const failures: BatchFailure[] = []
  for (const entry of entries) {
    if ('refused' in entry) {
      failures.push(entry.refused)
      continue
    }
    const object = byKey.get(entry.key)
    if (object === undefined) {
      // Under a prefix it was there a moment ago and is deleted; a list may name what never was.
      if (row.input_kind === 'Prefix') continue
      failures.push({ object: entry.key, code: 'ResourceNotFound', message: 'There is no object with this key.' })
      continue
    }
    const { last_modified: lastModified, origin, batch_id: batchId } = object
    if (isWanted({ lastModified, origin: origin as ObjectOrigin, batchId }, bounds)) wanted.push(entry.key)
  }
  return { wanted, failures }
}

async function endFailed(
  ledger: Ledger,
  row: BatchRow,
  { code, message }: Pick<BatchFailure, 'code' | 'message'>,
): Promise<boolean> {
  const at = ledger.now()
  await ledger.db
    .updateTable('batches')
    .set({ state: 'Failed', code, message, started_at: row.started_at ?? at, ended_at: at })
    .where('id', '=', row.id)
    .execute()
  ledger.wake('batches')
  return true
}
