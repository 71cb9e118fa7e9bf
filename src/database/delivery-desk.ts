import { type ExpressionBuilder, type ExpressionWrapper, type SqlBool, sql } from 'kysely'
import { type DeliveryId, Failure } from '../base/index.ts'
import type {
  DeliveryCursor,
  DeliveryDesk,
  DeliveryFilter,
  DeliveryInFull,
  DeliveryState,
  DeliverySummary,
} from '../callbacks/index.ts'
import { attemptOf, attemptsOf, FACT_COLUMNS, factsOf } from './delivery-rows.ts'
import type { Ledger } from './ledger.ts'
import type { Tables } from './tables.ts'

/** How many records one call looks at, while it looks for those that fit: some ten milliseconds. */
const LOOKED_AT = 5_000

type Facts = Parameters<typeof factsOf>[0] & { attempts: number }

/**
 * What somebody looks up and sends again by hand. Lists are read along an index that has their order, and what the index
 * does not know is looked up in a bounded number of rows: two million records must not stop the ledger for seconds.
 */
export function sqlDeliveryDesk(ledger: Ledger): DeliveryDesk {
  const { db, now } = ledger

  const find = async (id: DeliveryId): Promise<DeliveryInFull | null> => {
    const row = await db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined) return null
    const attempts = (await attemptsOf(ledger, [id])).get(id) ?? []
    return { ...factsOf(row), attempts, body: row.body.length === 0 ? null : row.body }
  }

  /** As it stands while nobody else changes it. */
  const lock = async (id: DeliveryId) => {
    const row = await db
      .selectFrom('deliveries')
      .select((eb) => ['state', 'receiver', eb.fn<number>('length', ['body']).as('bytes')])
      .where('id', '=', id)
      .$if(ledger.concurrent, (one) => one.forUpdate())
      .executeTakeFirst()
    if (row === undefined) throw new Failure('DeliveryNotFound', `There is no delivery ${id}.`)
    return row
  }

  const sendAgain = (ids: readonly string[]) =>
    db
      .updateTable('deliveries')
      .set({ state: 'Waiting', due_at: now(), ended_at: null, round_at: now(), round_attempts: sql`attempts` })
      .where('id', 'in', [...ids])
      .execute()

  return {
    async listDeliveries(filter, after, limit) {
      const { rows, next } = await look(ledger, filter, after, limit)
      return { items: await withLastAttempt(ledger, rows), next }
    },

    findDelivery: find,

    async resendDelivery(id) {
      const { state, receiver, bytes } = await lock(id)
      if (state === 'Sending') throw notResendable(id, 'is being sent right now')
      if (bytes === 0) throw notResendable(id, 'was delivered so long ago that its body is no longer kept')
      if (receiver !== null && (await isOff(ledger, receiver))) {
        throw notResendable(id, `goes to ${receiver}, which is switched off; switch that on first`)
      }
      await sendAgain([id])
      ledger.wake('deliveries')
      return (await find(id))!
    },

    async resendDeliveries(filter, after, limit) {
      const { rows, next } = await look(ledger, filter, after, limit)
      if (rows.length === 0) return { resent: 0, passedOver: 0, next }
      const sendable = await db
        .selectFrom('deliveries')
        .select('id')
        .where(
          'id',
          'in',
          rows.map(({ id }) => id),
        )
        .where('state', 'not in', ['Sending', 'Held'])
        .where(sql<boolean>`length(body) > 0`)
        .$if(ledger.concurrent, (some) => some.forUpdate().skipLocked())
        .execute()
      if (sendable.length > 0) {
        await sendAgain(sendable.map(({ id }) => id))
        ledger.wake('deliveries')
      }
      return { resent: sendable.length, passedOver: rows.length - sendable.length, next }
    },

    async cancelDelivery(id) {
      const { state } = await lock(id)
      if (state === 'Sending' || state === 'Delivered') {
        const why = state === 'Sending' ? 'is being sent right now' : 'was delivered'
        throw new Failure('DeliveryNotCancellable', `The delivery ${id} ${why}.`)
      }
      if (state === 'Waiting' || state === 'Held') {
        await db
          .updateTable('deliveries')
          .set({ state: 'Cancelled', due_at: null, ended_at: now() })
          .where('id', '=', id)
          .execute()
      }
      return (await find(id))!
    },
  }
}

