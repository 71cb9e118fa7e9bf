import type { JobId } from '../../base/index.ts'
import type { ReturnReason } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import type { WhatFollows } from '../what-follows.ts'
import { cancelWhereClosed } from './cancel-where-closed.ts'

/** Sends a running job back to wait, and remembers why. */
export async function returnJob(
  ledger: Ledger,
  whatFollows: WhatFollows,
  id: JobId,
  leaseToken: string,
  reason: ReturnReason,
): Promise<boolean> {
  const at = ledger.now()
  const row = await ledger.db
    .updateTable('jobs')
    .set((eb) => ({
      state: 'Submitted',
      lease_token: null,
      started_at: null,
      not_before: reason.why === 'retry' ? at + reason.waitMs : at,
      tries: reason.why === 'retry' ? eb('tries', '+', 1) : eb.ref('tries'),
      blames: reason.why === 'blamed' ? eb('blames', '+', 1) : eb.ref('blames'),
    }))
    .where('id', '=', id)
    .where('lease_token', '=', leaseToken)
    .returning(['id', 'queue_id'])
    .executeTakeFirst()
  if (row === undefined) return false
  await cancelWhereClosed(ledger, whatFollows, [row])
  ledger.wake('jobs')
  return true
}
