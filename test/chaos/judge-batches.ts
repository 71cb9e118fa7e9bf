import type { BatchSeen, Evidence } from './evidence.ts'
import { groupBy } from './group-by.ts'
import type { BatchTried } from './journal.ts'

type Told = Pick<Evidence, 'journal' | 'jobs' | 'runs' | 'batches'>

/** Every batch ended in one state, with each of its objects done once; a cancelled one made nothing from then on. */
export function* judgeBatches({ journal, jobs, runs, batches }: Told): Generator<string> {
  const byId = new Map(batches.map((batch) => [batch.id, batch]))
  for (const { batchId, name } of journal.batches) {
    if (batchId !== null && !byId.has(batchId)) yield `batch ${batchId} (${name}) was acknowledged and is lost`
  }
  for (const [name, [first, twin]] of groupBy(batches, (batch) => batch.name)) {
    if (twin !== undefined) yield `one request (${name}) made two batches, ${first!.id} and ${twin.id}`
  }
  for (const batch of batches) {
    const tried = journal.batches.find(({ name }) => name === batch.name)
    if (tried === undefined) {
      yield `batch ${batch.id} (${batch.name}) was started by nobody`
      continue
    }
    const made =
      tried.workflowId === null
        ? jobs
            .filter(({ batchId }) => batchId === batch.id)
            .map(({ id, input, state }) => ({ id, object: input, state }))
        : runs.filter(({ batchId }) => batchId === batch.id)
    yield* judgeObjectsOf(batch, tried, made)
    yield* judgeCounts(batch, made)
    const wasTried = journal.batchCancelTried.has(batch.id)
    const atCancel = journal.madeAtCancel.get(batch.id)
    if (batch.state === 'Cancel' && !wasTried) yield `batch ${batch.id} is cancelled, which nobody asked for`
    if (atCancel === undefined) continue
    if (batch.state !== 'Cancel') yield `batch ${batch.id} is ${batch.state}, its cancel was acknowledged`
    const later = made.filter(({ id }) => !atCancel.includes(id))
    if (later.length > 0) yield `batch ${batch.id} made ${later.length} more after its cancel was acknowledged`
  }
}

interface Made {
  readonly id: string
  readonly object: string
  readonly state: string
}

function* judgeObjectsOf({ id, state }: BatchSeen, { keys }: BatchTried, made: readonly Made[]): Generator<string> {
  if (state !== 'Success' && state !== 'Cancel') yield `batch ${id} is ${state}, expected Success or Cancel`
  const byObject = groupBy(made, ({ object }) => object)
  for (const [object, same] of byObject) {
    if (!keys.includes(object)) yield `batch ${id} did ${object}, which it is not over`
    else if (same.length > 1) yield `batch ${id} did ${object} ${same.length} times`
  }
  if (state !== 'Success') return
  for (const key of keys) if (!byObject.has(key)) yield `batch ${id} succeeded and left ${key} out`
  for (const one of made) {
    if (!['Success', 'Failed', 'Cancel'].includes(one.state))
      yield `batch ${id} succeeded and ${one.id} is ${one.state}`
  }
}

function* judgeCounts({ id, created, ended, failed }: BatchSeen, made: readonly Made[]): Generator<string> {
  const failures = made.filter(({ state }) => state === 'Failed').length
  if (created !== made.length) yield `batch ${id} counts ${created} created, there are ${made.length}`
  if (ended !== created) yield `batch ${id} counts ${ended} ended of ${created} created`
  if (failed !== failures) yield `batch ${id} counts ${failed} failed, there are ${failures}`
}
