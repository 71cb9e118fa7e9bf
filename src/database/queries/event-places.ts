import { sql } from 'kysely'
import type { Ledger } from '../ledger.ts'

/** What the one row of `event_feed` says. */
export interface FeedBounds {
  /** The greatest position that was given out. */
  readonly last: number
  /** Whoever has read no further than before this has missed something that was removed. */
  readonly removedThrough: number
}

/** Events that get their positions in one transaction: some milliseconds. */
const PLACED_AT_ONCE = 1_000

/**
 * Gives positions to events that have none, the oldest first, and says how far they go.
 *
 * Not when they are written: transactions that write events end in another order than they began, so a reader that has
 * seen a later one would never go back for an earlier one. Here only what is committed can be seen, and whoever gives out
 * positions holds the one row of `event_feed` until they are committed too; so all positions up to `last` are there, and
 * whatever comes in afterwards goes behind. It costs nothing while nobody reads.
 *
 * The row stays locked until the transaction ends: what is read after this call is not removed meanwhile.
 */
export async function placeEvents(ledger: Ledger): Promise<FeedBounds & { readonly isMoreWaiting: boolean }> {
  const bounds = await lockFeed(ledger)
  const { rows } = await sql`
    with waiting as (
      select id, row_number() over (order by created_at, id) as turn
      from (
        select id, created_at from events where position is null order by created_at, id limit ${PLACED_AT_ONCE}
      ) as oldest
    )
    update events set position = cast(${bounds.last} as bigint) + waiting.turn
    from waiting where waiting.id = events.id
    returning events.position
  `.execute(ledger.db)
  if (rows.length === 0) return { ...bounds, isMoreWaiting: false }
  const last = bounds.last + rows.length
  await ledger.db.updateTable('event_feed').set({ last }).execute()
  return { ...bounds, last, isMoreWaiting: rows.length === PLACED_AT_ONCE }
}

/**
 * Writes down that the events of these subjects are about to be removed, so that a reader who has not seen them is told so.
 * Locked before the events are touched, as whoever gives out positions does it.
 */
export async function noteEventsGone(ledger: Ledger, subjects: readonly string[]): Promise<void> {
  const { last, removedThrough } = await lockFeed(ledger)
  const gone = await ledger.db
    .selectFrom('events')
    .select((eb) => [
      eb.fn.max('position').as('furthest'),
      eb.fn.countAll<number>().as('all'),
      eb.fn.count<number>('position').as('placed'),
    ])
    .where('subject', 'in', subjects)
    .executeTakeFirstOrThrow()
  // Nobody has seen those without a position: they go under a new one, behind whatever anybody has read.
  const furthest = gone.all > gone.placed ? last + 1 : (gone.furthest ?? 0)
  if (furthest <= removedThrough) return
  await ledger.db
    .updateTable('event_feed')
    .set({ last: Math.max(last, furthest), removed_through: furthest })
    .execute()
}

async function lockFeed({ db, concurrent }: Ledger): Promise<FeedBounds> {
  const { last, removed_through: removedThrough } = await db
    .selectFrom('event_feed')
    .select(['last', 'removed_through'])
    .$if(concurrent, (feed) => feed.forUpdate())
    .executeTakeFirstOrThrow()
  return { last, removedThrough }
}
