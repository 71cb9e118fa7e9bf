import { sql } from 'kysely'
import { lockKeys } from '../postgres/lock-keys.ts'

/**
 * In PostgreSQL a submit keeps its queue from being closed until the job is written: whoever closes the service waits
 * for that, and then finds the job to cancel. Not by a lock on the row: many that share one have to write down who they
 * are, and ten submits at once were slowed down to less than half by that.
 */
export const keepOpen = sql`pg_advisory_xact_lock_shared(${sql.lit(lockKeys.queue)}, hashtext(queues.id))`.as('kept')

/** The other side: waits for everybody who keeps a queue open, and keeps others from doing so. */
export const waitToClose = sql`pg_advisory_xact_lock(${sql.lit(lockKeys.queue)}, hashtext(queues.id))`.as('kept')
