import { sql } from 'kysely'
import { type DeliveryId, type EventId, newId } from '../../base/index.ts'
import type { ClaimDueOptions, ClaimedDelivery } from '../../callbacks/index.ts'
import type { Ledger } from '../ledger.ts'

/**
 * Hands out due deliveries, a few of each origin. One query over everything that is due would read through the whole
 * line of a slow origin to find the next delivery of another; a window function would do so always. Here the index
 * (origin, due_at) is entered once per origin, so the price grows with the number of origins that have something
 * waiting and not with the length of their lines: 100 000 waiting at one origin cost nothing.
 */
export async function claimDeliveries(ledger: Ledger, options: ClaimDueOptions): Promise<ClaimedDelivery[]> {
  await freeEndedLeases(ledger, options.now)
  const ids: string[] = []
  for (const origin of await originsWithDue(ledger, options.now)) {
    const room = Math.min(options.perOrigin - (options.busy[origin] ?? 0), options.limit - ids.length)
    if (room > 0) ids.push(...(await oldestDue(ledger, origin, options.now, room)))
    if (ids.length >= options.limit) break
  }
  if (ids.length === 0) return []
  const leaseToken = newId.lease()
  const rows = await ledger.db
    .updateTable('deliveries')
    .set({
      state: 'Sending',
      due_at: null,
      lease_token: leaseToken,
      lease_until: options.now + options.leaseMs,
      worker_id: ledger.workerId(),
    })
    .where('id', 'in', ids)
    .returning(['id', 'event_id', 'url', 'origin', 'content_type', 'body', 'created_at', 'attempts'])
    .execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => {
    const row = byId.get(id)!
    return {
      id: row.id as DeliveryId,
      eventId: row.event_id as EventId,
      url: row.url,
      origin: row.origin,
      contentType: row.content_type,
      body: row.body,
      eventAt: row.created_at,
      attemptsBefore: row.attempts,
      leaseToken,
    }
  })
}

/** A courier that did not report in time is taken for dead; what it was sending is due since its lease ended. */
async function freeEndedLeases({ db, concurrent }: Ledger, now: number): Promise<void> {
  await db
    .updateTable('deliveries')
    .set((eb) => ({ state: 'Waiting', due_at: eb.ref('lease_until'), lease_token: null, lease_until: null }))
    .where('state', '=', sql.lit('Sending'))
    .where('lease_until', '<=', now)
    // Those that somebody else is freeing or recording at this moment are no business of ours.
    .$if(concurrent, (update) =>
      update.where('id', 'in', (leased) =>
        leased
          .selectFrom('deliveries')
          .select('id')
          .where('state', '=', sql.lit('Sending'))
          .where('lease_until', '<=', now)
          .forUpdate()
          .skipLocked(),
      ),
    )
    .execute()
}

/** The origins that have something due, the one that has waited longest first. Each step enters the index once. */
async function originsWithDue({ db }: Ledger, now: number): Promise<string[]> {
  const { rows } = await sql<{ origin: string }>`
    with recursive origins (origin) as (
      select min(origin) from deliveries where state = 'Waiting'
      union all
      select (select min(origin) from deliveries where state = 'Waiting' and origin > origins.origin)
      from origins where origins.origin is not null
    ),
    oldest (origin, due_at) as (
      select origin, (
        select min(due_at) from deliveries where state = 'Waiting' and deliveries.origin = origins.origin
      )
      from origins where origin is not null
    )
    select origin from oldest where due_at <= ${now} order by due_at, origin
  `.execute(db)
  return rows.map((row) => row.origin)
}

/** With other couriers about, those that they are taking at this moment are passed over; ours are locked for us. */
async function oldestDue({ db, concurrent }: Ledger, origin: string, now: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('deliveries')
    .select('id')
    .where('state', '=', sql.lit('Waiting'))
    .where('origin', '=', origin)
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .orderBy('id')
    .limit(limit)
    .$if(concurrent, (due) => due.forUpdate().skipLocked())
    .execute()
  return rows.map((row) => row.id)
}
