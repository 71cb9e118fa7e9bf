import { sql } from 'kysely'
import type { DeliveryState } from '../callbacks/index.ts'
import type { Ledger } from './ledger.ts'

/** How much waits, and for how long. Counts stop at `MOST_COUNTED`. */
export interface Figures {
  readonly deliveries: Readonly<Record<'Waiting' | 'Sending' | 'Held' | 'Dead', number>>
  /** Milliseconds since the oldest delivery became due that is not on its way; `null` when none is due. */
  readonly oldestDueAgeMs: number | null
  /** Queues in which something waits or runs. */
  readonly queues: readonly QueueFigures[]
}

export interface QueueFigures {
  readonly queueId: string
  readonly waiting: number
  readonly running: number
  /** Milliseconds since the oldest job that waits was made; `null` when none waits. */
  readonly oldestWaitingAgeMs: number | null
}

/** What is told of the ledger as a whole. */
export interface FigureStore {
  takeFigures(): Promise<Figures>
}

/** Each count reads at most so many entries of an index: some milliseconds, whatever waits. */
export const MOST_COUNTED = 100_000

const COUNTED = ['Waiting', 'Sending', 'Held', 'Dead'] as const satisfies readonly DeliveryState[]

export function sqlFigureStore({ db, now }: Ledger): FigureStore {
  // States stand in the text, so that their partial indexes can be used.
  async function countOf(state: (typeof COUNTED)[number]): Promise<number> {
    const some = db.selectFrom('deliveries').select('id').where('state', '=', sql.lit(state)).limit(MOST_COUNTED)
    const row = await db
      .selectFrom(some.as('some'))
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }

  async function queuesWith(): Promise<QueueFigures[]> {
    const some = db
      .selectFrom('jobs')
      .select(['queue_id', 'created_at'])
      .where('state', '=', sql.lit('Submitted'))
      .limit(MOST_COUNTED)
    const waiting = await db
      .selectFrom(some.as('some'))
      .select((eb) => ['queue_id', eb.fn.countAll<number>().as('count'), eb.fn.min('created_at').as('oldest')])
      .groupBy('queue_id')
      .execute()
    const running = await db
      .selectFrom('jobs')
      .select((eb) => ['queue_id', eb.fn.countAll<number>().as('count')])
      .where('state', '=', sql.lit('Running'))
      .groupBy('queue_id')
      .execute()
    const figures = new Map<string, { waiting: number; running: number; oldest: number | null }>()
    for (const row of waiting) {
      figures.set(row.queue_id, { waiting: Number(row.count), running: 0, oldest: Number(row.oldest) })
    }
    for (const row of running) {
      const known = figures.get(row.queue_id) ?? { waiting: 0, oldest: null }
      figures.set(row.queue_id, { ...known, running: Number(row.count) })
    }
    return [...figures].map(([queueId, { oldest, ...counts }]) => ({
      queueId,
      ...counts,
      oldestWaitingAgeMs: oldest === null ? null : Math.max(0, now() - oldest),
    }))
  }

  return {
    async takeFigures() {
      const counts: [string, number][] = []
      for (const state of COUNTED) counts.push([state, await countOf(state)])
      const due = await db
        .selectFrom('deliveries')
        .select((eb) => eb.fn.min('due_at').as('at'))
        .where('state', '=', sql.lit('Waiting'))
        .executeTakeFirst()
      const oldestDueAt = typeof due?.at === 'number' ? due.at : null
      return {
        deliveries: Object.fromEntries(counts) as unknown as Figures['deliveries'],
        oldestDueAgeMs: oldestDueAt === null || oldestDueAt > now() ? null : now() - oldestDueAt,
        queues: await queuesWith(),
      }
    },
  }
}
