import type { EndedCursor } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'

/** Steps over `count` ended jobs, newest first, in the index `jobs_ended`: no row is read, only its entries. */
export async function endedJobBehind(
  { db }: Ledger,
  from: EndedCursor | null,
  count: number,
): Promise<EndedCursor | null> {
  let select = db
    .selectFrom('jobs')
    .select(['ended_at', 'id'])
    .where('ended_at', 'is not', null)
    .orderBy('ended_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .offset(count - 1)
  if (from !== null) {
    select = select.where((eb) => eb(eb.refTuple('ended_at', 'id'), '<', eb.tuple(from.endedAt, from.id)))
  }
  const row = await select.executeTakeFirst()
  return row === undefined ? null : { endedAt: row.ended_at!, id: row.id }
}
