import { sql } from 'kysely'
import type { Ledger } from '../ledger.ts'
import { DEAD_AFTER_MS } from '../postgres/worker-row.ts'

/**
 * Takes the rows of servers away that have not renewed them for too long; whatever carries a name that is not there any
 * more is rescued. Only a server that has itself been steady for that time may do so: after the database was away,
 * everybody looks dead to whoever comes back first.
 */
export async function removeDeadWorkers({ db, workerId }: Ledger): Promise<void> {
  await sql`
    with clock as (select floor(extract(epoch from clock_timestamp()) * 1000)::int8 - ${DEAD_AFTER_MS}::int8 as limit_at)
    delete from workers using clock
    where seen_at < clock.limit_at
      and exists (select from workers as self where self.id = ${workerId()} and self.steady_since <= clock.limit_at)
  `.execute(db)
}
