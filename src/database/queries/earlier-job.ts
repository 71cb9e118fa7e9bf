import { sql } from 'kysely'
import { type Job, type NewJob, REPEAT_MS, type Submission } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { jobFromRow } from '../rows.ts'

/** The job that an earlier submit of the same made, a short while ago; `null` when there is none, or this is no repeat. */
export async function earlierJob(
  { db, now, concurrent }: Ledger,
  { bucket, inputObject }: NewJob,
  { fingerprint, mayBeRepeat }: Submission,
): Promise<Job | null> {
  // The first one may still be on its way when the repeat comes: the repeat waits for its end.
  if (concurrent) await sql`select pg_advisory_xact_lock(hashtextextended(${fingerprint}, 0))`.execute(db)
  if (!mayBeRepeat) return null
  const row = await db
    .selectFrom('jobs')
    .leftJoin('queues', 'queues.id', 'jobs.queue_id')
    .selectAll('jobs')
    .select('queues.state as queue_state')
    .where('jobs.bucket', '=', bucket)
    .where('jobs.input_object', '=', inputObject)
    .where('jobs.created_at', '>', now() - REPEAT_MS)
    .where('jobs.submitted_as', '=', fingerprint)
    .orderBy('jobs.created_at')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : jobFromRow(row, row.queue_state === 'Paused')
}
