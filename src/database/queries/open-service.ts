import { Failure } from '../../base/index.ts'
import type { OpenedBucket, QueueDefaults } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { afterEveryQueue } from './after-the-last.ts'
import { insertQueue } from './insert-queue.ts'
import { lockBucket } from './lock-bucket.ts'

/** Gives a bucket its image queue, or finds the one it has, which is a failure when it may be opened `onlyOnce`. */
export async function openService(
  ledger: Ledger,
  bucket: string,
  defaults: QueueDefaults,
  { onlyOnce } = { onlyOnce: false },
): Promise<OpenedBucket> {
  const { region } = await lockBucket(ledger, bucket)
  const open = await ledger.db
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
  if (open !== undefined) return { bucket, region, openedAt: open.created_at }
  const createdAt = await afterEveryQueue(ledger)
  const { created_at } = await insertQueue(ledger, bucket, { name: 'queue-pic-process-1' }, defaults, createdAt)
  return { bucket, region, openedAt: created_at }
}
