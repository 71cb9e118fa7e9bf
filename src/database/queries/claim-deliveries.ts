import { sql } from 'kysely'
import { newId } from '../../base/index.ts'
import type { ClaimDueOptions, ClaimedDelivery } from '../../callbacks/index.ts'
import type { Ledger } from '../ledger.ts'
import { statement } from '../statement.ts'
import { takeDeliveries } from './take-deliveries.ts'

/**
 * Hands out due deliveries, a few of each origin. One query over everything that is due would read through the whole
 * line of a slow origin to find the next delivery of another; a window function would do so always. Here the index
 * (origin, due_at) is entered once per origin, so the price grows with the number of origins that have something
 * waiting and not with the length of their lines: 100 000 waiting at one origin cost nothing.
 */
export async function claimDeliveries(ledger: Ledger, options: ClaimDueOptions): Promise<ClaimedDelivery[]> {
  await freeEndedLeases.run(ledger, { now: options.now })
  const ids: string[] = []
  for (const { origin } of await originsWithDue.all(ledger, { now: options.now })) {
    const room = Math.min(options.perOrigin - (options.busy[origin] ?? 0), options.limit - ids.length)
    if (room > 0) ids.push(...(await toSend(ledger, origin, options.now, room)))
    if (ids.length >= options.limit) break
  }
  if (ids.length === 0) return []
  return takeDeliveries(ledger, ids, { leaseToken: newId.lease(), leaseUntil: options.now + options.leaseMs })
}

/** A courier that did not report in time is taken for dead; what it was sending is due since its lease ended. */
const freeEndedLeases = statement(({ db, concurrent }, { now }: { now: number }) =>
  db
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
    ),
)

/** The origins that have something due, the one that has waited longest first. Each step enters the index once. */
const originsWithDue = statement(
  (_ledger, { now }: { now: number }) => sql<{ origin: string }>`
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
  `,
)

/** The oldest that are due at an origin. What goes to a receiver that is switched off is held, and others take its place. */
async function toSend(ledger: Ledger, origin: string, now: number, room: number): Promise<string[]> {
  const ids: string[] = []
  for (;;) {
    const wanted = room - ids.length
    const due = await oldestDue.all(ledger, { origin, now, limit: wanted, but: ids })
    const held = due.filter(({ off }) => off !== null)
    ids.push(...due.filter(({ off }) => off === null).map(({ id }) => id))
    if (held.length > 0) {
      await ledger.db
        .updateTable('deliveries')
        .set({ state: 'Held', due_at: null })
        .where(
          'id',
          'in',
          held.map(({ id }) => id),
        )
        .execute()
    }
    if (held.length === 0 || due.length < wanted) return ids
  }
}

interface Line {
  readonly origin: string
  readonly now: number
  readonly limit: number
  readonly but: readonly string[]
}

/**
 * With the receiver, when that is switched off: the index holds no others, so it nearly always says at once that there is none.
 * With other couriers about, those that they are taking at this moment are passed over; ours are locked for us.
 */
const oldestDue = statement(({ db, concurrent }, { origin, now, limit, but }: Line) =>
  db
    .selectFrom('deliveries')
    .leftJoin('receivers as off', (join) =>
      join.onRef('off.id', '=', 'deliveries.receiver').on('off.is_enabled', '=', sql.lit(0)),
    )
    .select(['deliveries.id', 'off.id as off'])
    .where('deliveries.state', '=', sql.lit('Waiting'))
    .where('deliveries.origin', '=', origin)
    .where('deliveries.due_at', '<=', now)
    .$if(but.length > 0, (due) => due.where('deliveries.id', 'not in', but))
    .orderBy('deliveries.due_at')
    .orderBy('deliveries.id')
    .limit(limit)
    .$if(concurrent, (due) => due.forUpdate('deliveries').skipLocked()),
)
