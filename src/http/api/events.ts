import { Failure } from '../../base/index.ts'
import type { EventFeed, EventQuery, FeedEvent, FeedPlace } from '../../callbacks/index.ts'
import { said } from '../../wire/index.ts'
import { route } from './route.ts'
import { always, type JsonSchema, moment, nullable, timeOf } from './schema.ts'

export interface EventDeps {
  readonly events: Pick<EventFeed, 'read' | 'newestPlace'>
}

const names = ['TaskFinish', 'WorkflowStart', 'WorkflowFinish'] as const
const LONGEST_WAIT_SECONDS = 60
/** In the place of a cursor: only what comes from now on. */
const NEWEST = 'newest'

const text: JsonSchema = { type: 'string' }

const eventSchema = always({
  id: { type: 'string', description: 'The same as the `webhook-id` of its callbacks.' },
  name: { type: 'string', enum: names },
  subject: { type: 'string', description: 'The id of the job or run that it speaks of.' },
  bucket: text,
  time: moment,
  cursor: { type: 'string', description: 'For `after`: what comes behind this event.' },
  contentType: nullable({ type: 'string', description: 'Of `body`; `null` without one.' }),
  body: nullable({
    type: 'string',
    description: 'The body of its callbacks; `null` when nothing is known any more of what it speaks of.',
  }),
  asSent: {
    type: 'boolean',
    description:
      'Whether `body` is what was sent, byte for byte. Else the event went to nobody, or what was delivered is kept no longer, and it was written anew in JSON.',
  },
})

export const eventRoutes = [
  route<
    EventDeps,
    {
      query: {
        after?: string
        limit: number
        wait?: string
        bucket?: string
        name?: EventQuery['names']
        subject?: string
      }
    }
  >({
    method: 'GET',
    path: '/-/api/events',
    name: 'listEvents',
    subject: 'events',
    summary: 'All events, the oldest first, in an order in which a reader misses none.',
    description:
      'Whoever goes on from `next` gets every event once, whatever was written at the same time; nothing comes in before a cursor that was given out. A cursor behind which something has been removed, or that is not of this ledger, is refused with 410 `CursorExpired`: what is left is read without `after`. Who needs events of every bucket needs `read` in every bucket.',
    permission: 'read',
    query: {
      after: {
        schema: { type: 'string', maxLength: 60 },
        says: `Only what comes behind this cursor; \`${NEWEST}\`: what comes from now on. Without it: everything there is.`,
      },
      limit: {
        schema: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
        says: 'How many events a page has at most.',
      },
      wait: {
        schema: { type: 'string', maxLength: 10, examples: ['30s'] },
        says: `How long to wait for the next event when there is none, up to ${LONGEST_WAIT_SECONDS}s.`,
      },
      bucket: { schema: { type: 'string', minLength: 1, maxLength: 128 }, says: 'Only those of this bucket.' },
      name: { schema: { type: 'array', items: { type: 'string', enum: names } }, says: 'Only those with these names.' },
      subject: { schema: { type: 'string', maxLength: 128 }, says: 'Only those of this job or run.' },
    },
    answer: {
      says: 'A page of events. With a filter it may be empty and have more behind it.',
      schema: always({
        events: { type: 'array', items: eventSchema },
        next: { type: 'string', description: 'Where to go on, also when the page is empty.' },
        more: { type: 'boolean', description: 'Whether there is more at this moment.' },
      }),
    },
    async carryOut({ query, answer, exchange }, { events }) {
      const { after, limit, wait, bucket = null, name = [], subject = null } = query
      const asked = {
        after: after === NEWEST ? await events.newestPlace() : after === undefined ? null : readCursor(after),
        limit,
        bucket,
        names: name,
        subject,
      }
      const page = await events.read(asked, readWait(wait), exchange.signal)
      await answer({ events: page.events.map(eventJson), next: writeCursor(page.next), more: page.hasMore })
    },
  }),
]

function eventJson({ id, name, subject, bucket, createdAt, place, document }: FeedEvent) {
  return {
    id,
    name,
    subject,
    bucket,
    time: timeOf(createdAt),
    cursor: writeCursor(place),
    contentType: document?.contentType ?? null,
    body: document?.body ?? null,
    asSent: document?.isAsSent ?? false,
  }
}

function writeCursor({ position, mark }: FeedPlace): string {
  return `${position}.${mark}`
}

function readCursor(cursor: string): FeedPlace {
  const [, position, mark = ''] = /^(\d{1,15})\.([0-9a-f]{0,8})$/.exec(cursor) ?? []
  if (position !== undefined) return { position: Number(position), mark }
  throw new Failure(
    'InvalidArgument',
    `after is ${said(cursor)}, expected \`next\` or \`cursor\` of an answer, or ${NEWEST}.`,
    {
      details: { field: 'after' },
    },
  )
}

/** Gives milliseconds. */
function readWait(wait = '0s'): number {
  const seconds = Number(/^(\d{1,2})s$/.exec(wait)?.[1])
  if (seconds <= LONGEST_WAIT_SECONDS) return seconds * 1_000
  throw new Failure('InvalidArgument', `wait is ${said(wait)}, expected seconds from 0s to ${LONGEST_WAIT_SECONDS}s.`, {
    details: { field: 'wait' },
  })
}
