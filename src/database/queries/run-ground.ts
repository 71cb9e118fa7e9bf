import type { SubmitOptions } from '../../jobs/index.ts'
import { type Run, startNodeOf } from '../../workflows/index.ts'
import type { Ledger } from '../ledger.ts'
import { statement } from '../statement.ts'
import type { QueueRow } from './insert-job.ts'
import { keepOpen } from './keep-open.ts'
import { openService } from './open-service.ts'

const regionOf = statement(({ db }, { bucket }: { bucket: string }) =>
  db.selectFrom('buckets').select('region').where('name', '=', bucket),
)

/** All queues of the bucket, oldest first; where others work at the same time, kept open. */
const queuesOf = statement(({ db, concurrent }, { bucket }: { bucket: string }) =>
  db
    .selectFrom('queues')
    .selectAll()
    .where('bucket', '=', bucket)
    .orderBy('created_at')
    .orderBy('id')
    .$if(concurrent, (queues) => queues.select(keepOpen)),
)

/** What the jobs of a run have in common. */
export interface RunGround {
  /** Of the bucket. */
  readonly region: string
  /** `null` when the image service of the bucket is closed and may not be opened unasked. */
  readonly queue: QueueRow | null
}

/**
 * The queue of a run's jobs: the one for pictures that the workflow names, else the other one it names when that is one
 * of ours, else that of the bucket. A queue that is gone is no reason to lose a run: closing and opening the service
 * gives the bucket a new one. The limit of a queue does not count here, nobody could be told to come back later.
 */
export async function groundOfRun(
  ledger: Ledger,
  { bucket, topology }: Run,
  options: SubmitOptions,
): Promise<RunGround> {
  const start = startNodeOf(topology)
  const { region } = (await regionOf.first(ledger, { bucket }))!
  for (;;) {
    const queues: QueueRow[] = await queuesOf.all(ledger, { bucket })
    const queue =
      queues.find(({ id }) => id === start.picProcessQueueId) ??
      queues.find(({ id }) => id === start.queueId) ??
      queues[0]
    if (queue === undefined) {
      if (!options.openService) return { region, queue: null }
      await openService(ledger, bucket, options.queueDefaults)
      continue
    }
    // In a statement of its own: the other one saw what there was before it waited for the lock.
    if (!ledger.concurrent || (await isThere(ledger, queue.id))) return { region, queue }
  }
}

async function isThere({ db }: Ledger, queueId: string): Promise<boolean> {
  return (await db.selectFrom('queues').select('id').where('id', '=', queueId).executeTakeFirst()) !== undefined
}