function notResendable(id: DeliveryId, why: string): Failure {
  return new Failure('DeliveryNotResendable', `The delivery ${id} ${why}.`)
}

async function isOff({ db }: Ledger, receiver: string): Promise<boolean> {
  const row = await db.selectFrom('receivers').select('is_enabled').where('id', '=', receiver).executeTakeFirst()
  return row?.is_enabled === 0
}

/** The next `limit` that fit, of those that are looked at. */
async function look(
  { db }: Ledger,
  filter: DeliveryFilter,
  after: DeliveryCursor | null,
  limit: number,
): Promise<{ rows: Facts[]; next: DeliveryCursor | null }> {
  const looked = db
    .selectFrom('deliveries')
    .select([...FACT_COLUMNS, 'attempts'])
    .where((eb) => eb.and(alongIndex(eb, filter, after)))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(LOOKED_AT)
  const rows = await db
    .selectFrom(looked.as('looked'))
    .selectAll()
    .$if(filter.states !== null, (some) => some.where('state', 'in', filter.states as DeliveryState[]))
    .$if(filter.queueId !== null, (some) => some.where('queue_id', '=', filter.queueId))
    .$if(filter.receiver !== null, (some) => some.where('receiver', '=', filter.receiver))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  const last = rows.length === limit ? rows.at(-1) : await lastLookedAt(looked)
  return { rows, next: last === undefined ? null : { createdAt: last.created_at, id: last.id } }
}

/** The last one that was looked at, when there may be more behind it. */
async function lastLookedAt(looked: {
  offset(count: number): { executeTakeFirst(): Promise<Facts | undefined> }
}): Promise<Facts | undefined> {
  return looked.offset(LOOKED_AT - 1).executeTakeFirst()
}

/** What narrows a list by the index that it is read along: that of a job, of a receiver, of the dead, or that of all. */
function alongIndex(
  eb: ExpressionBuilder<Tables, 'deliveries'>,
  { states, subject, receiver, from, until }: DeliveryFilter,
  after: DeliveryCursor | null,
): ExpressionWrapper<Tables, 'deliveries', SqlBool>[] {
  const narrow: ExpressionWrapper<Tables, 'deliveries', SqlBool>[] = []
  if (subject !== null) narrow.push(eb('subject', '=', subject))
  else if (receiver !== null) narrow.push(eb('receiver', '=', receiver))
  const only = states?.length === 1 ? states[0] : null
  // As text: SQLite takes a partial index only when it can see the condition of the index while it prepares.
  if (subject === null && (only === 'Dead' || (only === 'Held' && receiver !== null))) {
    narrow.push(eb('state', '=', sql.lit(only)))
  }
  if (from !== null) narrow.push(eb('created_at', '>=', from))
  if (until !== null) narrow.push(eb('created_at', '<', until))
  if (after !== null) {
    narrow.push(
      eb('created_at', '<=', after.createdAt),
      eb.or([eb('created_at', '<', after.createdAt), eb('id', '<', after.id)]),
    )
  }
  return narrow
}

async function withLastAttempt({ db }: Ledger, rows: readonly Facts[]): Promise<DeliverySummary[]> {
  const tried = rows.filter(({ attempts }) => attempts > 0)
  const attempts =
    tried.length === 0
      ? []
      : await db
          .selectFrom('attempts')
          .innerJoin('deliveries', 'deliveries.id', 'attempts.delivery_id')
          .selectAll('attempts')
          .whereRef('attempts.number', '=', 'deliveries.attempts')
          .where(
            'attempts.delivery_id',
            'in',
            tried.map(({ id }) => id),
          )
          .execute()
  const last = new Map(attempts.map((row) => [row.delivery_id, attemptOf(row)]))
  return rows.map((row) => ({ ...factsOf(row), attempts: row.attempts, lastAttempt: last.get(row.id) ?? null }))
}
