import { sql } from 'kysely'
import type { FeedEvent, NewEvent } from '../../callbacks/index.ts'
import { type CallbackOptions, NO_CALLBACK_OPTIONS, NOTIFY_EVENTS } from '../../wire/index.ts'
import type { Ledger } from '../ledger.ts'
import { jobFromRow, runFromRow, taskFromRow } from '../rows.ts'
import type { Addressees, WhatFollows } from '../what-follows.ts'

type Document = NonNullable<FeedEvent['document']>
interface Told {
  readonly id: string
  readonly name: string
  readonly subject: string
}

/** As if somebody wanted everything: the address is not looked at here. */
const TOLD_TO_ANYBODY: Addressees = {
  queueId: null,
  callbacks: NO_CALLBACK_OPTIONS,
  queue: { state: 'On', events: NOTIFY_EVENTS, resultFormat: 'JSON', url: 'http://anybody.invalid/' },
}

/** As above, in the profile that callbacks of this queue have now. */
const toldAs = (callbacksJson: string | null): Addressees =>
  callbacksJson === null
    ? TOLD_TO_ANYBODY
    : { ...TOLD_TO_ANYBODY, callbacks: JSON.parse(callbacksJson) as CallbackOptions }

/**
 * What events say, by their ids: the bytes of their delivery; and where there is none, or its body is kept no longer, the
 * document that would be written of the same facts now. What has ended does not change, so it says the same.
 */
export async function documentsOf(
  ledger: Ledger,
  whatFollows: WhatFollows,
  events: readonly Told[],
): Promise<Map<string, Document>> {
  const documents = await sentOf(ledger, events)
  const others = events.filter(({ id }) => !documents.has(id))
  const written = [...(await ofJobs(ledger, whatFollows, others)), ...(await ofRuns(ledger, whatFollows, others))]
  for (const { id, event } of written) {
    const delivery = event?.deliveries[0]
    if (delivery === undefined) continue
    documents.set(id, { contentType: delivery.contentType, body: textOf(delivery.body), isAsSent: false })
  }
  return documents
}

async function sentOf({ db }: Ledger, events: readonly Told[]): Promise<Map<string, Document>> {
  if (events.length === 0) return new Map()
  const rows = await db
    .selectFrom('deliveries')
    .select(['event_id', 'content_type', 'body'])
    .where(
      'event_id',
      'in',
      events.map(({ id }) => id),
    )
    .where(sql<boolean>`length(body) > 0`)
    .execute()
  return new Map(
    rows.map((row) => [row.event_id, { contentType: row.content_type, body: textOf(row.body), isAsSent: true }]),
  )
}

interface Written {
  readonly id: string
  readonly event: NewEvent | null
}

async function ofJobs({ db }: Ledger, whatFollows: WhatFollows, events: readonly Told[]): Promise<Written[]> {
  const ended = events.filter(({ name }) => name === 'TaskFinish')
  if (ended.length === 0) return []
  const rows = await db
    .selectFrom('jobs')
    .leftJoin('queues', 'queues.id', 'jobs.queue_id')
    .selectAll('jobs')
    .select('queues.callbacks_json')
    .where(
      'jobs.id',
      'in',
      ended.map(({ subject }) => subject),
    )
    .execute()
  const jobs = new Map(rows.map((row) => [row.id, row]))
  return ended.flatMap(({ id, subject }) => {
    const row = jobs.get(subject)
    if (row === undefined) return []
    // What the job itself says of a callback is about sending it.
    const asked = { ...jobFromRow(row, false), callback: { url: null, format: null } }
    return [{ id, event: whatFollows.jobEnded(asked, toldAs(row.callbacks_json)) }]
  })
}

async function ofRuns({ db }: Ledger, whatFollows: WhatFollows, events: readonly Told[]): Promise<Written[]> {
  const told = events.filter(({ name }) => name !== 'TaskFinish')
  if (told.length === 0) return []
  const ids = [...new Set(told.map(({ subject }) => subject))]
  const runs = new Map(
    (await db.selectFrom('runs').selectAll().where('id', 'in', ids).execute()).map((row) => [row.id, runFromRow(row)]),
  )
  const jobs = await db
    .selectFrom('jobs')
    .selectAll()
    .where('run_id', 'in', ids)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return told.flatMap(({ id, name, subject }) => {
    const run = runs.get(subject)
    if (run === undefined) return []
    // As it was when it began.
    const begun = { ...run, state: 'Running' as const, endedAt: null, tasks: [] }
    if (name === 'WorkflowStart') return [{ id, event: whatFollows.runStarted(begun, TOLD_TO_ANYBODY) }]
    const tasks = jobs.filter((row) => row.run_id === subject).map((row) => taskFromRow(row, false))
    return [{ id, event: whatFollows.runEnded({ ...run, tasks }, TOLD_TO_ANYBODY) }]
  })
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
