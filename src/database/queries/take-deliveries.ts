import type { ClaimedDelivery } from '../../callbacks/index.ts'
import { CLAIMED_COLUMNS, claimedOf } from '../delivery-rows.ts'
import type { Lease } from '../hand-over.ts'
import type { Ledger } from '../ledger.ts'
import { statement } from '../statement.ts'

interface Taken extends Lease {
  readonly ids: readonly string[]
  readonly workerId: string | null
}

const take = statement(({ db }, { ids, leaseToken, leaseUntil, workerId }: Taken) =>
  db
    .updateTable('deliveries')
    .set({ state: 'Sending', due_at: null, lease_token: leaseToken, lease_until: leaseUntil, worker_id: workerId })
    .where('id', 'in', ids)
    .returning(CLAIMED_COLUMNS),
)

/** Gives waiting deliveries, which the caller has locked, into the hands of a courier of this server. In the order of `ids`. */
export async function takeDeliveries(
  ledger: Ledger,
  ids: readonly string[],
  { leaseToken, leaseUntil }: Lease,
): Promise<ClaimedDelivery[]> {
  const rows = await take.all(ledger, { ids, leaseToken, leaseUntil, workerId: ledger.workerId() })
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => claimedOf(byId.get(id)!, leaseToken))
}
