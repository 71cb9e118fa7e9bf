import { Failure } from '../../base/index.ts'
import type { OpenedBucket, QueueDefaults } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { afterEveryQueue } from './after-the-last.ts'
import { insertQueue } from './insert-queue.ts'

/** Gives a bucket its image queue, or finds the one it has, which is a failure when it may be opened `onlyOnce`. */
export async function openService(
  ledger: Ledger,
  bucket: string,
  defaults: QueueDefaults,
  { onlyOnce } = { onlyOnce: false },
): Promise<OpenedBucket> {
  const { db, concurrent } = ledger
  const owner = await db
    .selectFrom('buckets')
    .selectAll()
    .where('name', '=', bucket)
    // Of two that open at the same time, the second finds what the first one opened.
    .$if(concurrent, (buckets) => buckets.forNoKeyUpdate())
    .executeTakeFirst()
  if (owner === undefined) throw new Failure('BucketNotFound', `The bucket ${bucket} does not exist.`)
  const open = await db
    .selectFrom('queues')
    .select('created_at')
    .where('bucket', '=', bucket)
    .orderBy('created_at')
    .executeTakeFirst()
  if (open !== undefined && onlyOnce) {
    throw new Failure(
      'ServiceOpen',
      `MediaBucketAlreadyBinded: the image service of ${bucket} is open already, and this server refuses a second opening.`,
    )
  }
  if (open !== undefined) return { bucket, region: owner.region, openedAt: open.created_at }
  const createdAt = await afterEveryQueue(ledger)
  const { created_at } = await insertQueue(ledger, bucket, { name: 'queue-pic-process-1' }, defaults, createdAt)
  return { bucket, region: owner.region, openedAt: created_at }
}
