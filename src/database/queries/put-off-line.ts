import { sql } from 'kysely'
import { GIVE_UP_AFTER_MS, type PutOffLine } from '../../callbacks/index.ts'
import type { Ledger } from '../ledger.ts'

/**
 * Puts off what is due at an origin and in nobody's hands, in the order in which it would have been sent. The five days of
 * each delivery go on: at their end it is due all the same, for its last attempt. What has come to that end is left alone.
 *
 * Every row is written at every failed probe. 100 000 take a second on SQLite, 500 at a time in 5 ms, and a line gets so long when
 * probes are minutes apart. A time kept once for the whole line would save that, but then every claim would have to look
 * behind the rows that are due and may not go for those of other receivers at the origin, and for those at their end.
 */
export async function putOffLine(
  { db, concurrent }: Ledger,
  { origin, receiver, dueBy, until, limit }: PutOffLine,
): Promise<number> {
  const end = sql<number>`coalesce(round_at, created_at) + ${sql.lit(GIVE_UP_AFTER_MS)}`
  const rows = await db
    .updateTable('deliveries')
    .set({ due_at: sql<number>`case when ${end} < ${until} then ${end} else ${until} end` })
    .where('id', 'in', (line) =>
      line
        .selectFrom('deliveries')
        .select('id')
        .where('state', '=', sql.lit('Waiting'))
        .where('origin', '=', origin)
        .where('due_at', '<=', dueBy)
        .where(end, '>', dueBy)
        .$if(receiver !== null, (ofOne) => ofOne.where('receiver', '=', receiver))
        .orderBy('due_at')
        .orderBy('id')
        .limit(limit)
        .$if(concurrent, (due) => due.forUpdate().skipLocked()),
    )
    .returning('id')
    .execute()
  return rows.length
}
