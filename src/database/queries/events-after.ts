import type { Selectable } from 'kysely'
import { type EventId, Failure } from '../../base/index.ts'
import type { EventPage, EventQuery, FeedEvent, FeedPlace } from '../../callbacks/index.ts'
import type { Ledger } from '../ledger.ts'
import type { Tables } from '../tables.ts'
import type { WhatFollows } from '../what-follows.ts'
import { documentsOf } from './event-documents.ts'
import { type FeedBounds, placeEvents } from './event-places.ts'

type EventRow = Selectable<Tables['events']>

/** Of a filtered page so many events are looked at: a filter that nothing passes must not read through everything. */
const LOOKED_AT = 2_000

/** A page of the feed. See `EventStore.eventsAfter` and, for the order, `placeEvents`. */
export async function eventsAfter(ledger: Ledger, whatFollows: WhatFollows, query: EventQuery): Promise<EventPage> {
  const { after, limit } = query
  const bounds = await placeEvents(ledger)
  if (after !== null) await refuseUnlessWhole(ledger, after, bounds)
  const from = after ?? { position: 0, mark: '' }
  const isFiltered = query.bucket !== null || query.subject !== null || query.names.length > 0
  const until = isFiltered ? await endOfLook(ledger, from.position) : null

  let select = ledger.db.selectFrom('events').selectAll().where('position', '>', from.position)
  if (until !== null) select = select.where('position', '<=', until.position)
  if (query.bucket !== null) select = select.where('bucket', '=', query.bucket)
  if (query.subject !== null) select = select.where('subject', '=', query.subject)
  if (query.names.length > 0) select = select.where('name', 'in', query.names)
  const rows = await select.orderBy('position').limit(limit).execute()

  const documents = await documentsOf(ledger, whatFollows, rows)
  const events = rows.map(
    (row): FeedEvent => ({
      id: row.id as EventId,
      name: row.name as FeedEvent['name'],
      subject: row.subject,
      bucket: row.bucket,
      createdAt: row.created_at,
      place: placeOf(row),
      document: documents.get(row.id) ?? null,
    }),
  )
  const next =
    rows.length === limit ? placeOf(rows.at(-1)!) : (until ?? (rows.length > 0 ? placeOf(rows.at(-1)!) : from))
  return { events, next, hasMore: next.position < (await lastThere(ledger)) || bounds.isMoreWaiting }
}

/** The place behind everything; `null` while there is more that has no position yet. */
export async function newestPlace(ledger: Ledger): Promise<FeedPlace | null> {
  const { last, isMoreWaiting } = await placeEvents(ledger)
  return isMoreWaiting ? null : placeAt(ledger, last)
}

async function refuseUnlessWhole(ledger: Ledger, after: FeedPlace, bounds: FeedBounds): Promise<void> {
  const there = await placeAt(ledger, after.position)
  const isOther = after.mark !== '' && there.mark !== '' && after.mark !== there.mark
  if (after.position > bounds.last || isOther) {
    throw new Failure(
      'CursorExpired',
      'after is not of this ledger as it is now: it may have been restored from a backup. Read from the beginning, without after.',
    )
  }
  if (after.position >= bounds.removedThrough) return
  throw new Failure(
    'CursorExpired',
    'Events behind after have been removed, because they are kept no longer. What is left is read without after.',
  )
}

/** How far a filtered page looks. */
async function endOfLook({ db }: Ledger, from: number): Promise<FeedPlace | null> {
  const [row] = await db
    .selectFrom('events')
    .select(['id', 'position'])
    .where('position', '>', from)
    .orderBy('position')
    .offset(LOOKED_AT - 1)
    .limit(1)
    .execute()
  if (row !== undefined) return placeOf(row)
  const last = await lastRow(db)
  return last === undefined || last.position! <= from ? null : placeOf(last)
}

function lastRow(db: Ledger['db']): Promise<Pick<EventRow, 'id' | 'position'> | undefined> {
  return db
    .selectFrom('events')
    .select(['id', 'position'])
    .where('position', 'is not', null)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
}

async function lastThere({ db }: Ledger): Promise<number> {
  return (await lastRow(db))?.position ?? 0
}

async function placeAt({ db }: Ledger, position: number): Promise<FeedPlace> {
  const row = await db.selectFrom('events').select('id').where('position', '=', position).executeTakeFirst()
  return row === undefined ? { position, mark: '' } : placeOf({ id: row.id, position })
}

/** The end of an id is chance, so another ledger has another one in this place. */
function placeOf({ id, position }: Pick<EventRow, 'id' | 'position'>): FeedPlace {
  return { position: position!, mark: id.slice(-8) }
}
