import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { emptiedDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { followOptions } from '../../test/support/what-follows.ts'
import { whatFollowsWith } from '../app/what-follows.ts'
import { keepsTheEventStoreContract } from '../callbacks/event-store.contract.ts'
import type { EventQuery } from '../callbacks/index.ts'
import { writeEvent } from './event-writer.ts'
import { openPostgresInProcess } from './postgres/open-in-process.ts'
import { openEmptySqlite } from './sqlite/empty-ledger.ts'
import { openSqliteInProcess } from './sqlite/open-in-process.ts'

const whatFollows = whatFollowsWith(followOptions)
const fromTheStart: EventQuery = { after: null, limit: 10, bucket: null, names: [], subject: null }

function clock() {
  let now = Date.UTC(2026, 2, 2)
  return {
    now: () => now,
    pass: (ms: number): void => {
      now += ms
    },
  }
}

describe.skipIf(!hasPostgres)('events in PostgreSQL', () => {
  const emptied = emptiedDatabase()
  keepsTheEventStoreContract(async () => {
    const { url } = await emptied()
    const { now, pass } = clock()
    const ledger = await openPostgresInProcess({ url, now, whatFollows })
    return { stores: ledger.stores, pass, now, close: () => ledger.close() }
  })

  test('what is committed late stands behind what was read before it, though it was written first', async () => {
    const { url } = await emptied()
    const ledger = await openPostgresInProcess({ url })
    onTestFinished(() => ledger.close())
    const { events } = ledger.stores
    const event = (subject: string) => ({ name: 'TaskFinish' as const, subject, bucket: 'b', deliveries: [] })
    let commit = (): void => undefined
    let isWritten = (): void => undefined
    const written = new Promise<void>((resolve) => {
      isWritten = resolve
    })
    const early = ledger.transaction(async (handle) => {
      await writeEvent(handle, event('early'), 1)
      isWritten()
      await new Promise<void>((resolve) => {
        commit = resolve
      })
    })
    await written
    await ledger.transaction((handle) => writeEvent(handle, event('late'), 2))
    const first = await events.eventsAfter(fromTheStart)
    expect(first.events.map(({ subject }) => subject)).toEqual(['late'])
    commit()
    await early
    const second = await events.eventsAfter({ ...fromTheStart, after: first.next })
    expect(second.events.map(({ subject }) => subject)).toEqual(['early'])
    const all = await events.eventsAfter(fromTheStart)
    expect(all.events.map(({ subject }) => subject)).toEqual(['late', 'early'])
  })

  test('of transactions on two servers that overlap and end in any order, or in none, each reader sees all that there are once, and all readers the same', async () => {
    const { url } = await emptied()
    const servers = [await openPostgresInProcess({ url }), await openPostgresInProcess({ url })]
    for (const server of servers) onTestFinished(() => server.close())
    const event = (subject: string) => ({ name: 'TaskFinish' as const, subject, bucket: 'b', deliveries: [] })
    const committed: string[] = []
    let areAllEnded = false

    /** Reads on and on, a little at a time, until it has seen everything behind the end of the last transaction. */
    const readAll = async (server: (typeof servers)[number], limit: number): Promise<string[]> => {
      const seen: string[] = []
      let after: EventQuery['after'] = null
      for (;;) {
        // Asked before the page: what is committed by now has to be in it, or behind it.
        const isLast = areAllEnded
        const page = await server.stores.events.eventsAfter({ ...fromTheStart, after, limit })
        seen.push(...page.events.map(({ subject }) => subject))
        after = page.next
        if (isLast && !page.hasMore) return seen
      }
    }
    const readers = [readAll(servers[0]!, 1), readAll(servers[1]!, 3)]

    // Those that are open at once end in another order than they began, some of them with nothing.
    const ROUNDS = 6
    const AT_ONCE = 4
    for (let round = 0; round < ROUNDS; round += 1) {
      const open = await Promise.all(
        Array.from({ length: AT_ONCE }, async (_none, n) => {
          const server = servers[n % servers.length]!
          const subjects = [`${round}.${n}.first`, `${round}.${n}.second`]
          let end = (_how: 'commit' | 'roll back'): void => undefined
          const ending = new Promise<'commit' | 'roll back'>((resolve) => {
            end = resolve
          })
          let isWritten = (): void => undefined
          const written = new Promise<void>((resolve) => {
            isWritten = resolve
          })
          const ended = server
            .transaction(async (handle) => {
              for (const subject of subjects) await writeEvent(handle, event(subject), round * 10 + n)
              isWritten()
              if ((await ending) === 'roll back') throw new Error('rolled back')
            })
            .then(
              () => committed.push(...subjects),
              (error: Error) => expect(error.cause).toMatchObject({ message: 'rolled back' }),
            )
          await Promise.race([written, ended])
          return { end, ended }
        }),
      )
      for (const [place, { end, ended }] of open.toReversed().entries()) {
        end((round + place) % AT_ONCE === 0 ? 'roll back' : 'commit')
        await ended
      }
    }
    areAllEnded = true

    const [one, other] = await Promise.all(readers)
    expect(committed).toHaveLength(ROUNDS * (AT_ONCE - 1) * 2)
    expect(one!.toSorted()).toEqual(committed.toSorted())
    expect(other).toEqual(one)
    // And who comes late reads what the others read.
    expect(await readAll(servers[1]!, 100)).toEqual(one)
  })
})

describe('events in SQLite', () => {
  keepsTheEventStoreContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-events-'))
    const { now, pass } = clock()
    const ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db'), now, whatFollows })
    return {
      stores: ledger.stores,
      pass,
      now,
      close: async () => {
        await ledger.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  })

  async function withManyEvents(count: number) {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-events-'))
    const file = join(folder, 'ledger.db')
    const connection = await openEmptySqlite(file)
    connection.exec(`
      insert into events (id, name, subject, bucket, created_at)
      with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})
      select 'evt_' || printf('%08d', i), 'TaskFinish', 'c' || i, case when i % 2500 = 0 then 'rare' else 'b' end, i from n
    `)
    connection.close()
    const ledger = await openSqliteInProcess({ file })
    onTestFinished(async () => {
      await ledger.close()
      await rm(folder, { recursive: true, force: true })
    })
    return ledger.stores.events
  }

  test('a ledger whose events nobody has read yet is read from its beginning, a part at a time', async () => {
    const events = await withManyEvents(2_500)
    const seen: string[] = []
    let after: EventQuery['after'] = null
    for (;;) {
      const page = await events.eventsAfter({ ...fromTheStart, after, limit: 400 })
      seen.push(...page.events.map(({ subject }) => subject))
      after = page.next
      if (!page.hasMore) break
    }
    expect(seen).toEqual(Array.from({ length: 2_500 }, (_none, index) => `c${index + 1}`))
  })

  test('the newest place of such a ledger takes several calls', async () => {
    const events = await withManyEvents(2_500)
    expect([await events.newestPlace(), await events.newestPlace()]).toEqual([null, null])
    expect(await events.newestPlace()).toEqual({ position: 2_500, mark: '00002500' })
  })

  test('a filter that hardly anything passes looks at so many and says that there is more', async () => {
    const events = await withManyEvents(5_000)
    const found: string[] = []
    let after: EventQuery['after'] = null
    let pages = 0
    for (let hasMore = true; hasMore; pages += 1) {
      const page = await events.eventsAfter({ ...fromTheStart, after, bucket: 'rare' })
      found.push(...page.events.map(({ subject }) => subject))
      after = page.next
      hasMore = page.hasMore
    }
    expect(found).toEqual(['c2500', 'c5000'])
    expect(pages).toBeGreaterThan(2)
  })

  test.each([
    [
      'the oldest without a position',
      'select id, created_at from events where position is null order by created_at, id limit 1000',
      'INDEX events_without_position',
    ],
    [
      'a page',
      'select * from events where position > 5 order by position limit 10',
      'INDEX events_by_position (position>?)',
    ],
    [
      'the last one',
      'select id from events where position is not null order by position desc limit 1',
      'INDEX events_by_position',
    ],
  ])('%s is read from its index', async (_what, query, index) => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-events-'))
    const file = join(folder, 'ledger.db')
    const connection = await openEmptySqlite(file)
    const { rows } = await sql<{ detail: string }>`explain query plan ${sql.raw(query)}`.execute(connection.db)
    const plan = rows.map(({ detail }) => detail).join('\n')
    connection.close()
    await rm(folder, { recursive: true })
    expect(plan).toContain(index)
    expect(plan).not.toContain('TEMP B-TREE')
  })
})
