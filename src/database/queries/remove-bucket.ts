import { sql } from 'kysely'
import { Failure } from '../../base/index.ts'
import type { JobState } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'

/**
 * Removes an empty bucket with its queues, templates, workflows and batches that are over. What has ended stays on
 * record until its time; what has not ended stands in the way, for it would never end without its queue.
 */
export async function removeBucket({ db, concurrent }: Ledger, name: string): Promise<void> {
  const bucket = await db
    .selectFrom('buckets')
    .select('name')
    .where('name', '=', name)
    // Whoever puts something into it at this moment has done so before, or waits and finds it gone.
    .$if(concurrent, (buckets) => buckets.forUpdate())
    .executeTakeFirst()
  if (bucket === undefined) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')

  const queues = db.selectFrom('queues').select('id').where('bucket', '=', name)
  const found = await db
    .selectNoFrom((eb) => [
      eb.exists(db.selectFrom('objects').select('key').where('bucket', '=', name)).as('objects'),
      eb
        .exists(db.selectFrom('uploads').select('id').where('bucket', '=', name).where('completed_at', 'is', null))
        .as('uploads'),
      eb
        .exists(
          db
            .selectFrom('jobs')
            .select('id')
            .where('queue_id', 'in', queues)
            .where('state', 'in', [sql.lit<JobState>('Submitted'), sql.lit<JobState>('Running')]),
        )
        .as('jobs'),
      eb
        .exists(db.selectFrom('batches').select('id').where('bucket', '=', name).where('is_settled', '=', sql.lit(0)))
        .as('batches'),
    ])
    .executeTakeFirstOrThrow()
  for (const [what, message] of Object.entries(IN_THE_WAY)) {
    if (found[what as keyof typeof found]) throw new Failure('BucketNotEmpty', message)
  }

  await db.deleteFrom('uploads').where('bucket', '=', name).execute()
  const batches = db.selectFrom('batches').select('id').where('bucket', '=', name)
  await db.deleteFrom('batch_failures').where('batch_id', 'in', batches).execute()
  await db.deleteFrom('batches').where('bucket', '=', name).execute()
  for (const table of ['workflows', 'templates', 'queues'] as const) {
    await db.deleteFrom(table).where('bucket', '=', name).execute()
  }
  await db.deleteFrom('buckets').where('name', '=', name).execute()
}

const IN_THE_WAY = {
  objects: 'The bucket you tried to delete is not empty.',
  uploads: 'The bucket you tried to delete has multipart uploads that are not finished; abort them first.',
  jobs: 'The bucket you tried to delete has jobs that have not ended; cancel them first.',
  batches: 'The bucket you tried to delete has batch jobs that have not ended; cancel them first.',
} as const
