import { sql } from 'kysely'
import type { Ledger } from '../ledger.ts'
import { lockKeys } from '../postgres/lock-keys.ts'

/** What is listed by numbers of pages. */
type Numbered = 'templates' | 'workflows' | 'queues'

/**
 * When a row that is made now counts as made: later than every other of its table in the bucket, also within the same
 * millisecond and after a clock that was set back. Lists by numbers of pages are in this order, so that what is new is
 * always behind everything that a reader has seen. The caller has locked the bucket.
 */
export async function afterTheLast({ db, now }: Ledger, table: Numbered, bucket: string): Promise<number> {
  const { last } = await db
    .selectFrom(table)
    .select((eb) => eb.fn.max<number | null>('created_at').as('last'))
    .where('bucket', '=', bucket)
    .executeTakeFirstOrThrow()
  return Math.max(now(), (last ?? 0) + 1)
}

/** The same over all buckets, for the first queue of one: the list of opened buckets goes by it. */
export async function afterEveryQueue({ db, now, concurrent }: Ledger): Promise<number> {
  // Of two buckets that are opened at the same time, the second one counts the first: no row stands for both.
  if (concurrent) {
    await sql`select pg_advisory_xact_lock(${sql.lit(lockKeys.opening)}, hashtext(current_schema()))`.execute(db)
  }
  const { last } = await db
    .selectFrom('queues')
    .select((eb) => eb.fn.max<number | null>('created_at').as('last'))
    .executeTakeFirstOrThrow()
  return Math.max(now(), (last ?? 0) + 1)
}
