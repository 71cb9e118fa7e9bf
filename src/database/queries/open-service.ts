import { Failure, newId } from '../../base/index.ts'
import type { OpenedBucket, QueueDefaults } from '../../jobs/index.ts'
import { NOTIFY_OFF } from '../../wire/index.ts'
import type { Ledger } from '../ledger.ts'

/** Gives a bucket its image queue, or finds the one it has. */
export async function openService(ledger: Ledger, bucket: string, defaults: QueueDefaults): Promise<OpenedBucket> {
  const { db, now, concurrent } = ledger
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
  if (open !== undefined) return { bucket, region: owner.region, openedAt: open.created_at }
  const at = now()
  await db
    .insertInto('queues')
    .values({
      id: newId.queue(),
      bucket,
      name: 'queue-pic-process-1',
      state: 'Active',
      notify_json: JSON.stringify(NOTIFY_OFF),
      max_size: defaults.maxSize,
      max_concurrent: defaults.maxConcurrent,
      created_at: at,
      updated_at: at,
    })
    .execute()
  return { bucket, region: owner.region, openedAt: at }
}
