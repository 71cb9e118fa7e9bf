import { Failure } from '../../base/index.ts'
import { MAX_QUEUES, type NewQueue, type Queue, type QueueDefaults } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { queueFromRow } from '../rows.ts'
import { afterTheLast } from './after-the-last.ts'
import { insertQueue } from './insert-queue.ts'
import { openService } from './open-service.ts'

/** Gives a bucket another queue. Of two that do so at the same time the second waits where the service is opened. */
export async function createQueue(
  ledger: Ledger,
  bucket: string,
  queue: NewQueue,
  defaults: QueueDefaults,
): Promise<Queue> {
  await openService(ledger, bucket, defaults)
  const { count } = await ledger.db
    .selectFrom('queues')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('bucket', '=', bucket)
    .executeTakeFirstOrThrow()
  if (count >= MAX_QUEUES) {
    throw new Failure('QueueLimitReached', `The bucket ${bucket} has ${count} queues, as many as it may have.`)
  }
  // The first one is found by its age.
  const createdAt = await afterTheLast(ledger, 'queues', bucket)
  return queueFromRow(await insertQueue(ledger, bucket, queue, defaults, createdAt))
}
